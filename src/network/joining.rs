//! Founding a network, inviting a node, joining, leaving: what an operator does, at the command line or in the browser.
use super::{
    membership::{self, PATIENCE},
    message::{Heads, Join, Sealed, seal},
    sync,
};
use crate::{
    app::App,
    config::Domain,
    db::Tx,
    error::{Error, Result},
    execute,
    federation::{fetch, json},
    fetch_optional, ids, node,
    roster::{self, MAX_NAME, Member, Roster},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest invitation that is read, characters.
const MAX_INVITATION: usize = 200_000;

/// How this node presents itself to the others.
pub struct Introduction {
    /// A short name for good: `iwate`.
    pub node: String,
    pub prefecture: String,
}

impl Introduction {
    /// What is wrong with each field, by the name that forms give it. Errors: `network-node-name`, [`check_words`].
    pub fn check(&self) -> [(&'static str, Result<()>); 2] {
        let node = roster::check_name(&self.name());
        let node = node.map_err(|_wrong| Error::invalid("network-node-name"));
        [("node", node), ("prefecture", check_words(&self.prefecture))]
    }

    fn name(&self) -> String {
        self.node.trim().to_lowercase()
    }
}

/// Whether a network or a prefecture may be called so. Errors: `text-missing`, `text-too-long`.
pub fn check_words(words: &str) -> Result<()> {
    match roster::check_text("", words.trim()) {
        Ok(()) => Ok(()),
        Err(_) if words.trim().is_empty() => Err(Error::invalid("text-missing")),
        Err(_) => Err(Error::Invalid("text-too-long", MAX_NAME)),
    }
}

/// What an invitation carries. It works once, for a week, and is to be handed over in private.
#[derive(Debug, Serialize, Deserialize)]
pub struct Invitation {
    token: String,
    /// Who invites, as the roster knows it.
    by: Member,
    /// What the new node trusts from here on.
    roster: Roster,
}

impl Invitation {
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = || Error::invalid("network-invitation-unreadable");
        let text = text.trim();
        if text.len() > MAX_INVITATION {
            return Err(wrong());
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok().ok_or_else(wrong)?;
        let invitation: Self = serde_json::from_slice(&bytes).ok().ok_or_else(wrong)?;
        invitation.roster.check()?;
        let listed = invitation.roster.member(&invitation.by.node) == Some(&invitation.by);
        if listed { Ok(invitation) } else { Err(wrong()) }
    }

    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    pub fn by(&self) -> &Member {
        &self.by
    }
}

async fn introduce(app: &App, network: &str, who: &Introduction) -> Result<Member> {
    who.check().into_iter().try_for_each(|(_, outcome)| outcome)?;
    let key = membership::key(app).await?;
    let profile = node::profile(app).await?;
    let mut tx = app.db.read().await?;
    let public = crate::fetch_one!(
        &mut tx,
        sqlx::query_as::<_, (String,)>("SELECT proof_key FROM account WHERE id = $1")
            .bind(fetch::INSTANCE_ACTOR)
    );
    let chapter = if profile.chapter.is_empty() { &who.prefecture } else { &profile.chapter };
    let member = Member {
        node: who.name(),
        chapter: chapter.clone(),
        prefecture: who.prefecture.trim().to_owned(),
        domain: app.host().to_owned(),
        key: public.0,
        sync_url: app.url("/net/v1"),
        vault_recipient: None,
        consent: String::new(),
    };
    Ok(member.agree(network, &key.proof)?)
}

/// Founds a network with this node as its first member. Errors: `network-member-already`, [`check_words`], [`Introduction::check`].
pub async fn found(app: &App, name: &str, who: &Introduction) -> Result<Roster> {
    refuse_member(app).await?;
    check_words(name)?;
    let id = ids::secret();
    let founder = introduce(app, &id, who).await?;
    let node = founder.node.clone();
    let mut roster = Roster::found(name.trim(), &id, founder, app.now().plus(PATIENCE));
    roster.check()?;
    roster.sign(&node, &membership::key(app).await?.proof)?;
    let mut tx = app.db.begin().await?;
    membership::begin(app, &mut tx, &roster).await?;
    tx.commit().await?;
    Ok(roster)
}

/// Founds a network of several nodes at once, in whose databases we are: for a demonstration.
pub async fn found_together(name: &str, nodes: &[(&App, Introduction)]) -> Result<()> {
    let id = ids::secret();
    let mut members = Vec::new();
    for (app, who) in nodes {
        members.push(introduce(app, &id, who).await?);
    }
    let Some(((first, _), founder)) = nodes.first().zip(members.first().cloned()) else {
        return Ok(());
    };
    let mut roster = Roster::found(name, &id, founder, first.now().plus(PATIENCE));
    roster.members = members;
    roster.check()?;
    for (app, who) in nodes {
        roster.sign(&who.node, &membership::key(app).await?.proof)?;
    }
    for (app, _) in nodes {
        let mut tx = app.db.begin().await?;
        membership::begin(app, &mut tx, &roster).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn refuse_member(app: &App) -> Result<()> {
    match membership::now(app).await? {
        Some(_) => Err(Error::Forbidden("network-member-already")),
        None => Ok(()),
    }
}

/// Makes an invitation for one node. The string is shown once; only its hash is kept.
pub async fn invite(app: &App, tx: &mut Tx) -> Result<String> {
    let us = membership::current(app, tx).await?.ok_or(Error::NotFound)?;
    let token = ids::secret();
    execute!(
        tx,
        sqlx::query("INSERT INTO node_invitation (hash, ends_at) VALUES ($1, $2)")
            .bind(ids::hash_secret(&token))
            .bind(app.now().plus(PATIENCE))
    );
    let by = us.roster.member(us.me()).cloned().ok_or(Error::NotFound)?;
    let invitation = Invitation { token, by, roster: us.roster.clone() };
    Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(&invitation)?))
}

/// Uses an invitation: asks the node that invites to put this one on the roster. Returns whether it is a member already; otherwise the others'
/// admins must sign first, and the node finds out by itself.
///
/// Errors: `network-member-already`, [`Introduction::check`], `network-node-taken`, the other node's refusals; `Unavailable` when it was not reached.
pub async fn join(app: &App, invitation: &Invitation, who: &Introduction) -> Result<bool> {
    refuse_member(app).await?;
    let member = introduce(app, &invitation.roster.id, who).await?;
    let name = member.node.clone();
    // A mistake in it is told here, not by the other side.
    if invitation.roster.member(&name).is_some() {
        return Err(Error::invalid("network-node-taken"));
    }
    let mut members = invitation.roster.members.clone();
    members.push(member.clone());
    invitation.roster.next(members, app.now().plus(PATIENCE))?.check()?;
    let request = Join { token: invitation.token.clone(), member };
    let key = membership::key(app).await?;
    let text = seal(&request, &name, &invitation.by.node, app.now(), &key.proof)?;
    let answer = sync::post(app, &format!("{}/join", invitation.by.sync_url), text).await;
    let answer = answer.map_err(refusal)?;
    let heads: Heads = Sealed::read(&answer)?.open(&invitation.by.key, &name, app.now())?;
    let mut tx = app.db.begin().await?;
    membership::begin(app, &mut tx, &invitation.roster).await?;
    membership::learn(app, &mut tx, &heads.rosters).await?;
    for proposal in &heads.proposals {
        membership::consider(app, &mut tx, proposal).await?;
    }
    tx.commit().await?;
    Ok(membership::now(app).await?.is_some())
}

/// Why the inviting node refused, if it said so. Nobody signed that, and it is only for words.
fn refusal(e: Error) -> Error {
    let Error::Unavailable(said) = &e else { return e };
    let reasons = [
        ("network-invitation-used", "network-invitation-used"),
        ("network-domain-not-confirmed", "network-domain-not-confirmed"),
        ("network-signed-another", "network-signed-another-there"),
    ];
    let reason = reasons.into_iter().find(|(word, _)| said.contains(word));
    reason.map_or(e, |(_, key)| Error::Forbidden(key))
}

/// Asks the domain that a new node names whether it is the holder of that key: entries of its log will be believed for that host.
pub async fn confirm(app: &App, member: &Member) -> Result<()> {
    let domain = Domain::try_from(member.domain.clone()).map_err(Error::Malformed)?;
    let actor = format!("{}://{}/actor", domain.scheme(), domain.as_str());
    let document = fetch::object(app, &actor).await?;
    let keys = json::many(document.get("assertionMethod").unwrap_or(&Value::Null));
    let own = |key: &Value| key.get("publicKeyMultibase").is_some_and(|k| *k == member.key);
    if keys.iter().any(own) {
        Ok(())
    } else {
        Err(Error::Forbidden("network-domain-not-confirmed"))
    }
}

/// Whether the request shows an invitation that is still good; asked first, because what comes next costs a request to the new node.
pub async fn is_invited(app: &App, request: &Join) -> Result<bool> {
    let mut tx = app.db.read().await?;
    let found: Option<(String,)> = fetch_optional!(
        &mut tx,
        sqlx::query_as("SELECT hash FROM node_invitation WHERE hash = $1 AND ends_at > $2")
            .bind(ids::hash_secret(&request.token))
            .bind(app.now())
    );
    Ok(found.is_some())
}

/// Takes a new node's request: with a good invitation it is proposed, signed by us because our admin invited it.
pub async fn admit(app: &App, tx: &mut Tx, request: &Join) -> Result<()> {
    let us = membership::current(app, tx).await?.ok_or(Error::NotFound)?;
    let used = execute!(
        tx,
        sqlx::query("DELETE FROM node_invitation WHERE hash = $1 AND ends_at > $2")
            .bind(ids::hash_secret(&request.token))
            .bind(app.now())
    );
    if used != 1 {
        return Err(Error::Forbidden("network-invitation-used"));
    }
    let mut members = us.roster.members.clone();
    members.retain(|m| m.node != request.member.node || m.key == request.member.key);
    if members.iter().all(|m| m.node != request.member.node) {
        members.push(request.member.clone());
    }
    let proposal = us.roster.next(members, app.now().plus(PATIENCE))?;
    proposal.follows(&us.roster)?;
    membership::sign(app, tx, &proposal).await?;
    Ok(())
}

/// Proposes that `node` (it may be us) leaves, and signs it.
pub async fn remove(app: &App, tx: &mut Tx, node: &str) -> Result<bool> {
    let us = membership::current(app, tx).await?.ok_or(Error::NotFound)?;
    if us.roster.member(node).is_none() {
        return Err(Error::NotFound);
    }
    let mut members = us.roster.members.clone();
    members.retain(|m| m.node != node);
    if members.is_empty() {
        // The last one turns off the light.
        execute!(tx, sqlx::query("DELETE FROM roster"));
        node::forget_log_name(app, tx).await?;
        app.membership.changes_by(tx);
        return Ok(true);
    }
    let proposal = us.roster.next(members, app.now().plus(PATIENCE))?;
    membership::sign(app, tx, &proposal).await
}
