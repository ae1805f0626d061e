//! The groups of this node pass on what members of the network say in public, each post once, in the transaction in which it is published or
//! taken in here (decision 0008).
#![expect(clippy::indexing_slicing, reason = "a missing key of a JSON value reads as null")]
use super::super::{
    queries::{self, Boost},
    types::{Audience, Post},
    wire,
};
use crate::{
    accounts::{
        self,
        actions::groups::{self, NETWORK},
        types::Account,
    },
    app::App,
    clock::DAY,
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
    },
    ids::{self, AccountId, PostId},
    network::say::{Hearing, say},
};
use serde_json::Value;

/// What was written longer ago comes in a digest, ms.
const LATE: i64 = 2 * DAY;

/// Passes posts on by the groups that they are for: those of our members, or those of other nodes' logs. What was passed on already is not
/// passed on again; what is not for everybody, never.
pub async fn announce(app: &App, tx: &mut Tx, posts: &[(&Post, &Account)]) -> Result<()> {
    let mut posts: Vec<(&Post, &Account)> =
        posts.iter().copied().filter(|(post, author)| is_for_all(post, author)).collect();
    if posts.is_empty() {
        return Ok(());
    }
    let groups = groups::ours(app, tx).await?;
    let authors: Vec<AccountId> = posts.iter().map(|(post, _)| post.account_id).collect();
    let ids: Vec<AccountId> = groups.iter().map(|group| group.id).collect();
    let refused = accounts::queries::blocks_among(tx, &authors, &ids).await?;
    posts.sort_by_key(|(post, _)| post.id);
    for group in &groups {
        // What was said before there was the group is nothing that its followers missed.
        let (late, fresh): (Vec<_>, Vec<_>) = posts
            .iter()
            .copied()
            .filter(|(post, _)| group.name == NETWORK || post.local)
            .filter(|(post, _)| post.published_at >= group.created_at)
            .filter(|(post, _)| !refused.contains(&(post.account_id, group.id)))
            .partition(|(post, _)| post.published_at.plus(LATE) < app.now());
        announce_by(app, tx, group, &fresh).await?;
        gather(app, tx, group, &late).await?;
    }
    Ok(())
}

/// Public, no answer to anybody, and said by a member who may speak.
fn is_for_all(post: &Post, author: &Account) -> bool {
    post.audience == Audience::Public
        && post.in_reply_to_uri.is_none()
        && !post.is_gone()
        && !author.is_group()
        && author.is_shown()
}

async fn announce_by(
    app: &App,
    tx: &mut Tx,
    group: &Account,
    posts: &[(&Post, &Account)],
) -> Result<()> {
    let new = insert(app, tx, group, posts).await?;
    let entry = |(boost, post, _): &(Boost, &Post, &Account)| Entry {
        id: boost.id,
        post: post.id,
        author: post.account_id,
        booster: Some(group.id),
        reply_to: None,
    };
    if new.is_empty() {
        return Ok(());
    }
    // Most groups are followed from elsewhere, and the question is cheaper than a page of entries for nobody.
    if accounts::queries::has_local_follower(tx, group.id).await? {
        home::fan_out(tx, &new.iter().map(entry).collect::<Vec<_>>()).await?;
        let news = new.iter().filter(|(_, post, _)| live::is_news(app, post.published_at));
        let told = |(boost, post, _): &(Boost, &Post, &Account)| Told::Boosted {
            post: post.id,
            boost: boost.id,
        };
        live::tell(app, tx, &news.map(told).collect::<Vec<_>>()).await?;
    }
    let inboxes = accounts::queries::follower_inboxes(tx, group.id).await?;
    for (boost, post, author) in &new {
        let document = with_context(wire::announce(boost, group, author, &post.uri));
        tell(app, tx, group, post, document, Patience::Usual, &inboxes).await?;
    }
    Ok(())
}

/// The one id under which a group announces an object, so that nothing that happens to this node makes it announce it twice.
fn id_of(group: &Account, object: &str) -> String {
    format!("{}/announces/{}", group.uri, ids::sha256_hex(object.as_bytes()))
}

/// Writes down what `group` has not announced yet. An id that another process made in the same millisecond is replaced.
async fn insert<'a>(
    app: &App,
    tx: &mut Tx,
    group: &Account,
    posts: &[(&'a Post, &'a Account)],
) -> Result<Vec<(Boost, &'a Post, &'a Account)>> {
    let boost = |post: &Post| Boost {
        id: app.next_id(),
        uri: id_of(group, &post.uri),
        account_id: group.id,
        post_id: post.id,
        audience: Audience::Public,
        created_at: app.now(),
    };
    let mut missing: Vec<_> =
        posts.iter().map(|(post, author)| (boost(post), *post, *author)).collect();
    let mut done = Vec::new();
    for _ in 0..20 {
        let rows: Vec<Boost> = missing.iter().map(|(boost, ..)| boost.clone()).collect();
        let written = queries::insert_boosts(tx, &rows).await?;
        let (new, left): (Vec<_>, Vec<_>) =
            missing.into_iter().partition(|(boost, ..)| written.contains(&boost.id));
        done.extend(new);
        let uris: Vec<String> = left.iter().map(|(boost, ..)| boost.uri.clone()).collect();
        let known = queries::known_boosts(tx, &uris).await?;
        missing = left
            .into_iter()
            .filter(|(boost, ..)| !known.contains(&boost.uri))
            .map(|(_, post, author)| (boost(post), post, author))
            .collect();
        if missing.is_empty() {
            return Ok(done);
        }
    }
    Err(Error::Unavailable("another process is announcing the same posts".into()))
}

/// Keeps late posts for the digest, but those that were announced in time.
async fn gather(
    app: &App,
    tx: &mut Tx,
    group: &Account,
    posts: &[(&Post, &Account)],
) -> Result<()> {
    let uris: Vec<String> = posts.iter().map(|(post, _)| id_of(group, &post.uri)).collect();
    let announced = queries::known_boosts(tx, &uris).await?;
    let late: Vec<PostId> = posts
        .iter()
        .zip(&uris)
        .filter(|(_, uri)| !announced.contains(*uri))
        .map(|((post, _), _)| post.id)
        .collect();
    queries::put_late(tx, &late, app.now()).await
}

/// Takes back what the groups announced of another node's post that is deleted: its own node does not know their followers. Those of our own
/// posts get the `Delete` itself.
pub async fn withdraw(app: &App, tx: &mut Tx, post: &Post) -> Result<()> {
    if post.local || post.audience != Audience::Public {
        return Ok(());
    }
    for group in groups::ours(app, tx).await? {
        let Some(boost) = queries::boost_of(tx, group.id, post.id).await? else { continue };
        let author = accounts::queries::by_id(tx, post.account_id).await?;
        let inboxes = accounts::queries::follower_inboxes(tx, group.id).await?;
        let document = wire::undo_announce(&boost, &group, &author, &post.uri);
        tell(app, tx, &group, post, document, Patience::Long, &inboxes).await?;
    }
    Ok(())
}

/// To the group's followers alone, by deliveries and lanes: the other nodes have groups of their own.
async fn tell(
    app: &App,
    tx: &mut Tx,
    group: &Account,
    post: &Post,
    mut document: Value,
    patience: Patience,
    inboxes: &[String],
) -> Result<()> {
    if inboxes.is_empty() {
        return Ok(());
    }
    signer::prove(app, tx, group.id, &mut document, app.now()).await?;
    let uri = document["id"].as_str().unwrap_or_default().to_owned();
    let saying = Saying::new(group.id, &uri, &document, &post.uri).tried(patience);
    say(app, tx, &saying, Hearing::Private, inboxes.iter().cloned()).await
}
