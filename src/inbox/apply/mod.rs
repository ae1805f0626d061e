//! Carrying out stored activities: who may say this, then the same action that our own members' doors call.
//!
//! The effect and the mark "done" are one transaction. Nothing here talks to the network: what is missing is asked for, and the activity
//! waits for it.
mod follows;
mod reactions;
mod rsvps;
mod undo;
mod writing;

use crate::{
    accounts::{self, types::Account},
    app::App,
    clock::{DAY, MINUTE},
    db::Tx,
    error::{Error, Result},
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
    network::membership,
    outbound,
    posts::{self, types::Post},
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
    /// We do not have its post, but another process may be taking it in: looked at once more.
    LooksAgain,
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
        Outcome::LooksAgain => {
            let later = app.now().plus(MINUTE);
            inbound::park(tx, item.id, later, None, "its post may still be on the way").await
        }
        Outcome::WaitsForLog(uri) => wait_for_log(app, tx, item, &uri).await,
        Outcome::Waits(kind, uri) => {
            if item.log_class.is_some() && is_in_network(app, tx, &uri).await? {
                return wait_for_log(app, tx, item, &uri).await;
            }
            // Asked for again while it is fetched, it would be fetched once more, and this would never end.
            if !fetch_queue::is_wanted(tx, kind, &uri).await? {
                if item.tries > 0 {
                    let reason = "what it is about cannot be had";
                    return inbound::finish(tx, item.id, "ignored", reason).await;
                }
                fetch_queue::want(app, tx, kind, &uri).await?;
            }
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
    // What this server stumbled at is kept until it is mended, and admins see it.
    let is_ours = matches!(error, Error::Internal(_));
    if is_ours {
        tracing::error!(
            activity = item.activity_id,
            error = words,
            "an activity could not be applied"
        );
    }
    if (is_ours || error.is_transient()) && item.tries + 1 < MAX_TRIES {
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
    let activity = json::parse(item.body.as_bytes())?;
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

/// What to fetch because of hearsay about `uri`: an account or open post that we have, or a new post that somebody here may be waiting for. Otherwise
/// anybody could make us fetch and keep anything.
async fn worth_asking(tx: &mut Tx, activity: &Value, uri: &str) -> Result<Option<Fetch>> {
    let kind = json::kind(activity);
    if !matches!(kind, "Create" | "Update" | "Delete") {
        return Ok(None);
    }
    if accounts::queries::by_uri(tx, uri).await?.is_some() {
        return Ok(Some(Fetch::Actor));
    }
    if let Some(known) = posts::queries::by_uri(tx, uri).await? {
        return Ok(known.audience.is_open().then_some(Fetch::Post));
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

impl Context<'_, '_> {
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
}
