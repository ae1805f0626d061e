//! Following, blocking, muting: the same for local and remote accounts on either side.
use super::super::{
    lists,
    queries::{self, Follow},
    relations,
    types::{Account, FollowState, Mute},
    wire,
};
use crate::{
    app::App,
    db::Tx,
    error::{Error, Result},
    federation::{
        delivery,
        fetch::INSTANCE_ACTOR,
        fetch_queue,
        outbox::{Patience, Saying},
    },
    feeds::{
        home,
        notifications::{self, Kind},
    },
    network::say::{self, Hearing},
};
use serde_json::{Value, json};

/// `follower` asks to follow `followee`. `uri` is the id of the remote Follow activity, if it came from elsewhere.
///
/// A repeat is answered again (the first answer may have been lost). Errors: `Forbidden` between blocked accounts, for oneself, for the
/// instance actor, and for accounts that are suspended or moved away.
pub async fn follow(
    app: &App,
    tx: &mut Tx,
    follower: &Account,
    followee: &Account,
    uri: Option<&str>,
) -> Result<FollowState> {
    let allowed = follower.id != followee.id
        && followee.id != INSTANCE_ACTOR
        && followee.moved_to.is_none()
        && followee.is_shown()
        && !queries::is_blocked_between(tx, follower.id, followee.id).await?
        && !relations::is_host_blocked_between(tx, follower, followee).await?;
    if !allowed {
        if let (Some(uri), true) = (uri, followee.local) {
            answer(app, tx, "Reject", followee, follower, uri).await?;
            return Ok(FollowState::Pending);
        }
        return Err(Error::Forbidden("follow-not-allowed"));
    }
    let known = queries::follow(tx, follower.id, followee.id).await?;
    let was_accepted = known.as_ref().is_some_and(|f| f.state == FollowState::Accepted);
    let accepted = was_accepted || (followee.local && !followee.locked);
    let id = known.as_ref().map_or_else(|| app.next_id(), |f| f.id);
    let own_uri =
        known.as_ref().map_or_else(|| format!("{}/follows/{id}", follower.uri), |f| f.uri.clone());
    let row = Follow {
        follower_id: follower.id,
        followee_id: followee.id,
        id,
        uri: uri.map_or(own_uri, str::to_owned),
        state: if accepted { FollowState::Accepted } else { FollowState::Pending },
    };
    queries::put_follow(tx, &row, app.now()).await?;
    if followee.local {
        greet(app, tx, follower, followee, &row, was_accepted).await?;
    } else if follower.local && !was_accepted {
        let object = wire::follow(&row.uri, &follower.uri, &followee.uri);
        let document = crate::federation::context::with_context(object);
        say(
            app,
            tx,
            follower,
            &row.uri,
            &document,
            &followee.uri,
            Patience::Usual,
            followee.inbox.clone(),
        )
        .await?;
    }
    if accepted && !was_accepted {
        begin(app, tx, follower, followee).await?;
    }
    Ok(row.state)
}

/// The local side of being followed: a notification, and the answer to a remote follower.
async fn greet(
    app: &App,
    tx: &mut Tx,
    follower: &Account,
    followee: &Account,
    row: &Follow,
    again: bool,
) -> Result<()> {
    if row.state == FollowState::Pending {
        return notifications::notify(app, tx, followee.id, Kind::FollowRequest, follower.id, None)
            .await;
    }
    if !follower.local {
        answer(app, tx, "Accept", followee, follower, &row.uri).await?;
    }
    if !again {
        notifications::notify(app, tx, followee.id, Kind::Follow, follower.id, None).await?;
    }
    Ok(())
}

/// A follow takes effect: counters, and the newest posts into the follower's timeline.
async fn begin(app: &App, tx: &mut Tx, follower: &Account, followee: &Account) -> Result<()> {
    queries::count_follow(tx, follower.id, followee.id, 1).await?;
    if follower.local {
        home::back_fill(tx, follower.id, followee.id).await?;
        if let (false, Some(_)) = (followee.local, &followee.outbox) {
            for kind in [fetch_queue::Kind::Outbox, fetch_queue::Kind::Actor] {
                fetch_queue::want(app, tx, kind, &followee.uri).await?;
            }
        }
    }
    Ok(())
}

/// The followee says yes: a member to a request, or a remote account to our member's Follow.
pub async fn accept(app: &App, tx: &mut Tx, followee: &Account, follower: &Account) -> Result<()> {
    let row = queries::follow(tx, follower.id, followee.id).await?.ok_or(Error::NotFound)?;
    if row.state == FollowState::Accepted {
        return Ok(());
    }
    queries::put_follow(tx, &Follow { state: FollowState::Accepted, ..row.clone() }, app.now())
        .await?;
    if followee.local {
        notifications::take_back(tx, followee.id, Kind::FollowRequest, follower.id, None).await?;
        notifications::notify(app, tx, followee.id, Kind::Follow, follower.id, None).await?;
        if !follower.local {
            answer(app, tx, "Accept", followee, follower, &row.uri).await?;
        }
    }
    begin(app, tx, follower, followee).await
}

/// The followee says no, or removes a follower.
pub async fn reject(app: &App, tx: &mut Tx, followee: &Account, follower: &Account) -> Result<()> {
    let Some(row) = queries::follow(tx, follower.id, followee.id).await? else { return Ok(()) };
    end(tx, &row, follower, followee).await?;
    if followee.local && !follower.local {
        answer(app, tx, "Reject", followee, follower, &row.uri).await?;
    }
    Ok(())
}

/// The follower takes a follow (or request) back.
pub async fn unfollow(
    app: &App,
    tx: &mut Tx,
    follower: &Account,
    followee: &Account,
) -> Result<()> {
    let Some(row) = queries::follow(tx, follower.id, followee.id).await? else { return Ok(()) };
    end(tx, &row, follower, followee).await?;
    if follower.local && !followee.local {
        let object = wire::follow(&row.uri, &follower.uri, &followee.uri);
        delivery::forget_dead(tx, follower.id, &followee.uri).await?;
        undo(app, tx, follower, &row.uri, &object, &followee.uri, followee.inbox.clone()).await?;
    }
    Ok(())
}

async fn end(tx: &mut Tx, row: &Follow, follower: &Account, followee: &Account) -> Result<()> {
    queries::delete_follow(tx, follower.id, followee.id).await?;
    relations::delete_endorsement(tx, follower.id, followee.id).await?;
    lists::remove_from_all(tx, follower.id, followee.id).await?;
    for kind in [Kind::Follow, Kind::FollowRequest] {
        notifications::take_back(tx, followee.id, kind, follower.id, None).await?;
    }
    if row.state == FollowState::Accepted {
        queries::count_follow(tx, follower.id, followee.id, -1).await?;
        home::forget_author(tx, follower.id, followee.id).await?;
    }
    Ok(())
}

/// `by` wants nothing to do with `target`: follows end both ways, and the other server is told.
pub async fn block(
    app: &App,
    tx: &mut Tx,
    by: &Account,
    target: &Account,
    uri: Option<&str>,
) -> Result<()> {
    if by.id == target.id {
        return Err(Error::Forbidden("block-not-oneself"));
    }
    for (follower, followee) in [(by, target), (target, by)] {
        if let Some(row) = queries::follow(tx, follower.id, followee.id).await? {
            end(tx, &row, follower, followee).await?;
        }
    }
    let id = app.next_id();
    let uri = uri.map_or_else(|| format!("{}/blocks/{id}", by.uri), str::to_owned);
    queries::put_block(tx, by.id, target.id, id, &uri).await?;
    home::forget_author(tx, by.id, target.id).await?;
    if by.local && !target.local {
        let document = wire::activity("Block", &uri, &by.uri, &json!(target.uri));
        say(app, tx, by, &uri, &document, &target.uri, Patience::Long, target.inbox.clone())
            .await?;
    }
    Ok(())
}

/// Takes a block back. Follows do not come back by themselves.
pub async fn unblock(app: &App, tx: &mut Tx, by: &Account, target: &Account) -> Result<()> {
    let Some(uri) = queries::block_uri(tx, by.id, target.id).await? else { return Ok(()) };
    queries::delete_block(tx, by.id, target.id).await?;
    if by.local && !target.local {
        let object = json!({"id": uri, "type": "Block", "actor": by.uri, "object": target.uri});
        undo(app, tx, by, &uri, &object, &target.uri, target.inbox.clone()).await?;
    }
    Ok(())
}

/// A member no longer sees an account; nobody is told.
pub async fn mute(
    app: &App,
    tx: &mut Tx,
    by: &Account,
    target: &Account,
    mute: Mute,
) -> Result<()> {
    if by.id == target.id {
        return Err(Error::Forbidden("mute-not-oneself"));
    }
    queries::put_mute(tx, by.id, target.id, app.next_id(), mute).await?;
    home::forget_author(tx, by.id, target.id).await
}

/// A member recommends somebody whom they follow on their profile. Errors: `endorse-follow-first`.
pub async fn endorse(app: &App, tx: &mut Tx, by: &Account, target: &Account) -> Result<()> {
    if !queries::relationship(tx, by.id, target.id).await?.following {
        return Err(Error::invalid("endorse-follow-first"));
    }
    relations::put_endorsement(tx, by.id, target.id, app.next_id()).await
}

/// Another server counts `follower` among the followers of its `followee`, but our member does not follow: it is told so.
pub async fn deny(app: &App, tx: &mut Tx, follower: &Account, followee: &Account) -> Result<()> {
    let uri = format!("{}/follows/{}", follower.uri, app.next_id());
    let object = wire::follow(&uri, &follower.uri, &followee.uri);
    undo(app, tx, follower, &uri, &object, &followee.uri, followee.inbox.clone()).await
}

/// `Accept` or `Reject` of a remote Follow, with the Follow as it was sent.
async fn answer(
    app: &App,
    tx: &mut Tx,
    kind: &str,
    followee: &Account,
    follower: &Account,
    follow_uri: &str,
) -> Result<()> {
    let id = format!("{}/{}s/{}", followee.uri, kind.to_lowercase(), app.next_id());
    let object = wire::follow(follow_uri, &follower.uri, &followee.uri);
    let document = wire::activity(kind, &id, &followee.uri, &object);
    say(app, tx, followee, &id, &document, &follower.uri, Patience::Usual, follower.inbox.clone())
        .await
}

async fn undo(
    app: &App,
    tx: &mut Tx,
    by: &Account,
    uri: &str,
    object: &Value,
    lane: &str,
    inbox: String,
) -> Result<()> {
    let id = format!("{uri}#undo");
    let document = wire::activity("Undo", &id, &by.uri, object);
    say(app, tx, by, &id, &document, lane, Patience::Long, inbox).await
}

/// One lane per counterpart: a Follow and its Undo must not overtake each other.
#[expect(clippy::too_many_arguments, reason = "the parts of one envelope")]
async fn say(
    app: &App,
    tx: &mut Tx,
    sender: &Account,
    uri: &str,
    body: &Value,
    lane: &str,
    patience: Patience,
    inbox: String,
) -> Result<()> {
    let saying = Saying::new(sender.id, uri, body, lane).tried(patience);
    say::say(app, tx, &saying, Hearing::Private, [inbox]).await
}
