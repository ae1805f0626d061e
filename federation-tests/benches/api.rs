//! How the Mastodon client API answers: `cargo bench -p federation-tests --bench api`. Prints figures of docs/PERFORMANCE.md.
//!
//! One node, a process of its own, whose database is filled first (`BENCH_POSTS=1000000`; 1,000 if nothing is said; `community.rs` says with what).
//! The readers live in this process, so rates are those of a machine that carries both sides; CPU per request is the node's alone.
//! `BENCH_DATABASE_URL=postgres://USER@127.0.0.1:PORT` uses `PostgreSQL` (a fresh database) instead of `SQLite`.
//!
//! 2,000 streams are as many open files on either side: `ulimit -n 5000` first.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    clippy::as_conversions,
    reason = "a benchmark reports and stops at the first surprise"
)]
#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "real time, real processes"
)]
mod community;
mod measured;

use axum::http::Method;
use community::Community;
use federation_tests::process::tsudoi_binary;
use futures::{StreamExt, stream};
use measured::Node;
use serde_json::{Value, json};
use std::{
    fs::{self, File},
    time::{Duration, Instant},
};
use tokio::{
    sync::mpsc::{self, UnboundedSender},
    task::JoinSet,
};
use tokio_tungstenite::{connect_async_with_config, tungstenite::protocol::WebSocketConfig};

/// Open streams, of so many members who follow one author, who posts so often.
const STREAMS: usize = 2_000;
const LISTENERS: usize = 20;
const POSTS: usize = 20;
/// As long as the machine needs to come to rest.
const REST: Duration = Duration::from_secs(2);
/// No post is waited for longer.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::main]
async fn main() {
    let posts = measured::begin(1_000).max(1_000);
    let mut node = Node::start(tsudoi_binary().to_owned()).await;
    let token = node.member("reader", "member");
    let begun = Instant::now();
    let community = Community::of(posts);
    community.settle(&node).await;
    println!("filled with {posts} posts in {:.1} s", begun.elapsed().as_secs_f64());
    let filter = json!({"title": "あとで", "context": ["home", "public", "notifications", "thread"],
        "keywords_attributes": [{"keyword": "選挙", "whole_word": false}, {"keyword": "雪", "whole_word": false}]});
    node.api(Method::POST, "/api/v2/filters", &token, filter).await;
    let id = community.conversation();
    let addresses = [
        ("home timeline, 20 posts", "/api/v1/timelines/home?limit=20".to_owned()),
        ("public timeline, 20 posts", "/api/v1/timelines/public?limit=20".to_owned()),
        ("notifications, 20", "/api/v1/notifications?limit=20".to_owned()),
        ("notifications in groups, 20", "/api/v2/notifications?limit=20".to_owned()),
        ("one status", format!("/api/v1/statuses/{id}?")),
        ("its context, 40 answers", format!("/api/v1/statuses/{id}/context?")),
        ("verify_credentials", "/api/v1/accounts/verify_credentials?".to_owned()),
    ];
    statements(&mut node, &token, &addresses).await;
    for (what, address) in &addresses {
        reading(&node, &format!("{what}, unchanged"), address, &token).await;
    }
    for (what, address) in &addresses {
        reading(&node, &format!("{what}, afresh"), &format!("{address}&_="), &token).await;
    }
    println!("highest memory {:.1} MiB", node.memory().1);
    streaming(&mut node).await;
}

async fn reading(node: &Node, what: &str, address: &str, token: &str) {
    let mut reading = measured::read(node, address, "application/json", Some(token)).await;
    let n = reading.took.len() as f64;
    println!(
        "{what:<40} {:>7.0}/s, p50 {:>7.2} ms, p99 {:>7.2} ms, {:>7.3} CPU-ms each",
        n / reading.wall,
        percentile(&mut reading.took, 50),
        percentile(&mut reading.took, 99),
        reading.cpu * 1_000.0 / n
    );
}

/// In ms.
fn percentile(took: &mut [Duration], percent: usize) -> f64 {
    took.sort_unstable();
    took[(took.len() * percent / 100).min(took.len() - 1)].as_secs_f64() * 1_000.0
}

/// How many statements one request executes, as sqlx tells the node's log of each. The span says which request a statement belongs to, so that those
/// of the node's loops are left out. What is more than six is printed.
async fn statements(node: &mut Node, token: &str, addresses: &[(&str, String)]) {
    let log = node.dir.path().join("statements.log");
    let mut command = node.command();
    command
        .env("TSUDOI_LOG", "error,tsudoi::server=debug,sqlx::query=debug")
        .env("TSUDOI_LOG_FORMAT", "json")
        .stderr(File::create(&log).unwrap());
    node.kill();
    node.serve(command).await;
    for (what, address) in addresses {
        // The first one may be the first that the node is asked at all.
        node.api(Method::GET, &format!("{address}&_=a"), token, json!({})).await;
        tokio::time::sleep(REST).await;
        let before = fs::read_to_string(&log).unwrap().lines().count();
        let answer = node.api(Method::GET, &format!("{address}&_=b"), token, json!({})).await;
        tokio::time::sleep(REST).await;
        let path = address.split('?').next().unwrap();
        let told = fs::read_to_string(&log).unwrap();
        let executed: Vec<String> = told
            .lines()
            .skip(before)
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .filter(|line| line["target"] == "sqlx::query" && line["span"]["path"] == path)
            .map(|line| line["fields"]["summary"].as_str().unwrap().to_owned())
            // Asked once on each connection to `PostgreSQL`, which sqlx then knows.
            .filter(|summary: &String| !summary.starts_with("SELECT pg_type"))
            .collect();
        let lists = [&answer, &answer["notification_groups"], &answer["descendants"]];
        let items = lists.into_iter().find_map(Value::as_array).map_or(1, Vec::len);
        println!(
            "{what}: {} statements for {items}, {} bytes",
            executed.len(),
            answer.to_string().len()
        );
        if executed.len() > 6 {
            println!("    {}", executed.join("\n    "));
        }
    }
    node.kill();
    node.serve(node.command()).await;
}

// streams

#[derive(Clone, Copy, Debug)]
enum Wire {
    Socket,
    Events,
}

async fn streaming(node: &mut Node) {
    let limits = fs::read_to_string("/proc/self/limits").unwrap();
    let files = limits.lines().find(|l| l.starts_with("Max open files")).unwrap();
    let files: usize = files.split_whitespace().nth(3).unwrap().parse().unwrap_or(usize::MAX);
    assert!(
        files > STREAMS + 500,
        "ulimit -n 5000: {files} files are too few for {STREAMS} streams"
    );
    let author = node.member("author", "member");
    let found =
        node.api(Method::GET, "/api/v1/accounts/verify_credentials", &author, json!({})).await;
    let follow = format!("/api/v1/accounts/{}/follow", found["id"].as_str().unwrap());
    let mut listeners = Vec::new();
    for number in 0..LISTENERS {
        let token = node.member(&format!("listener{number}"), "member");
        node.api(Method::POST, &follow, &token, json!({})).await;
        listeners.push(token);
    }
    for wire in [Wire::Socket, Wire::Events] {
        node.kill();
        node.serve(node.command()).await;
        // What the first streams and posts need is there before it is measured.
        let (warm, mut heard) = open(node, wire, &listeners, LISTENERS).await;
        said(node, &author, 0, LISTENERS, &mut heard).await;
        drop((warm, heard));
        tokio::time::sleep(REST).await;
        let before = node.memory().0;
        let begun = Instant::now();
        let (open, mut heard) = open(node, wire, &listeners, STREAMS).await;
        let opened = STREAMS as f64 / begun.elapsed().as_secs_f64();
        tokio::time::sleep(REST).await;
        let each = (node.memory().0 - before) * 1_024.0 / STREAMS as f64;
        let (mut arrived, mut last, mut answered) = (Vec::new(), Vec::new(), Vec::new());
        let cpu = node.cpu();
        for number in 1..=POSTS {
            let (answer, mut took) = said(node, &author, number, STREAMS, &mut heard).await;
            answered.push(answer);
            last.extend(took.iter().max().copied());
            arrived.append(&mut took);
        }
        let cpu = (node.cpu() - cpu) * 1_000.0 / POSTS as f64;
        let after = (node.memory().0 - before) * 1_024.0 / STREAMS as f64;
        println!(
            "{STREAMS} streams ({wire:?}): opened at {opened:.0}/s, {each:.1} KiB each, {after:.1} KiB after {POSTS} posts"
        );
        println!(
            "    a post is there after p50 {:.1} ms, p99 {:.1} ms, at the last p50 {:.1} ms, at worst {:.1} ms; \
             its author is answered after p50 {:.1} ms; {cpu:.1} CPU-ms for a post",
            percentile(&mut arrived, 50),
            percentile(&mut arrived, 99),
            percentile(&mut last, 50),
            percentile(&mut last, 100),
            percentile(&mut answered, 50),
        );
        drop(open);
    }
}

/// Posts, and waits for it at every stream: how long the answer and each arrival took, counted from before the request.
async fn said(
    node: &Node,
    author: &str,
    number: usize,
    streams: usize,
    heard: &mut Heard,
) -> (Duration, Vec<Duration>) {
    let begun = Instant::now();
    let text = format!("次の集まりは来週の土曜日です。{MARK}{number}.");
    node.api(Method::POST, "/api/v1/statuses", author, json!({"status": text})).await;
    let answered = begun.elapsed();
    let mut took = Vec::new();
    while took.len() < streams {
        let next = tokio::time::timeout(PATIENCE, heard.recv()).await;
        let (which, at) = next.unwrap_or_else(|_| panic!("only {} heard it", took.len())).unwrap();
        if which == number {
            took.push(at.duration_since(begun));
        }
    }
    (answered, took)
}

/// Which post arrived at a stream, and when.
type Heard = mpsc::UnboundedReceiver<(usize, Instant)>;
/// Stands before the number of a post.
const MARK: &str = "bench-";

/// Opens streams of the listeners in turn. They are closed with the set.
async fn open(
    node: &Node,
    wire: Wire,
    listeners: &[String],
    streams: usize,
) -> (JoinSet<()>, Heard) {
    let (to, heard) = mpsc::unbounded_channel();
    let mut set = JoinSet::new();
    let opening = (0..streams).map(|n| connect(node, wire, &listeners[n % listeners.len()]));
    let mut opening = stream::iter(opening).buffer_unordered(measured::CONCURRENCY);
    while let Some(listening) = opening.next().await {
        set.spawn(listening.listen(to.clone()));
    }
    (set, heard)
}

enum Listening {
    Socket(
        Box<
            tokio_tungstenite::WebSocketStream<
                tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>,
            >,
        >,
    ),
    Events(reqwest::Response),
}

async fn connect(node: &Node, wire: Wire, token: &str) -> Listening {
    let path = "/api/v1/streaming";
    match wire {
        Wire::Socket => {
            let base = node.base.replace("http:", "ws:");
            let url = format!("{base}{path}?stream=user&access_token={token}");
            let config = WebSocketConfig::default().read_buffer_size(4 << 10);
            let (socket, _) = connect_async_with_config(url, Some(config), true).await.unwrap();
            Listening::Socket(Box::new(socket))
        }
        Wire::Events => {
            let request = node.http.get(format!("{}{path}/user", node.base)).bearer_auth(token);
            let response = request.send().await.unwrap();
            assert!(response.status().is_success(), "{path}: {}", response.status());
            Listening::Events(response)
        }
    }
}

impl Listening {
    /// Reads until the stream ends, and tells what arrived when its whole line is there.
    async fn listen(mut self, to: UnboundedSender<(usize, Instant)>) {
        let mut waiting = String::new();
        while let Some(piece) = self.piece().await {
            waiting.push_str(&piece);
            let Some((whole, rest)) = waiting.rsplit_once('\n') else { continue };
            let now = Instant::now();
            for number in whole.split('\n').filter_map(numbered) {
                let _ = to.send((number, now)); // nobody listens any more at the end
            }
            waiting = rest.to_owned();
        }
    }

    async fn piece(&mut self) -> Option<String> {
        match self {
            Self::Socket(socket) => {
                socket.next().await.map(|m| format!("{}\n", m.unwrap().to_text().unwrap()))
            }
            Self::Events(response) => response
                .chunk()
                .await
                .unwrap()
                .map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        }
    }
}

/// The number of the post that a line tells of.
fn numbered(line: &str) -> Option<usize> {
    line.split_once(MARK)?.1.split('.').next()?.parse().ok()
}
