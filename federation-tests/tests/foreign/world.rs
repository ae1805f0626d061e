//! A node with one member and a Fedify peer who follow each other.
use federation_tests::process::{Fedify, Member, Node, client, until};
use serde_json::{Value, json};
use sqlx::SqlitePool;
use tsudoi::media::image::{self, Limits};

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
        self.counts("SELECT COUNT(*) FROM follow WHERE state = 'accepted'", 2).await;
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

    /// The status of a GET of `ActivityStreams` JSON by nobody.
    pub(crate) async fn fetch_unsigned(&self, url: &str) -> u16 {
        let request = client().get(url).header("accept", "application/activity+json");
        request.send().await.expect("an answer").status().as_u16()
    }

    /// The media type of a picture that can be had by everybody and opened.
    pub(crate) async fn fetch_picture(&self, url: &str) -> Value {
        let response = client().get(url).send().await.expect("an answer");
        assert!(response.status().is_success(), "{url}: {}", response.status());
        let media_type = response.headers()["content-type"].to_str().expect("a text").to_owned();
        let bytes = response.bytes().await.expect("a body");
        assert!(image::process(&bytes, Limits::default()).is_ok(), "{url} is no picture");
        json!(media_type)
    }

    /// One number from the node's database.
    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&database(&self.node).await).await.expect("a number")
    }

    /// Waits until a number in the node's database is `expected`.
    pub(crate) async fn counts(&self, sql: &'static str, expected: i64) {
        let db = database(&self.node).await;
        until(&format!("{expected} from {sql}"), async || {
            let found: i64 = sqlx::query_scalar(sql).fetch_one(&db).await.ok()?;
            (found == expected).then_some(())
        })
        .await;
    }
}

pub(crate) async fn database(node: &Node) -> SqlitePool {
    let file = node.data_dir().join("tsudoi.sqlite3");
    SqlitePool::connect(&format!("sqlite://{}", file.display())).await.expect("a database")
}

/// Stored activities that could not be applied, and why.
pub(crate) async fn failed(node: &Node) -> Vec<(String, String)> {
    sqlx::query_as("SELECT activity_id, COALESCE(reason, '') FROM inbound WHERE state = 'failed'")
        .fetch_all(&database(node).await)
        .await
        .expect("rows")
}

/// The id in an answer of the peer.
pub(crate) fn id(answer: &Value) -> String {
    answer["id"].as_str().expect("an id").to_owned()
}

/// The id of a status as other servers know it.
pub(crate) fn uri(status: &Value) -> String {
    status["uri"].as_str().expect("a uri").to_owned()
}

/// A picture as a member uploads it: 64 × 48 pixels, PNG.
pub(crate) fn picture() -> Vec<u8> {
    std::fs::read("tests/foreign/sky.png").expect("a picture")
}
