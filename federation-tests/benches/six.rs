//! How a network of six real nodes feels: `cargo bench -p federation-tests --bench six`. Prints figures of docs/PERFORMANCE.md.
//!
//! Members write at all nodes in turn (`BENCH_POSTS=100`), and a reader at each other node looks every 10 ms until the post is there. Then five
//! nodes are killed, and the sixth is asked for its pages.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a benchmark reports and stops at the first surprise"
)]
use federation_tests::{chapters::NAMES, process::Demo};
use futures::{StreamExt, future, stream};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How often a reader looks.
const LOOK: Duration = Duration::from_millis(10);
/// Requests to the node that is left, at so many a time.
const REQUESTS: usize = 500;
const CONCURRENCY: usize = 8;

#[tokio::main]
async fn main() {
    let posts: usize =
        std::env::var("BENCH_POSTS").ok().and_then(|n| n.parse().ok()).unwrap_or(100);
    let demo = Demo::start();
    for node in 0..NAMES.len() {
        demo.comes_up(node).await;
    }
    let tokens: Vec<String> = (0..NAMES.len()).map(|node| demo.token(node)).collect();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let scene = Scene { demo, tokens, http };
    for node in 0..NAMES.len() {
        scene.visible(node, &format!("始まり {node}")).await;
    }
    let mut visible = Vec::new();
    for number in 0..posts {
        visible.push(scene.visible(number % NAMES.len(), &format!("投稿 {number}")).await);
    }
    report("visible at all six nodes after", &mut visible);

    for node in 1..NAMES.len() {
        scene.demo.kill(node);
    }
    for path in ["/api/v1/timelines/home", "/api/v1/timelines/public", "/network", "/"] {
        let asked = stream::iter(0..REQUESTS).map(|_| scene.page(path));
        let mut took: Vec<Duration> = asked.buffer_unordered(CONCURRENCY).collect().await;
        report(&format!("with five nodes dead, {path}"), &mut took);
    }
    let mut wrote = Vec::new();
    for number in 0..100 {
        let begun = Instant::now();
        scene.post(0, &format!("ひとりでも {number}")).await;
        wrote.push(begun.elapsed());
    }
    report("with five nodes dead, a post", &mut wrote);
}

struct Scene {
    demo: Demo,
    tokens: Vec<String>,
    http: reqwest::Client,
}

impl Scene {
    async fn post(&self, node: usize, text: &str) {
        let url = self.demo.url(node, "/api/v1/statuses");
        let body = json!({"status": text, "visibility": "public"});
        let request = self.http.post(url).bearer_auth(&self.tokens[node]).json(&body);
        assert_eq!(request.send().await.unwrap().status(), 200);
    }

    /// How long it takes until a post is at every other node.
    async fn visible(&self, author: usize, text: &str) -> Duration {
        let begun = Instant::now();
        self.post(author, text).await;
        let readers = (0..NAMES.len()).filter(|node| *node != author);
        future::join_all(readers.map(|reader| self.reads(reader, text))).await;
        begun.elapsed()
    }

    async fn reads(&self, node: usize, text: &str) {
        let url = self.demo.url(node, "/api/v1/timelines/public?limit=5");
        loop {
            let answer = self.http.get(&url).bearer_auth(&self.tokens[node]).send().await.unwrap();
            let statuses: Vec<Value> = answer.json().await.unwrap();
            let wanted = format!("<p>{text}</p>");
            if statuses.iter().any(|s| s["content"] == wanted.as_str()) {
                return;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn page(&self, path: &str) -> Duration {
        let begun = Instant::now();
        let url = self.demo.url(0, path);
        let answer = self.http.get(url).bearer_auth(&self.tokens[0]).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.bytes().await.unwrap();
        begun.elapsed()
    }
}

fn report(what: &str, took: &mut [Duration]) {
    took.sort();
    let at = |percent: usize| took[(took.len() * percent / 100).min(took.len() - 1)];
    println!("{what}: p50 {:?}, p95 {:?}, p99 {:?}", at(50), at(95), at(99));
}
