//! Six nodes of one network, all under load, and kill -9 of any of them: every post that got a 2xx is on all six, once.
//!
//! `CHANCE_SEED` repeats a run's choices, `KILL_NETWORK_ROUNDS` changes how often nodes die (5).
use federation_tests::{
    Chance,
    chance::setting,
    chapters::NAMES,
    invariants,
    process::{Demo, client, until_within},
};
use serde_json::{Value, json};
use sqlx::SqlitePool;
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

const NODES: usize = NAMES.len();
const PATIENCE: Duration = Duration::from_secs(120);

/// One member of each node, who posts as fast as it goes, and repeats what got no answer.
#[derive(Default)]
struct Load {
    next: AtomicU64,
    stopped: AtomicBool,
    /// The post of each text that got a 2xx.
    promised: Mutex<BTreeMap<String, String>>,
}

impl Load {
    fn promised(&self) -> usize {
        self.promised.lock().unwrap().len()
    }

    async fn post_at(&self, url: &str, token: &str) {
        let http = client();
        let mut unsure: Option<String> = None;
        // What got no answer is repeated, also at the end: until then nobody knows whether it is there.
        while unsure.is_some() || !self.stopped.load(Ordering::Relaxed) {
            let new = || format!("約束 {}", self.next.fetch_add(1, Ordering::Relaxed));
            let text = unsure.take().unwrap_or_else(new);
            let key = text.trim_start_matches("約束 ");
            let request = http.post(url).bearer_auth(token).header("idempotency-key", key);
            let body = json!({"status": text, "visibility": "public"});
            let answered = async {
                let answer = request.json(&body).send().await.ok()?.error_for_status().ok()?;
                let post: Value = answer.json().await.ok()?;
                post["uri"].as_str().map(str::to_owned)
            };
            if let Some(uri) = answered.await {
                self.promised.lock().unwrap().insert(text, uri);
            } else {
                unsure = Some(text);
                crate::pause(Duration::from_millis(100)).await;
            }
        }
    }

    async fn promises(&self, more: usize) {
        let enough = self.promised() + more;
        until_within(PATIENCE, "enough to be promised", async || {
            (self.promised() >= enough).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_any_of_six_nodes_promised_is_at_all_of_them_once() {
    let mut chance = Chance::of_this_run();
    let rounds = setting("KILL_NETWORK_ROUNDS").unwrap_or(5);
    let started = Instant::now();
    let mut demo = Demo::start();
    for node in 0..NODES {
        demo.comes_up(node).await;
    }
    let load = Arc::new(Load::default());
    let mut work = JoinSet::new();
    for node in 0..NODES {
        let (load, token) = (load.clone(), demo.token(node));
        let url = demo.url(node, "/api/v1/statuses");
        work.spawn(async move { load.post_at(&url, &token).await });
    }
    for _ in 0..rounds {
        load.promises(10).await;
        let first = usize::try_from(chance.below(6)).unwrap();
        let mut dead = vec![first];
        if chance.below(2) == 0 {
            dead.push((first + 1) % NODES);
        }
        crate::pause(Duration::from_millis(chance.below(50))).await;
        for node in &dead {
            demo.kill(*node);
        }
        load.promises(5).await;
        for node in dead {
            demo.tell("start", NAMES[node]);
        }
    }
    load.stopped.store(true, Ordering::Relaxed);
    while let Some(ended) = work.join_next().await {
        ended.expect("the load runs");
    }
    let promised: BTreeMap<String, String> = load.promised.lock().unwrap().clone();
    let mut disks = Vec::new();
    for (node, name) in NAMES.iter().enumerate() {
        let folder = demo.data_dir.join(name);
        has_all_once(&folder.join("tsudoi.sqlite3").display().to_string(), &promised).await;
        disks.push((demo.host(node), folder));
    }
    let broken = invariants::broken_on_disk(&disks).await;
    assert!(broken.is_empty(), "{broken:#?}");
    println!("{rounds} rounds, {} posts in {:.0?}", promised.len(), started.elapsed());
    assert!(demo.end(), "it ends well");
}

/// Soon every promised text is in the node's database, as the one post that was promised.
async fn has_all_once(file: &str, promised: &BTreeMap<String, String>) {
    let pool = SqlitePool::connect(&format!("sqlite://{file}")).await.unwrap();
    until_within(PATIENCE, &format!("all posts to be in {file}"), async || {
        let sql = "SELECT content_html, uri FROM post WHERE content_html LIKE '<p>約束 %' ORDER BY content_html";
        let found: Vec<(String, String)> = sqlx::query_as(sql).fetch_all(&pool).await.unwrap();
        let text = |html: &str| html.replace("<p>", "").replace("</p>", "");
        let known: BTreeMap<String, String> =
            found.iter().map(|(html, uri)| (text(html), uri.clone())).collect();
        assert_eq!(known.len(), found.len(), "a text is there twice");
        (known == *promised).then_some(())
    })
    .await;
    pool.close().await;
}
