//! Telling peers what is new here, and getting from any of them what is missing: every peer, every 20 seconds, and whenever something happens.
//!
//! Push is for speed and may fail without harm; pull is the truth. What a peer has is known only from its own signed [`Heads`].
use super::{
    entry::{Entry, Head},
    epochs::{self, Hold},
    lanes,
    log::{self, Stored},
    membership,
    message::{Acked, Heads, Page, Pull, Push, Sealed, seal},
    peers::{self, ASK_EVERY, Peer},
};
use crate::{
    app::App,
    clock::Timestamp,
    db::Tx,
    error::{Error, Result},
    federation::hosts,
    roster::{Member, Membership},
};
use axum::http::StatusCode;
use flate2::{Compression, write::GzEncoder};
use futures::{StreamExt, stream};
use serde::{Serialize, de::DeserializeOwned};
use std::{io::Write, sync::Arc, time::Duration};

/// The longest answer that is read, bytes.
const MAX_ANSWER: usize = 8 << 20;
/// Missing bodies that are asked for in one conversation.
const HOLES: i64 = 20;
/// Pages of logs that are taken in one conversation.
const PAGES: usize = 8;
/// Peers that are spoken to at the same time.
const PARALLEL: usize = 8;
/// A peer that does not answer by then is tried again later.
const PATIENCE: Duration = Duration::from_secs(60);

/// What this node has, for `to` (who knows the rosters up to `known`).
pub async fn heads(app: &App, tx: &mut Tx, known: i64) -> Result<Heads> {
    let rosters = membership::since(tx, known).await?;
    let roster = membership::latest(tx).await?;
    let listed = |node: &str| roster.as_ref().is_some_and(|r| r.member(node).is_some());
    let all = log::heads(tx).await?.into_iter().map(|(node, head, _)| (node, head));
    let heads = all.filter(|(node, _)| listed(node)).collect();
    let proposals = membership::proposals(tx, app.now()).await?;
    let proposals = proposals.into_iter().map(|p| p.roster).collect();
    let oldest = membership::oldest(tx).await?.map_or(0, |r| r.version);
    Ok(Heads { heads, roster: roster.map_or(0, |r| r.version), oldest, proposals, rosters })
}

/// A conversation that is to be had.
pub struct Due {
    us: Arc<Membership>,
    member: Member,
    peer: Peer,
}

impl Due {
    pub fn node(&self) -> &str {
        &self.member.node
    }
}

/// The peers who lack something of ours, or are to be asked what they have.
pub async fn due(app: &App) -> Result<Vec<Due>> {
    let Some(us) = membership::now(app).await? else { return Ok(Vec::new()) };
    let mut tx = app.db.read().await?;
    let mut known = peers::all(&mut tx).await?;
    let copies = peers::copies_of(&mut tx, us.me()).await?;
    let own = log::head_of(&mut tx, us.me()).await?;
    let waiting = lanes::waiting(&mut tx).await?;
    drop(tx);
    if waiting.iter().any(|node| us.roster.member(node).is_none()) {
        // Said while the roster changed.
        let mut tx = app.db.begin().await?;
        lanes::end(app, &mut tx, |node| us.roster.member(node).is_some()).await?;
        tx.commit().await?;
    }
    let mut due = Vec::new();
    for member in us.peers() {
        let unknown = || Peer { node: member.node.clone(), ..Peer::default() };
        let peer = known.remove(&member.node).unwrap_or_else(unknown);
        let has = copies.get(&member.node).copied().unwrap_or_default();
        let lacks = own.seq > 0 && (own.epoch, own.seq) > has;
        let lacks = lacks || waiting.contains(&member.node);
        let ask = peer.asked_at.plus(ASK_EVERY) <= app.now();
        if peer.next_at <= app.now() && (lacks || ask) {
            due.push(Due { us: us.clone(), member: member.clone(), peer });
        }
    }
    Ok(due)
}

/// Has every conversation that is due; how many had something new for us or took something new from us.
pub async fn sync_due(app: &App) -> Result<usize> {
    let talks = due(app).await?.into_iter().map(|due| async move { talk(app, &due).await });
    let results: Vec<Result<usize>> =
        stream::iter(talks).buffer_unordered(PARALLEL).collect().await;
    results.into_iter().sum()
}

/// One conversation with one peer. That it cannot be reached is no error of ours.
pub async fn talk(app: &App, Due { us, member, peer }: &Due) -> Result<usize> {
    let greeted = greet(app, us, member, peer.roster).await;
    let (failure, traded) = match greeted {
        Ok(theirs) => match trade(app, us, member, peer, &theirs).await {
            Ok(moved) => return Ok(moved),
            Err(e) => (e, true),
        },
        Err(e) => (e, false),
    };
    let words = failure.to_string();
    match failure {
        Error::Db(_) | Error::Internal(_) => {
            tracing::error!(peer = member.node, error = words, "speaking to a peer failed");
        }
        _ => tracing::debug!(peer = member.node, error = words, "peer not reached"),
    }
    let mut tx = app.db.begin().await?;
    peers::note_failure(&mut tx, peer, &words, app.now()).await?;
    if traded {
        // It answers, and the page did not come through: the line may be slow, or break.
        peers::note_page(&mut tx, &member.node, peer.page / 2).await?;
    }
    tx.commit().await?;
    Ok(0)
}

/// Each says what it has.
async fn greet(app: &App, us: &Membership, member: &Member, known: i64) -> Result<Heads> {
    let mut tx = app.db.read().await?;
    // Who was never heard may have been waiting for this very version, and cannot ask yet.
    let known = if known == 0 { us.roster.version - 1 } else { known };
    let ours = heads(app, &mut tx, known).await?;
    drop(tx);
    let theirs: Heads = ask(app, us, member, "heads", &ours).await?;
    heard(app, member, theirs, true).await
}

/// Each gets what it lacks: first the peer what is new here, then we some pages of what we missed, so that news never waits for a backlog.
async fn trade(
    app: &App,
    us: &Membership,
    member: &Member,
    peer: &Peer,
    theirs: &Heads,
) -> Result<usize> {
    let whole = match theirs.heads.get(us.me()) {
        Some(own) => epochs::look_at_own(app, us, member, own).await?,
        None => true,
    };
    let mut moved = if whole { push(app, us, member, peer.page, theirs).await? } else { 0 };
    moved += bring(app, us, member).await?;
    if let Some(own) = theirs.heads.get(&member.node) {
        match epochs::offer(app, us, member, own).await {
            Ok(offered) => moved += offered,
            Err(e) => tracing::debug!(peer = member.node, error = %e, "takes back nothing now"),
        }
    }
    let (pulled, complete) = pull(app, us, member, peer.page, theirs).await?;
    moved += pulled + fill(app, us, member).await?;
    // Only a held log asks for it, and this is the end of every conversation.
    let is_asked = complete && epochs::held(&mut app.db.read().await?, us.me()).await?.is_some();
    if is_asked || peer.page < i64::from(log::PAGE) {
        let mut tx = app.db.begin().await?;
        if is_asked {
            peers::note_traded(&mut tx, &member.node, app.now()).await?;
        }
        peers::note_page(&mut tx, &member.node, peer.page * 2).await?;
        tx.commit().await?;
    }
    Ok(moved)
}

/// Writes down what a peer said it has, and the rosters that it brought. When it spoke unasked and has something that we lack, it is asked at once.
pub async fn heard(app: &App, member: &Member, mut heads: Heads, asked: bool) -> Result<Heads> {
    let mut tx = app.db.begin().await?;
    if let Some(roster) = membership::latest(&mut tx).await? {
        heads.heads.retain(|node, _| roster.member(node).is_some());
    }
    peers::note_heads(&mut tx, &member.node, heads.roster, &heads.heads, app.now()).await?;
    if asked {
        peers::note_asked(&mut tx, &member.node, app.now()).await?;
    } else if has_more(&mut tx, &heads).await? {
        peers::note_asked(&mut tx, &member.node, Timestamp(0)).await?;
        tx.rings(&app.wake.network);
    }
    if let Some(us) = membership::current(app, &mut tx).await? {
        // A peer's message was written within the hour by our clock.
        epochs::release(&mut tx, us.me(), Hold::Clock).await?;
    }
    membership::learn(app, &mut tx, &heads.rosters).await?;
    for proposal in &heads.proposals {
        membership::consider(app, &mut tx, proposal).await?;
    }
    tx.commit().await?;
    Ok(heads)
}

async fn has_more(tx: &mut Tx, theirs: &Heads) -> Result<bool> {
    let roster = membership::latest(tx).await?.map_or(0, |r| r.version);
    let ours = log::heads(tx).await?;
    let has = |node: &str| ours.iter().find(|(n, ..)| n == node).map(|(_, head, _)| head);
    let ahead = |(node, head): (&String, &Head)| {
        has(node).is_none_or(|h| (h.epoch, h.seq) < (head.epoch, head.seq))
    };
    Ok(theirs.roster > roster || theirs.heads.iter().any(ahead))
}

/// Gets what the peer has and we lack, of every log, its own first. Of our own log, too: after a restore from an old copy others have more of it.
/// After some pages it stops, and the peer is asked again at once: others have their turn, and so has what is new meanwhile. Returns how much
/// came, and whether that was all.
async fn pull(
    app: &App,
    us: &Membership,
    member: &Member,
    limit: i64,
    theirs: &Heads,
) -> Result<(usize, bool)> {
    let mut moved = 0;
    let mut pages = 0;
    let own_first = |node: &&String| **node != member.node;
    let mut nodes: Vec<&String> = theirs.heads.keys().collect();
    nodes.sort_by_key(own_first);
    for node in nodes {
        let (Some(author), Some(target)) = (us.roster.member(node), theirs.heads.get(node)) else {
            continue;
        };
        let ours = our_head(app, node).await?;
        if node != us.me() && target.epoch > ours.epoch {
            match epochs::follow(app, us, member, author, &ours).await {
                Err(Error::Malformed(why)) => {
                    tracing::warn!(node, why, "an epoch is not what it should be");
                    continue; // one log must not hold up the others
                }
                followed => followed?,
            }
        } else if node != us.me() && tells_otherwise(app, node, target).await? {
            let other = entry(app, us, member, author, target.epoch, target.seq).await?;
            take(app, author, other.into_iter().collect()).await?; // what differs is the evidence
            continue;
        }
        loop {
            let ours = our_head(app, node).await?;
            if (ours.epoch, ours.seq) >= (target.epoch, target.seq) {
                break;
            }
            if pages == PAGES {
                let mut tx = app.db.begin().await?;
                peers::note_asked(&mut tx, &member.node, Timestamp(0)).await?;
                tx.commit().await?;
                return Ok((moved, false));
            }
            pages += 1;
            let pull = Pull { node: node.clone(), epoch: ours.epoch, after: ours.seq, limit };
            let page: Page = ask(app, us, member, "log/read", &pull).await?;
            match take(app, author, page.entries).await {
                Ok(Stored::New(n)) if n > 0 => moved += n,
                Ok(_) => break,
                Err(Error::Malformed(why)) => {
                    tracing::warn!(node, why, "an entry is not what it should be");
                    break;
                }
                Err(e) => return Err(e),
            }
        }
    }
    Ok((moved, true))
}

/// The first entry that the peer gives from a place of `author`'s log on, checked: of that place, if the peer has it.
pub async fn entry(
    app: &App,
    us: &Membership,
    member: &Member,
    author: &Member,
    epoch: i64,
    seq: i64,
) -> Result<Option<Entry>> {
    let pull = Pull { node: author.node.clone(), epoch, after: seq - 1, limit: 1 };
    let page: Page = ask(app, us, member, "log/read", &pull).await?;
    let entry = page.entries.into_iter().next();
    entry.iter().try_for_each(|e| e.check(author))?;
    Ok(entry)
}

/// Asks the peer for bodies that another one withheld.
async fn fill(app: &App, us: &Membership, member: &Member) -> Result<usize> {
    let mut tx = app.db.read().await?;
    let holes = log::holes(&mut tx, HOLES).await?;
    drop(tx);
    let mut filled = 0;
    for (node, epoch, seq) in holes {
        let Some(author) = us.roster.member(&node) else { continue };
        let Some(entry) = entry(app, us, member, author, epoch, seq).await? else { continue };
        let mut tx = app.db.begin().await?;
        filled += usize::from(log::fill(app, &mut tx, author, &entry).await?);
        tx.commit().await?;
    }
    Ok(filled)
}

/// Whether the peer has another entry than we where its copy of the log ends.
async fn tells_otherwise(app: &App, node: &str, theirs: &Head) -> Result<bool> {
    let mut tx = app.db.read().await?;
    let ours = log::hash_at(&mut tx, node, theirs.epoch, theirs.seq).await?;
    Ok(ours.is_some_and(|hash| hash != theirs.hash))
}

async fn our_head(app: &App, node: &str) -> Result<Head> {
    log::head_of(&mut app.db.read().await?, node).await
}

/// Checks and stores a page of a log, whoever brought it.
pub async fn take(app: &App, author: &Member, entries: Vec<Entry>) -> Result<Stored> {
    if entries.len() > usize::from(log::PAGE) {
        return Err(Error::TooLarge);
    }
    entries.iter().try_for_each(|e| e.check(author))?;
    let mut tx = app.db.begin().await?;
    let stored = log::store(app, &mut tx, author, &entries).await?;
    tx.commit().await?;
    Ok(stored)
}

/// Brings the peer what it lacks of our own log.
async fn push(
    app: &App,
    us: &Membership,
    member: &Member,
    limit: i64,
    theirs: &Heads,
) -> Result<usize> {
    let mut moved = 0;
    let start = Head { epoch: 1, ..Head::default() };
    let mut has = theirs.heads.get(us.me()).cloned().unwrap_or(start);
    loop {
        let mut tx = app.db.read().await?;
        let entries = log::page(&mut tx, us.me(), has.epoch, has.seq, limit).await?;
        drop(tx);
        if entries.is_empty() {
            return Ok(moved);
        }
        let count = entries.len();
        let answer: Heads = ask(app, us, member, "log", &Push { entries }).await?;
        let answer = heard(app, member, answer, true).await?;
        let now = answer.heads.get(us.me()).cloned().unwrap_or_default();
        if (now.epoch, now.seq) <= (has.epoch, has.seq) {
            // It takes no more: our log is frozen there, or a gap is between. Asked again with everything else.
            hold(app, member).await?;
            return Ok(moved);
        }
        moved += count;
        has = now;
    }
}

/// It answers and takes nothing: left alone for a while.
async fn hold(app: &App, member: &Member) -> Result<()> {
    let mut tx = app.db.begin().await?;
    peers::hold(&mut tx, &member.node, app.now().plus(ASK_EVERY)).await?;
    tx.commit().await
}

/// Brings the peer what waits for it in its private lane.
async fn bring(app: &App, us: &Membership, member: &Member) -> Result<usize> {
    let mut moved = 0;
    loop {
        let mut tx = app.db.read().await?;
        let Some(page) = lanes::page(&mut tx, &member.node).await? else { return Ok(moved) };
        let blocked = hosts::is_blocked(&mut tx, &member.domain).await?;
        drop(tx);
        if blocked {
            let mut tx = app.db.begin().await?;
            lanes::forget(&mut tx, &member.node).await?;
            tx.commit().await?;
            return Ok(moved);
        }
        let answer: Acked = ask(app, us, member, "lane", &page).await?;
        let mut tx = app.db.begin().await?;
        let acked = lanes::acked(&mut tx, &member.node, &page, &answer).await?;
        tx.commit().await?;
        let Some(acked) = acked else {
            hold(app, member).await?;
            return Ok(moved);
        };
        moved += usize::try_from(acked).unwrap_or(0);
    }
}

/// Sends a signed message and reads the signed answer. Only a message by that very node is an answer.
pub async fn ask<T: Serialize, R: DeserializeOwned>(
    app: &App,
    us: &Membership,
    member: &Member,
    what: &str,
    content: &T,
) -> Result<R> {
    let key = membership::key(app).await?;
    let text = seal(content, us.me(), &member.node, app.now(), &key.proof)?;
    let answer = post(app, &format!("{}/{what}", member.sync_url), text).await?;
    let sealed = Sealed::read(&answer)?;
    sealed.open(&member.key, us.me(), app.now())
}

/// Posts a message, compressed, and returns the body of the answer.
pub async fn post(app: &App, url: &str, text: String) -> Result<Vec<u8>> {
    let url = app.reach.check(url)?;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    let packed = gzip.write_all(text.as_bytes()).and_then(|()| gzip.finish());
    let packed = packed.map_err(|e| Error::Internal(e.to_string()))?;
    let request = app
        .http
        .post(url)
        .timeout(PATIENCE)
        .header("content-type", "application/json")
        .header("content-encoding", "gzip")
        .body(packed);
    let unreachable = |e: reqwest::Error| Error::Unavailable(e.to_string());
    let response = request.send().await.map_err(unreachable)?;
    let status = response.status();
    let mut body = Vec::new();
    let mut stream = response.bytes_stream();
    while let Some(chunk) = stream.next().await {
        body.extend_from_slice(&chunk.map_err(unreachable)?);
        if body.len() > MAX_ANSWER {
            return Err(Error::Unavailable("the answer is too long".into()));
        }
    }
    if status == StatusCode::OK {
        return Ok(body);
    }
    let words: String = String::from_utf8_lossy(&body).chars().take(200).collect();
    Err(Error::Unavailable(format!("{status} {words}")))
}

/// How many peers have a copy of what our log says last about an object, and of how many; `None` when our log says nothing about it.
pub async fn copies(app: &App, tx: &mut Tx, object: &str) -> Result<Option<(usize, usize)>> {
    let Some(us) = membership::current(app, tx).await? else { return Ok(None) };
    let Some(place) = log::last_about(tx, us.me(), object).await? else { return Ok(None) };
    let acks = peers::copies_of(tx, us.me()).await?;
    let have = us.peers().filter(|m| acks.get(&m.node).is_some_and(|a| *a >= place)).count();
    Ok(Some((have, us.peers().count())))
}

/// The membership, for a caller that must be in a network.
pub async fn ours(app: &App) -> Result<Arc<Membership>> {
    membership::now(app).await?.ok_or(Error::NotFound)
}
