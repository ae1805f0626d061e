//! Quotes with the author's consent (FEP-044f): asking, answering, and taking consent back.
//! <https://codeberg.org/fediverse/fep/src/branch/main/fep/044f/fep-044f.md>
#![expect(clippy::indexing_slicing, reason = "a missing key of a JSON value reads as null")]
use super::super::{
    queries,
    types::{Post, QuotePolicy, QuoteState},
    wire::{self, Whole},
};
use super::publish::{send, whole};
use crate::{
    accounts::{self, types::Account, wire::activity},
    app::App,
    db::Tx,
    error::{Error, Result},
    federation::{
        context::{PUBLIC, with_context},
        outbox::{Patience, Saying},
    },
    feeds::notifications::{self, Kind},
    ids::{AccountId, PostId},
    network::say::{self, Hearing},
};
use serde_json::{Value, json};

/// The post to be quoted, if `author` may quote it.
pub async fn quotable(
    tx: &mut Tx,
    author: &Account,
    quoted: Option<PostId>,
) -> Result<Option<Post>> {
    let Some(id) = quoted else { return Ok(None) };
    let post =
        queries::readable_by(tx, author.id.0, id).await?.ok_or(Error::invalid("quote-gone"))?;
    if !may_quote(tx, author.id, &post).await? {
        return Err(Error::Forbidden("quote-not-allowed"));
    }
    Ok(Some(post))
}

/// The policy of the post lets `by` quote it, and neither blocks the other.
pub async fn may_quote(tx: &mut Tx, by: AccountId, quoted: &Post) -> Result<bool> {
    let relation = accounts::queries::relationship(tx, by, quoted.account_id).await?;
    let blocked = relation.blocking || relation.blocked_by;
    Ok(!blocked && quoted.may_be_quoted_by(by, relation.following))
}

/// After publishing: tells a local author, or asks a remote one.
pub async fn ask(app: &App, tx: &mut Tx, whole: &Whole, quoted: Option<&Post>) -> Result<()> {
    let Some(quoted) = quoted else { return Ok(()) };
    notifications::notify(
        app,
        tx,
        quoted.account_id,
        Kind::Quote,
        whole.author.id,
        Some(whole.post.id),
    )
    .await?;
    if quoted.local {
        return Ok(());
    }
    let id = format!("{}#quote-request", whole.post.uri);
    let document = wire::quote_request(app, &id, whole, &quoted.uri);
    let target = accounts::queries::by_id(tx, quoted.account_id).await?;
    let lane = (whole.post.uri.as_str(), Patience::Usual);
    say(app, tx, &whole.author, &id, &document, lane, target.inbox).await
}

/// A remote account asks to quote a local post: answered at once by the post's policy.
pub async fn answer(
    app: &App,
    tx: &mut Tx,
    by: &Account,
    quoted: &Post,
    request: &Value,
) -> Result<()> {
    let author = accounts::queries::by_id(tx, quoted.account_id).await?;
    let allowed = may_quote(tx, by.id, quoted).await?;
    let kind = if allowed { "Accept" } else { "Reject" };
    let id = format!("{}/quote-answers/{}", author.uri, app.next_id());
    let quoting = crate::federation::json::id(&request["instrument"]).unwrap_or_default();
    let object = json!({
        "id": request["id"], "type": "QuoteRequest", "actor": by.uri, "object": quoted.uri, "instrument": quoting,
    });
    let mut document = activity(kind, &id, &author.uri, &object);
    if allowed {
        document["result"] = json!(stamp_for(quoted, quoting));
        agreed(app, tx, by, quoted, quoting).await?;
    }
    let lane = (quoted.uri.as_str(), Patience::Usual);
    say(app, tx, &author, &id, &document, lane, by.inbox.clone()).await
}

/// The quote that a member agrees to is shown as one, as far as it is known, and the member hears of it. The stamp comes with its next version.
async fn agreed(app: &App, tx: &mut Tx, by: &Account, quoted: &Post, quoting: &str) -> Result<()> {
    let waits = |p: &Post| {
        p.account_id == by.id
            && p.quote_state == QuoteState::Pending
            && p.quote_uri.as_deref() == Some(quoted.uri.as_str())
            && !p.is_gone()
    };
    let Some(post) = queries::by_uri(tx, quoting).await?.filter(waits) else { return Ok(()) };
    queries::set_quote(tx, post.id, Some(quoted.id), QuoteState::Accepted, None).await?;
    notifications::notify(app, tx, quoted.account_id, Kind::Quote, by.id, Some(post.id)).await
}

/// The stamp's address carries the quoting post's id, so that stamps need no table: whoever asks gets what the policy says.
pub fn stamp_for(quoted: &Post, quoting: &str) -> String {
    let query: String =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("by", quoting).finish();
    format!("{}/quotes?{query}", quoted.uri)
}

/// A remote author answered our request.
pub async fn answered(app: &App, tx: &mut Tx, quoting: &Post, stamp: Option<&str>) -> Result<()> {
    let state = if stamp.is_some() { QuoteState::Accepted } else { QuoteState::Rejected };
    queries::set_quote(tx, quoting.id, None, state, stamp).await?;
    let author = accounts::queries::by_id(tx, quoting.account_id).await?;
    let post = queries::by_id(tx, quoting.id).await?;
    let whole = whole(tx, post, author).await?;
    let document = wire::update(app, &whole, app.now());
    send(app, tx, &whole, document, Patience::Usual).await
}

/// The quoted author, who is elsewhere, has taken consent back. A local quote is sent around without it; a remote one is its own server's to change.
pub async fn withdrawn(app: &App, tx: &mut Tx, quoting: &Post) -> Result<()> {
    if quoting.local {
        return answered(app, tx, quoting, None).await;
    }
    queries::set_quote(tx, quoting.id, None, QuoteState::Rejected, None).await
}

/// The author lets others quote a post, or no longer; quotes that there are stay.
pub async fn set_policy(
    app: &App,
    tx: &mut Tx,
    author: &Account,
    id: PostId,
    policy: QuotePolicy,
) -> Result<()> {
    let mut post = super::change::own(tx, author, id).await?;
    post.quote_policy = policy;
    queries::update(tx, &post).await?;
    let whole = whole(tx, post, author.clone()).await?;
    if !whole.post.audience.leaves_the_node() {
        return Ok(());
    }
    let document = wire::update(app, &whole, app.now());
    send(app, tx, &whole, document, Patience::Usual).await
}

/// A local author withdraws consent: the stamp is gone, the quoting server is told.
pub async fn revoke(app: &App, tx: &mut Tx, author: &Account, quoting: &Post) -> Result<()> {
    let quoted = queries::by_id(tx, quoting.quote_id.ok_or(Error::NotFound)?).await?;
    if quoted.account_id != author.id {
        return Err(Error::NotFound);
    }
    let stamp = quoting.quote_stamp.clone().unwrap_or_else(|| stamp_for(&quoted, &quoting.uri));
    queries::set_quote(tx, quoting.id, None, QuoteState::Rejected, None).await?;
    queries::put_tombstone(tx, &stamp, app.now()).await?;
    if quoting.local {
        return Ok(());
    }
    let target = accounts::queries::by_id(tx, quoting.account_id).await?;
    let id = format!("{stamp}#delete");
    let document = with_context(json!({
        "id": id, "type": "Delete", "actor": author.uri, "to": [PUBLIC],
        "object": wire::quote_authorization(&stamp, &quoted, author, &quoting.uri),
    }));
    say(app, tx, author, &id, &document, (&quoted.uri, Patience::Long), target.inbox).await
}

async fn say(
    app: &App,
    tx: &mut Tx,
    sender: &Account,
    uri: &str,
    body: &Value,
    (lane, patience): (&str, Patience),
    inbox: String,
) -> Result<()> {
    let saying = Saying::new(sender.id, uri, body, lane).tried(patience);
    say::say(app, tx, &saying, Hearing::Private, [inbox]).await
}
