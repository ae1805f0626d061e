//! Members post and servers send at the same time; each remembers what it was promised, and repeats what it is unsure of.
use crate::crowd::{Crowd, HOSTS};
use federation_tests::process::{Member, client};
use reqwest::Client;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::task::JoinSet;

const POSTERS: usize = 4;
const SENDERS: usize = 4;
const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

/// What got a 2xx.
#[derive(Clone, Default)]
pub(crate) struct Promised {
    /// `Idempotency-Key` → the post's id on the wire.
    pub(crate) posts: BTreeMap<String, String>,
    /// Ids of the notes in activities that were answered 202.
    pub(crate) notes: BTreeSet<String>,
}

/// How many posts and notes got a 2xx.
pub(crate) struct Progress {
    posts: usize,
    notes: usize,
}

impl Progress {
    /// So many more posts, or so many more notes.
    pub(crate) fn plus(self, more: u64, of_posts: bool) -> Self {
        let more = usize::try_from(more).unwrap();
        if of_posts {
            Self { posts: self.posts + more, notes: 0 }
        } else {
            Self { posts: 0, notes: self.notes + more }
        }
    }

    pub(crate) fn has_reached(&self, goal: &Self) -> bool {
        self.posts >= goal.posts && self.notes >= goal.notes
    }
}

pub(crate) struct Load {
    name: String,
    member: Member,
    http: Client,
    crowd: Crowd,
    root: Value,
    next: AtomicU64,
    stopped: AtomicBool,
    promised: Mutex<Promised>,
    unsure_posts: Mutex<Vec<String>>,
    unsure_notes: Mutex<Vec<u64>>,
}

impl Load {
    pub(crate) async fn new(seed: u64, member: Member, crowd: Crowd) -> Self {
        let root = member.publish("みなさん、お返事をください", json!({})).await;
        Self {
            name: format!("run-{seed}"),
            member,
            http: client(),
            crowd,
            root,
            next: AtomicU64::new(1),
            stopped: AtomicBool::new(false),
            promised: Mutex::default(),
            unsure_posts: Mutex::default(),
            unsure_notes: Mutex::default(),
        }
    }

    pub(crate) fn promised(&self) -> Promised {
        self.promised.lock().unwrap().clone()
    }

    pub(crate) fn promised_so_far(&self) -> Progress {
        let promised = self.promised.lock().unwrap();
        Progress { posts: promised.posts.len(), notes: promised.notes.len() }
    }

    /// Starts the load; it stops at the first request that is not answered.
    pub(crate) fn begin(self: &Arc<Self>) -> JoinSet<()> {
        self.stopped.store(false, Ordering::Relaxed);
        let mut work = JoinSet::new();
        for _ in 0..POSTERS {
            let load = self.clone();
            work.spawn(async move {
                while !load.stopped.load(Ordering::Relaxed) {
                    let unsure = load.unsure_posts.lock().unwrap().pop();
                    let key = unsure.unwrap_or_else(|| load.new_key());
                    load.publish(key).await;
                }
            });
        }
        for _ in 0..SENDERS {
            let load = self.clone();
            work.spawn(async move {
                while !load.stopped.load(Ordering::Relaxed) {
                    let unsure = load.unsure_notes.lock().unwrap().pop();
                    let number =
                        unsure.unwrap_or_else(|| load.next.fetch_add(1, Ordering::Relaxed));
                    load.send(number).await;
                }
            });
        }
        work
    }

    /// Waits for the requests that were under way when the node died.
    pub(crate) async fn end(&self, mut work: JoinSet<()>) {
        self.stopped.store(true, Ordering::Relaxed);
        while let Some(ended) = work.join_next().await {
            ended.expect("the load runs");
        }
    }

    /// Until everything got its 2xx.
    pub(crate) async fn repeat_what_is_unsure(&self) {
        for _ in 0..3 {
            let posts = std::mem::take(&mut *self.unsure_posts.lock().unwrap());
            for key in posts {
                self.publish(key).await;
            }
            let notes = std::mem::take(&mut *self.unsure_notes.lock().unwrap());
            for number in notes {
                self.send(number).await;
            }
        }
        assert!(self.unsure_posts.lock().unwrap().is_empty(), "posts are refused");
        assert!(self.unsure_notes.lock().unwrap().is_empty(), "notes are refused");
    }

    fn new_key(&self) -> String {
        format!("{}-{}", self.name, self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// Publishes under a key; sometimes a second time at once, which must not make a second post.
    async fn publish(&self, key: String) {
        let times = if key.ends_with('7') { 2 } else { 1 };
        for _ in 0..times {
            let Some(uri) = self.try_publish(&key).await else {
                self.stopped.store(true, Ordering::Relaxed);
                self.unsure_posts.lock().unwrap().push(key);
                return;
            };
            let mut promised = self.promised.lock().unwrap();
            let known = promised.posts.entry(key.clone()).or_insert_with(|| uri.clone());
            assert_eq!(*known, uri, "a second post for {key}");
        }
    }

    async fn try_publish(&self, key: &str) -> Option<String> {
        let request = self
            .member
            .request(&self.http, "/api/v1/statuses")
            .timeout(Duration::from_secs(10))
            .header("idempotency-key", key)
            .json(&json!({"status": format!("{key} です"), "visibility": "public"}));
        let response = request.send().await.ok()?;
        let status = response.status();
        assert!(status.is_success() || status.is_server_error(), "{key}: {status}");
        // An answer that was cut off is no promise that the test could hold the node to.
        let answer: Value = response.json().await.ok()?;
        answer["uri"].as_str().filter(|_| status.is_success()).map(str::to_owned)
    }

    /// Sends a reply to the member's first post from one of the servers.
    async fn send(&self, number: u64) {
        let from = usize::try_from(number).unwrap() % HOSTS;
        let me = self.crowd.actor(from);
        let id = format!("{me}/notes/{number}");
        let activity = json!({
            "@context": "https://www.w3.org/ns/activitystreams", "id": format!("{id}/activity"), "type": "Create",
            "actor": me, "to": [PUBLIC], "cc": [self.member.id],
            "object": {
                "id": id, "type": "Note", "attributedTo": me, "content": format!("<p>{number}番目の返事</p>"),
                "published": "2026-11-01T00:00:00Z", "inReplyTo": self.root["uri"], "to": [PUBLIC], "cc": [self.member.id],
                "tag": [{"type": "Mention", "href": self.member.id, "name": self.member.handle}],
            },
        });
        match self.crowd.post(from, &self.member.id, &activity).await {
            Some(202) => {
                self.promised.lock().unwrap().notes.insert(id);
            }
            Some(status) if status < 500 => panic!("{id} was answered {status}"),
            _ => {
                self.stopped.store(true, Ordering::Relaxed);
                self.unsure_notes.lock().unwrap().push(number);
            }
        }
    }
}
