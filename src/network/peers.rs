//! How each peer is reached, and what it has by its own word.
use super::{entry::Head, log, membership};
use crate::{
    app::App,
    clock::{MINUTE, SECOND, Timestamp},
    db::Tx,
    error::Result,
    execute, fetch_all,
};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// A peer is asked what it has at least this often, ms: a death is noticed by then.
pub const ASK_EVERY: i64 = 20 * SECOND;
/// The longest pause between tries, however long a peer has been down, ms.
const LONGEST_PAUSE: i64 = 5 * MINUTE;
/// A peer that has failed for so long is down, ms.
const DOWN_AFTER: i64 = 2 * MINUTE;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Peer {
    pub node: String,
    pub fails: i64,
    pub down_since: Option<Timestamp>,
    /// Since when it has answered without a failure between.
    pub up_since: Option<Timestamp>,
    pub next_at: Timestamp,
    pub asked_at: Timestamp,
    /// The version of the roster that it has; 0 when we never heard it.
    pub roster: i64,
    pub last_ok_at: Option<Timestamp>,
    pub last_error: Option<String>,
    /// Entries of a page that came through lately.
    pub page: i64,
    /// When we had everything that it has, while our log was held.
    pub traded_at: Timestamp,
}

/// How a peer does, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Up,
    /// Did not answer a moment ago.
    Suspect,
    Down,
    /// Answers, and lacks something of our log.
    Catchup,
}

/// One that was never spoken to.
impl Default for Peer {
    fn default() -> Self {
        Self {
            node: String::new(),
            fails: 0,
            down_since: None,
            next_at: Timestamp(0),
            asked_at: Timestamp(0),
            roster: 0,
            last_ok_at: None,
            last_error: None,
            up_since: None,
            page: i64::from(log::PAGE),
            traded_at: Timestamp(0),
        }
    }
}

impl Peer {
    pub fn state(&self, behind: bool, now: Timestamp) -> State {
        match self.down_since {
            Some(since) if since.plus(DOWN_AFTER) <= now => State::Down,
            Some(_) => State::Suspect,
            None if behind => State::Catchup,
            None => State::Up,
        }
    }

    /// Since when it is down, or up.
    pub fn since(&self) -> Option<Timestamp> {
        self.down_since.or(self.up_since)
    }
}

pub async fn all(tx: &mut Tx) -> Result<HashMap<String, Peer>> {
    let rows: Vec<Peer> = fetch_all!(tx, sqlx::query_as("SELECT * FROM peer LIMIT 1000"));
    Ok(rows.into_iter().map(|p| (p.node.clone(), p)).collect())
}

/// What a peer has, by its own word. It is there, so that nothing is held back any more.
pub async fn note_heads(
    tx: &mut Tx,
    peer: &str,
    roster: i64,
    heads: &BTreeMap<String, Head>,
    now: Timestamp,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO peer (node, last_ok_at, up_since, roster) VALUES ($1, $2, $2, $3)
             ON CONFLICT (node) DO UPDATE SET fails = 0, down_since = NULL, next_at = 0, last_error = NULL,
                last_ok_at = excluded.last_ok_at, up_since = COALESCE(peer.up_since, excluded.up_since),
                roster = excluded.roster"
        )
        .bind(peer)
        .bind(now)
        .bind(roster)
    );
    let known = acks_of(tx, peer).await?;
    for (node, head) in heads.iter().take(1_000) {
        if known.get(node).is_some_and(|k| (k.epoch, k.seq) == (head.epoch, head.seq)) {
            continue;
        }
        execute!(
            tx,
            sqlx::query(
                "INSERT INTO peer_ack (peer, node, epoch, seq, at) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (peer, node) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, at = excluded.at"
            )
            .bind(peer)
            .bind(node)
            .bind(head.epoch)
            .bind(head.seq)
            .bind(now)
        );
    }
    Ok(())
}

/// When a peer was asked what it has; 0: to be asked now.
pub async fn note_asked(tx: &mut Tx, peer: &str, at: Timestamp) -> Result<()> {
    execute!(tx, sqlx::query("UPDATE peer SET asked_at = $2 WHERE node = $1").bind(peer).bind(at));
    Ok(())
}

/// It did not answer: tried again after 1, 2, 4 … seconds, then every five minutes for ever.
pub async fn note_failure(tx: &mut Tx, peer: &Peer, error: &str, now: Timestamp) -> Result<()> {
    let pause = SECOND << peer.fails.clamp(0, 9);
    let words: String = error.chars().take(300).collect();
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO peer (node, fails, down_since, next_at, last_error) VALUES ($1, 1, $2, $3, $4)
             ON CONFLICT (node) DO UPDATE SET fails = peer.fails + 1, down_since = COALESCE(peer.down_since, excluded.down_since),
                up_since = NULL, next_at = excluded.next_at, last_error = excluded.last_error"
        )
        .bind(&peer.node)
        .bind(now)
        .bind(now.plus(pause.min(LONGEST_PAUSE)))
        .bind(words)
    );
    Ok(())
}

/// We have everything that a peer had. Written down while our log is held.
pub async fn note_traded(tx: &mut Tx, peer: &str, at: Timestamp) -> Result<()> {
    execute!(tx, sqlx::query("UPDATE peer SET traded_at = $2 WHERE node = $1").bind(peer).bind(at));
    Ok(())
}

/// How many entries of a page the line to a peer carries.
pub async fn note_page(tx: &mut Tx, peer: &str, page: i64) -> Result<()> {
    execute!(
        tx,
        sqlx::query("UPDATE peer SET page = $2 WHERE node = $1")
            .bind(peer)
            .bind(page.clamp(1, i64::from(log::PAGE)))
    );
    Ok(())
}

/// It answers and takes nothing: not spoken to before `until`.
pub async fn hold(tx: &mut Tx, peer: &str, until: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query("UPDATE peer SET next_at = $2 WHERE node = $1").bind(peer).bind(until)
    );
    Ok(())
}

/// It spoke to us: it is there, and is asked at once.
pub async fn note_contact(tx: &mut Tx, peer: &str) -> Result<bool> {
    Ok(execute!(
        tx,
        sqlx::query(
            "UPDATE peer SET fails = 0, down_since = NULL, next_at = 0, asked_at = 0 WHERE node = $1 AND fails > 0"
        )
        .bind(peer)
    ) > 0)
}

/// Every peer is asked at once.
pub async fn ask_all(tx: &mut Tx) -> Result<()> {
    execute!(tx, sqlx::query("UPDATE peer SET asked_at = 0, next_at = 0"));
    Ok(())
}

/// A peer that does not answer: what its posts and profiles here are, are copies.
#[derive(Clone, Debug)]
pub struct Away {
    pub chapter: String,
    pub last_seen: Option<Timestamp>,
}

/// Whether the node at `host` is a peer that is down.
pub async fn away(app: &App, tx: &mut Tx, host: &str) -> Result<Option<Away>> {
    let us = membership::current(app, tx).await?;
    let Some(member) = us.as_ref().and_then(|us| us.peer_at(host)) else { return Ok(None) };
    let peer = all(tx).await?.remove(&member.node).unwrap_or_default();
    let away = matches!(peer.state(false, app.now()), State::Suspect | State::Down);
    let last_seen = peer.last_ok_at;
    Ok(away.then(|| Away { chapter: member.chapter.clone(), last_seen }))
}

/// What a peer has of each log.
pub async fn acks_of(tx: &mut Tx, peer: &str) -> Result<HashMap<String, Head>> {
    let rows: Vec<(String, i64, i64)> = fetch_all!(
        tx,
        sqlx::query_as("SELECT node, epoch, seq FROM peer_ack WHERE peer = $1 LIMIT 1000")
            .bind(peer)
    );
    let head = |epoch, seq| Head { epoch, seq, hash: String::new() };
    Ok(rows.into_iter().map(|(node, epoch, seq)| (node, head(epoch, seq))).collect())
}

/// How far each peer's copy of `node`'s log goes.
pub async fn copies_of(tx: &mut Tx, node: &str) -> Result<HashMap<String, (i64, i64)>> {
    let rows: Vec<(String, i64, i64)> = fetch_all!(
        tx,
        sqlx::query_as("SELECT peer, epoch, seq FROM peer_ack WHERE node = $1 LIMIT 1000")
            .bind(node)
    );
    Ok(rows.into_iter().map(|(peer, epoch, seq)| (peer, (epoch, seq))).collect())
}

/// When each peer last said that it has something new of `node`'s log.
pub async fn progress_on(tx: &mut Tx, node: &str) -> Result<HashMap<String, Timestamp>> {
    let rows: Vec<(String, Timestamp)> = fetch_all!(
        tx,
        sqlx::query_as("SELECT peer, at FROM peer_ack WHERE node = $1 AND seq > 0 LIMIT 1000")
            .bind(node)
    );
    Ok(rows.into_iter().collect())
}

/// How far each log goes by the word of whichever peer has most of it: epoch and place.
pub async fn known_ends(tx: &mut Tx) -> Result<HashMap<String, (i64, i64)>> {
    let rows: Vec<(String, i64, i64)> = fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT node, epoch, MAX(seq) FROM peer_ack GROUP BY node, epoch
             ORDER BY node, epoch LIMIT 1000"
        )
    );
    Ok(rows.into_iter().map(|(node, epoch, seq)| (node, (epoch, seq))).collect())
}
