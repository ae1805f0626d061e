//! Private lanes: what is for some members of a peer alone goes to that peer, in the order of commits, and is kept until the peer has signed that
//! it has it. No third node gets any of it.
//!
//! A lane has a random id, and its items have numbers. A node that was restored from an old copy would give numbers out twice: whoever notices it,
//! here or there, the lane takes another id, under which what is kept goes once more. Storing the same activity twice changes nothing.
use super::message::{Acked, Item, Lane, PAGE, page_of};
use crate::{
    app::App,
    clock::Timestamp,
    db::Tx,
    error::{Error, Result},
    execute,
    federation::{
        fetch::MAX_BODY,
        hosts,
        inbound::{self, Arrival},
        json,
        outbox::{self, Patience, Saying},
    },
    fetch_all, fetch_in, fetch_one, fetch_optional,
    ids::{self, AccountId},
    outbound,
    roster::{Member, Membership},
    run,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Ids of a peer's earlier lanes that are remembered.
const EARLIER: usize = 20;
/// The longest id of a lane, bytes.
const MAX_ID: usize = 100;

/// Puts an activity at the end of the lane to each peer that has one of the inboxes; a peer whose host is blocked gets none.
pub async fn append(
    app: &App,
    tx: &mut Tx,
    us: &Membership,
    saying: &Saying<'_>,
    inboxes: Vec<String>,
) -> Result<()> {
    let mut by_host = BTreeMap::<String, BTreeSet<String>>::new();
    for inbox in inboxes {
        if let Some(host) = outbound::authority(&inbox) {
            by_host.entry(host).or_default().insert(inbox);
        }
    }
    let names: Vec<String> = by_host.keys().cloned().collect();
    let blocked = hosts::blocked_among(tx, &names).await?;
    by_host.retain(|host, _| !blocked.contains(host));
    let by_peer: BTreeMap<&str, &BTreeSet<String>> = by_host
        .iter()
        .filter_map(|(host, inboxes)| Some((us.peer_at(host)?.node.as_str(), inboxes)))
        .collect();
    if by_peer.is_empty() {
        return Ok(());
    }
    let (body, now) = (saying.body.to_string(), app.now());
    if body.len() > MAX_BODY {
        return Err(Error::TooLarge);
    }
    let places = next_places(tx, by_peer.keys().copied()).await?;
    let rows: Vec<(&str, i64, String)> = by_peer
        .into_iter()
        .filter_map(|(peer, inboxes)| Some((peer, *places.get(peer)?, inboxes)))
        .map(|(peer, seq, inboxes)| Ok((peer, seq, serde_json::to_string(inboxes)?)))
        .collect::<Result<_>>()?;
    run!(tx, |c| {
        let mut query = sqlx::QueryBuilder::new(
            "INSERT INTO lane_out (peer, seq, account_id, uri, inboxes, body, created_at) ",
        );
        query.push_values(&rows, |mut row, (peer, seq, inboxes)| {
            row.push_bind(*peer)
                .push_bind(*seq)
                .push_bind(saying.sender)
                .push_bind(saying.uri)
                .push_bind(inboxes)
                .push_bind(&body)
                .push_bind(now);
        });
        query.build().execute(&mut *c).await?.rows_affected()
    });
    tx.rings(&app.wake.network);
    Ok(())
}

/// The next number of each lane. Nobody else gets numbers of these lanes until the transaction ends, so that numbers are in the order of commits.
async fn next_places(
    tx: &mut Tx,
    peers: impl Iterator<Item = &str> + Clone,
) -> Result<HashMap<String, i64>> {
    let places: Vec<(String, i64)> = run!(tx, |c| {
        let mut query = sqlx::QueryBuilder::new("INSERT INTO lane_head (peer, lane, seq) ");
        query.push_values(peers.clone(), |mut row, peer| {
            row.push_bind(peer).push_bind(ids::secret()).push_bind(1_i64);
        });
        query.push(" ON CONFLICT (peer) DO UPDATE SET seq = lane_head.seq + 1 RETURNING peer, seq");
        query.build_query_as().fetch_all(&mut *c).await?
    });
    Ok(places.into_iter().collect())
}

/// The peers for whom something waits.
pub async fn waiting(tx: &mut Tx) -> Result<HashSet<String>> {
    let rows: Vec<(String,)> = fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT peer FROM lane_head h WHERE EXISTS (SELECT 1 FROM lane_out o WHERE o.peer = h.peer) LIMIT 1000"
        )
    );
    Ok(rows.into_iter().map(|(peer,)| peer).collect())
}

/// How much waits for each peer, and since when: for `/metrics`.
pub async fn totals(tx: &mut Tx) -> Result<HashMap<String, (i64, Timestamp)>> {
    let rows: Vec<(String, i64, Timestamp)> = fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT peer, COUNT(*), CAST(MIN(created_at) AS BIGINT) FROM lane_out GROUP BY peer LIMIT 1000"
        )
    );
    Ok(rows.into_iter().map(|(peer, count, since)| (peer, (count, since))).collect())
}

/// The oldest items that wait for a peer, as many as make a page; `None` when nothing waits.
pub async fn page(tx: &mut Tx, peer: &str) -> Result<Option<Lane>> {
    let rows: Vec<(String, i64, String, String)> = fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT h.lane, o.seq, o.inboxes, o.body FROM lane_head h JOIN lane_out o ON o.peer = h.peer
             WHERE h.peer = $1 ORDER BY o.seq LIMIT $2"
        )
        .bind(peer)
        .bind(i64::from(PAGE))
    );
    let Some((lane, first, ..)) = rows.first() else { return Ok(None) };
    let (lane, after) = (lane.clone(), first - 1);
    let rows = page_of(rows, |(_, _, inboxes, body)| inboxes.len() + body.len()).into_iter();
    let items = rows
        .map(|(_, _, inboxes, body)| Ok(Item { inboxes: serde_json::from_str(&inboxes)?, body }));
    Ok(Some(Lane { lane, after, items: items.collect::<Result<_>>()? }))
}

/// Lets go of what a peer acknowledged of what was `sent`; returns how much that was, `None` when the peer takes nothing. An answer that does not fit
/// our lane means that numbers were given out twice.
pub async fn acked(tx: &mut Tx, peer: &str, sent: &Lane, answer: &Acked) -> Result<Option<u64>> {
    let head: Option<(i64,)> = fetch_optional!(
        tx,
        sqlx::query_as(
            "UPDATE lane_head SET seq = seq WHERE peer = $1 AND lane = $2 RETURNING seq"
        )
        .bind(peer)
        .bind(&sent.lane)
    );
    let Some((end,)) = head else { return Ok(Some(0)) }; // renewed meanwhile
    if answer.lane != sent.lane || answer.acked > end || !is_ours(tx, peer, answer).await? {
        tracing::warn!(peer, "the peer has other items of our lane: a new lane begins");
        execute!(
            tx,
            sqlx::query("UPDATE lane_head SET lane = $2 WHERE peer = $1")
                .bind(peer)
                .bind(ids::secret())
        );
        return Ok(None);
    }
    let done = execute!(
        tx,
        sqlx::query("DELETE FROM lane_out WHERE peer = $1 AND seq <= $2")
            .bind(peer)
            .bind(answer.acked)
    );
    Ok((answer.acked > sent.after).then_some(done))
}

/// Whether the last item that the peer has is the one that has this number here.
async fn is_ours(tx: &mut Tx, peer: &str, answer: &Acked) -> Result<bool> {
    let row: Option<(String,)> = fetch_optional!(
        tx,
        sqlx::query_as("SELECT body FROM lane_out WHERE peer = $1 AND seq = $2")
            .bind(peer)
            .bind(answer.acked)
    );
    Ok(row.is_none_or(|(body,)| digest(&body) == answer.last))
}

/// All lanes take other ids: for a database that was restored from an old copy, before anything is said.
pub async fn renew(tx: &mut Tx) -> Result<()> {
    execute!(tx, sqlx::query("UPDATE lane_head SET lane = $1").bind(ids::secret()));
    Ok(())
}

/// Nothing is kept for a peer any more: its host is blocked here.
pub async fn forget(tx: &mut Tx, peer: &str) -> Result<()> {
    execute!(tx, sqlx::query("DELETE FROM lane_out WHERE peer = $1").bind(peer));
    execute!(tx, sqlx::query("DELETE FROM lane_head WHERE peer = $1").bind(peer));
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Kept {
    seq: i64,
    account_id: AccountId,
    uri: String,
    inboxes: String,
    body: String,
}

/// Ends the lanes to nodes that are no members any more. What waits in them goes on as deliveries, as to any server, one after the other.
pub async fn end(app: &App, tx: &mut Tx, is_member: impl Fn(&str) -> bool) -> Result<()> {
    let peers: Vec<(String,)> =
        fetch_all!(tx, sqlx::query_as("SELECT peer FROM lane_head ORDER BY peer LIMIT 1000"));
    for (peer,) in peers.into_iter().filter(|(peer,)| !is_member(peer)) {
        loop {
            let rows: Vec<Kept> = fetch_all!(
                tx,
                sqlx::query_as(
                    "SELECT seq, account_id, uri, inboxes, body FROM lane_out WHERE peer = $1 ORDER BY seq LIMIT $2"
                )
                .bind(&peer)
                .bind(i64::from(PAGE))
            );
            let Some(last) = rows.last().map(|row| row.seq) else { break };
            for row in &rows {
                deliver(app, tx, &peer, row).await?;
            }
            execute!(
                tx,
                sqlx::query("DELETE FROM lane_out WHERE peer = $1 AND seq <= $2")
                    .bind(&peer)
                    .bind(last)
            );
        }
        forget(tx, &peer).await?;
    }
    Ok(())
}

async fn deliver(app: &App, tx: &mut Tx, peer: &str, row: &Kept) -> Result<()> {
    let saying = Saying::new(row.account_id, &row.uri, &row.body, peer).tried(Patience::Long);
    let inboxes: Vec<String> = serde_json::from_str(&row.inboxes)?;
    outbox::enqueue(app, tx, &saying, inboxes).await
}

/// Forgets what came by lanes: the nodes of another network have nothing to do with it.
pub async fn forget_peers(tx: &mut Tx) -> Result<()> {
    execute!(tx, sqlx::query("DELETE FROM lane_in"));
    Ok(())
}

/// How far a peer's lane was stored.
#[derive(sqlx::FromRow)]
struct Known {
    lane: String,
    seq: i64,
    last: String,
    earlier: String,
}

impl Known {
    fn acked(self) -> Acked {
        Acked { lane: self.lane, acked: self.seq, last: self.last }
    }

    /// Whether these are items of the lane that we know: the one where ours ends is the same here and there.
    fn is_continued_by(&self, said: &Lane) -> bool {
        let index = usize::try_from(self.seq - said.after - 1).ok();
        let ours = index.and_then(|i| said.items.get(i));
        self.last.is_empty() || ours.is_none_or(|item| digest(&item.body) == self.last)
    }
}

/// Stores the next items of a peer's lane and says what we have now; the two are one transaction. An item that must not be believed is left out, and
/// acknowledged, so that it does not hold up the others; so is everything from a host that is blocked here.
pub async fn take(app: &App, tx: &mut Tx, author: &Member, said: &Lane) -> Result<Acked> {
    let end = i64::try_from(said.items.len()).ok().and_then(|n| said.after.checked_add(n));
    let end = end.filter(|_| said.after >= 0).ok_or_else(|| Error::Malformed("numbers".into()))?;
    if said.lane.is_empty() || said.lane.len() > MAX_ID || said.lane.contains(char::is_control) {
        return Err(Error::Malformed("the id of the lane".into()));
    }
    if said.items.len() > usize::from(PAGE) {
        return Err(Error::TooLarge);
    }
    let mut known = lock(tx, &author.node).await?;
    if known.lane != said.lane && !begin(&mut known, author, said)? {
        return Ok(known.acked());
    }
    if said.after > known.seq {
        let (peer, from, to) = (&author.node, known.seq + 1, said.after);
        tracing::warn!(peer, from, to, "private items are lost: was this node restored?");
        (known.seq, known.last) = (said.after, String::new());
    }
    if !known.is_continued_by(said) {
        return Ok(known.acked());
    }
    let stored = usize::try_from(known.seq - said.after).unwrap_or(usize::MAX);
    let new = said.items.get(stored..).unwrap_or_default();
    if !hosts::is_blocked(tx, &author.domain).await? {
        let arrivals = arrivals(app, tx, author, new, known.seq).await?;
        inbound::put(tx, &arrivals, app.now()).await?;
    }
    if let Some(item) = new.last() {
        (known.seq, known.last) = (end, digest(&item.body));
    }
    execute!(
        tx,
        sqlx::query(
            "UPDATE lane_in SET lane = $2, seq = $3, last = $4, earlier = $5 WHERE peer = $1"
        )
        .bind(&author.node)
        .bind(&known.lane)
        .bind(known.seq)
        .bind(&known.last)
        .bind(&known.earlier)
    );
    Ok(known.acked())
}

/// What we have of a peer's lane, which nobody else may move until this transaction ends.
async fn lock(tx: &mut Tx, peer: &str) -> Result<Known> {
    Ok(fetch_one!(
        tx,
        sqlx::query_as(
            "INSERT INTO lane_in (peer, lane, seq, last, earlier) VALUES ($1, '', 0, '', '[]')
             ON CONFLICT (peer) DO UPDATE SET peer = excluded.peer RETURNING lane, seq, last, earlier"
        )
        .bind(peer)
    ))
}

/// Begins another lane where the peer says. False for one that was there before: an old message, or an old copy of the peer.
fn begin(known: &mut Known, author: &Member, said: &Lane) -> Result<bool> {
    let mut earlier: Vec<String> = serde_json::from_str(&known.earlier)?;
    if earlier.contains(&said.lane) {
        return Ok(false);
    }
    if !known.lane.is_empty() {
        tracing::warn!(peer = author.node, "the peer began a new lane: was a node restored?");
        earlier.insert(0, std::mem::take(&mut known.lane));
        earlier.truncate(EARLIER);
    }
    let earlier = serde_json::to_string(&earlier)?;
    *known = Known { lane: said.lane.clone(), seq: said.after, last: String::new(), earlier };
    Ok(true)
}

/// The items that may be believed, as arrivals; `seq` is the number before the first.
async fn arrivals(
    app: &App,
    tx: &mut Tx,
    author: &Member,
    items: &[Item],
    seq: i64,
) -> Result<Vec<Arrival>> {
    let accounts = recipients(app, tx, items).await?;
    let mut arrivals = Vec::new();
    for (item, seq) in items.iter().zip(seq + 1..) {
        match check(author, item) {
            Ok((activity_id, actor)) => arrivals.push(Arrival {
                activity_id,
                actor,
                host: author.domain.clone(),
                recipient: personal(app, item).and_then(|uri| accounts.get(uri).copied()),
                trusted: true,
                body: item.body.clone(),
                seq,
            }),
            Err(reason) => {
                let peer = &author.node;
                tracing::warn!(peer, seq, reason, "an item of a lane is refused");
                metrics::counter!("tsudoi_lane_refused_total", "node" => peer.clone()).increment(1);
            }
        }
    }
    Ok(arrivals)
}

/// The id and the actor of an activity that is the peer's to say.
fn check(author: &Member, item: &Item) -> std::result::Result<(String, String), &'static str> {
    if item.body.len() > MAX_BODY {
        return Err("it is too long");
    }
    let activity: Value = serde_json::from_str(&item.body).map_err(|_e| "it is not JSON")?;
    let own = |field: &str| {
        let uri = json::id(activity.get(field)?)?;
        (outbound::authority(uri)? == author.domain).then(|| uri.to_owned())
    };
    let actor = own("actor").ok_or("its actor is not on that node")?;
    Ok((own("id").ok_or("its id is not on that node")?, actor))
}

/// The account whose personal inbox an item is for; none for the shared inbox.
fn personal<'a>(app: &App, item: &'a Item) -> Option<&'a str> {
    let users = app.url("/users/");
    let own = |uri: &&str| uri.starts_with(&users) && !uri.contains(char::is_control);
    item.inboxes.iter().filter_map(|inbox| inbox.strip_suffix("/inbox")).find(own)
}

async fn recipients(app: &App, tx: &mut Tx, items: &[Item]) -> Result<HashMap<String, AccountId>> {
    let uris: BTreeSet<&str> = items.iter().filter_map(|item| personal(app, item)).collect();
    if uris.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(String, AccountId)> = fetch_in!(
        tx,
        "SELECT uri, id FROM account WHERE local = TRUE AND deleted_at IS NULL AND uri IN",
        &uris,
        ""
    );
    Ok(rows.into_iter().collect())
}

/// By which two nodes find out whether they mean the same item.
fn digest(body: &str) -> String {
    ids::sha256_hex(body.as_bytes())
}
