//! What a node does with one release build: `cargo bench`. Prints the figures of docs/PERFORMANCE.md.
//!
//! The node is a process of its own; its CPU time and memory are read from the operating system. The remote servers, their signatures and the
//! readers live in this process, so rates are those of a machine that carries both sides; CPU per activity is the node's alone.
//! `BENCH_DATABASE_URL=postgres://USER@127.0.0.1:PORT` uses `PostgreSQL` (a fresh database) instead of `SQLite`; `BENCH_POSTS=100000` fills the
//! node with so many posts and followers first.
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
mod measured;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, Method, StatusCode},
    routing::{get, post},
};
use futures::{StreamExt, stream};
use measured::{CONCURRENCY, Node};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};
use tsudoi::signatures::{
    keys::{self, GeneratedKeys, SigningKey},
    signature::{self, Outgoing, Scheme},
};

const ACTORS: usize = 50;
const HOSTS: usize = 10;
const NOTES: usize = 4_000;
const FOLLOWERS: usize = 1_000;
const FOLLOWER_HOSTS: usize = 200;
const POSTS: usize = 10;

/// The rest of the fediverse: every name under `.localhost` on one port.
struct World {
    port: u16,
    keys: GeneratedKeys,
    received: AtomicUsize,
    delay: AtomicU64,
    shared_inbox: std::sync::atomic::AtomicBool,
}

impl World {
    fn actor(&self, name: &str, host: &str) -> String {
        format!("http://{host}.localhost:{}/users/{name}", self.port)
    }

    fn document(&self, name: &str, host: &str) -> Value {
        let uri = self.actor(name, host);
        let mut document = json!({
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": uri, "type": "Person", "preferredUsername": name, "inbox": format!("{uri}/inbox"),
            "followers": format!("{uri}/followers"),
            "publicKey": {"id": format!("{uri}#main-key"), "owner": uri, "publicKeyPem": self.keys.rsa_public_pem},
        });
        if self.shared_inbox.load(Ordering::Relaxed) {
            document["endpoints"] =
                json!({"sharedInbox": format!("http://{host}.localhost:{}/inbox", self.port)});
        }
        document
    }
}

fn host_of(headers: &HeaderMap) -> String {
    let host = headers["host"].to_str().unwrap();
    host.split('.').next().unwrap().to_owned()
}

async fn start_world() -> Arc<World> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let world = Arc::new(World {
        port: listener.local_addr().unwrap().port(),
        keys: keys::generate().unwrap(),
        received: AtomicUsize::new(0),
        delay: AtomicU64::new(0),
        shared_inbox: true.into(),
    });
    let activity = [("content-type", "application/activity+json")];
    let router = Router::new()
        .route(
            "/users/{name}",
            get(move |State(w): State<Arc<World>>, Path(name): Path<String>, headers: HeaderMap| async move {
                (activity, w.document(&name, &host_of(&headers)).to_string())
            }),
        )
        .route(
            "/.well-known/webfinger",
            get(|State(w): State<Arc<World>>, Query(q): Query<HashMap<String, String>>| async move {
                let handle = q["resource"].trim_start_matches("acct:").to_owned();
                let (name, host) = handle.split_once('@').unwrap();
                let href = w.actor(name, host.split('.').next().unwrap());
                Json(json!({"subject": format!("acct:{handle}"), "links": [
                    {"rel": "self", "type": "application/activity+json", "href": href}]}))
            }),
        )
        .route("/inbox", post(take))
        .route("/users/{name}/inbox", post(take))
        .with_state(world.clone());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    world
}

async fn take(State(world): State<Arc<World>>, body: Bytes) -> StatusCode {
    let delay = world.delay.load(Ordering::Relaxed);
    if delay > 0 {
        tokio::time::sleep(Duration::from_millis(delay)).await;
    }
    if body.windows(8).any(|w| w == b"\"Create\"") {
        world.received.fetch_add(1, Ordering::Relaxed);
    }
    StatusCode::ACCEPTED
}

fn binary() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_tsudoi"))
}

impl Node {
    async fn metric(&self, name: &str) -> f64 {
        let text = self
            .http
            .get(format!("{}/metrics", self.base))
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        let line = text.lines().find(|l| l.starts_with(&format!("{name} ")));
        let line = line.unwrap_or_else(|| panic!("no metric {name}"));
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }

    async fn until_zero(&self, metric: &str) {
        while self.metric(metric).await > 0.0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn send(&self, headers: HeaderMap, body: Vec<u8>) {
        let response = self
            .http
            .post(format!("{}/inbox", self.base))
            .headers(headers)
            .body(body)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::ACCEPTED, "{}", response.text().await.unwrap());
    }
}

fn signed(world: &World, node: &Node, actor: &str, body: &Value) -> (HeaderMap, Vec<u8>) {
    let key =
        SigningKey::parse(format!("{actor}#main-key").parse().unwrap(), &world.keys.rsa_private)
            .unwrap();
    let bytes = body.to_string().into_bytes();
    let url = format!("http://{}/inbox", node.domain).parse().unwrap();
    let outgoing = Outgoing { method: &Method::POST, url: &url, body: Some(&bytes), extra: &[] };
    let headers = signature::sign(Scheme::Cavage, &key, &outgoing, SystemTime::now()).unwrap();
    (headers, bytes)
}

fn report(what: &str, n: usize, wall: f64, cpu: f64) {
    println!("{what:<58} {:>9.0}/s {:>8.3} CPU-ms each", n as f64 / wall, cpu * 1_000.0 / n as f64);
}

async fn start_and_rest() {
    let mut starts = Vec::new();
    for _ in 0..5 {
        let begun = Instant::now();
        let node = Node::start(binary()).await;
        starts.push(begun.elapsed().as_millis());
        drop(node);
    }
    starts.sort_unstable();
    let size = std::fs::metadata(binary()).unwrap().len() as f64 / 1_048_576.0;
    println!(
        "binary {size:.1} MiB; first start (new database, new keys) to first 200: median {} ms",
        starts[2]
    );
    let mut node = Node::start(binary()).await;
    let mut again = Vec::new();
    for _ in 0..5 {
        node.kill();
        let begun = Instant::now();
        node.serve(node.command()).await;
        again.push(begun.elapsed().as_millis());
    }
    again.sort_unstable();
    tokio::time::sleep(Duration::from_secs(3)).await;
    println!(
        "start with a database to first 200: median {} ms; idle {:.1} MiB",
        again[2],
        node.memory().0
    );
}

async fn inbound(world: &World, node: &Node, token: &str) {
    let actors: Vec<String> = (0..ACTORS)
        .map(|i| world.actor(&format!("author{i}"), &format!("h{}", i % HOSTS)))
        .collect();
    for actor in &actors {
        let found = node
            .api(Method::GET, &format!("/api/v2/search?resolve=true&q={actor}"), token, json!({}))
            .await;
        let id = found["accounts"][0]["id"].as_str().unwrap().to_owned();
        node.api(Method::POST, &format!("/api/v1/accounts/{id}/follow"), token, json!({})).await;
    }
    node.until_zero("tsudoi_deliveries_waiting").await;
    let me = format!("http://{}/users/member", node.domain);
    for actor in &actors {
        let follow = json!({"type": "Follow", "actor": me, "object": actor});
        let accept = json!({"@context": "https://www.w3.org/ns/activitystreams", "id": format!("{actor}/accept"),
            "type": "Accept", "actor": actor, "object": follow});
        let (headers, body) = signed(world, node, actor, &accept);
        node.send(headers, body).await;
    }
    node.until_zero("tsudoi_inbound_waiting").await;
    let run = rand::random::<u32>();
    let notes: Vec<(HeaderMap, Vec<u8>)> = (0..NOTES)
        .map(|i| {
            let actor = &actors[i % ACTORS];
            let id = format!("{actor}/notes/{run}-{i}");
            let public = "https://www.w3.org/ns/activitystreams#Public";
            let note = json!({"@context": "https://www.w3.org/ns/activitystreams", "id": format!("{id}/activity"),
                "type": "Create", "actor": actor, "to": [public], "cc": [format!("{actor}/followers")],
                "object": {"id": id, "type": "Note", "attributedTo": actor, "to": [public],
                    "cc": [format!("{actor}/followers")], "content": "<p>今日の勉強会はとても良かったです。また来月も集まりましょう。</p>",
                    "published": "2026-11-22T04:30:00Z"}});
            signed(world, node, actor, &note)
        })
        .collect();
    let (begun, cpu) = (Instant::now(), node.cpu());
    stream::iter(notes)
        .for_each_concurrent(CONCURRENCY, |(headers, body)| node.send(headers, body))
        .await;
    let answered = begun.elapsed().as_secs_f64();
    node.until_zero("tsudoi_inbound_waiting").await;
    report(
        "inbound note, until visible at home",
        NOTES,
        begun.elapsed().as_secs_f64(),
        node.cpu() - cpu,
    );
    println!("    answered 202 at {:.0}/s", NOTES as f64 / answered);
    let home = node.api(Method::GET, "/api/v1/timelines/home?limit=40", token, json!({})).await;
    let is_of_this_run =
        |status: &Value| status["uri"].as_str().unwrap().contains(&run.to_string());
    assert!(home.as_array().unwrap().iter().all(is_of_this_run), "the notes are at home");
}

async fn fan_out(world: &World, node: &Node, token: &str, shared: bool) {
    world.shared_inbox.store(shared, Ordering::Relaxed);
    let kind = if shared { "s" } else { "p" };
    let me = format!("http://{}/users/{}", node.domain, if shared { "member" } else { "second" });
    let follows: Vec<(HeaderMap, Vec<u8>)> = (0..FOLLOWERS)
        .map(|i| {
            let actor = world.actor(&format!("fan{kind}{i}"), &format!("{kind}{}", i % FOLLOWER_HOSTS));
            let follow = json!({"@context": "https://www.w3.org/ns/activitystreams", "id": format!("{actor}/follow"),
                "type": "Follow", "actor": actor, "object": me});
            signed(world, node, &actor, &follow)
        })
        .collect();
    stream::iter(follows).for_each_concurrent(8, |(headers, body)| node.send(headers, body)).await;
    node.until_zero("tsudoi_inbound_waiting").await;
    node.until_zero("tsudoi_deliveries_waiting").await;
    for delay in [0, 50] {
        world.delay.store(delay, Ordering::Relaxed);
        world.received.store(0, Ordering::Relaxed);
        let expected = POSTS * if shared { FOLLOWER_HOSTS } else { FOLLOWERS };
        let (begun, cpu) = (Instant::now(), node.cpu());
        for i in 0..POSTS {
            let text = format!("次の集まりは来週の土曜日です。{i} {delay}");
            node.api(Method::POST, "/api/v1/statuses", token, json!({"status": text})).await;
        }
        while world.received.load(Ordering::Relaxed) < expected {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let what = format!(
            "delivery to {FOLLOWERS} followers on {FOLLOWER_HOSTS} hosts, {}, {delay} ms",
            if shared { "shared inbox" } else { "own inboxes" }
        );
        report(&what, expected, begun.elapsed().as_secs_f64(), node.cpu() - cpu);
        node.until_zero("tsudoi_deliveries_waiting").await;
    }
    world.delay.store(0, Ordering::Relaxed);
}

async fn read(node: &Node, what: &str, path: &str, accept: &str, token: Option<&str>) {
    let reading = measured::read(node, path, accept, token).await;
    report(what, reading.took.len(), reading.wall, reading.cpu);
}

/// Posts of other servers and followers of the member, written straight into the database: what years of use leave behind.
async fn fill(node: &Node, posts: i64) {
    let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) ";
    let account = format!(
        "INSERT INTO account (id, uri, local, kind, name, host, url, inbox, shared_inbox, key_id, public_key, created_at, refreshed_at)
         {sql} SELECT 1000000 + i, 'https://old.example/users/' || i, FALSE, 'person', 'old' || i, 'old.example', 'https://old.example/@' || i,
         'https://old.example/inbox/' || i, 'https://old.example/inbox', 'https://old.example/users/' || i || '#k', 'k', 1, 1 FROM n"
    );
    let post = format!(
        "INSERT INTO post (id, uri, account_id, local, audience, content_html, url, thread_id, published_at, refreshed_at)
         {sql} SELECT 100000000000000 + i, 'https://old.example/posts/' || i, 1000000 + 1 + i % 1000, FALSE, 'public', '<p>昔の投稿</p>',
         'https://old.example/p/' || i, 100000000000000 + i, 1, 1 FROM n"
    );
    let home = format!(
        "INSERT INTO home_entry (account_id, id, post_id, author_id)
         {sql} SELECT (SELECT id FROM account WHERE name = 'member' AND local = TRUE), 100000000000000 + i, 100000000000000 + i, 1000001 FROM n"
    );
    let follow = format!(
        "INSERT INTO follow (follower_id, followee_id, id, uri, state, created_at)
         {sql} SELECT 1000000 + i, (SELECT id FROM account WHERE name = 'filler' AND local = TRUE), i, 'f' || i, 'accepted', 1 FROM n"
    );
    node.member("filler", "member");
    node.fill(vec![account, post, home, follow], posts).await;
    println!("filled with {posts} posts, accounts, followers and timeline entries");
}

#[tokio::main]
async fn main() {
    let posts = measured::begin(0);
    start_and_rest().await;
    let world = start_world().await;
    let node = Node::start(binary()).await;
    let (token, second) = (node.member("member", "owner"), node.member("second", "member"));
    if posts > 0 {
        fill(&node, posts).await;
    }
    inbound(&world, &node, &token).await;
    fan_out(&world, &node, &token, true).await;
    fan_out(&world, &node, &second, false).await;
    let (home, json) = ("/api/v1/timelines/home", "application/json");
    read(&node, "home timeline (JSON, 20 posts), unchanged", home, json, Some(&token)).await;
    let each = format!("{home}?limit=20&_=");
    read(&node, "home timeline, each read afresh", &each, json, Some(&token)).await;
    read(&node, "actor document", "/users/member", "application/activity+json", None).await;
    read(&node, "profile page (HTML)", "/@member", "text/html", None).await;
    let (now, peak) = node.memory();
    println!("memory at the end {now:.1} MiB, peak {peak:.1} MiB");
}
