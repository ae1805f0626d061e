//! A node with one member and a Fedify peer who follow each other.
use federation_tests::process::{Fedify, Member, Node, until};
use serde_json::{Value, json};

pub(crate) struct World {
    pub(crate) node: Node,
    pub(crate) aiko: Member,
    pub(crate) peer: Fedify,
}

impl World {
    /// Strangers: the peer's actors are mika and `mika_new`.
    pub(crate) async fn of_strangers(knock: &str) -> Self {
        Self::with(knock, &[]).await
    }

    pub(crate) async fn with(knock: &str, settings: &[(&str, &str)]) -> Self {
        let node = Node::start_with(settings).await;
        let aiko = node.member("aiko").await;
        let peer = Fedify::start(&["mika", "mika_new"], knock).await;
        Self { node, aiko, peer }
    }

    /// Both follow each other.
    pub(crate) async fn of_friends(knock: &str) -> Self {
        let world = Self::of_strangers(knock).await;
        world.befriend().await;
        world
    }

    pub(crate) async fn befriend(&self) {
        let (aiko, peer) = (&self.aiko, &self.peer);
        peer.act("follow", json!({"target": aiko.handle})).await;
        until("aiko to accept mika", async || {
            let state = peer.state("mika").await;
            (state["following"][0]["state"] == "accepted").then_some(())
        })
        .await;
        aiko.relate("follow", &peer.handle("mika")).await;
        until("mika to accept aiko", async || {
            let relation = aiko.relate("follow", &peer.id("mika")).await;
            (relation["following"] == true).then_some(())
        })
        .await;
    }

    /// The peer is content with every signature, and the node with every activity that it took in.
    pub(crate) async fn assert_content(&self) {
        self.assert_content_but(&[]).await;
    }

    pub(crate) async fn assert_content_but(&self, meant: &[u64]) {
        self.peer.assert_content(meant).await;
        assert_eq!(
            failed(&self.node).await,
            Vec::<(String, String)>::new(),
            "activities that failed"
        );
    }
}

/// Stored activities that could not be applied, and why.
pub(crate) async fn failed(node: &Node) -> Vec<(String, String)> {
    let db = sqlx::SqlitePool::connect(&format!(
        "sqlite://{}",
        node.data_dir().join("tsudoi.sqlite3").display()
    ))
    .await
    .unwrap();
    sqlx::query_as("SELECT activity_id, COALESCE(reason, '') FROM inbound WHERE state = 'failed'")
        .fetch_all(&db)
        .await
        .unwrap()
}

/// The id in an answer of the peer.
pub(crate) fn id(answer: &Value) -> String {
    answer["id"].as_str().expect("an id").to_owned()
}
