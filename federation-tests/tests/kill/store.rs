//! The node's database, looked at from outside: also while the node is dead.
use crate::crowd::{Crowd, HOSTS};
use federation_tests::process::Node;
use sqlx::{PgPool, SqlitePool};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) enum Store {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// What must never be seen, however the node died: each counts rows that should not be there.
const HALF_WRITTEN: [(&str, &str); 9] = [
    (
        "posts that are not in their author's home timeline, which keeps the newest 800",
        "SELECT COUNT(*) FROM post p WHERE p.local AND NOT EXISTS
           (SELECT 1 FROM home_entry h WHERE h.post_id = p.id AND h.account_id = p.account_id)
         AND p.id > COALESCE((SELECT q.id FROM post q WHERE q.local ORDER BY q.id DESC LIMIT 1 OFFSET 700), 0)",
    ),
    (
        "posts without their activity",
        "SELECT COUNT(*) FROM post p WHERE p.local AND NOT EXISTS
           (SELECT 1 FROM activity a WHERE a.uri = p.uri || '/activity')",
    ),
    ("activities that exist twice", "SELECT COUNT(*) - COUNT(DISTINCT uri) FROM activity"),
    (
        "keys without their post",
        "SELECT COUNT(*) FROM idempotency i WHERE NOT EXISTS (SELECT 1 FROM post p WHERE p.id = i.post_id)",
    ),
    (
        "posts that are not counted",
        "SELECT COUNT(*) FROM account a
         WHERE a.posts_count <> (SELECT COUNT(*) FROM post p WHERE p.account_id = a.id)",
    ),
    (
        "replies that are not counted once",
        "SELECT COUNT(*) FROM post p
         WHERE p.replies_count <> (SELECT COUNT(*) FROM post r WHERE r.in_reply_to_id = p.id)",
    ),
    (
        "applied notes that are not there",
        "SELECT COUNT(*) FROM inbound i WHERE i.state = 'done' AND i.activity_id LIKE '%/notes/%' AND NOT EXISTS
           (SELECT 1 FROM post p WHERE p.uri || '/activity' = i.activity_id)",
    ),
    (
        "notes that are there and not applied",
        "SELECT COUNT(*) FROM post p JOIN inbound i ON i.activity_id = p.uri || '/activity' WHERE i.state <> 'done'",
    ),
    (
        "notes that rang not exactly once",
        "SELECT COUNT(*) FROM post p WHERE NOT p.local
           AND (SELECT COUNT(*) FROM notification n WHERE n.post_id = p.id) <> 1",
    ),
];

macro_rules! ask {
    ($store:expr, $method:ident, $query:expr) => {
        match $store {
            Store::Sqlite(pool) => $query.$method(pool).await.unwrap(),
            Store::Postgres(pool) => $query.$method(pool).await.unwrap(),
        }
    };
}

impl Store {
    pub(crate) async fn open(node: &Node, database: &str) -> Self {
        if database.is_empty() {
            let file = node.data_dir().join("tsudoi.sqlite3");
            Self::Sqlite(
                SqlitePool::connect(&format!("sqlite://{}", file.display())).await.unwrap(),
            )
        } else {
            Self::Postgres(PgPool::connect(database).await.unwrap())
        }
    }

    async fn number(&self, sql: &'static str) -> i64 {
        ask!(self, fetch_one, sqlx::query_scalar(sql))
    }

    async fn pairs(&self, sql: &'static str) -> Vec<(String, String)> {
        ask!(self, fetch_all, sqlx::query_as(sql))
    }

    /// Nothing half-written; and each post is on its way to, or has reached, every follower's server.
    pub(crate) async fn assert_whole(&self, crowd: &Crowd, when: &str) {
        for (what, sql) in HALF_WRITTEN {
            assert_eq!(self.number(sql).await, 0, "{when}: {what}");
        }
        let waiting: BTreeSet<(String, String)> = self
            .pairs("SELECT d.host, a.uri FROM delivery d JOIN activity a ON a.id = d.activity_id WHERE d.state = 'waiting'")
            .await
            .into_iter()
            .collect();
        for (uri, _) in self.pairs("SELECT uri, source FROM post WHERE local").await {
            let activity = format!("{uri}/activity");
            for number in 0..HOSTS {
                let on_its_way = waiting.contains(&(crowd.host(number), activity.clone()));
                assert!(
                    on_its_way || crowd.has(number, &activity),
                    "{when}: {activity} is lost for {}",
                    crowd.host(number)
                );
            }
        }
    }

    /// As if the two minutes had passed after which a dead process's claims are anybody's.
    pub(crate) async fn lapse_leases(&self) {
        for sql in ["UPDATE delivery SET lease_until = 0", "UPDATE wanted SET lease_until = 0"] {
            match self {
                Self::Sqlite(pool) => drop(sqlx::query(sql).execute(pool).await.unwrap()),
                Self::Postgres(pool) => drop(sqlx::query(sql).execute(pool).await.unwrap()),
            }
        }
    }

    /// What is still to be delivered or applied.
    pub(crate) async fn unfinished(&self) -> i64 {
        self.number(
            "SELECT (SELECT COUNT(*) FROM delivery) + (SELECT COUNT(*) FROM inbound WHERE state = 'waiting')",
        )
        .await
    }

    /// Each key made one post, the one that was promised, and there are no others but the very first.
    pub(crate) async fn assert_published_once(&self, posts: &BTreeMap<String, String>) {
        let found = self.pairs("SELECT source, uri FROM post WHERE local ORDER BY id").await;
        assert_eq!(found.len(), posts.len() + 1);
        for (source, uri) in &found[1..] {
            let key = source.strip_suffix(" です").unwrap();
            assert_eq!(posts.get(key), Some(uri), "{source}");
        }
    }

    /// Each note that was answered 202 is there, and no other.
    pub(crate) async fn assert_applied_once(&self, notes: &BTreeSet<String>) {
        let found = self.pairs("SELECT uri, content_html FROM post WHERE NOT local").await;
        let found: BTreeSet<String> = found.into_iter().map(|(uri, _)| uri).collect();
        assert_eq!(found, *notes);
    }
}
