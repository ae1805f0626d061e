//! A node that was restored from an old copy of its data: it writes nothing until its log is whole again, and goes on in a new epoch.
//!
//! The steps: others have entries by our own key that we lack → our log is held → it is completed from them, and carried out here → two peers
//! sign where the epoch ends → the next epoch begins, and what was said beyond that end, by whomever it is kept, is said again in it.
use super::{
    entry::{Class, Entry, Head, New},
    fence::{self, Fence, Opening},
    lanes, log, membership,
    message::{Said, Tail, Witness, Witnessed, page_of},
    peers,
    sync::{ask, entry},
};
use crate::{
    app::App,
    clock::Timestamp,
    db::Tx,
    error::{Error, Result},
    execute, execute_in, fetch_all, fetch_optional,
    roster::{Member, Membership, Signature},
};

/// Entries of a tail that travel together.
const TAIL: i64 = 100;

/// Why our own log takes nothing new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// This node runs on an old copy of its data.
    Restored,
    /// The machine's time cannot be right.
    Clock,
}

impl Hold {
    pub fn word(self) -> &'static str {
        match self {
            Self::Restored => "restored",
            Self::Clock => "clock",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Restored, Self::Clock].into_iter().find(|h| h.word() == word)
    }

    /// What members are told who want to write.
    pub fn message(self) -> &'static str {
        match self {
            Self::Restored => "network-recovering",
            Self::Clock => "network-clock-wrong",
        }
    }
}

/// Our own log takes nothing new from now on; every peer is asked at once what it has of it.
pub async fn hold(app: &App, tx: &mut Tx, me: &str, why: Hold) -> Result<()> {
    let fresh = execute!(
        tx,
        sqlx::query(
            "INSERT INTO log_head (node, epoch, seq, hash, held_for, held_at) VALUES ($1, 1, 0, '', $2, $3)
             ON CONFLICT (node) DO UPDATE SET held_for = excluded.held_for, held_at = excluded.held_at
             WHERE log_head.held_for IS NULL OR (log_head.held_for = 'clock' AND excluded.held_for = 'restored')"
        )
        .bind(me)
        .bind(why.word())
        .bind(app.now())
    );
    if fresh > 0 {
        tracing::error!(
            why = why.word(),
            "members cannot write to the public or the network for now: see docs/NETWORK.md"
        );
        peers::ask_all(tx).await?;
        if why == Hold::Restored {
            lanes::renew(tx).await?;
        }
        tx.rings(&app.wake.network);
    }
    Ok(())
}

/// Why our own log is held and since when.
pub async fn held(tx: &mut Tx, me: &str) -> Result<Option<(Hold, Timestamp)>> {
    let row: Option<(Option<String>, Option<Timestamp>)> = fetch_optional!(
        tx,
        sqlx::query_as("SELECT held_for, held_at FROM log_head WHERE node = $1").bind(me)
    );
    Ok(row.and_then(|(why, at)| Some((Hold::from_word(&why?)?, at?))))
}

/// Lets our own log take entries again, if it was held for this reason.
pub async fn release(tx: &mut Tx, me: &str, why: Hold) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE log_head SET held_for = NULL, held_at = NULL WHERE node = $1 AND held_for = $2"
        )
        .bind(me)
        .bind(why.word())
    );
    Ok(())
}

/// Looks at what a peer has of our own log. When that is more than we have, or another history and a longer one, this node runs on an old copy:
/// our log is held, and cut back to where both agree; what is cut off is kept, to be said again. The peer's word alone counts for nothing, its
/// entry must bear our own signature. Returns whether ours is as good as the peer's.
pub async fn look_at_own(
    app: &App,
    us: &Membership,
    member: &Member,
    theirs: &Head,
) -> Result<bool> {
    let me = us.roster.member(us.me()).ok_or(Error::NotFound)?;
    let mut tx = app.db.read().await?;
    let ours = log::head_of(&mut tx, us.me()).await?;
    let known = log::hash_at(&mut tx, us.me(), theirs.epoch, theirs.seq).await?;
    drop(tx);
    // What belongs to an epoch before ours comes back when the peer follows into ours.
    if theirs.seq == 0 || theirs.epoch < ours.epoch || known.as_ref() == Some(&theirs.hash) {
        return Ok(true);
    }
    let entry = entry(app, us, member, me, theirs.epoch, theirs.seq).await?;
    if entry.map(|e| e.head()).transpose()?.as_ref() != Some(theirs) {
        return Ok(true);
    }
    let mut tx = app.db.begin().await?;
    log::lock(&mut tx, us.me()).await?;
    if log::head_of(&mut tx, us.me()).await? != ours {
        return Ok(false); // it has moved since; the next conversation looks again
    }
    hold(app, &mut tx, us.me(), Hold::Restored).await?;
    tx.commit().await?;
    // Of two histories the longer one goes on, of equally long ones that with the smaller hash; the other is said again behind it.
    let longer = (theirs.epoch, theirs.seq, &ours.hash) > (ours.epoch, ours.seq, &theirs.hash);
    if longer && theirs.epoch > ours.epoch {
        follow(app, us, member, me, &ours).await?;
    } else if longer {
        align(app, us, member, me, &ours, theirs.seq).await?;
    }
    Ok(false)
}

/// Where `author`'s log goes on in a new epoch, our copy is cut back to what it has in common with the peer's: entries beyond the end that two
/// peers have signed do not count, and a copy that was frozen thaws. What is cut off is kept for the author.
pub async fn follow(
    app: &App,
    us: &Membership,
    member: &Member,
    author: &Member,
    ours: &Head,
) -> Result<()> {
    let Some(entry) = entry(app, us, member, author, ours.epoch + 1, 1).await? else {
        return Ok(());
    };
    let mut tx = app.db.read().await?;
    let rosters = membership::since(&mut tx, 0).await?;
    drop(tx);
    let end = Opening::of(&entry, author, &rosters)?.fence.end;
    align(app, us, member, author, ours, end.seq).await
}

/// Cuts our copy of a log back to what it has in common with the peer's, which goes in this epoch as far as `end`. The peer must show entries by the
/// author; silence cuts nothing.
async fn align(
    app: &App,
    us: &Membership,
    member: &Member,
    author: &Member,
    ours: &Head,
    end: i64,
) -> Result<()> {
    let node = author.node.as_str();
    let (mut same, mut other) = (0, ours.seq.min(end) + 1);
    let mut probe = other - 1; // nearly always all of it is the same
    while same + 1 < other {
        let there = |e: &Entry| (e.envelope.epoch, e.envelope.seq) == (ours.epoch, probe);
        let entry = entry(app, us, member, author, ours.epoch, probe).await?.filter(there);
        let entry = entry.ok_or_else(|| Error::Unavailable("it does not show its log".into()))?;
        let mut tx = app.db.read().await?;
        let hash = log::hash_at(&mut tx, node, ours.epoch, probe).await?;
        drop(tx);
        if hash == Some(entry.envelope.hash()?) {
            same = probe;
        } else {
            other = probe;
        }
        probe = same + (other - same) / 2;
    }
    let mut tx = app.db.begin().await?;
    log::lock(&mut tx, node).await?;
    if log::head_of(&mut tx, node).await? == *ours {
        cut(&mut tx, node, ours.epoch, same).await?;
    }
    tx.commit().await
}

/// Keeps what is behind `seq` aside, and ends the copy there.
async fn cut(tx: &mut Tx, node: &str, epoch: i64, seq: i64) -> Result<()> {
    loop {
        let entries = log::page(tx, node, epoch, seq, log::PAGE.into()).await?;
        let Some(last) = entries.last() else { break };
        tracing::warn!(
            node,
            from = seq + 1,
            entries = entries.len(),
            "kept aside, to be said again"
        );
        keep(tx, &entries).await?;
        log::remove(tx, node, epoch, seq, last.envelope.seq).await?;
    }
    log::end_with_last(tx, node).await
}

async fn keep(tx: &mut Tx, entries: &[Entry]) -> Result<()> {
    for entry in entries {
        let Head { epoch, seq, hash } = entry.head()?;
        execute!(
            tx,
            sqlx::query(
                "INSERT INTO log_tail (node, hash, epoch, seq, ap_id, obj_id, entry) VALUES ($1, $2, $3, $4, $5, $6, $7)
                 ON CONFLICT DO NOTHING"
            )
            .bind(&entry.envelope.node)
            .bind(hash)
            .bind(epoch)
            .bind(seq)
            .bind(&entry.envelope.ap_id)
            .bind(&entry.envelope.obj_id)
            .bind(serde_json::to_string(entry)?)
        );
    }
    Ok(())
}

/// The entries of `node` that are kept aside from before `epoch`, oldest first, with their hashes.
async fn kept(tx: &mut Tx, node: &str, epoch: i64) -> Result<(Vec<String>, Vec<Entry>)> {
    let rows: Vec<(String, String)> = fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT hash, entry FROM log_tail WHERE node = $1 AND epoch < $2 ORDER BY epoch, seq, hash LIMIT $3"
        )
        .bind(node)
        .bind(epoch)
        .bind(TAIL)
    );
    let (hashes, texts): (Vec<_>, Vec<_>) =
        page_of(rows, |(_, text)| text.len()).into_iter().unzip();
    let entries = texts.iter().map(|text| Ok(serde_json::from_str(text)?));
    Ok((hashes, entries.collect::<Result<_>>()?))
}

async fn let_go(tx: &mut Tx, hashes: &[String]) -> Result<()> {
    execute_in!(tx, "DELETE FROM log_tail WHERE hash IN", hashes);
    Ok(())
}

/// Brings the peer what we kept aside of its log, once it has begun its next epoch.
pub async fn offer(app: &App, us: &Membership, member: &Member, theirs: &Head) -> Result<usize> {
    let mut tx = app.db.read().await?;
    let (hashes, entries) = kept(&mut tx, &member.node, theirs.epoch).await?;
    drop(tx);
    if entries.is_empty() {
        return Ok(0);
    }
    let Said { count } = ask(app, us, member, "tail", &Tail { entries }).await?;
    let mut tx = app.db.begin().await?;
    let_go(&mut tx, &hashes).await?;
    tx.commit().await?;
    Ok(count)
}

/// Says again what this node said in an epoch that ended before it; what the log has already is left alone.
pub async fn say_again(app: &App, tx: &mut Tx, me: &Member, entries: &[Entry]) -> Result<()> {
    for entry in entries {
        let e = &entry.envelope;
        let (Some(class), Some(body)) = (Class::from_word(&e.class), entry.body.as_ref()) else {
            continue;
        };
        if e.kind == fence::KIND || log::has_said(tx, &me.node, &e.ap_id).await? {
            continue;
        }
        if log::is_outdated(tx, me, entry).await? {
            continue; // what was taken back since is not said again
        }
        let (kind, ap_id, obj_id, body) = (&e.kind, &e.ap_id, &e.obj_id, body.clone());
        log::append(app, tx, &me.node, New { class, kind, ap_id, obj_id, body }).await?;
        log::carry_out(app, tx, me, std::slice::from_ref(entry)).await?;
    }
    Ok(())
}

/// A peer asks this node to sign where an epoch of its log ends.
///
/// Refused with `network-not-the-end` when we have more of that history, or have signed another end.
pub async fn witness(app: &App, us: &Membership, peer: &Member, asked: &Witness) -> Result<String> {
    let fence = &asked.fence;
    let refused = Error::Forbidden("network-not-the-end");
    let same = fence.network == us.roster.id && fence.roster == us.roster.version;
    if !same || fence.node != peer.node || fence.end.seq < 1 {
        return Err(refused);
    }
    let end = &fence.end;
    let mut tx = app.db.begin().await?;
    let ours = log::head_of(&mut tx, &peer.node).await?;
    let there = log::hash_at(&mut tx, &peer.node, end.epoch, end.seq).await?;
    let is_hash = end.hash.len() == 64 && end.hash.bytes().all(|b| b.is_ascii_hexdigit());
    if !is_hash || !(ours.epoch..=ours.epoch + 1).contains(&end.epoch) {
        return Err(refused);
    }
    let more = (ours.epoch, ours.seq) > (end.epoch, end.seq) && there.as_ref() == Some(&end.hash);
    if more {
        return Err(refused);
    }
    execute!(
        &mut tx,
        sqlx::query(
            "INSERT INTO log_fence (node, epoch, seq, hash) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
        )
        .bind(&peer.node)
        .bind(end.epoch)
        .bind(end.seq)
        .bind(&end.hash)
    );
    if fenced(&mut tx, &peer.node, end.epoch).await?.as_ref() != Some(end) {
        return Err(refused);
    }
    tx.commit().await?;
    fence.sign(&membership::key(app).await?.proof)
}

/// The end of an epoch that this node has signed.
pub async fn fenced(tx: &mut Tx, node: &str, epoch: i64) -> Result<Option<Head>> {
    let row: Option<(i64, String)> = fetch_optional!(
        tx,
        sqlx::query_as("SELECT seq, hash FROM log_fence WHERE node = $1 AND epoch = $2")
            .bind(node)
            .bind(epoch)
    );
    Ok(row.map(|(seq, hash)| Head { epoch, seq, hash }))
}

/// Ends the hold when our log is whole: every peer that answers was asked since and has given what it has, what came back is carried out, and
/// enough of them sign the end. Returns whether a new epoch began.
pub async fn reopen(app: &App) -> Result<bool> {
    let Some(us) = membership::now(app).await? else { return Ok(false) };
    let us = us.as_ref();
    let mut tx = app.db.read().await?;
    let Some((Hold::Restored, since)) = held(&mut tx, us.me()).await? else { return Ok(false) };
    let known = peers::all(&mut tx).await?;
    let end = log::head_of(&mut tx, us.me()).await?;
    let busy = log::is_carrying_out(&mut tx, app.host()).await?;
    drop(tx);
    let answers = |m: &&Member| known.get(&m.node).is_some_and(|p| p.fails == 0);
    let answering: Vec<&Member> = us.peers().filter(answers).collect();
    let asked = |m: &&Member| known.get(&m.node).is_some_and(|p| p.traded_at >= since);
    let needed = fence::needed(&us.roster);
    if busy || answering.len() < needed || !answering.iter().all(asked) {
        return Ok(false);
    }
    if end.seq == 0 {
        // Nobody has anything by this node: there is no history to protect.
        let mut tx = app.db.begin().await?;
        release(&mut tx, us.me(), Hold::Restored).await?;
        tx.commit().await?;
        return Ok(true);
    }
    let fence = Fence {
        network: us.roster.id.clone(),
        roster: us.roster.version,
        node: us.me().to_owned(),
        end,
    };
    let mut witnesses = Vec::new();
    for member in answering {
        if witnesses.len() == needed {
            break;
        }
        let asked: Result<Witnessed> =
            ask(app, us, member, "witness", &Witness { fence: fence.clone() }).await;
        match asked {
            Ok(Witnessed { sig }) if fence.is_signed_by(member, &sig) => {
                witnesses.push(Signature { node: member.node.clone(), sig });
            }
            Ok(_) => {}
            Err(e) => {
                tracing::warn!(peer = member.node, error = %e, "does not sign the end of our epoch");
            }
        }
    }
    if witnesses.len() < needed {
        return Ok(false);
    }
    begin(app, us, Opening { fence, witnesses }).await
}

async fn begin(app: &App, us: &Membership, opening: Opening) -> Result<bool> {
    let me = us.roster.member(us.me()).ok_or(Error::NotFound)?;
    let mut tx = app.db.begin().await?;
    if log::head_of(&mut tx, us.me()).await? != opening.fence.end {
        return Ok(false);
    }
    let epoch = opening.fence.end.epoch + 1;
    let id = app.url(&format!("/net/v1/epochs/{epoch}"));
    let new = New {
        class: Class::Public,
        kind: fence::KIND,
        ap_id: &id,
        obj_id: &id,
        body: serde_json::to_string(&opening)?,
    };
    let behind = Head { epoch, seq: 0, hash: opening.fence.end.hash.clone() };
    log::write(app, &mut tx, us.me(), &behind, new).await?;
    release(&mut tx, us.me(), Hold::Restored).await?;
    loop {
        let (hashes, entries) = kept(&mut tx, us.me(), epoch).await?;
        if entries.is_empty() {
            break;
        }
        say_again(app, &mut tx, me, &entries).await?;
        let_go(&mut tx, &hashes).await?;
    }
    tx.rings(&app.wake.network);
    tx.commit().await?;
    tracing::warn!(epoch, "our log is whole again and goes on in a new epoch");
    Ok(true)
}
