//! Which network this node belongs to: the roster in force, proposals that wait for signatures, and the node's own key.
use super::lanes;
use crate::{
    app::{App, Signer},
    clock::{DAY, Timestamp},
    db::Tx,
    error::{Error, Result},
    execute,
    federation::{fetch::INSTANCE_ACTOR, signer},
    fetch_all, fetch_optional, node,
    roster::{Member, Membership, Roster, RosterError},
};
use std::sync::Arc;

/// How long a proposal waits for signatures, ms.
pub const PATIENCE: i64 = 7 * DAY;
/// More proposals than anybody needs at a time.
const MOST_PROPOSALS: usize = 20;

impl From<RosterError> for Error {
    fn from(e: RosterError) -> Self {
        Self::Malformed(format!("roster: {e}"))
    }
}

/// The node's key: the Ed25519 key of its own actor, pinned by the roster.
pub async fn key(app: &App) -> Result<Arc<Signer>> {
    signer::of(app, INSTANCE_ACTOR).await
}

/// [`key`] within a transaction.
pub async fn key_within(app: &App, tx: &mut Tx) -> Result<Arc<Signer>> {
    signer::within(app, tx, INSTANCE_ACTOR).await
}

/// The network that this node is a member of now, if any.
pub async fn current(app: &App, tx: &mut Tx) -> Result<Option<Arc<Membership>>> {
    app.membership.or_read(|| read(app, tx)).await
}

async fn read(app: &App, tx: &mut Tx) -> Result<Option<Arc<Membership>>> {
    let ours = |roster| Membership::of(roster, app.host()).map(Arc::new);
    Ok(latest(tx).await?.and_then(ours))
}

/// [`current`], on a connection of its own.
pub async fn now(app: &App) -> Result<Option<Arc<Membership>>> {
    app.membership.or_read(async || read(app, &mut app.db.read().await?).await).await
}

/// The name under which this node keeps its log, if it has one: as a member, and after it has left. What is said and taken back meanwhile the
/// others hear when it is back.
pub async fn log_name(app: &App, tx: &mut Tx) -> Result<Option<Arc<str>>> {
    if let Some(us) = current(app, tx).await? {
        return Ok(Some(us.me().into()));
    }
    app.log_name.or_read(async || Ok(node::log_name(tx).await?.map(Into::into))).await
}

/// The network that this node is a member of, or will be when its proposal has enough signatures.
pub async fn current_or_awaited(app: &App) -> Result<Arc<Membership>> {
    if let Some(us) = now(app).await? {
        return Ok(us);
    }
    let mut tx = app.db.read().await?;
    let roster = latest(&mut tx).await?.ok_or(Error::NotFound)?;
    let waiting = proposals(&mut tx, app.now()).await?;
    let name = waiting.iter().find_map(|p| Some(p.roster.by_domain(app.host())?.node.clone()));
    Ok(Arc::new(Membership::awaited(roster, name.ok_or(Error::NotFound)?)))
}

/// The newest version that is in force, whether we are in it or not.
pub async fn latest(tx: &mut Tx) -> Result<Option<Roster>> {
    let row: Option<(String,)> = fetch_optional!(
        tx,
        sqlx::query_as("SELECT body FROM roster ORDER BY version DESC LIMIT 1")
    );
    row.map(|(body,)| serde_json::from_str(&body).map_err(Error::from)).transpose()
}

/// A node that is a member, or was one in the last hundred versions.
pub async fn former(tx: &mut Tx, node: &str) -> Result<Option<Member>> {
    let rows: Vec<(String,)> =
        fetch_all!(tx, sqlx::query_as("SELECT body FROM roster ORDER BY version DESC LIMIT 100"));
    for (body,) in rows {
        if let Some(member) = serde_json::from_str::<Roster>(&body)?.member(node) {
            return Ok(Some(member.clone()));
        }
    }
    Ok(None)
}

/// The versions after `version`, oldest first.
pub async fn since(tx: &mut Tx, version: i64) -> Result<Vec<Roster>> {
    let rows: Vec<(String,)> = fetch_all!(
        tx,
        sqlx::query_as("SELECT body FROM roster WHERE version > $1 ORDER BY version LIMIT 100")
            .bind(version)
    );
    rows.iter().map(|(body,)| serde_json::from_str(body).map_err(Error::from)).collect()
}

/// Puts a version in force, and ends the lanes to who is not in it. The caller has checked that it may be.
pub async fn put(app: &App, tx: &mut Tx, roster: &Roster) -> Result<()> {
    let before = latest(tx).await?;
    let known = before.iter().chain([roster]).filter(|r| r.by_domain(app.host()).is_some());
    if let Some(me) = known.max_by_key(|r| r.version).and_then(|r| r.by_domain(app.host())) {
        node::set_log_name(app, tx, &me.node).await?;
    }
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO roster (version, body, accepted_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
        )
        .bind(roster.version)
        .bind(serde_json::to_string(roster)?)
        .bind(app.now())
    );
    execute!(
        tx,
        sqlx::query("DELETE FROM roster_proposal WHERE version <= $1").bind(roster.version)
    );
    let here = roster.by_domain(app.host()).is_some();
    lanes::end(app, tx, |node| here && roster.member(node).is_some()).await?;
    app.membership.changes_by(tx);
    Ok(())
}

/// Begins with `roster` in a network. What is here of another network's logs is nothing to this one's nodes, and goes.
pub async fn begin(app: &App, tx: &mut Tx, roster: &Roster) -> Result<()> {
    let same = latest(tx).await?.is_some_and(|r| r.id == roster.id);
    execute!(tx, sqlx::query("DELETE FROM roster"));
    execute!(tx, sqlx::query("DELETE FROM roster_proposal"));
    if !same {
        execute!(tx, sqlx::query("DELETE FROM log_entry"));
        execute!(tx, sqlx::query("DELETE FROM log_head"));
        execute!(tx, sqlx::query("DELETE FROM peer_ack"));
        execute!(tx, sqlx::query("DELETE FROM peer"));
        execute!(tx, sqlx::query("DELETE FROM log_fence"));
        execute!(tx, sqlx::query("DELETE FROM log_tail"));
        node::forget_log_name(app, tx).await?;
        lanes::end(app, tx, |_| false).await?;
        lanes::forget_peers(tx).await?;
    }
    put(app, tx, roster).await
}

/// The oldest version that is known here; a node that joined later asks for those before, by which the ends of old epochs were signed.
pub async fn oldest(tx: &mut Tx) -> Result<Option<Roster>> {
    let row: Option<(String,)> =
        fetch_optional!(tx, sqlx::query_as("SELECT body FROM roster ORDER BY version LIMIT 1"));
    row.map(|(body,)| serde_json::from_str(&body).map_err(Error::from)).transpose()
}

/// Takes over versions that others have and we do not: newer ones if each succeeds the one before, older ones if each is named by the one after.
/// Returns whether anything changed.
pub async fn learn(app: &App, tx: &mut Tx, rosters: &[Roster]) -> Result<bool> {
    let mut changed = false;
    for roster in rosters.iter().rev() {
        let Some(after) = oldest(tx).await? else { return Ok(changed) };
        if roster.version + 1 == after.version && roster.hash()? == after.previous {
            put(app, tx, roster).await?;
            changed = true;
        }
    }
    for roster in rosters {
        let Some(before) = latest(tx).await? else { return Ok(changed) };
        if roster.version > before.version {
            roster.succeeds(&before)?;
            put(app, tx, roster).await?;
            changed = true;
        }
    }
    Ok(changed)
}

/// A proposal that waits here.
#[derive(Clone, Debug)]
pub struct Proposal {
    pub roster: Roster,
    pub signed_here: bool,
}

/// The live proposals, oldest first.
pub async fn proposals(tx: &mut Tx, now: Timestamp) -> Result<Vec<Proposal>> {
    let rows: Vec<(String, bool)> = fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT body, signed_here FROM roster_proposal WHERE ends_at > $1 ORDER BY version, hash LIMIT 50"
        )
        .bind(now)
    );
    rows.into_iter()
        .map(|(body, signed_here)| {
            Ok(Proposal { roster: serde_json::from_str(&body)?, signed_here })
        })
        .collect()
}

/// The live proposal whose number, its hash, begins so. Errors: `network-proposal-unknown`, also when several begin so.
pub async fn proposal(tx: &mut Tx, now: Timestamp, beginning: &str) -> Result<Roster> {
    let mut found = Vec::new();
    for p in proposals(tx, now).await? {
        if p.roster.hash()?.starts_with(beginning) {
            found.push(p.roster);
        }
    }
    match <[Roster; 1]>::try_from(found) {
        Ok([proposal]) => Ok(proposal),
        Err(_none_or_several) => Err(Error::invalid("network-proposal-unknown")),
    }
}

/// Keeps a proposal, or adds its new signatures to the copy that we have; with enough of them it comes into force.
///
/// Returns whether it did. What does not follow from the roster in force is left alone.
pub async fn consider(app: &App, tx: &mut Tx, proposal: &Roster) -> Result<bool> {
    let Some(before) = latest(tx).await? else { return Ok(false) };
    let lives = proposal.until > app.now() && proposal.until <= app.now().plus(PATIENCE + DAY);
    if !lives || proposal.follows(&before).is_err() {
        return Ok(false);
    }
    let hash = proposal.hash()?;
    let waiting = proposals(tx, app.now()).await?;
    let full = waiting.len() >= MOST_PROPOSALS;
    let known = waiting.into_iter().find(|p| p.roster.hash().is_ok_and(|h| h == hash));
    let mut merged = known.as_ref().map_or_else(
        || Roster { signatures: Vec::new(), ..proposal.clone() },
        |p| p.roster.clone(),
    );
    merged.join_signatures(proposal, &before)?;
    if known.is_none() && (full || merged.signatures.is_empty()) {
        return Ok(false); // nobody's proposal, or one too many
    }
    if merged.succeeds(&before).is_ok() {
        put(app, tx, &merged).await?;
        return Ok(true);
    }
    keep(tx, &merged, known.is_some_and(|p| p.signed_here)).await?;
    Ok(false)
}

async fn keep(tx: &mut Tx, proposal: &Roster, signed_here: bool) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO roster_proposal (hash, version, body, signed_here, ends_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (hash) DO UPDATE SET body = excluded.body, signed_here = excluded.signed_here"
        )
        .bind(proposal.hash()?)
        .bind(proposal.version)
        .bind(serde_json::to_string(proposal)?)
        .bind(signed_here)
        .bind(proposal.until)
    );
    Ok(())
}

/// Signs a proposal in the name of this node. Only one of the same version: otherwise two could find a majority.
///
/// Errors: `network-signed-another`. Returns whether the proposal came into force.
pub async fn sign(app: &App, tx: &mut Tx, proposal: &Roster) -> Result<bool> {
    let me = current(app, tx).await?.ok_or(Error::NotFound)?;
    let hash = proposal.hash()?;
    let another: Option<(String,)> = fetch_optional!(
        tx,
        sqlx::query_as(
            "SELECT hash FROM roster_proposal
             WHERE signed_here = TRUE AND version = $1 AND hash <> $2 AND ends_at > $3 LIMIT 1"
        )
        .bind(proposal.version)
        .bind(&hash)
        .bind(app.now())
    );
    if another.is_some() {
        return Err(Error::Forbidden("network-signed-another"));
    }
    let mut signed = proposal.clone();
    signed.sign(me.me(), &key_within(app, tx).await?.proof)?;
    keep(tx, &signed, true).await?;
    consider(app, tx, &signed).await
}
