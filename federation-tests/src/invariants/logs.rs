//! The logs: chains, signatures, heads, acknowledgements, and what became of every entry.
use super::Books;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};
use tsudoi::{
    clock::{DAY, Timestamp},
    error::Result,
    federation::hosts,
    fetch_all,
    network::{
        entry::{Class, Entry},
        log, membership,
    },
    outbound,
    roster::{Member, Roster},
};

/// All logs as one node has them.
pub(super) struct Logs {
    /// The node's own name; none outside a network.
    pub me: Option<String>,
    pub roster: Option<Roster>,
    /// Everybody who was ever on the roster, by node.
    members: HashMap<String, Member>,
    pub heads: BTreeMap<String, Head>,
    pub rows: BTreeMap<String, Vec<Row>>,
    /// What came in, by the activity's id.
    pub arrived: HashMap<String, Vec<Fate>>,
    acks: Vec<Ack>,
    fences: Vec<Fence>,
}

/// Where this node has signed that an epoch ends.
#[derive(sqlx::FromRow)]
struct Fence {
    node: String,
    epoch: i64,
    seq: i64,
}

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub node: String,
    pub epoch: i64,
    pub seq: i64,
    hash: String,
    pub kind: String,
    class: String,
    pub ap_id: String,
    pub obj_id: String,
    envelope: String,
    pub body: Option<String>,
    salt: Option<String>,
    erased: bool,
    received_at: Timestamp,
}

#[derive(sqlx::FromRow)]
pub(super) struct Head {
    node: String,
    pub epoch: i64,
    pub seq: i64,
    hash: String,
    pub frozen_at: Option<Timestamp>,
    evidence: Option<String>,
}

#[derive(sqlx::FromRow)]
pub(super) struct Fate {
    activity_id: String,
    pub state: String,
    reason: Option<String>,
    tries: i64,
    pub logged: bool,
}

#[derive(sqlx::FromRow)]
struct Ack {
    peer: String,
    node: String,
    epoch: i64,
    seq: i64,
}

impl Logs {
    pub(super) async fn read(books: &Books) -> Result<Self> {
        let mut tx = books.db.read().await?;
        let roster = membership::latest(&mut tx).await?;
        let rosters = membership::since(&mut tx, 0).await?;
        let members: HashMap<String, Member> =
            rosters.iter().flat_map(|r| &r.members).map(|m| (m.node.clone(), m.clone())).collect();
        let me = roster.as_ref().and_then(|r| r.by_domain(&books.host)).map(|m| m.node.clone());
        let heads: Vec<Head> = fetch_all!(
            &mut tx,
            sqlx::query_as("SELECT node, epoch, seq, hash, frozen_at, evidence FROM log_head")
        );
        let rows: Vec<Row> = fetch_all!(
            &mut tx,
            sqlx::query_as(
                "SELECT node, epoch, seq, hash, kind, class, ap_id, obj_id, envelope, body, salt, erased, received_at
                 FROM log_entry ORDER BY node, epoch, seq"
            )
        );
        let fates: Vec<Fate> = fetch_all!(
            &mut tx,
            sqlx::query_as(
                "SELECT activity_id, state, reason, tries, log_class IS NOT NULL AS logged FROM inbound"
            )
        );
        let acks: Vec<Ack> =
            fetch_all!(&mut tx, sqlx::query_as("SELECT peer, node, epoch, seq FROM peer_ack"));
        let fences: Vec<Fence> =
            fetch_all!(&mut tx, sqlx::query_as("SELECT node, epoch, seq FROM log_fence"));
        let mut by_log = BTreeMap::<String, Vec<Row>>::new();
        for row in rows {
            by_log.entry(row.node.clone()).or_default().push(row);
        }
        let mut arrived = HashMap::<String, Vec<Fate>>::new();
        for fate in fates {
            arrived.entry(fate.activity_id.clone()).or_default().push(fate);
        }
        let heads = heads.into_iter().map(|head| (head.node.clone(), head)).collect();
        Ok(Self { me, roster, members, heads, rows: by_log, arrived, acks, fences })
    }

    pub(super) fn is_frozen(&self, node: &str) -> bool {
        self.heads.get(node).is_some_and(|head| head.frozen_at.is_some())
    }

    /// The domains of the roster.
    pub(super) fn domains(&self) -> HashSet<&str> {
        let members = self.roster.iter().flat_map(|r| &r.members);
        members.map(|m| m.domain.as_str()).collect()
    }

    pub(super) fn domain(&self, node: &str) -> Option<&str> {
        self.members.get(node).map(|m| m.domain.as_str())
    }

    /// True when this entry has had its effect here, or needs none, because it was said here.
    pub(super) fn is_applied(&self, row: &Row) -> bool {
        let done = |fates: &Vec<Fate>| fates.iter().any(|fate| fate.state == "done");
        self.me.as_ref() == Some(&row.node) || self.arrived.get(&row.ap_id).is_some_and(done)
    }

    fn end(&self, node: &str) -> (i64, i64) {
        self.rows.get(node).and_then(|rows| rows.last()).map_or((1, 0), |r| (r.epoch, r.seq))
    }
}

/// What can be said of one node's copies by themselves.
pub(super) async fn check(
    books: &Books,
    logs: &Logs,
    now: Timestamp,
    broken: &mut Vec<String>,
) -> Result<()> {
    let empty = Vec::new();
    for (node, head) in &logs.heads {
        let copy = format!("{}'s copy of {node}'s log", books.host);
        let rows = logs.rows.get(node).unwrap_or(&empty);
        chain(&copy, rows, broken)?;
        if let Some(author) = logs.members.get(node) {
            entries(&copy, rows, author, broken)?;
        }
        let last = rows.last().map_or((head.epoch, 0, ""), |r| (r.epoch, r.seq, &r.hash));
        if last != (head.epoch, head.seq, &head.hash) {
            let (_, seq, hash) = last;
            let stands = format!("its head says {} {}", head.seq, head.hash);
            broken.push(format!("I4 prefix: {copy} ends with entry {seq} {hash}, and {stands}"));
        }
        evidence(&copy, head, broken);
        fenced(&copy, logs.fences.iter().filter(|f| f.node == *node), rows, broken);
        served(books, &copy, rows, broken).await?;
    }
    for node in logs.rows.keys().filter(|node| !logs.heads.contains_key(*node)) {
        broken.push(format!("I4 prefix: {}'s copy of {node}'s log has no head", books.host));
    }
    fates(books, logs, now, broken).await
}

/// I4: the places follow each other, and each entry names the one before.
fn chain(copy: &str, rows: &[Row], broken: &mut Vec<String>) -> Result<()> {
    let mut before: Option<&Row> = None;
    for row in rows {
        let entry: Entry = serde_json::from_str(&row.envelope)?;
        let place = format!("{copy}, entry {}/{}", row.epoch, row.seq);
        let expected = match before {
            Some(last) if last.epoch == row.epoch => last.seq + 1,
            _ => 1,
        };
        if row.seq != expected {
            broken.push(format!("I4 prefix: {place} stands where {expected} should be"));
        } else if entry.envelope.prev != before.map_or("", |last| &last.hash) {
            broken.push(format!("I4 prefix: {place} does not name the entry before it"));
        }
        before = Some(row);
    }
    Ok(())
}

/// I4: hashes are right, signatures are by the node whose log it is, bodies are the ones that were signed.
fn entries(copy: &str, rows: &[Row], author: &Member, broken: &mut Vec<String>) -> Result<()> {
    for row in rows {
        let bare: Entry = serde_json::from_str(&row.envelope)?;
        let entry = Entry { body: row.body.clone(), salt: row.salt.clone(), ..bare };
        let place = format!("{copy}, entry {}/{}", row.epoch, row.seq);
        let e = &entry.envelope;
        if e.hash()? != row.hash {
            broken.push(format!("I4 prefix: {place} has another hash than its envelope"));
        }
        if (&e.node, e.epoch, e.seq, &e.ap_id) != (&row.node, row.epoch, row.seq, &row.ap_id) {
            broken.push(format!("I4 prefix: {place} stands in another row than it says"));
        }
        if let Err(error) = entry.check(author) {
            broken.push(format!("I4 prefix: {place}: {error}"));
        }
    }
    Ok(())
}

/// I4: a log is frozen for a reason: two entries for one place.
fn evidence(copy: &str, head: &Head, broken: &mut Vec<String>) {
    if head.frozen_at.is_none() {
        return;
    }
    let kept = head.evidence.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let proves = kept.is_some_and(|entries: Vec<Entry>| match entries.as_slice() {
        [one, other] => one.envelope != other.envelope,
        _ => false,
    });
    if !proves {
        broken.push(format!("I4 prefix: {copy} is frozen without two entries as evidence"));
    }
}

/// I11: an epoch does not grow beyond the end that was signed.
fn fenced<'a>(
    copy: &str,
    fences: impl Iterator<Item = &'a Fence>,
    rows: &[Row],
    broken: &mut Vec<String>,
) {
    for fence in fences {
        let beyond = rows.iter().find(|r| r.epoch == fence.epoch && r.seq > fence.seq);
        if let Some(row) = beyond {
            let place = format!("{copy}, entry {}/{}", row.epoch, row.seq);
            broken.push(format!("I11 fence: {place} is beyond the end {}", fence.seq));
        }
    }
}

/// I19: page by page, everything can be given out.
async fn served(books: &Books, copy: &str, rows: &[Row], broken: &mut Vec<String>) -> Result<()> {
    let mut tx = books.db.read().await?;
    let Some(first) = rows.first() else { return Ok(()) };
    let (mut epoch, mut after, mut served) = (1, 0, 0);
    loop {
        let page = log::page(&mut tx, &first.node, epoch, after, log::PAGE.into()).await?;
        let Some(last) = page.last() else { break };
        (epoch, after) = (last.envelope.epoch, last.envelope.seq);
        served += page.len();
    }
    if served != rows.len() {
        let kept = rows.len();
        broken.push(format!("I19 history: of {kept} entries of {copy} {served} are given out"));
    }
    Ok(())
}

/// I2 and I9: what came by a log is there once, and applied, waiting, refused with a reason, erased, or nothing that this version applies.
async fn fates(books: &Books, logs: &Logs, now: Timestamp, broken: &mut Vec<String>) -> Result<()> {
    for (id, fates) in &logs.arrived {
        if fates.len() > 1 {
            let place = &books.host;
            broken.push(format!("I2 once: {place} has {} rows for the activity {id}", fates.len()));
        }
        for fate in fates {
            let has_reason = fate.reason.as_ref().is_some_and(|reason| !reason.is_empty());
            let is_clear = match fate.state.as_str() {
                "done" => true,
                "waiting" => fate.tries == 0 || has_reason,
                _ => has_reason,
            };
            if !is_clear {
                let state = &fate.state;
                broken.push(format!(
                    "I9 no silent drop: at {} {id} is {state} without a reason",
                    books.host
                ));
            }
        }
    }
    let mut tx = books.db.read().await?;
    for (node, rows) in &logs.rows {
        let Some(domain) = logs.domain(node) else { continue };
        if domain == books.host || hosts::is_blocked(&mut tx, domain).await? {
            continue;
        }
        let mut said = HashSet::new();
        for row in rows.iter().filter(|row| row.received_at.plus(400 * DAY) > now) {
            let first = said.insert(&row.ap_id);
            if first && is_for_us(row, domain) && !logs.arrived.contains_key(&row.ap_id) {
                let place = format!("entry {}/{} of {node}'s log", row.epoch, row.seq);
                let at = &books.host;
                broken
                    .push(format!("I9 no silent drop: {at} stored {place} and never looked at it"));
            }
        }
    }
    Ok(())
}

/// An activity by somebody on the log's own host, with its body.
fn is_for_us(row: &Row, domain: &str) -> bool {
    let known = row.kind == "ap" && Class::from_word(&row.class).is_some();
    let Some(body) = row.body.as_deref().filter(|_| known) else { return false };
    let activity: Value = serde_json::from_str(body).unwrap_or_default();
    let actor = activity["actor"].as_str().or(activity["actor"]["id"].as_str());
    actor.and_then(outbound::authority).is_some_and(|host| host == domain)
}

/// What can be said of all nodes together.
pub(super) fn compare(all: &[(&Books, Logs)], broken: &mut Vec<String>) {
    let mut places = HashMap::<(&str, i64, i64), (&str, &str)>::new();
    for (books, logs) in all {
        for row in logs.rows.values().flatten() {
            let frozen = all.iter().any(|(_, other)| other.is_frozen(&row.node));
            let key = (row.node.as_str(), row.epoch, row.seq);
            let (host, hash) = *places.entry(key).or_insert((&books.host, &row.hash));
            if hash != row.hash && !frozen {
                let place = format!("entry {}/{} of {}'s log", row.epoch, row.seq, row.node);
                let at = &books.host;
                broken
                    .push(format!("I4 prefix: {host} and {at} have different hashes for {place}"));
            }
        }
    }
    let by_name: HashMap<&str, &(&Books, Logs)> =
        all.iter().filter_map(|one| Some((one.1.me.as_deref()?, one))).collect();
    for (books, logs) in all {
        for ack in &logs.acks {
            let Some((_, peer)) = by_name.get(ack.peer.as_str()) else { continue };
            if peer.end(&ack.node) < (ack.epoch, ack.seq) {
                let has = peer.end(&ack.node).1;
                let counts = format!("{} of {}'s log as {}'s", ack.seq, ack.node, ack.peer);
                let at = &books.host;
                broken
                    .push(format!("I10 no false delivery: {at} counts {counts}, which has {has}"));
            }
        }
        for (node, rows) in &logs.rows {
            let Some((_, author)) = by_name.get(node.as_str()) else { continue };
            let (here, there) = (logs.end(node), author.end(node));
            if here > there && !logs.is_frozen(node) && !author.is_frozen(node) {
                let at = &books.host;
                broken.push(format!(
                    "I3 survival: {at} has entry {} of {node}'s log, which ends with {}",
                    here.1, there.1
                ));
            }
            let holes = rows.iter().filter(|r| r.kind == "ap" && r.body.is_none() && !r.erased);
            for hole in holes.filter(|_| here == there) {
                let place = format!("entry {}/{} of {node}'s log", hole.epoch, hole.seq);
                let at = &books.host;
                broken.push(format!(
                    "I19 history: {at} has neither the body of {place} nor its erasure"
                ));
            }
        }
    }
}
