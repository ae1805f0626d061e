//! The logs: our own, written in the action's transaction, and our copies of the others'.
use super::{
    entry::{Class, Entry, Head, New},
    epochs::{self, Hold},
    fence::Opening,
    membership,
};
use crate::{
    app::App,
    clock::Timestamp,
    db::Tx,
    error::{Error, Result},
    execute,
    federation::{hosts, inbound::Turns, json},
    fetch_all, fetch_one, fetch_optional, ids, node, outbound,
    roster::Member,
    run,
};
use serde_json::Value;
use std::collections::HashSet;

pub use super::message::{PAGE, PAGE_BYTES};

/// Bits of a [`place`] that say where in its epoch an entry stands.
const EPOCH: u32 = 40;
/// Entries that are read at a time: bodies may be long, and pages are bounded by bytes.
const STEP: i64 = 32;

/// Writes an entry at the end of our own log, which we keep as `me`.
pub async fn append(app: &App, tx: &mut Tx, me: &str, new: New<'_>) -> Result<()> {
    let is_member = membership::current(app, tx).await?.is_some();
    match lock(tx, me).await? {
        // Only peers can mend it, and there are none: what it lacks is said when there are.
        End { frozen, held, .. } if !is_member && (frozen || held == Some(Hold::Restored)) => {
            node::mark_history_logged(tx, "").await
        }
        End { frozen: true, .. } => Err(Error::Forbidden("network-log-frozen")),
        End { held: Some(why), .. } if is_member => Err(Error::Forbidden(why.message())),
        End { head, .. } => write(app, tx, me, &head, new).await,
    }
}

/// Writes an entry of our own log behind `head`.
pub async fn write(app: &App, tx: &mut Tx, me: &str, head: &Head, new: New<'_>) -> Result<()> {
    let key = membership::key_within(app, tx).await?;
    let entry = Entry::write(new, me, head, app.now().iso(), &key.proof)?;
    insert(tx, std::slice::from_ref(&entry), app.now()).await?;
    set_head(tx, me, &entry.head()?).await
}

/// The end of a log, and whether it may be moved.
pub struct End {
    head: Head,
    frozen: bool,
    held: Option<Hold>,
}

/// The end of a log, which nobody else may move until this transaction ends. A new one begins with epoch 1.
pub async fn lock(tx: &mut Tx, node: &str) -> Result<End> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO log_head (node, epoch, seq, hash) VALUES ($1, 1, 0, '')
             ON CONFLICT (node) DO UPDATE SET node = excluded.node"
        )
        .bind(node)
    );
    let (epoch, seq, hash, frozen, held): (i64, i64, String, bool, Option<String>) = fetch_one!(
        tx,
        sqlx::query_as(
            "SELECT epoch, seq, hash, frozen_at IS NOT NULL, held_for FROM log_head WHERE node = $1"
        )
        .bind(node)
    );
    let held = held.as_deref().and_then(Hold::from_word);
    Ok(End { head: Head { epoch, seq, hash }, frozen, held })
}

async fn set_head(tx: &mut Tx, node: &str, head: &Head) -> Result<()> {
    execute!(
        tx,
        sqlx::query("UPDATE log_head SET epoch = $2, seq = $3, hash = $4 WHERE node = $1")
            .bind(node)
            .bind(head.epoch)
            .bind(head.seq)
            .bind(&head.hash)
    );
    Ok(())
}

async fn insert(tx: &mut Tx, entries: &[Entry], now: Timestamp) -> Result<()> {
    for chunk in entries.chunks(200) {
        let rows: Vec<(String, String, &Entry)> =
            chunk.iter().map(|e| Ok((e.envelope.hash()?, e.bare()?, e))).collect::<Result<_>>()?;
        run!(tx, |c| {
            let mut query = sqlx::QueryBuilder::new(
                "INSERT INTO log_entry (node, epoch, seq, hash, class, kind, ap_id, obj_id, envelope, body, salt, received_at) ",
            );
            query.push_values(&rows, |mut row, (hash, bare, e)| {
                row.push_bind(&e.envelope.node)
                    .push_bind(e.envelope.epoch)
                    .push_bind(e.envelope.seq)
                    .push_bind(hash)
                    .push_bind(&e.envelope.class)
                    .push_bind(&e.envelope.kind)
                    .push_bind(&e.envelope.ap_id)
                    .push_bind(&e.envelope.obj_id)
                    .push_bind(bare)
                    .push_bind(&e.body)
                    .push_bind(&e.salt)
                    .push_bind(now);
            });
            query.build().execute(&mut *c).await?.rows_affected()
        });
    }
    Ok(())
}

/// What became of a page of a peer's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// So many entries are new.
    New(usize),
    /// It begins behind the end of our copy.
    Gap,
    /// It tells another history than our copy does: the log is frozen.
    Fork,
}

/// Stores entries of `author`'s log, which were [checked](Entry::check), behind the end of our copy, and hands them over to be applied. Store and
/// hand-over are one transaction, so that an entry is neither lost nor applied twice.
pub async fn store(app: &App, tx: &mut Tx, author: &Member, entries: &[Entry]) -> Result<Stored> {
    let End { mut head, frozen, .. } = lock(tx, &author.node).await?;
    if frozen {
        return Ok(Stored::Fork);
    }
    let mut fence = epochs::fenced(tx, &author.node, head.epoch).await?;
    let mut new = Vec::new();
    for entry in entries {
        let at = entry.head()?;
        if (at.epoch, at.seq) <= (head.epoch, head.seq) {
            if let Some(known) = entry_at(tx, &author.node, at.epoch, at.seq).await?
                && known.envelope.hash()? != at.hash
            {
                fork(app, tx, author, &known, entry).await?;
                return Ok(Stored::Fork);
            }
            continue;
        }
        if at.epoch != head.epoch {
            let rosters = membership::since(tx, 0).await?;
            if Opening::of(entry, author, &rosters)?.fence.end != head {
                break;
            }
            fence = None;
        } else if at.seq != head.seq + 1 || fence.as_ref().is_some_and(|f| at.seq > f.seq) {
            break;
        } else if entry.envelope.prev != head.hash {
            let last = entry_at(tx, &author.node, head.epoch, head.seq).await?;
            fork(app, tx, author, last.as_ref().unwrap_or(entry), entry).await?;
            return Ok(Stored::Fork);
        }
        head = at;
        new.push(entry.clone());
    }
    if new.is_empty() {
        let last = entries.last().map(|e| (e.envelope.epoch, e.envelope.seq));
        let behind = last.is_some_and(|last| last > (head.epoch, head.seq));
        return Ok(if behind { Stored::Gap } else { Stored::New(0) });
    }
    insert(tx, &new, app.now()).await?;
    set_head(tx, &author.node, &head).await?;
    carry_out(app, tx, author, &new).await?;
    Ok(Stored::New(new.len()))
}

/// Has entries that are stored carried out: what they delete or replace is erased from the log at once, the rest is for the loop that applies activities.
pub async fn carry_out(app: &App, tx: &mut Tx, author: &Member, entries: &[Entry]) -> Result<()> {
    let said = activities(author, entries);
    erase_deleted(tx, author, &said).await?;
    for new in said.iter().filter(|s| s.replaces) {
        supersede(tx, &author.node, &new.entry.envelope.obj_id).await?;
    }
    hand_over(app, tx, author, &said).await
}

/// Whether something that came back of what `host` itself said is still to be applied.
pub async fn is_carrying_out(tx: &mut Tx, host: &str) -> Result<bool> {
    let row: Option<(i64,)> = fetch_optional!(
        tx,
        sqlx::query_as(
            "SELECT id FROM inbound WHERE state = 'waiting' AND host = $1 AND reason IS NULL LIMIT 1"
        )
        .bind(host)
    );
    Ok(row.is_some())
}

/// An entry that says an activity by an actor of the log's own host.
struct Said<'a> {
    entry: &'a Entry,
    actor: String,
    kind: String,
    /// What it says takes the place of all that was said about the object before: a `Profile` is told as a whole.
    replaces: bool,
    body: &'a str,
}

fn activities<'a>(author: &Member, entries: &'a [Entry]) -> Vec<Said<'a>> {
    let said = |entry: &'a Entry| {
        let body = entry.body.as_deref().filter(|_| entry.envelope.kind == "ap")?;
        let activity: Value = serde_json::from_str(body).ok()?;
        let actor = json::id(activity.get("actor")?)?;
        Class::from_word(&entry.envelope.class)?;
        let own = outbound::authority(actor).is_some_and(|host| host == author.domain)
            && !actor.contains(char::is_control); // PostgreSQL takes no NUL
        let (actor, kind) = (actor.to_owned(), json::kind(&activity).to_owned());
        let replaces =
            kind == "Update" && activity.get("object").is_some_and(|o| json::is(o, "Profile"));
        own.then_some(Said { entry, actor, kind, replaces, body })
    };
    let mut ids = HashSet::new();
    let said = entries.iter().filter_map(said);
    said.filter(|s| ids.insert(s.entry.envelope.ap_id.as_str())).collect()
}

async fn erase_deleted(tx: &mut Tx, author: &Member, said: &[Said<'_>]) -> Result<()> {
    for deletion in said.iter().filter(|s| s.kind == "Delete") {
        let e = &deletion.entry.envelope;
        let (node, ap_id, obj_id) = (&author.node, &e.ap_id, &e.obj_id);
        let is_account = *obj_id == deletion.actor;
        erase(tx, &Erasure { node, ap_id, obj_id, is_account }).await?;
    }
    Ok(())
}

/// Activities go to the raw store of what came in, under their own ids: whichever way one comes, it is applied once.
/// What a host says that this node's admins blocked is kept in the log for the others, and not applied before [`resume`].
async fn hand_over(app: &App, tx: &mut Tx, author: &Member, said: &[Said<'_>]) -> Result<()> {
    let places = said.iter().map(|s| place(s.entry));
    let Some(first) = places.min() else { return Ok(()) };
    if hosts::is_blocked(tx, &author.domain).await? {
        return withhold(tx, &author.node, first - 1).await;
    }
    let kept_back = withheld_after(tx, &author.node).await?.unwrap_or(i64::MAX);
    let said: Vec<&Said<'_>> = said.iter().filter(|s| place(s.entry) <= kept_back).collect();
    to_apply(app, tx, author, &said).await
}

/// What comes behind this place of a log waits until its host is not blocked any more.
async fn withhold(tx: &mut Tx, node: &str, after: i64) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE log_head SET withheld_after = $2
             WHERE node = $1 AND (withheld_after IS NULL OR withheld_after > $2)"
        )
        .bind(node)
        .bind(after)
    );
    Ok(())
}

async fn withheld_after(tx: &mut Tx, node: &str) -> Result<Option<i64>> {
    let sql = "SELECT withheld_after FROM log_head WHERE node = $1";
    let row: Option<(Option<i64>,)> = fetch_optional!(tx, sqlx::query_as(sql).bind(node));
    Ok(row.and_then(|(after,)| after))
}

/// Has a page applied of what was kept back of each host that is not blocked any more; how many entries that were. What is wrong with one log holds
/// up nobody else.
pub async fn resume(app: &App) -> Result<usize> {
    let mut tx = app.db.read().await?;
    let nodes: Vec<(String,)> = fetch_all!(
        &mut tx,
        sqlx::query_as("SELECT node FROM log_head WHERE withheld_after IS NOT NULL LIMIT 1000")
    );
    let mut free = Vec::new();
    for (node,) in nodes {
        let author = membership::former(&mut tx, &node).await?;
        if let Some(author) = author
            && !hosts::is_blocked(&mut tx, &author.domain).await?
        {
            free.push(author);
        }
    }
    drop(tx);
    let mut resumed = 0;
    for author in free {
        match resume_log(app, &author).await {
            Ok(count) => resumed += count,
            Err(e) => {
                tracing::error!(node = author.node, error = %e, "what was kept back cannot be applied");
            }
        }
    }
    Ok(resumed)
}

async fn resume_log(app: &App, author: &Member) -> Result<usize> {
    let mut tx = app.db.begin().await?;
    lock(&mut tx, &author.node).await?;
    let Some(after) = withheld_after(&mut tx, &author.node).await? else { return Ok(0) };
    let (epoch, seq) = (after >> EPOCH, after & ((1 << EPOCH) - 1));
    let entries = page(&mut tx, &author.node, epoch, seq, i64::from(PAGE)).await?;
    let sql = "UPDATE log_head SET withheld_after = $2 WHERE node = $1";
    let to = entries.last().map(place);
    execute!(&mut tx, sqlx::query(sql).bind(&author.node).bind(to));
    let said = activities(author, &entries);
    to_apply(app, &mut tx, author, &said.iter().collect::<Vec<_>>()).await?;
    tx.commit().await?;
    Ok(entries.len())
}

async fn to_apply(app: &App, tx: &mut Tx, author: &Member, said: &[&Said<'_>]) -> Result<()> {
    let now = app.now();
    let mut turns = Turns::of(tx, &author.domain, now).await?;
    for chunk in said.chunks(200) {
        run!(tx, |c| {
            let mut query = sqlx::QueryBuilder::new(
                "INSERT INTO inbound (id, activity_id, actor, host, trusted, body, received_at, state, next_at, turn, log_class, log_seq) ",
            );
            query.push_values(chunk, |mut row, s| {
                let e = s.entry;
                row.push_bind(ids::new_id(now))
                    .push_bind(&e.envelope.ap_id)
                    .push_bind(&s.actor)
                    .push_bind(&author.domain)
                    .push_bind(true)
                    .push_bind(s.body)
                    .push_bind(now)
                    .push_bind("waiting")
                    .push_bind(now)
                    .push_bind(turns.take())
                    .push_bind(&e.envelope.class)
                    .push_bind(place(e));
            });
            // It may have come to the inbox before and concerned nobody then.
            query.push(
                " ON CONFLICT (activity_id) DO UPDATE SET state = 'waiting', body = excluded.body, trusted = excluded.trusted,
                    actor = excluded.actor, host = excluded.host, recipient_id = NULL, log_class = excluded.log_class, log_seq = excluded.log_seq, next_at = excluded.next_at, turn = excluded.turn
                  WHERE inbound.state IN ('waiting', 'ignored', 'failed') AND inbound.log_class IS NULL",
            );
            query.build().execute(&mut *c).await?.rows_affected()
        });
    }
    tx.rings(&app.wake.inbound);
    Ok(())
}

/// The order in which entries of one log are applied, epoch after epoch.
fn place(entry: &Entry) -> i64 {
    entry.envelope.epoch.saturating_mul(1 << EPOCH).saturating_add(entry.envelope.seq)
}

/// Two entries in one place: the node has told two histories, and nothing of its log is taken any more until it has begun a new epoch. Our own log
/// is not frozen but [mended](epochs::look_at_own).
async fn fork(app: &App, tx: &mut Tx, author: &Member, one: &Entry, other: &Entry) -> Result<()> {
    if author.domain == app.host() {
        return Ok(());
    }
    tracing::error!(node = author.node, "two histories of one log: it is frozen");
    let evidence = serde_json::to_string(&[one, other])?;
    execute!(
        tx,
        sqlx::query(
            "UPDATE log_head SET frozen_at = $2, evidence = $3 WHERE node = $1 AND frozen_at IS NULL"
        )
        .bind(&author.node)
        .bind(app.now())
        .bind(evidence)
    );
    Ok(())
}

/// The ends of all our copies and of our own log.
pub async fn heads(tx: &mut Tx) -> Result<Vec<(String, Head, Option<Timestamp>)>> {
    let rows: Vec<(String, i64, i64, String, Option<Timestamp>)> = fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT node, epoch, seq, hash, frozen_at FROM log_head ORDER BY node LIMIT 1000"
        )
    );
    Ok(rows
        .into_iter()
        .map(|(node, epoch, seq, hash, frozen)| (node, Head { epoch, seq, hash }, frozen))
        .collect())
}

/// The end of one log; before its first entry when we have nothing of it.
pub async fn head_of(tx: &mut Tx, node: &str) -> Result<Head> {
    let row: Option<(i64, i64, String)> = fetch_optional!(
        tx,
        sqlx::query_as("SELECT epoch, seq, hash FROM log_head WHERE node = $1").bind(node)
    );
    let begin = Head { epoch: 1, ..Head::default() };
    Ok(row.map_or(begin, |(epoch, seq, hash)| Head { epoch, seq, hash }))
}

/// Whether `node`'s log has an activity.
pub async fn has_said(tx: &mut Tx, node: &str, ap_id: &str) -> Result<bool> {
    let row: Option<(i64,)> = fetch_optional!(
        tx,
        sqlx::query_as("SELECT seq FROM log_entry WHERE ap_id = $1 AND node = $2 LIMIT 1")
            .bind(ap_id)
            .bind(node)
    );
    Ok(row.is_some())
}

/// Takes entries behind `after`, up to and with `to`, out of a copy.
pub async fn remove(tx: &mut Tx, node: &str, epoch: i64, after: i64, to: i64) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "DELETE FROM log_entry WHERE node = $1 AND epoch = $2 AND seq > $3 AND seq <= $4"
        )
        .bind(node)
        .bind(epoch)
        .bind(after)
        .bind(to)
    );
    Ok(())
}

/// A copy ends with its last entry, and takes entries again.
pub async fn end_with_last(tx: &mut Tx, node: &str) -> Result<()> {
    let last: Option<(i64, i64, String)> = fetch_optional!(
        tx,
        sqlx::query_as(
            "SELECT epoch, seq, hash FROM log_entry WHERE node = $1 ORDER BY epoch DESC, seq DESC LIMIT 1"
        )
        .bind(node)
    );
    let (epoch, seq, hash) = last.unwrap_or((1, 0, String::new()));
    execute!(tx, sqlx::query("UPDATE log_head SET frozen_at = NULL WHERE node = $1").bind(node));
    set_head(tx, node, &Head { epoch, seq, hash }).await
}

type Row = (String, Option<String>, Option<String>);

fn whole((envelope, body, salt): Row) -> Result<Entry> {
    let bare: Entry = serde_json::from_str(&envelope)?;
    Ok(Entry { body, salt, ..bare })
}

async fn entry_at(tx: &mut Tx, node: &str, epoch: i64, seq: i64) -> Result<Option<Entry>> {
    let row: Option<Row> = fetch_optional!(
        tx,
        sqlx::query_as(
            "SELECT envelope, body, salt FROM log_entry WHERE node = $1 AND epoch = $2 AND seq = $3"
        )
        .bind(node)
        .bind(epoch)
        .bind(seq)
    );
    row.map(whole).transpose()
}

/// The hash of one entry, if we have it.
pub async fn hash_at(tx: &mut Tx, node: &str, epoch: i64, seq: i64) -> Result<Option<String>> {
    let row: Option<(String,)> = fetch_optional!(
        tx,
        sqlx::query_as("SELECT hash FROM log_entry WHERE node = $1 AND epoch = $2 AND seq = $3")
            .bind(node)
            .bind(epoch)
            .bind(seq)
    );
    Ok(row.map(|(hash,)| hash))
}

/// The entries of a log behind a place, as many as make a page; after an epoch comes the next one.
pub async fn page(
    tx: &mut Tx,
    node: &str,
    epoch: i64,
    after: i64,
    limit: i64,
) -> Result<Vec<Entry>> {
    let limit = usize::try_from(limit.clamp(1, i64::from(PAGE))).unwrap_or(1);
    let most = PAGE_BYTES * limit / usize::from(PAGE);
    let mut bytes = 0;
    let mut entries: Vec<Entry> = Vec::new();
    let (mut epoch, mut after) = (epoch, after);
    loop {
        let rows: Vec<Row> = fetch_all!(
            tx,
            sqlx::query_as(
                "SELECT envelope, body, salt FROM log_entry WHERE node = $1 AND (epoch, seq) > ($2, $3)
                 ORDER BY epoch, seq LIMIT $4"
            )
            .bind(node)
            .bind(epoch)
            .bind(after)
            .bind(STEP)
        );
        let is_last = i64::try_from(rows.len()).is_ok_and(|n| n < STEP);
        for row in rows {
            bytes += row.0.len() + row.1.as_ref().map_or(0, String::len);
            if entries.len() == limit || (bytes > most && !entries.is_empty()) {
                return Ok(entries);
            }
            let entry = whole(row)?;
            (epoch, after) = (entry.envelope.epoch, entry.envelope.seq);
            entries.push(entry);
        }
        if is_last || entries.len() == limit {
            return Ok(entries);
        }
    }
}

/// What a `Delete` in `node`'s log takes back: the object, which is the actor itself when an account is deleted.
pub struct Erasure<'a> {
    pub node: &'a str,
    pub ap_id: &'a str,
    pub obj_id: &'a str,
    pub is_account: bool,
}

/// Erases the bodies that said something about what is deleted, but for the `Delete` itself; the chain keeps their digests. What is kept aside goes
/// as a whole.
pub async fn erase(tx: &mut Tx, what: &Erasure<'_>) -> Result<()> {
    execute!(
        tx,
        sqlx::query("DELETE FROM log_tail WHERE node = $1 AND obj_id = $2 AND ap_id <> $3")
            .bind(what.node)
            .bind(what.obj_id)
            .bind(what.ap_id)
    );
    execute!(
        tx,
        sqlx::query(
            "UPDATE log_entry SET body = NULL, salt = NULL, erased = TRUE WHERE node = $1 AND obj_id = $2 AND ap_id <> $3"
        )
        .bind(what.node)
        .bind(what.obj_id)
        .bind(what.ap_id)
    );
    if what.is_account {
        // Everything that an account said bears an id below its own.
        execute!(
            tx,
            sqlx::query(
                "UPDATE log_entry SET body = NULL, salt = NULL, erased = TRUE WHERE node = $1 AND ap_id > $2 AND ap_id < $3"
            )
            .bind(what.node)
            .bind(format!("{}/", what.obj_id))
            .bind(format!("{}0", what.obj_id))
        );
    }
    Ok(())
}

/// Erases the bodies that said something about an object before the newest entry about it did: what was taken back then is in no copy of the log.
pub async fn supersede(tx: &mut Tx, node: &str, object: &str) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE log_entry SET body = NULL, salt = NULL, erased = TRUE
             WHERE node = $1 AND obj_id = $2 AND erased = FALSE AND EXISTS (
                 SELECT 1 FROM log_entry newer WHERE newer.node = $1 AND newer.obj_id = $2
                   AND (newer.epoch, newer.seq) > (log_entry.epoch, log_entry.seq))"
        )
        .bind(node)
        .bind(object)
    );
    Ok(())
}

/// Whether an entry that replaces what was said about its object is older than what the log says of it now.
pub async fn is_outdated(tx: &mut Tx, author: &Member, entry: &Entry) -> Result<bool> {
    if !activities(author, std::slice::from_ref(entry)).iter().any(|said| said.replaces) {
        return Ok(false);
    }
    let row: Option<Row> = fetch_optional!(
        tx,
        sqlx::query_as(
            "SELECT envelope, body, salt FROM log_entry WHERE node = $1 AND obj_id = $2 ORDER BY epoch DESC, seq DESC LIMIT 1"
        )
        .bind(&author.node)
        .bind(&entry.envelope.obj_id)
    );
    let newest = row.map(whole).transpose()?;
    Ok(newest.is_some_and(|newest| newest.envelope.at > entry.envelope.at))
}

/// The id of the activity by which `node`'s log says the newest about an object.
pub async fn newest_about(tx: &mut Tx, node: &str, object: &str) -> Result<Option<String>> {
    let row: Option<(String,)> = fetch_optional!(
        tx,
        sqlx::query_as(
            "SELECT ap_id FROM log_entry WHERE node = $1 AND obj_id = $2 ORDER BY epoch DESC, seq DESC LIMIT 1"
        )
        .bind(node)
        .bind(object)
    );
    Ok(row.map(|(ap_id,)| ap_id))
}

/// The entries of `node`'s log about an object whose ids are below the object's own, which are those of its author; the newest first, those with a body.
pub async fn told_about(tx: &mut Tx, node: &str, object: &str, limit: i64) -> Result<Vec<Entry>> {
    let rows: Vec<Row> = fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT envelope, body, salt FROM log_entry
             WHERE obj_id = $2 AND node = $1 AND SUBSTR(ap_id, 1, LENGTH(obj_id)) = obj_id AND body IS NOT NULL AND erased = FALSE
             ORDER BY epoch DESC, seq DESC LIMIT $3"
        )
        .bind(node)
        .bind(object)
        .bind(limit)
    );
    rows.into_iter().map(whole).collect()
}

/// The place of the last entry of `node`'s log about an object.
pub async fn last_about(tx: &mut Tx, node: &str, object: &str) -> Result<Option<(i64, i64)>> {
    Ok(fetch_optional!(
        tx,
        sqlx::query_as(
            "SELECT epoch, seq FROM log_entry WHERE node = $1 AND obj_id = $2 ORDER BY epoch DESC, seq DESC LIMIT 1"
        )
        .bind(node)
        .bind(object)
    ))
}

/// Where bodies are missing that no `Delete` took away: a peer withheld them, or the `Delete` is still to come.
pub async fn holes(tx: &mut Tx, limit: i64) -> Result<Vec<(String, i64, i64)>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT node, epoch, seq FROM log_entry WHERE body IS NULL AND erased = FALSE AND kind = 'ap'
             ORDER BY node, epoch, seq LIMIT $1"
        )
        .bind(limit)
    ))
}

/// Puts a body where it was missing, and hands it over to be applied. The entry was [checked](Entry::check).
pub async fn fill(app: &App, tx: &mut Tx, author: &Member, entry: &Entry) -> Result<bool> {
    let (Some(body), Some(salt)) = (&entry.body, &entry.salt) else { return Ok(false) };
    lock(tx, &author.node).await?; // who takes up what was kept back must not pass by
    let head = entry.head()?;
    let filled = execute!(
        tx,
        sqlx::query(
            "UPDATE log_entry SET body = $5, salt = $6
             WHERE node = $1 AND epoch = $2 AND seq = $3 AND hash = $4 AND body IS NULL AND erased = FALSE"
        )
        .bind(&author.node)
        .bind(head.epoch)
        .bind(head.seq)
        .bind(&head.hash)
        .bind(body)
        .bind(salt)
    );
    if filled == 1 {
        carry_out(app, tx, author, std::slice::from_ref(entry)).await?;
    }
    Ok(filled == 1)
}
