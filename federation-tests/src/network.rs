//! What the servers of one test share: the time, a way to talk to them, and the invariants that must hold when the test ends.
use crate::{
    database::Database,
    invariants::{self, Books, Secret},
    line::Line,
    node::Node,
};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
};
use tempfile::TempDir;
use tsudoi::{
    clock::{Clock, SECOND, Timestamp},
    config::Config,
    db::Db,
};

/// One test's world. Its clock stands still until somebody acts or `advance` is called.
///
/// When it ends, the [invariants] must hold over all its nodes: no scenario can forget to ask.
#[derive(Clone)]
pub struct Network {
    pub clock: Clock,
    pub http: reqwest::Client,
    world: Arc<World>,
}

struct World {
    clock: Clock,
    homes: Mutex<Vec<Home>>,
    secrets: Mutex<Vec<Secret>>,
    /// What is broken is broken on purpose.
    lawless: Mutex<bool>,
}

/// Where a node keeps its data, as long as the world lasts.
pub(crate) struct Home {
    pub host: String,
    pub data_dir: PathBuf,
    pub database: Arc<Database>,
    pub _directory: Arc<TempDir>,
}

impl Network {
    #[expect(clippy::new_without_default, reason = "a world is made, not assumed")]
    pub fn new() -> Self {
        let start = Timestamp::parse("2026-11-22T10:00:00Z").unwrap();
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .dns_resolver(Arc::new(EverythingIsHere))
            .build()
            .unwrap();
        let clock = Clock::manual(start);
        let world = World {
            clock: clock.clone(),
            homes: Mutex::default(),
            secrets: Mutex::default(),
            lawless: Mutex::default(),
        };
        Self { clock, http, world: Arc::new(world) }
    }

    /// A node named `NAME.localhost` with a port of its own.
    pub async fn node(&self, name: &str) -> Node {
        self.node_with(name, |_| {}).await
    }

    /// A node with other settings.
    pub async fn node_with(&self, name: &str, change: impl FnOnce(&mut Config)) -> Node {
        Node::start(self, name, None, change).await
    }

    /// A node that is reached by `line` only.
    pub async fn node_on(&self, line: &Line, name: &str) -> Node {
        Node::start(self, name, Some(line), |_| {}).await
    }

    /// `words` (no shorter than a few letters) may be known to these nodes, never to another one, and stand in no log.
    pub fn keeps_secret(&self, words: &str, known_to: &[&Node]) {
        let known_to = known_to.iter().map(|node| node.host().to_owned()).collect();
        let secret = Secret { words: words.to_owned(), known_to };
        self.world.secrets.lock().unwrap().push(secret);
    }

    /// This test breaks the invariants on purpose: they are not asked for at its end.
    pub fn breaks_the_law(&self) {
        *self.world.lawless.lock().unwrap() = true;
    }

    pub(crate) fn secrets(&self) -> Vec<Secret> {
        self.world.secrets.lock().unwrap().clone()
    }

    /// A node that was restarted has taken the place of the one that it was.
    pub(crate) fn keeps(&self, home: Home) {
        let mut homes = self.world.homes.lock().unwrap();
        homes.retain(|h| h.host != home.host);
        homes.push(home);
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn advance(&self, milliseconds: i64) {
        self.clock.advance(milliseconds);
    }

    /// A second passes at each deed, so that ids sort by time.
    pub fn tick(&self) {
        self.clock.advance(SECOND);
    }
}

/// The nodes are gone by now: what they wrote down is looked at, in a thread of its own, because this one may not wait.
impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() || *self.lawless.lock().unwrap() {
            return;
        }
        let (homes, secrets) = (self.homes.lock().unwrap(), self.secrets.lock().unwrap());
        let now = self.clock.now();
        let look = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let mut books = Vec::new();
                for home in homes.iter() {
                    let db = Db::open(&home.database.url, &home.data_dir).await.unwrap();
                    let (host, data_dir) = (home.host.clone(), home.data_dir.clone());
                    books.push(Books { host, db, data_dir });
                }
                let broken = invariants::of(&books, &secrets, now).await.unwrap();
                for book in &books {
                    book.db.close().await;
                }
                broken
            })
        };
        let broken = std::thread::scope(|scope| scope.spawn(look).join());
        invariants::expect_none(&broken.expect("the invariants can be looked at"));
    }
}

/// Lets every node deliver, apply and fetch until there is nothing left to do now. What waits for a later time still waits.
pub async fn settle(nodes: &[&Node]) {
    for _ in 0..40 {
        let mut done = 0;
        for node in nodes {
            done += node.deliver().await + node.apply().await + node.fetch().await;
        }
        if done == 0 {
            return;
        }
    }
    panic!("the nodes do not come to rest");
}

/// Names under `localhost` are this machine.
struct EverythingIsHere;

impl Resolve for EverythingIsHere {
    fn resolve(&self, _: Name) -> Resolving {
        let here: Addrs = Box::new(std::iter::once(SocketAddr::from(([127, 0, 0, 1], 0))));
        Box::pin(async move { Ok(here) })
    }
}
