//! Likes, emoji reactions, boosts, bookmarks: the same for local and remote accounts on either side.
use super::super::{
    queries::{self, Boost, Counter},
    types::{Audience, Post, narrower},
    wire,
};
use crate::{
    accounts::{self, types::Account, wire::activity},
    app::App,
    clock::Timestamp,
    db::Tx,
    error::{Error, Result},
    federation::{
        context::with_context,
        outbox::{Patience, Saying},
        signer,
    },
    feeds::{
        home::{self, Entry},
        live::{self, Told},
        notifications::{self, Kind},
    },
    ids,
    network::{
        log, membership,
        say::{Hearing, say},
    },
};
use serde_json::Value;

/// What the id of an `Undo` has behind that of its like.
const UNDO: &str = "#undo";

/// `by` likes a post. `uri` is the id of the remote `Like`; `emoji` is empty for a plain like. A repeat changes nothing. Whoever reacts with several
/// emoji likes it once.
pub async fn like(
    app: &App,
    tx: &mut Tx,
    by: &Account,
    post: &Post,
    uri: Option<&str>,
    emoji: &str,
) -> Result<()> {
    if accounts::queries::is_blocked_between(tx, by.id, post.account_id).await? {
        return Err(Error::Forbidden("reaction-not-allowed"));
    }
    let id = app.next_id();
    let uri = uri.map_or_else(|| format!("{}/likes/{id}", by.uri), str::to_owned);
    let liked = queries::likes(tx, post.id, by.id).await?;
    if !queries::put_favourite(tx, post.id, by.id, id, &uri, emoji).await? {
        return Ok(());
    }
    if !liked {
        queries::count(tx, post.id, Counter::Likes, 1).await?;
    }
    notifications::notify(app, tx, post.account_id, Kind::Like, by.id, Some(post.id)).await?;
    if by.local {
        let document = with_context(wire::like(&uri, &by.uri, &post.uri, emoji));
        to_author(app, tx, by, post, &uri, &document, Patience::Usual).await?;
    }
    Ok(())
}

/// Takes a like back; who has reacted with another emoji still likes the post.
pub async fn unlike(app: &App, tx: &mut Tx, by: &Account, post: &Post, emoji: &str) -> Result<()> {
    let Some(uri) = queries::delete_favourite(tx, post.id, by.id, emoji).await? else {
        return Ok(());
    };
    if !queries::likes(tx, post.id, by.id).await? {
        queries::count(tx, post.id, Counter::Likes, -1).await?;
        notifications::take_back(tx, post.account_id, Kind::Like, by.id, Some(post.id)).await?;
    }
    if by.local {
        let undo = format!("{uri}{UNDO}");
        let document =
            activity("Undo", &undo, &by.uri, &wire::like(&uri, &by.uri, &post.uri, emoji));
        to_author(app, tx, by, post, &undo, &document, Patience::Long).await?;
    }
    Ok(())
}

async fn to_author(
    app: &App,
    tx: &mut Tx,
    by: &Account,
    post: &Post,
    uri: &str,
    document: &Value,
    patience: Patience,
) -> Result<()> {
    let author = accounts::queries::by_id(tx, post.account_id).await?;
    let saying = Saying::new(by.id, uri, document, &post.uri).tried(patience);
    let like = uri.strip_suffix(UNDO).unwrap_or(uri);
    let hearing = hearing(app, tx, &author, post, like).await?;
    say(app, tx, &saying, hearing, [author.inbox]).await
}

/// Who hears of a like: the author of the post; and the network's nodes, when it is one of theirs or they have heard of that like.
async fn hearing(
    app: &App,
    tx: &mut Tx,
    author: &Account,
    post: &Post,
    like: &str,
) -> Result<Hearing> {
    let ours = author.local
        || match membership::current(app, tx).await? {
            Some(us) => us.peer_at(&author.host).is_some(),
            None => match membership::log_name(app, tx).await? {
                Some(me) => log::has_said(tx, &me, like).await?,
                None => false,
            },
        };
    Ok(if ours { post.audience.hearing() } else { Hearing::Private })
}

/// A boost that arrived from elsewhere.
pub struct RemoteBoost {
    pub uri: String,
    pub audience: Audience,
    pub published_at: Timestamp,
}

/// `by` shows a post to their followers. A repeat changes nothing. What a group passes on is not counted, and its author not told.
pub async fn boost(
    app: &App,
    tx: &mut Tx,
    by: &Account,
    post: &Post,
    remote: Option<RemoteBoost>,
) -> Result<Option<Boost>> {
    let allowed = post.may_be_boosted_by(by.id)
        && !accounts::queries::is_blocked_between(tx, by.id, post.account_id).await?;
    if !allowed {
        return Err(Error::Forbidden("boost-not-allowed"));
    }
    let Some(boost) = insert_boost(app, tx, by, post, remote).await? else { return Ok(None) };
    let id = boost.id;
    if !by.is_group() {
        queries::count(tx, post.id, Counter::Boosts, 1).await?;
        notifications::notify(app, tx, post.account_id, Kind::Boost, by.id, Some(post.id)).await?;
    }
    let entry =
        Entry { id, post: post.id, author: post.account_id, booster: Some(by.id), reply_to: None };
    if by.local {
        home::add(tx, by.id, &entry).await?;
    }
    home::fan_out(tx, &[entry]).await?;
    if live::is_news(app, boost.created_at) {
        live::tell(app, tx, &[Told::Boosted { post: post.id, boost: id }]).await?;
    }
    if by.local {
        let author = accounts::queries::by_id(tx, post.account_id).await?;
        let document = with_context(wire::announce(&boost, by, &author, &post.uri));
        let uri = boost.uri.clone();
        to_followers(app, tx, by, (&author, post), &uri, document, Patience::Usual).await?;
    }
    Ok(Some(boost))
}

/// Writes the boost down; `None` when there is one already. Other servers give times in whole seconds, so that ids of one moment meet: then
/// another one is taken, because nobody will send the boost again. A remote id that another boost has is not theirs to use.
async fn insert_boost(
    app: &App,
    tx: &mut Tx,
    by: &Account,
    post: &Post,
    remote: Option<RemoteBoost>,
) -> Result<Option<Boost>> {
    let now = app.now();
    let created_at = remote.as_ref().map_or(now, |r| r.published_at.min(now));
    let wanted = remote.as_ref().map_or(Audience::Public, |r| r.audience);
    for _ in 0..20 {
        let id = ids::new_id(created_at);
        let own = || format!("{}/boosts/{id}", by.uri);
        let boost = Boost {
            id,
            uri: remote.as_ref().map_or_else(own, |r| r.uri.clone()),
            account_id: by.id,
            post_id: post.id,
            audience: narrower(wanted, post.audience),
            created_at,
        };
        if queries::insert_boost(tx, &boost).await? {
            return Ok(Some(boost));
        }
        if queries::boost_of(tx, by.id, post.id).await?.is_some() {
            return Ok(None);
        }
        if queries::boost_by_uri(tx, &boost.uri).await?.is_some_and(|other| other.id != id) {
            return Err(Error::Forbidden("boost-not-allowed"));
        }
    }
    Err(Error::Unavailable("another process is writing the same boost".into()))
}

/// Takes a boost back.
pub async fn unboost(app: &App, tx: &mut Tx, by: &Account, post: &Post) -> Result<()> {
    let Some(boost) = queries::boost_of(tx, by.id, post.id).await? else { return Ok(()) };
    queries::delete_boost(tx, boost.id).await?;
    home::remove_boost(tx, post.id, boost.id).await?;
    live::tell(app, tx, &[Told::Unboosted { post: post.id, boost: boost.id }]).await?;
    if !by.is_group() {
        queries::count(tx, post.id, Counter::Boosts, -1).await?;
        notifications::take_back(tx, post.account_id, Kind::Boost, by.id, Some(post.id)).await?;
    }
    if by.local {
        let author = accounts::queries::by_id(tx, post.account_id).await?;
        let uri = format!("{}#undo", boost.uri);
        let document = wire::undo_announce(&boost, by, &author, &post.uri);
        to_followers(app, tx, by, (&author, post), &uri, document, Patience::Long).await?;
    }
    Ok(())
}

async fn to_followers(
    app: &App,
    tx: &mut Tx,
    by: &Account,
    (author, post): (&Account, &Post),
    uri: &str,
    mut document: Value,
    patience: Patience,
) -> Result<()> {
    let mut inboxes = accounts::queries::follower_inboxes(tx, by.id).await?;
    inboxes.push(author.best_inbox());
    if post.audience.is_open() {
        signer::prove(app, tx, by.id, &mut document, app.now()).await?;
    }
    let saying = Saying::new(by.id, uri, &document, &post.uri).tried(patience);
    say(app, tx, &saying, post.audience.hearing(), inboxes).await
}

/// Keeps a post for later; nobody is told.
pub async fn bookmark(app: &App, tx: &mut Tx, by: &Account, post: &Post, kept: bool) -> Result<()> {
    if kept {
        queries::put_bookmark(tx, by.id, post.id, app.next_id()).await
    } else {
        queries::delete_bookmark(tx, by.id, post.id).await
    }
}
