//! Accounts as other servers read them: actor documents, followers, following.
#![expect(clippy::indexing_slicing, reason = "a missing key of a JSON value reads as null")]
use super::{
    queries,
    types::{Account, FollowState},
    wire,
};
use crate::{
    app::App,
    db::Tx,
    error::{Error, Result},
    federation::{context::with_context, delivery, fetch::INSTANCE_ACTOR},
};
use serde_json::{Value, json};

/// Accounts on a page of a collection.
const PAGE: i64 = 40;

/// A local account by its name. `Gone` when it was deleted.
pub async fn local(app: &App, tx: &mut Tx, name: &str) -> Result<Account> {
    let account = queries::by_handle(tx, &name.to_lowercase(), app.host()).await?;
    let account = account.filter(|a| a.local && a.id != INSTANCE_ACTOR).ok_or(Error::NotFound)?;
    if account.is_gone() { Err(Error::Gone) } else { Ok(account) }
}

/// The same for what the account has said, which is not shown (403) while it is suspended: other servers would take 404 for a deletion.
pub async fn speaking(app: &App, tx: &mut Tx, name: &str) -> Result<Account> {
    let account = local(app, tx, name).await?;
    account.may_speak()?;
    Ok(account)
}

/// The instance actor, which anybody may read: else two strict servers could never meet.
pub async fn instance_actor(app: &App) -> Result<Value> {
    let mut tx = app.db.read().await?;
    let actor = queries::by_id(&mut tx, INSTANCE_ACTOR).await?;
    Ok(wire::actor(app, &actor, &[]))
}

/// Which of the two lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Followers,
    Following,
}

/// The collection, or with `before` one of its pages, newest first.
pub async fn follows(
    tx: &mut Tx,
    account: &Account,
    side: Side,
    before: Option<i64>,
) -> Result<Value> {
    let (name, total) = match side {
        Side::Followers => ("followers", account.followers_count),
        Side::Following => ("following", account.following_count),
    };
    let uri = format!("{}/{name}", account.uri);
    let Some(before) = before else {
        return Ok(with_context(json!({
            "id": uri, "type": "OrderedCollection", "totalItems": total, "first": format!("{uri}?page={}", i64::MAX),
        })));
    };
    let listed = match side {
        Side::Followers => {
            queries::followers(tx, account.id, FollowState::Accepted, before, PAGE).await?
        }
        Side::Following => queries::following(tx, account.id, before, PAGE).await?,
    };
    let mut page = json!({
        "id": format!("{uri}?page={before}"), "type": "OrderedCollectionPage", "partOf": uri, "totalItems": total,
        "orderedItems": listed.iter().map(|l| l.account.uri.as_str()).collect::<Vec<_>>(),
    });
    if let Some(last) =
        listed.last().filter(|_| i64::try_from(listed.len()).is_ok_and(|n| n == PAGE))
    {
        page["next"] = json!(format!("{uri}?page={}", last.cursor));
    }
    Ok(with_context(page))
}

/// FEP-8fcf: the followers on `reader`'s server, for that server alone.
pub async fn followers_synchronization(
    tx: &mut Tx,
    account: &Account,
    reader: &Account,
) -> Result<Value> {
    let uris = delivery::followers_on(tx, account.id, &reader.uri).await?;
    Ok(with_context(json!({
        "id": format!("{}/followers_synchronization", account.uri), "type": "OrderedCollection",
        "totalItems": uris.len(), "orderedItems": uris,
    })))
}
