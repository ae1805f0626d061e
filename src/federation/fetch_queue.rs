//! Remote things to fetch later: missing parents, replies, outboxes, stale profiles. Retried over four days, then given up. And what is left of
//! accounts that were deleted, here or elsewhere.
use crate::{
    app::App,
    clock::{DAY, MINUTE, Timestamp},
    db::Tx,
    error::Result,
    execute,
    federation::hosts,
    fetch_all, fetch_optional, ids, outbound,
};

/// What is fetched, and so what is done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "lowercase")]
pub enum Kind {
    /// An account, new or stale.
    Actor,
    /// A post, new or to be looked at again.
    Post,
    /// The posts of an account that a member began to follow.
    Outbox,
    /// The replies to a post.
    Replies,
    /// The followers of an account as its own server lists them (FEP-8fcf).
    Followers,
    /// The consent to a quote (FEP-044f).
    Stamp,
    /// A picture of a member node, before anybody looks at it.
    Picture,
    /// A verified link (`rel="me"`) of a local profile.
    Link,
    /// Nothing: the posts of an account that was deleted are removed, some at a time.
    Remains,
}

impl Kind {
    /// The server that is asked for `uri`.
    fn asks(self, uri: &str) -> String {
        let address = match self {
            Self::Link => uri.split_once('#').map_or(uri, |(_, address)| address),
            _ => uri,
        };
        outbound::authority(address).unwrap_or_default()
    }
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Wanted {
    pub id: i64,
    pub kind: Kind,
    pub uri: String,
    pub tries: i64,
    /// When it was asked for, or was to be tried again.
    pub next_at: Timestamp,
}

/// Asks for `uri` once, however often it is asked for; and once more, if it is being fetched now: it may have changed since.
pub async fn want(app: &App, tx: &mut Tx, kind: Kind, uri: &str) -> Result<()> {
    let now = app.now();
    let new = execute!(
        tx,
        sqlx::query(
            "INSERT INTO wanted (id, kind, uri, host, next_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"
        )
        .bind(ids::new_id(now))
        .bind(kind)
        .bind(uri)
        .bind(kind.asks(uri))
        .bind(now)
    );
    if new == 0 {
        execute!(
            tx,
            sqlx::query(
                "UPDATE wanted SET next_at = $3 WHERE kind = $1 AND uri = $2 AND lease_until > $3"
            )
            .bind(kind)
            .bind(uri)
            .bind(now)
        );
    }
    tx.rings(&app.wake.fetch);
    Ok(())
}

/// True while `uri` is still wanted.
pub async fn is_wanted(tx: &mut Tx, kind: Kind, uri: &str) -> Result<bool> {
    let row: Option<(i64,)> = fetch_optional!(
        tx,
        sqlx::query_as("SELECT id FROM wanted WHERE kind = $1 AND uri = $2").bind(kind).bind(uri)
    );
    Ok(row.is_some())
}

/// How long a claimed fetch is ours, ms: longer than any takes.
const LEASE: i64 = 5 * MINUTE;

/// Fetches that one server is asked for at a time.
const PER_HOST: i64 = 4;

/// Leases up to `limit` due fetches. Servers take turns: one that holds its answers holds up no other.
pub async fn claim(app: &App, limit: usize) -> Result<Vec<Wanted>> {
    let now = app.now();
    let mut tx = app.db.read().await?;
    let any: Option<(i64,)> = fetch_optional!(
        &mut tx,
        sqlx::query_as("SELECT id FROM wanted WHERE next_at <= $1 AND lease_until <= $1 LIMIT 1")
            .bind(now)
    );
    drop(tx);
    if any.is_none() {
        return Ok(Vec::new());
    }
    let mut tx = app.db.begin().await?;
    let due: Vec<Wanted> = fetch_all!(
        &mut tx,
        sqlx::query_as(
            "WITH placed AS (
                 SELECT id, next_at, lease_until, ROW_NUMBER() OVER (
                     PARTITION BY host ORDER BY CASE WHEN lease_until > $2 THEN 0 ELSE 1 END, next_at, id) AS place
                 FROM wanted WHERE next_at <= $2),
             due AS MATERIALIZED (
                 SELECT id FROM placed WHERE lease_until <= $2 AND place <= $4 ORDER BY next_at, id LIMIT $3)
             UPDATE wanted SET lease_until = $1, tries = tries + 1 WHERE lease_until <= $2 AND id IN (SELECT id FROM due)
             RETURNING id, kind, uri, tries, next_at"
        )
        .bind(now.plus(LEASE))
        .bind(now)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .bind(PER_HOST)
    );
    tx.commit().await?;
    Ok(due)
}

/// The server of `address` speaks: what is wanted from there is fetched now.
pub async fn wake(app: &App, tx: &mut Tx, address: &str) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE wanted SET next_at = $2 WHERE next_at > $2 AND SUBSTR(LOWER(uri) || '/', 1, LENGTH($1)) = $1"
        )
        .bind(outbound::beginning(address).unwrap_or_default())
        .bind(app.now())
    );
    tx.rings(&app.wake.fetch);
    Ok(())
}

/// It was fetched, or is given up. What was asked for again meanwhile stays wanted.
pub async fn done(tx: &mut Tx, wanted: &Wanted) -> Result<()> {
    let sql = "DELETE FROM wanted WHERE id = $1 AND next_at = $2";
    if execute!(tx, sqlx::query(sql).bind(wanted.id).bind(wanted.next_at)) == 0 {
        let sql = "UPDATE wanted SET lease_until = 0, tries = 0 WHERE id = $1";
        execute!(tx, sqlx::query(sql).bind(wanted.id));
    }
    Ok(())
}

/// How long it is tried, ms.
const PATIENCE: i64 = 4 * DAY;

/// After four days it is given up; true when it was.
pub async fn retry_later(
    tx: &mut Tx,
    wanted: &Wanted,
    error: &str,
    now: Timestamp,
) -> Result<bool> {
    if Timestamp(wanted.id >> 16).plus(PATIENCE) <= now {
        done(tx, wanted).await?;
        return Ok(true);
    }
    execute!(
        tx,
        sqlx::query(
            "UPDATE wanted SET lease_until = 0, next_at = $2, last_error = $3 WHERE id = $1"
        )
        .bind(wanted.id)
        .bind(now.plus(hosts::pause(wanted.tries)))
        .bind(error)
    );
    Ok(false)
}
