//! Carrying out stored activities: who may say this, then the same action that our own members' doors call.
//!
//! The effect and the mark "done" are one transaction. Nothing here talks to the network: what is missing is asked for, and the activity
//! waits for it.
use crate::{
    accounts::{
        self,
        actions::{follow, profile, report},
        types::Account,
    },
    app::App,
    clock::{DAY, MINUTE},
    db::Tx,
    error::{Error, Result},
    events::{self, types::RsvpState},
    federation::{
        context, fetch_queue,
        fetch_queue::Kind as Fetch,
        hosts,
        inbound::{self, Inbound},
        json,
    },
    inbox::{
        batch::{Batch, Gathered},
        forward,
    },
    network::{entry::Class, membership},
    outbound,
    posts::{
        self,
        actions::{attend, change, quote, react, vote},
        inbox::{New, Reason},
        read,
        types::{Audience, Post},
    },
    remote,
};
use futures::FutureExt;
use serde_json::Value;
use std::{future::Future, panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio::time::Instant;

/// Activities carried out in one transaction, and how long it may keep members' posts waiting.
pub const BATCH: u16 = 100;
const MOMENT: Duration = Duration::from_millis(50);
/// After this many tries something that should pass is given up.
const MAX_TRIES: i64 = 12;

/// What became of an activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Applied,
    /// Understood, and left alone for this reason.
    Ignored(&'static str),
    /// Something must be fetched first.
    Waits(Fetch, String),
    /// It comes by its own node's log, however long that takes.
    WaitsForLog(String),
    /// Its post is taken in with others of the batch; what becomes of it is known then.
    Gathered,
}

/// Applies what is due and returns how many activities were looked at. Tests step the loop with it.
pub async fn apply_due(app: &App) -> Result<usize> {
    let mut looked_at = 0;
    while inbound::any_due(app).await? {
        let some = apply_batch(app).await?;
        if some == 0 {
            break; // what is due is another process's
        }
        looked_at += some;
    }
    Ok(looked_at)
}

/// Applies some of what is due and returns how many activities were looked at.
pub async fn apply_batch(app: &App) -> Result<usize> {
    match apply_some(app, false).await? {
        Some(some) => Ok(some),
        None => Ok(apply_some(app, true).await?.unwrap_or(0)),
    }
}

/// Applies a batch in one transaction. With nothing between the activities that is as cheap as can be, but when one of them fails nothing is
/// done (`None`); `apart`, each behind a savepoint, a bad one does not spoil the others.
async fn apply_some(app: &App, apart: bool) -> Result<Option<usize>> {
    let mut tx = app.db.begin().await?;
    tx.gives_way().await?;
    let begun = Instant::now();
    let mut looked_at = 0;
    let items = inbound::due(&mut tx, app.now(), i64::from(BATCH)).await?;
    let mut batch = Batch::of(&mut tx, &items).await?;
    for item in &items {
        if apart {
            tx.savepoint().await?;
        }
        match safely(Box::pin(apply_one(app, &mut tx, item, &mut batch, apart))).await {
            Ok(()) => {}
            Err(error) if apart => {
                tx.undo().await?;
                batch.let_go();
                fail(app, &mut tx, item, &error).await?;
            }
            Err(_) => {
                tx.rollback().await?;
                return Ok(None);
            }
        }
        if apart {
            tx.keep().await?;
        }
        looked_at += 1;
        if begun.elapsed() > MOMENT {
            break;
        }
    }
    if safely(take_in(app, &mut tx, &mut batch)).await.is_err() {
        tx.rollback().await?;
        return Ok(None);
    }
    inbound::applied(&mut tx, &batch.applied).await?;
    tx.commit().await?;
    Ok(Some(looked_at))
}

/// A fault of ours in one activity must not stop those behind it.
async fn safely(applied: impl Future<Output = Result<()>>) -> Result<()> {
    let applied = AssertUnwindSafe(applied).catch_unwind().await;
    applied.unwrap_or_else(|_| Err(Error::Internal("a fault in this server".into())))
}

/// `apart` nothing stays gathered.
async fn apply_one<'a>(
    app: &App,
    tx: &mut Tx,
    item: &'a Inbound,
    batch: &mut Batch<'a>,
    apart: bool,
) -> Result<()> {
    let outcome = apply(app, tx, item, batch).await?;
    settle(app, tx, item, outcome, batch).await?;
    if apart { take_in(app, tx, batch).await } else { Ok(()) }
}

/// Takes in what was gathered.
async fn take_in(app: &App, tx: &mut Tx, batch: &mut Batch<'_>) -> Result<()> {
    for (Gathered { item, verifiable }, post) in batch.take_in(app, tx).await? {
        let outcome = match post {
            Some(post) => {
                forward::answer(app, tx, item, verifiable, &post).await?;
                Outcome::Applied
            }
            None => Outcome::Ignored("concerns nobody here"),
        };
        settle(app, tx, item, outcome, batch).await?;
    }
    Ok(())
}

/// Writes down what became of an activity; those that were `applied` are gathered, to be marked together.
async fn settle(
    app: &App,
    tx: &mut Tx,
    item: &Inbound,
    outcome: Outcome,
    batch: &mut Batch<'_>,
) -> Result<()> {
    match outcome {
        Outcome::Applied => {
            batch.applied.push(item.id);
            Ok(())
        }
        Outcome::Gathered => Ok(()),
        Outcome::Ignored(reason) => inbound::finish(tx, item.id, "ignored", reason).await,
        Outcome::WaitsForLog(uri) => wait_for_log(app, tx, item, &uri).await,
        Outcome::Waits(kind, uri) => {
            if item.log_class.is_some() && is_in_network(app, tx, &uri).await? {
                return wait_for_log(app, tx, item, &uri).await;
            }
            let asked = item.tries > 0 && !fetch_queue::is_wanted(tx, kind, &uri).await?;
            if asked {
                return inbound::finish(tx, item.id, "ignored", "what it is about cannot be had")
                    .await;
            }
            fetch_queue::want(app, tx, kind, &uri).await?;
            let later = app.now().plus(hosts::pause(item.tries + 1));
            inbound::park(tx, item.id, later, Some(&uri), "waits for something to be fetched").await
        }
    }
}

async fn wait_for_log(app: &App, tx: &mut Tx, item: &Inbound, uri: &str) -> Result<()> {
    let later = app.now().plus(hosts::pause(item.tries + 1).min(60 * MINUTE));
    inbound::park(tx, item.id, later, Some(uri), "waits for a log").await
}

/// Whether `uri` is on a node of our network.
async fn is_in_network(app: &App, tx: &mut Tx, uri: &str) -> Result<bool> {
    let us = membership::current(app, tx).await?;
    let host = outbound::authority(uri).unwrap_or_default();
    Ok(us.is_some_and(|us| us.peer_at(&host).is_some()))
}

async fn fail(app: &App, tx: &mut Tx, item: &Inbound, error: &Error) -> Result<()> {
    let words = error.to_string();
    if error.is_transient() && item.tries + 1 < MAX_TRIES {
        tracing::warn!(activity = item.activity_id, error = words, "activity set aside");
        let later = app.now().plus(hosts::pause(item.tries + 1).min(60 * MINUTE));
        return inbound::park(tx, item.id, later, None, &words).await;
    }
    tracing::info!(activity = item.activity_id, error = words, "activity refused");
    inbound::finish(tx, item.id, "failed", &words).await
}

async fn apply<'a>(
    app: &App,
    tx: &mut Tx,
    item: &'a Inbound,
    batch: &mut Batch<'a>,
) -> Result<Outcome> {
    let activity: Value = serde_json::from_str(&item.body)?;
    if !context::has_context(&activity) {
        return Ok(Outcome::Ignored("does not speak ActivityStreams"));
    }
    let kind = json::kind(&activity);
    if !item.trusted || may_concern_gathered(batch, kind, &activity) {
        take_in(app, tx, batch).await?;
    }
    if !item.trusted {
        return hearsay(app, tx, &activity).await;
    }
    let own = item.host == app.host();
    if item.log_class.is_some() && !own {
        accounts::inbox::logged(app, tx, &item.host, &activity).await?;
    }
    let actor = match kind {
        "Update" | "Delete" | "Move" => batch.actor_to_change(tx, &item.actor).await?,
        _ => batch.actor(tx, &item.actor).await?,
    };
    let actor = match actor {
        // What a member said before this node was restored is carried out as if somebody else had said it: nothing is said again.
        Some(member) if own => Arc::new(Account { local: false, ..Account::clone(&member) }),
        Some(actor) => actor,
        None if own => return Ok(Outcome::Ignored("its account is not in what was restored")),
        None => return Ok(Outcome::Waits(Fetch::Actor, item.actor.clone())),
    };
    if actor.is_gone() {
        return Ok(Outcome::Ignored("its actor is deleted"));
    }
    if item.log_class.is_none() && actor.refreshed_at.plus(DAY) < app.now() {
        fetch_queue::want(app, tx, Fetch::Actor, &actor.uri).await?;
    }
    if actor.suspended_at.is_some() && !matches!(kind, "Delete" | "Reject" | "Undo" | "Update") {
        return Ok(Outcome::Ignored("its actor is suspended"));
    }
    let context = Context { app, actor: &actor, activity: &activity, item };
    match kind {
        "Create" => context.create(tx, batch).await,
        "Update" => context.update(tx, batch).await,
        "Delete" => context.delete(tx).await,
        "Announce" => context.announce(tx).await,
        "Like" | "EmojiReact" => context.like(tx).await,
        "Follow" => context.follow(tx).await,
        "Accept" => context.accept(tx).await,
        "Reject" => context.reject(tx).await,
        "Undo" => context.undo(tx).await,
        "Block" => context.block(tx).await,
        "Flag" => context.flag(tx).await,
        "Move" => context.moved(tx).await,
        "Add" => context.pin(tx, true).await,
        "Remove" => context.pin(tx, false).await,
        "QuoteRequest" => context.quote_request(tx).await,
        "Join" => context.join(tx).await,
        "Leave" => context.leave(tx, context.object_id()?).await,
        "TentativeAccept" => context.tentative_accept(tx).await,
        _ => Ok(Outcome::Ignored("of a type we do not act on")),
    }
}

/// Passed on by somebody else, without a proof: only the origin is believed, so what concerns somebody here is fetched there.
async fn hearsay(app: &App, tx: &mut Tx, activity: &Value) -> Result<Outcome> {
    let object = json::id(&activity["object"]).filter(|uri| app.reach.check(uri).is_ok());
    let Some(uri) = object.filter(|uri| !app.is_local(uri)) else {
        return Ok(Outcome::Ignored("passed on without proof"));
    };
    let Some(kind) = worth_asking(tx, activity, uri).await? else {
        return Ok(Outcome::Ignored("passed on without proof, and concerns nobody here"));
    };
    fetch_queue::want(app, tx, kind, uri).await?;
    Ok(Outcome::Ignored("passed on without proof: its origin is asked"))
}

/// What to fetch because of hearsay about `uri`: an account or post that we have, or a new post that somebody here may be waiting for. Otherwise
/// anybody could make us fetch and keep anything.
async fn worth_asking(tx: &mut Tx, activity: &Value, uri: &str) -> Result<Option<Fetch>> {
    let kind = json::kind(activity);
    if !matches!(kind, "Create" | "Update" | "Delete") {
        return Ok(None);
    }
    if accounts::queries::by_uri(tx, uri).await?.is_some() {
        return Ok(Some(Fetch::Actor));
    }
    if posts::queries::by_uri(tx, uri).await?.is_some() {
        return Ok(Some(Fetch::Post));
    }
    let parent = activity.pointer("/object/inReplyTo").and_then(json::id);
    let answers = match parent.filter(|_| kind == "Create") {
        Some(parent) => posts::queries::by_uri(tx, parent).await?.is_some(),
        None => false,
    };
    let author = match json::id(&activity["actor"]).filter(|_| kind == "Create" && !answers) {
        Some(actor) => accounts::queries::by_uri(tx, actor).await?,
        None => None,
    };
    let followed = match author {
        Some(author) => accounts::queries::has_local_follower(tx, author.id).await?,
        None => false,
    };
    Ok((answers || followed).then_some(Fetch::Post))
}

/// Posts that are created can be gathered with others, and a reaction to another post goes its own way. Everything else may depend on what was gathered.
fn may_concern_gathered(batch: &Batch<'_>, kind: &str, activity: &Value) -> bool {
    match (kind, activity.get("object")) {
        ("Create", Some(Value::Object(_))) => false,
        ("Like" | "EmojiReact" | "Announce", Some(Value::String(uri))) => batch.holds(uri),
        _ => true,
    }
}

/// One activity (`item`, of the batch that lives for `'i`) by its actor.
struct Context<'a, 'i> {
    app: &'a App,
    actor: &'a Arc<Account>,
    activity: &'a Value,
    item: &'i Inbound,
}

impl<'i> Context<'_, 'i> {
    fn object(&self) -> &Value {
        &self.activity["object"]
    }

    /// One of our own members said it, and others brought it back.
    fn is_own(&self) -> bool {
        self.item.host == self.app.host()
    }

    fn object_id(&self) -> Result<&str> {
        json::id(self.object()).ok_or_else(|| Error::Malformed("activity without object".into()))
    }

    /// The local account the activity is about.
    async fn local_account(&self, tx: &mut Tx, uri: &str) -> Result<Option<Account>> {
        if !self.app.is_local(uri) {
            return Ok(None);
        }
        Ok(accounts::queries::by_uri(tx, uri).await?.filter(|a| !a.is_gone()))
    }

    /// The post the activity is about; a remote one that we do not have is asked for.
    async fn post(&self, tx: &mut Tx, uri: &str) -> Result<Result<Post, Outcome>> {
        Ok(match posts::queries::by_uri(tx, uri).await? {
            Some(post) if post.is_gone() => Err(Outcome::Ignored("the post is deleted")),
            Some(post) => Ok(post),
            None if self.app.is_local(uri) => Err(Outcome::Ignored("there is no such post here")),
            None if posts::queries::has_tombstone(tx, uri).await? => {
                Err(Outcome::Ignored("the post is deleted"))
            }
            None if self.app.reach.check(uri).is_err() => {
                Err(Outcome::Ignored("not an address we contact"))
            }
            None => Err(Outcome::Waits(Fetch::Post, uri.to_owned())),
        })
    }

    async fn create(&self, tx: &mut Tx, batch: &mut Batch<'i>) -> Result<Outcome> {
        let object = self.object();
        if let Some(uri) = object.as_str() {
            if !outbound::same_host(uri, &self.actor.uri) {
                return Ok(Outcome::Ignored("its object is on another host"));
            }
            return Ok(match posts::queries::by_uri(tx, uri).await? {
                Some(_) => Outcome::Applied,
                None => Outcome::Waits(Fetch::Post, uri.to_owned()),
            });
        }
        if let Some((question, answer)) = read::as_vote(object)
            && let Some(post) = posts::queries::by_uri(tx, question).await?.filter(|p| p.local)
        {
            return self.vote(tx, &post, answer).await;
        }
        if !read::is_post(object) {
            return Ok(Outcome::Ignored("of a type we do not show"));
        }
        let mut remote = read::post(object, self.activity, self.actor, self.app.now())?;
        self.address_recipient(tx, &mut remote).await?;
        self.keep_in_the_network(&mut remote);
        self.gather(tx, batch, remote).await
    }

    async fn gather(
        &self,
        tx: &mut Tx,
        batch: &mut Batch<'i>,
        remote: read::RemotePost,
    ) -> Result<Outcome> {
        if batch.is_tied_to(&remote) {
            take_in(self.app, tx, batch).await?;
        }
        let verifiable = forward::is_verifiable(self.activity);
        let reason = if self.item.log_class.is_some() { Reason::Logged } else { Reason::Sent };
        let new = New { author: self.actor.clone(), remote, reason };
        batch.gather(Gathered { item: self.item, verifiable }, new);
        Ok(Outcome::Gathered)
    }

    /// What members of the network say to each other is addressed to nobody that other servers know.
    fn keep_in_the_network(&self, remote: &mut read::RemotePost) {
        if self.item.log_class.as_deref() == Some(Class::Network.word()) {
            remote.audience = Audience::Network;
        }
    }

    /// What was posted to somebody's personal inbox is for them, even if they are not named.
    async fn address_recipient(&self, tx: &mut Tx, remote: &mut read::RemotePost) -> Result<()> {
        if let (Some(id), Audience::Direct) = (self.item.recipient_id, remote.audience) {
            let uri = accounts::queries::by_id(tx, id).await?.uri;
            if !remote.addressed.contains(&uri) {
                remote.addressed.push(uri);
            }
        }
        Ok(())
    }

    async fn vote(&self, tx: &mut Tx, post: &Post, answer: &str) -> Result<Outcome> {
        match vote::vote_by_title(self.app, tx, self.actor, post, answer).await {
            Ok(()) => Ok(Outcome::Applied),
            Err(Error::Invalid(..)) => Ok(Outcome::Ignored("the vote does not count")),
            Err(e) => Err(e),
        }
    }

    async fn update(&self, tx: &mut Tx, batch: &mut Batch<'i>) -> Result<Outcome> {
        let object = self.object();
        let uri = self.object_id()?;
        if uri == self.actor.uri {
            if self.is_own() {
                accounts::inbox::recalled(self.app, tx, self.actor, object).await?;
            } else if self.item.log_class.is_none() {
                accounts::inbox::updated(self.app, tx, self.actor).await?;
            }
            return Ok(Outcome::Applied);
        }
        if !outbound::same_host(uri, &self.actor.uri) {
            return Ok(Outcome::Ignored("not theirs to change"));
        }
        if json::is(object, "Profile") {
            return self.describe(tx).await;
        }
        if !object.is_object() || !read::is_post(object) {
            return Ok(Outcome::Ignored("of a type we do not show"));
        }
        let mut remote = read::post(object, self.activity, self.actor, self.app.now())?;
        self.keep_in_the_network(&mut remote);
        match posts::queries::by_uri(tx, uri).await? {
            Some(known) if known.account_id != self.actor.id => {
                Ok(Outcome::Ignored("not theirs to change"))
            }
            Some(known) => {
                let post = posts::inbox::update(self.app, tx, known, &remote).await?;
                let verifiable = forward::is_verifiable(self.activity);
                forward::answer(self.app, tx, self.item, verifiable, &post).await?;
                forward::announced(self.app, tx, self.item, verifiable, &post).await?;
                Ok(Outcome::Applied)
            }
            None if posts::inbox::is_young(self.app, &remote) => {
                self.gather(tx, batch, remote).await
            }
            None => Ok(Outcome::Ignored("an edit of an old post that we do not have")),
        }
    }

    /// What a member tells the network's nodes of themselves.
    async fn describe(&self, tx: &mut Tx) -> Result<Outcome> {
        let object = self.object();
        if !accounts::details::wire::is_profile_of(object, self.actor) {
            return Ok(Outcome::Ignored("not theirs to change"));
        }
        let us = membership::current(self.app, tx).await?;
        let by_log = self.item.log_class.as_deref() == Some(Class::Network.word());
        let node = us.as_ref().and_then(|us| us.roster.by_domain(&self.item.host));
        let Some(node) = node.filter(|_| by_log) else {
            return Ok(Outcome::Ignored("told by the log of a member node alone"));
        };
        let (actor, activity) = (self.actor, self.activity);
        let newest = accounts::inbox::described(self.app, tx, actor, &node.node, activity).await?;
        Ok(if newest { Outcome::Applied } else { Outcome::Ignored("the log has a newer one") })
    }

    async fn delete(&self, tx: &mut Tx) -> Result<Outcome> {
        let uri = self.object_id()?;
        if uri == self.actor.uri {
            if self.is_own() {
                accounts::queries::delete_member(tx, self.actor.id).await?;
            }
            remote::remove_account(self.app, tx, self.actor).await?;
            return Ok(Outcome::Applied);
        }
        if !outbound::same_host(uri, &self.actor.uri) {
            return Ok(Outcome::Ignored("not theirs to delete"));
        }
        if let Some(quoting) = posts::queries::by_stamp(tx, uri).await?
            && self.is_quoted_by(tx, &quoting).await?
        {
            quote::withdrawn(self.app, tx, &quoting).await?;
            return Ok(Outcome::Applied);
        }
        match posts::queries::by_uri(tx, uri).await? {
            Some(post) if post.account_id == self.actor.id => {
                let verifiable = forward::is_verifiable(self.activity);
                forward::answer(self.app, tx, self.item, verifiable, &post).await?;
                forward::announced(self.app, tx, self.item, verifiable, &post).await?;
                change::remove(self.app, tx, &post).await?;
                Ok(Outcome::Applied)
            }
            Some(_) => Ok(Outcome::Ignored("not theirs to delete")),
            None => {
                // Its Create may still be on the way.
                posts::queries::put_tombstone(tx, uri, self.app.now()).await?;
                Ok(Outcome::Applied)
            }
        }
    }

    /// The actor wrote what `quoting` quotes.
    async fn is_quoted_by(&self, tx: &mut Tx, quoting: &Post) -> Result<bool> {
        Ok(match quoting.quote_id {
            Some(id) => posts::queries::by_id(tx, id).await?.account_id == self.actor.id,
            None => false,
        })
    }

    async fn announce(&self, tx: &mut Tx) -> Result<Outcome> {
        let object = self.object();
        // FEP-1b12: groups announce whole activities. The inner one is hearsay; its object is what counts.
        let inner = match json::kind(object) {
            _ if object["object"].is_null() => object,
            "Create" => &object["object"],
            "Update" | "Delete" => return hearsay(self.app, tx, object).await,
            _ => return Ok(Outcome::Ignored("announces what is not shown")),
        };
        let Some(uri) = json::id(inner) else { return Ok(Outcome::Ignored("announces nothing")) };
        // What one node's member boosts of another's all nodes know, as they know who likes it.
        let ours = self.item.log_class.is_some() && is_in_network(self.app, tx, uri).await?;
        let shown = ours || accounts::queries::has_local_follower(tx, self.actor.id).await?;
        let post = match self.post(tx, uri).await? {
            Ok(post) => post,
            Err(Outcome::Waits(..)) if !shown => {
                return Ok(Outcome::Ignored("nobody here follows who boosts"));
            }
            // Fetched, it would be known when the log brings it, and nobody's followers would be shown it.
            Err(Outcome::Waits(_, uri)) if self.is_announced_in_network(tx, &uri).await? => {
                return Ok(Outcome::WaitsForLog(uri));
            }
            Err(outcome) => return Ok(outcome),
        };
        if !post.local && !self.is_own() && !shown {
            return Ok(Outcome::Ignored("nobody here follows who boosts"));
        }
        let id = self.item.activity_id.as_str();
        let is_open =
            |key: &str| json::ids(&self.activity[key], 100).iter().any(|u| context::is_public(u));
        let audience = match (is_open("to"), is_open("cc")) {
            (true, _) => Audience::Public,
            (false, true) => Audience::Unlisted,
            (false, false) => Audience::Followers,
        };
        let boost = react::RemoteBoost {
            uri: id.to_owned(),
            audience,
            published_at: json::time(&self.activity["published"]).unwrap_or_else(|| self.app.now()),
        };
        allowed(react::boost(self.app, tx, self.actor, &post, Some(boost)).await.map(|_| ()))
    }

    /// A group of a member node says what is, or will be, in the log of a member node.
    async fn is_announced_in_network(&self, tx: &mut Tx, uri: &str) -> Result<bool> {
        Ok(self.actor.is_group()
            && is_in_network(self.app, tx, &self.actor.uri).await?
            && is_in_network(self.app, tx, uri).await?)
    }

    async fn like(&self, tx: &mut Tx) -> Result<Outcome> {
        let uri = self.object_id()?;
        let logged = self.item.log_class.is_some();
        let found = posts::queries::by_uri(tx, uri).await?;
        if found.is_none() && logged {
            return Ok(Outcome::Waits(Fetch::Post, uri.to_owned()));
        }
        let Some(post) = found.filter(|p| (p.local || logged) && !p.is_gone()) else {
            return Ok(Outcome::Ignored("likes are kept for posts of this node"));
        };
        let emoji = json::text(&self.activity["content"])
            .or_else(|| json::text(&self.activity["_misskey_reaction"]))
            .unwrap_or_default();
        // A reaction is a like with a picture; custom emoji count as plain likes.
        let emoji: String =
            if emoji.is_ascii() { String::new() } else { crate::text::html::one_line(emoji, 8) };
        let id = self.item.activity_id.as_str();
        allowed(react::like(self.app, tx, self.actor, &post, Some(id), &emoji).await)
    }

    async fn follow(&self, tx: &mut Tx) -> Result<Outcome> {
        let Some(followee) = self.local_account(tx, self.object_id()?).await? else {
            return Ok(Outcome::Ignored("there is no such account here"));
        };
        // The answer names the Follow as it was sent.
        let id = json::id(&self.activity["id"]).unwrap_or(&self.item.activity_id);
        follow::follow(self.app, tx, self.actor, &followee, Some(id)).await?;
        Ok(Outcome::Applied)
    }

    /// The follower of the Follow that is answered, if it asked this actor.
    async fn answered_follower(&self, tx: &mut Tx) -> Result<Option<Account>> {
        let object = self.object();
        if let Some(row) = match json::id(object) {
            Some(uri) => accounts::queries::follow_by_uri(tx, uri).await?,
            None => None,
        } && row.followee_id == self.actor.id
        {
            return accounts::queries::by_id(tx, row.follower_id).await.map(Some);
        }
        match json::id(&object["actor"]) {
            Some(uri) if json::is(object, "Follow") => self.local_account(tx, uri).await,
            _ => Ok(None),
        }
    }

    async fn accept(&self, tx: &mut Tx) -> Result<Outcome> {
        if let Some(post) = self.own_quote_request(tx).await? {
            let stamp = json::id(&self.activity["result"]);
            let stamp = stamp.filter(|s| outbound::same_host(s, &self.actor.uri));
            quote::answered(self.app, tx, &post, stamp).await?;
            return Ok(Outcome::Applied);
        }
        if self.rsvp_answered(tx, RsvpState::Confirmed).await? {
            return Ok(Outcome::Applied);
        }
        let Some(follower) = self.answered_follower(tx).await? else {
            return Ok(Outcome::Ignored("accepts nothing that we asked"));
        };
        match follow::accept(self.app, tx, self.actor, &follower).await {
            Err(Error::NotFound) => Ok(Outcome::Ignored("accepts nothing that we asked")),
            other => other.map(|()| Outcome::Applied),
        }
    }

    /// A place on the waiting list of an event.
    async fn tentative_accept(&self, tx: &mut Tx) -> Result<Outcome> {
        if self.rsvp_answered(tx, RsvpState::Waitlisted).await? {
            return Ok(Outcome::Applied);
        }
        Ok(Outcome::Ignored("accepts nothing that we asked"))
    }

    async fn reject(&self, tx: &mut Tx) -> Result<Outcome> {
        if let Some(post) = self.own_quote_request(tx).await? {
            quote::answered(self.app, tx, &post, None).await?;
            return Ok(Outcome::Applied);
        }
        if self.rsvp_answered(tx, RsvpState::Declined).await? {
            return Ok(Outcome::Applied);
        }
        let Some(follower) = self.answered_follower(tx).await? else {
            return Ok(Outcome::Ignored("rejects nothing that we asked"));
        };
        follow::reject(self.app, tx, self.actor, &follower).await?;
        Ok(Outcome::Applied)
    }

    /// The local post whose `QuoteRequest` is answered by the author of what it quotes.
    async fn own_quote_request(&self, tx: &mut Tx) -> Result<Option<Post>> {
        let Some(uri) = json::id(self.object()).and_then(|id| id.strip_suffix("#quote-request"))
        else {
            return Ok(None);
        };
        let Some(post) = posts::queries::by_uri(tx, uri).await?.filter(|p| p.local) else {
            return Ok(None);
        };
        let quoted = match post.quote_id {
            Some(id) => posts::queries::by_id(tx, id).await?,
            None => return Ok(None),
        };
        Ok((quoted.account_id == self.actor.id).then_some(post))
    }

    async fn undo(&self, tx: &mut Tx) -> Result<Outcome> {
        let object = self.object();
        if object.is_object() && json::id(&object["actor"]).is_some_and(|a| a != self.actor.uri) {
            return Ok(Outcome::Ignored("not theirs to undo"));
        }
        let uri = json::id(object).unwrap_or_default().to_owned();
        // It may wait for something; what was applied a moment ago is undone all the same.
        let cancelled = inbound::cancel(tx, &uri, &self.actor.uri).await?;
        match self.undo_applied(tx, &uri).await? {
            Outcome::Ignored(_) if cancelled => Ok(Outcome::Applied),
            outcome => Ok(outcome),
        }
    }

    async fn undo_applied(&self, tx: &mut Tx, uri: &str) -> Result<Outcome> {
        let object = self.object();
        match json::kind(object) {
            "Follow" => self.undo_follow(tx, uri, json::id(&object["object"])).await,
            "Like" | "EmojiReact" => self.undo_like(tx, uri, json::id(&object["object"])).await,
            "Announce" => self.undo_announce(tx, uri, json::id(&object["object"])).await,
            "Block" => {
                let target = json::id(&object["object"]).unwrap_or_default();
                let Some(target) = self.local_account(tx, target).await? else {
                    return Ok(Outcome::Ignored("there is no such account here"));
                };
                follow::unblock(self.app, tx, self.actor, &target).await?;
                Ok(Outcome::Applied)
            }
            "Accept" => {
                let inner = Context { activity: object, ..*self };
                Box::pin(inner.reject(tx)).await
            }
            "Join" => self.leave(tx, json::id(&object["object"]).unwrap_or_default()).await,
            "" => self.undo_by_id(tx, uri).await,
            _ => Ok(Outcome::Ignored("undoes nothing that we keep")),
        }
    }

    /// The id alone: whatever it was.
    async fn undo_by_id(&self, tx: &mut Tx, uri: &str) -> Result<Outcome> {
        if let Some(rsvp) = events::queries::rsvp_by_uri(tx, uri).await? {
            let event = posts::queries::by_id(tx, rsvp.post_id).await?;
            return self.leave(tx, &event.uri).await;
        }
        for outcome in [
            self.undo_follow(tx, uri, None).await?,
            self.undo_announce(tx, uri, None).await?,
            self.undo_like(tx, uri, None).await?,
        ] {
            if outcome == Outcome::Applied {
                return Ok(outcome);
            }
        }
        Ok(Outcome::Ignored("undoes nothing that we keep"))
    }

    /// The event of this node that the actor may read.
    async fn own_event(&self, tx: &mut Tx, uri: &str) -> Result<Option<Post>> {
        let post = posts::queries::by_uri(tx, uri).await?.filter(|p| p.local);
        let Some(post) = post.filter(|p| !p.is_gone()) else { return Ok(None) };
        let may_read = match post.audience {
            Audience::Network => is_in_network(self.app, tx, &self.actor.uri).await?,
            _ => posts::queries::readable_by(tx, self.actor.id.0, post.id).await?.is_some(),
        };
        let is_event = !events::queries::of(tx, &[post.id]).await?.is_empty();
        Ok(Some(post).filter(|_| may_read && is_event))
    }

    async fn join(&self, tx: &mut Tx) -> Result<Outcome> {
        let Some(post) = self.own_event(tx, self.object_id()?).await? else {
            return Ok(Outcome::Ignored("there is no such event here"));
        };
        // The answer names the Join as it was sent.
        let id = json::id(&self.activity["id"]).unwrap_or(&self.item.activity_id);
        let message = json::text(&self.activity["participationMessage"]).unwrap_or_default();
        attend::joined(self.app, tx, self.actor, &post, id, message).await?;
        Ok(Outcome::Applied)
    }

    async fn leave(&self, tx: &mut Tx, event: &str) -> Result<Outcome> {
        let Some(post) = posts::queries::by_uri(tx, event).await?.filter(|p| p.local) else {
            return Ok(Outcome::Ignored("there is no such event here"));
        };
        if events::queries::rsvp(tx, post.id, self.actor.id).await?.is_none() {
            // The Join may wait for something; it must not get a place afterwards.
            let join = self.item.activity_id.strip_suffix("#leave").unwrap_or_default();
            if inbound::cancel(tx, join, &self.actor.uri).await? {
                return Ok(Outcome::Applied);
            }
            return Ok(Outcome::Ignored("undoes nothing that we keep"));
        }
        attend::left(self.app, tx, self.actor.id, &post).await?;
        Ok(Outcome::Applied)
    }

    /// True where this answers a member's wish to attend.
    async fn rsvp_answered(&self, tx: &mut Tx, state: RsvpState) -> Result<bool> {
        match json::id(self.object()) {
            Some(join) => attend::answered(self.app, tx, self.actor.id, join, state).await,
            None => Ok(false),
        }
    }

    async fn undo_follow(&self, tx: &mut Tx, uri: &str, followee: Option<&str>) -> Result<Outcome> {
        let row = accounts::queries::follow_by_uri(tx, uri)
            .await?
            .filter(|f| f.follower_id == self.actor.id);
        let followee = match (row, followee) {
            (Some(row), _) => Some(accounts::queries::by_id(tx, row.followee_id).await?),
            (None, Some(uri)) => self.local_account(tx, uri).await?,
            (None, None) => None,
        };
        let Some(followee) = followee else {
            return Ok(Outcome::Ignored("undoes nothing that we keep"));
        };
        follow::unfollow(self.app, tx, self.actor, &followee).await?;
        Ok(Outcome::Applied)
    }

    async fn undo_like(&self, tx: &mut Tx, uri: &str, object: Option<&str>) -> Result<Outcome> {
        let known = posts::queries::favourite_by_uri(tx, uri)
            .await?
            .filter(|(_, by, _)| *by == self.actor.id);
        let (post, emoji) = match (known, object) {
            (Some((post, _, emoji)), _) => (posts::queries::by_id(tx, post).await?, emoji),
            (None, Some(uri)) => match posts::queries::by_uri(tx, uri).await? {
                Some(post) => (post, String::new()),
                None => return Ok(Outcome::Ignored("undoes nothing that we keep")),
            },
            (None, None) => return Ok(Outcome::Ignored("undoes nothing that we keep")),
        };
        react::unlike(self.app, tx, self.actor, &post, &emoji).await?;
        Ok(Outcome::Applied)
    }

    async fn undo_announce(&self, tx: &mut Tx, uri: &str, object: Option<&str>) -> Result<Outcome> {
        let known =
            posts::queries::boost_by_uri(tx, uri).await?.filter(|b| b.account_id == self.actor.id);
        let post = match (known, object) {
            (Some(boost), _) => Some(posts::queries::by_id(tx, boost.post_id).await?),
            (None, Some(uri)) => posts::queries::by_uri(tx, uri).await?,
            (None, None) => None,
        };
        let Some(post) = post else { return Ok(Outcome::Ignored("undoes nothing that we keep")) };
        react::unboost(self.app, tx, self.actor, &post).await?;
        Ok(Outcome::Applied)
    }

    async fn block(&self, tx: &mut Tx) -> Result<Outcome> {
        let Some(target) = self.local_account(tx, self.object_id()?).await? else {
            return Ok(Outcome::Ignored("there is no such account here"));
        };
        let id = self.item.activity_id.as_str();
        follow::block(self.app, tx, self.actor, &target, Some(id)).await?;
        Ok(Outcome::Applied)
    }

    /// Kept for the moderators.
    async fn flag(&self, tx: &mut Tx) -> Result<Outcome> {
        let about = json::ids(self.object(), 100);
        let mut target = None;
        let mut posts = Vec::new();
        for uri in &about {
            if let Some(account) = self.local_account(tx, uri).await? {
                target = Some(account.id);
            } else if let Some(post) = posts::queries::by_uri(tx, uri).await?.filter(|p| p.local) {
                target = target.or(Some(post.account_id));
                posts.push(post.id);
            }
        }
        let Some(target) = target else { return Ok(Outcome::Ignored("reports nobody here")) };
        let comment = json::text(&self.activity["content"]).unwrap_or_default();
        let by = self.actor;
        let uri = Some(self.item.activity_id.as_str());
        report::report(self.app, tx, by, target, &posts, comment, uri).await?;
        Ok(Outcome::Applied)
    }

    async fn moved(&self, tx: &mut Tx) -> Result<Outcome> {
        let target = json::id(&self.activity["target"]).unwrap_or_default();
        if self.object_id()? != self.actor.uri || target == self.actor.uri {
            return Ok(Outcome::Ignored("moves somebody else"));
        }
        let new = match accounts::queries::by_uri(tx, target).await? {
            Some(new) if new.is_gone() => {
                return Ok(Outcome::Ignored("moves to a deleted account"));
            }
            Some(new) if new.aliases().contains(&self.actor.uri) => new,
            Some(_) if self.item.tries > 1 => {
                return Ok(Outcome::Ignored("the new account does not confirm the move"));
            }
            // Our copy may be older than the confirmation.
            _ if self.app.is_local(target) || self.app.reach.check(target).is_err() => {
                return Ok(Outcome::Ignored("the new account does not confirm the move"));
            }
            _ => return Ok(Outcome::Waits(Fetch::Actor, target.to_owned())),
        };
        let mut old = Account::clone(self.actor);
        old.moved_to = Some(new.uri.clone());
        accounts::queries::update(tx, &old).await?;
        profile::follow_the_move(self.app, tx, &old, &new).await?;
        Ok(Outcome::Applied)
    }

    async fn pin(&self, tx: &mut Tx, pinned: bool) -> Result<Outcome> {
        let own = json::id(&self.activity["target"])
            .is_some_and(|t| self.actor.featured_uri.as_deref() == Some(t));
        if !own {
            return Ok(Outcome::Ignored("not the collection of pinned posts"));
        }
        if json::is(self.object(), "Hashtag") {
            return Ok(Outcome::Ignored("featured tags are not kept"));
        }
        let post = match self.post(tx, self.object_id()?).await? {
            Ok(post) if post.account_id == self.actor.id => post,
            Ok(_) => return Ok(Outcome::Ignored("not theirs to pin")),
            Err(outcome) => return Ok(outcome),
        };
        if pinned {
            posts::queries::put_pin(tx, self.actor.id, post.id, self.app.next_id()).await?;
        } else {
            posts::queries::delete_pin(tx, self.actor.id, post.id).await?;
        }
        Ok(Outcome::Applied)
    }

    async fn quote_request(&self, tx: &mut Tx) -> Result<Outcome> {
        let Some(quoted) = posts::queries::by_uri(tx, self.object_id()?)
            .await?
            .filter(|p| p.local && !p.is_gone())
        else {
            return Ok(Outcome::Ignored("there is no such post here"));
        };
        let instrument = json::id(&self.activity["instrument"]);
        if !instrument.is_some_and(|i| outbound::same_host(i, &self.actor.uri)) {
            return Ok(Outcome::Ignored("asks for somebody else's post"));
        }
        quote::answer(self.app, tx, self.actor, &quoted, self.activity).await?;
        Ok(Outcome::Applied)
    }
}

/// What the action forbids (a block, a closed post) is understood and left alone.
fn allowed(result: Result<()>) -> Result<Outcome> {
    match result {
        Ok(()) => Ok(Outcome::Applied),
        Err(Error::Forbidden(_)) => Ok(Outcome::Ignored("not allowed")),
        Err(e) => Err(e),
    }
}
