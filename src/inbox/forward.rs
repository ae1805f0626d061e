//! Passing on what others say about our members' posts to the members' followers, and what becomes of posts that our groups announced to the
//! groups' followers, who may never hear of it otherwise
//! ([ActivityPub §7.1.2](https://www.w3.org/TR/activitypub/#inbox-forwarding)).
use crate::{
    accounts::{self, actions::groups},
    app::App,
    db::Tx,
    error::Result,
    federation::{
        inbound::Inbound,
        outbox::{self, Saying},
    },
    ids::AccountId,
    network::membership,
    outbound,
    posts::{
        self,
        types::{Audience, Post},
    },
};
use serde_json::Value;

/// True when an activity carries a proof or a linked data signature, so that others can believe it.
pub fn is_verifiable(activity: &Value) -> bool {
    activity.get("proof").is_some() || activity.get("signature").is_some()
}

/// Passes an activity (`item`: a `Create`, `Update` or `Delete` of `reply`) on, in the bytes in which it came, to the followers of the member whom it answers;
/// not to the host it came from.
///
/// Only what is open, as the post it answers must be. Only what is `verifiable`, because nobody believes the rest. Only what
/// came from its own host, so that nothing goes round in circles.
pub async fn answer(
    app: &App,
    tx: &mut Tx,
    item: &Inbound,
    verifiable: bool,
    reply: &Post,
) -> Result<()> {
    let direct = item.host != app.host()
        && outbound::authority(&item.actor).is_some_and(|host| host == item.host);
    let Some(parent) = reply.in_reply_to_id.filter(|_| verifiable && direct) else {
        return Ok(());
    };
    let parent = posts::queries::by_id(tx, parent).await?;
    if !parent.local || parent.is_gone() || !parent.audience.is_open() || !reply.audience.is_open()
    {
        return Ok(());
    }
    if accounts::queries::is_blocked_between(tx, parent.account_id, reply.account_id).await? {
        return Ok(());
    }
    pass_on(app, tx, item, reply, parent.account_id).await
}

/// Passes a change (`item`: an `Update` or `Delete` of `post`) on to the followers of our groups that announced the post, whom its own node does
/// not know. The same is asked of it as of an answer.
pub async fn announced(
    app: &App,
    tx: &mut Tx,
    item: &Inbound,
    verifiable: bool,
    post: &Post,
) -> Result<()> {
    let direct = outbound::authority(&item.actor).is_some_and(|host| host == item.host);
    if !verifiable || !direct || post.audience != Audience::Public {
        return Ok(());
    }
    for group in groups::ours(app, tx).await? {
        if posts::queries::boost_of(tx, group.id, post.id).await?.is_some() {
            pass_on(app, tx, item, post, group.id).await?;
        }
    }
    Ok(())
}

/// To the followers of `by`, but for those who have it: the host that it came from, and member nodes, if it came by a log.
async fn pass_on(
    app: &App,
    tx: &mut Tx,
    item: &Inbound,
    about: &Post,
    by: AccountId,
) -> Result<()> {
    let us = membership::current(app, tx).await?.filter(|_| item.log_class.is_some());
    let lacks_it = |inbox: &String| {
        outbound::authority(inbox).is_some_and(|host| {
            host != item.host && us.as_ref().is_none_or(|us| us.peer_at(&host).is_none())
        })
    };
    let inboxes = accounts::queries::follower_inboxes(tx, by).await?;
    let saying = Saying::new(by, &item.activity_id, &item.body, &about.uri);
    outbox::enqueue(app, tx, &saying, inboxes.into_iter().filter(lacks_it)).await
}
