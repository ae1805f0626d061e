//! What the servers of one test share: the time, and a way to talk to them.
use crate::node::Node;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{net::SocketAddr, sync::Arc};
use tsudoi::{
    clock::{Clock, SECOND, Timestamp},
    config::Config,
};

/// One test's world. Its clock stands still until somebody acts or `advance` is called.
#[derive(Clone)]
pub struct Network {
    pub clock: Clock,
    pub http: reqwest::Client,
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
        Self { clock: Clock::manual(start), http }
    }

    /// A node named `NAME.localhost` with a port of its own.
    pub async fn node(&self, name: &str) -> Node {
        self.node_with(name, |_| {}).await
    }

    /// A node with other settings.
    pub async fn node_with(&self, name: &str, change: impl FnOnce(&mut Config)) -> Node {
        Node::start(self, name, change).await
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn advance(&self, milliseconds: i64) {
        self.clock.advance(milliseconds);
    }

    /// A second passes at each deed, so that ids sort by time.
    pub(crate) fn tick(&self) {
        self.clock.advance(SECOND);
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
