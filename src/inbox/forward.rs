//! Passing on what others say about our members' posts to the members' followers, who may never hear of it otherwise
//! ([ActivityPub §7.1.2](https://www.w3.org/TR/activitypub/#inbox-forwarding)).
use crate::{
    accounts,
    app::App,
    db::Tx,
    error::Result,
    federation::{
        inbound::Inbound,
        outbox::{self, Patience, Saying},
    },
    outbound,
    posts::{self, types::Post},
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
    let direct = outbound::authority(&item.actor).is_some_and(|host| host == item.host);
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
    let elsewhere =
        |inbox: &String| outbound::authority(inbox).is_some_and(|host| host != item.host);
    let inboxes = accounts::queries::follower_inboxes(tx, parent.account_id).await?;
    let saying = Saying {
        sender: parent.account_id,
        uri: &item.activity_id,
        body: &item.body,
        lane: &reply.uri,
        patience: Patience::Usual,
        followers_header: false,
    };
    outbox::enqueue(app, tx, &saying, inboxes.into_iter().filter(elsewhere)).await
}
