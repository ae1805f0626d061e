//! Posts as other servers read them: notes, replies, threads, outboxes, pinned posts, stamps.
#![expect(clippy::indexing_slicing, reason = "a missing key of a JSON value reads as null")]
use super::{
    actions::{
        publish::whole,
        quote::{may_quote, stamp_for},
    },
    queries::{self, Boost},
    types::{Audience, Post},
    wire,
};
use crate::{
    accounts::{self, types::Account},
    app::App,
    db::Tx,
    error::{Error, Result},
    federation::context::with_context,
    ids::{AccountId, PostId},
};
use serde_json::{Value, json};

const PAGE: i64 = 20;
const THREAD_PAGE: i64 = 60;

/// A local post that `reader` may read. `Gone` when it was deleted.
pub async fn local(
    tx: &mut Tx,
    author: &Account,
    id: PostId,
    reader: Option<&Account>,
) -> Result<Post> {
    let post = queries::by_id(tx, id).await?;
    if post.account_id != author.id || !post.local {
        return Err(Error::NotFound);
    }
    if post.is_gone() {
        return Err(Error::Gone);
    }
    let reader = reader.map_or(0, |r| r.id.0);
    queries::readable_by(tx, reader, id)
        .await?
        .filter(|p| p.audience.leaves_the_node())
        .ok_or(Error::NotFound)
}

pub async fn note(app: &App, tx: &mut Tx, author: Account, post: Post) -> Result<Value> {
    let whole = whole(tx, post, author).await?;
    Ok(wire::in_context(&whole, wire::note(app, &whole)))
}

pub async fn create(app: &App, tx: &mut Tx, author: Account, post: Post) -> Result<Value> {
    let whole = whole(tx, post, author).await?;
    Ok(wire::create(app, &whole))
}

/// Open replies to a post, 60 a page.
pub async fn replies(tx: &mut Tx, post: &Post, after: Option<PostId>) -> Result<Value> {
    let uri = format!("{}/replies", post.uri);
    let Some(after) = after else {
        return Ok(with_context(
            json!({"id": uri, "type": "Collection", "first": format!("{uri}?page=0")}),
        ));
    };
    let found = queries::open_replies(tx, post.id, after, THREAD_PAGE).await?;
    Ok(page("CollectionPage", "items", &uri, after, &found))
}

/// The open posts of a thread that this node knows (FEP-f228). Where there is none there is no thread, and who began it is told only with what
/// they said.
pub async fn context(
    app: &App,
    tx: &mut Tx,
    thread: PostId,
    after: Option<PostId>,
) -> Result<Value> {
    let uri = app.url(&format!("/contexts/{thread}"));
    let root = queries::by_id(tx, thread).await?;
    if queries::open_thread(tx, thread, PostId(0), 1).await?.is_empty() {
        return Err(Error::NotFound);
    }
    let Some(after) = after else {
        let mut collection =
            json!({"id": uri, "type": "Collection", "first": format!("{uri}?page=0")});
        if root.local && root.audience.is_open() && !root.is_gone() {
            let owner = accounts::queries::by_id(tx, root.account_id).await?;
            collection["attributedTo"] = json!(owner.uri);
        }
        return Ok(with_context(collection));
    };
    let found = queries::open_thread(tx, thread, after, THREAD_PAGE).await?;
    Ok(page("CollectionPage", "items", &uri, after, &found))
}

fn page(kind: &str, key: &str, uri: &str, after: PostId, found: &[(PostId, String)]) -> Value {
    let mut page = json!({"id": format!("{uri}?page={after}"), "type": kind, "partOf": uri});
    page[key] = json!(found.iter().map(|(_, uri)| uri).collect::<Vec<_>>());
    if let Some((last, _)) =
        found.last().filter(|_| i64::try_from(found.len()).is_ok_and(|n| n == THREAD_PAGE))
    {
        page["next"] = json!(format!("{uri}?page={last}"));
    }
    with_context(page)
}

/// The likes or boosts of a post: how many, not who.
pub fn counted(post: &Post, name: &str, total: i64) -> Value {
    with_context(
        json!({"id": format!("{}/{name}", post.uri), "type": "Collection", "totalItems": total}),
    )
}

/// What an account said in public, newest first: posts whole, boosts by reference.
pub async fn outbox(
    app: &App,
    tx: &mut Tx,
    author: &Account,
    before: Option<i64>,
) -> Result<Value> {
    let uri = format!("{}/outbox", author.uri);
    let Some(before) = before else {
        return Ok(with_context(json!({
            "id": uri, "type": "OrderedCollection", "totalItems": author.posts_count,
            "first": format!("{uri}?page={}", i64::MAX),
        })));
    };
    let found = queries::open_lines(tx, author.id, before, PAGE).await?;
    let mut said = Vec::new();
    for line in &found {
        let post = queries::by_id(tx, line.post_id).await?;
        if line.booster_id.is_some() {
            let boost = queries::boost_by_id(tx, line.id).await?;
            let by = accounts::queries::by_id(tx, post.account_id).await?;
            said.push(wire::announce(&boost, author, &by, &post.uri));
        } else {
            let mut create = wire::create(app, &whole(tx, post, author.clone()).await?);
            if let Some(fields) = create.as_object_mut() {
                fields.remove("@context");
            }
            said.push(create);
        }
    }
    let mut page = json!({
        "id": format!("{uri}?page={before}"), "type": "OrderedCollectionPage", "partOf": uri, "orderedItems": said,
    });
    if let Some(last) = found.last().filter(|_| i64::try_from(found.len()).is_ok_and(|n| n == PAGE))
    {
        page["next"] = json!(format!("{uri}?page={}", last.id));
    }
    Ok(with_context(page))
}

/// The posts an account has pinned.
pub async fn featured(app: &App, tx: &mut Tx, author: &Account) -> Result<Value> {
    let pinned = queries::pinned(tx, author.id).await?;
    let mut items = Vec::new();
    for post in pinned {
        items.push(wire::note(app, &whole(tx, post, author.clone()).await?));
    }
    Ok(with_context(json!({
        "id": author.featured_uri, "type": "OrderedCollection", "totalItems": items.len(), "orderedItems": items,
    })))
}

/// A boost by its id.
pub async fn announce(tx: &mut Tx, booster: &Account, id: i64) -> Result<Value> {
    let boost = queries::boost_by_id(tx, id).await?;
    announced(tx, booster, boost).await
}

/// What a group of this node announced, by the digest of its object's id.
pub async fn announced_once(tx: &mut Tx, group: &Account, digest: &str) -> Result<Value> {
    let uri = format!("{}/announces/{digest}", group.uri);
    let boost = queries::boost_by_uri(tx, &uri).await?.ok_or(Error::NotFound)?;
    announced(tx, group, boost).await
}

async fn announced(tx: &mut Tx, booster: &Account, boost: Boost) -> Result<Value> {
    if boost.account_id != booster.id
        || !matches!(boost.audience, Audience::Public | Audience::Unlisted)
    {
        return Err(Error::NotFound);
    }
    let post = queries::by_id(tx, boost.post_id).await?;
    let author = accounts::queries::by_id(tx, post.account_id).await?;
    Ok(with_context(wire::announce(&boost, booster, &author, &post.uri)))
}

/// The stamp that lets `quoting` quote a local post; 404 where the policy does not allow it or consent was withdrawn.
pub async fn stamp(tx: &mut Tx, author: &Account, quoted: &Post, quoting: &str) -> Result<Value> {
    let stamp = stamp_for(quoted, quoting);
    if queries::has_tombstone(tx, &stamp).await? {
        return Err(Error::NotFound);
    }
    let by = match queries::by_uri(tx, quoting).await? {
        Some(post) => post.account_id,
        None => AccountId(0),
    };
    if !may_quote(tx, by, quoted).await? {
        return Err(Error::NotFound);
    }
    Ok(with_context(wire::quote_authorization(&stamp, quoted, author, quoting)))
}
