//! `POST /inbox`: checked, stored durably, answered 202. What it means is found out later.
//!
//! A 4xx is final for most servers, so it is given only where the request itself is wrong.
#![expect(clippy::indexing_slicing, reason = "a missing key of a JSON value reads as null")]
use crate::{
    accounts,
    app::App,
    authenticate::{self, Request as Signed},
    error::{Error, Result},
    federation::{
        context,
        fetch::MAX_BODY,
        fetch_queue, hosts,
        inbound::{self, Arrival, Arrivals},
        json,
    },
    http::address::ClientAddress,
    ids::{self, AccountId},
    outbound, remote,
};
use axum::{
    Extension, Router,
    body::{Body, to_bytes},
    extract::{OriginalUri, Path, Request, State},
    http::{HeaderMap, StatusCode},
    routing::post,
};
use serde_json::Value;
use std::sync::Arc;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/inbox", post(shared))
        .route("/actor/inbox", post(shared))
        .route("/users/{name}/inbox", post(personal))
        .layer(Extension(Arc::new(Arrivals::default())))
}

async fn shared(
    State(app): State<App>,
    Extension(arrivals): Extension<Arc<Arrivals>>,
    OriginalUri(uri): OriginalUri,
    address: ClientAddress,
    request: Request,
) -> Result<StatusCode> {
    app.limits.inbox(&address.key())?;
    receive(&app, &arrivals, &uri, request, None).await
}

async fn personal(
    State(app): State<App>,
    Extension(arrivals): Extension<Arc<Arrivals>>,
    Path(name): Path<String>,
    OriginalUri(uri): OriginalUri,
    address: ClientAddress,
    request: Request,
) -> Result<StatusCode> {
    app.limits.inbox(&address.key())?;
    let mut tx = app.db.read().await?;
    let account = accounts::queries::by_handle(&mut tx, &name.to_lowercase(), app.host()).await?;
    drop(tx);
    let account = account.filter(|a| a.local).ok_or(Error::NotFound)?;
    if account.is_gone() {
        return Err(Error::Gone);
    }
    receive(&app, &arrivals, &uri, request, Some(account.id)).await
}

async fn receive(
    app: &App,
    arrivals: &Arrivals,
    uri: &axum::http::Uri,
    request: Request<Body>,
    recipient: Option<AccountId>,
) -> Result<StatusCode> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY).await.ok().ok_or(Error::TooLarge)?;
    let document: Value =
        serde_json::from_slice(&body).map_err(|e| Error::Malformed(format!("not JSON: {e}")))?;
    let actor = json::id(&document["actor"])
        .ok_or_else(|| Error::Malformed("activity without actor".into()))?;
    if app.is_local(actor) {
        return Err(Error::Malformed("an actor of this node does not post to its inbox".into()));
    }
    if concerns_a_stranger(app, &document, actor).await? {
        return Ok(StatusCode::ACCEPTED);
    }
    let signed = Signed {
        method: &parts.method,
        path_and_query: uri.path_and_query().map_or("/", axum::http::uri::PathAndQuery::as_str),
        headers: &parts.headers,
        authority: uri.authority().map(axum::http::uri::Authority::as_str),
        body: Some(&body),
    };
    let key = authenticate::signer(app, &signed).await?;
    app.limits.inbox(&outbound::authority(&key.actor).unwrap_or_default())?;
    let trusted = key.actor == actor || authenticate::is_proven(app, &document, actor).await?;
    let host = outbound::authority(&key.actor).unwrap_or_default();
    let arrival = Arrival {
        activity_id: activity_id(&document, actor, trusted, &body, recipient)?,
        actor: actor.to_owned(),
        host: host.clone(),
        recipient,
        trusted,
        body: String::from_utf8(body.to_vec()).map_err(|e| Error::Malformed(e.to_string()))?,
        seq: 0,
    };
    inbound::store(app, arrivals, arrival).await?;
    metrics::counter!("tsudoi_inbound_total").increment(1);
    note_contact(app, &host, &key.actor).await?;
    if trusted {
        synchronise_followers(app, &parts.headers, actor).await?;
    }
    Ok(StatusCode::ACCEPTED)
}

/// `Delete` and `Update` of an account that we never met are answered without work: its key may be gone, and there is nothing to change.
async fn concerns_a_stranger(app: &App, document: &Value, actor: &str) -> Result<bool> {
    let about_itself = json::id(&document["object"]) == Some(actor)
        && (json::is(document, "Delete") || json::is(document, "Update"));
    if !about_itself {
        return Ok(false);
    }
    let mut tx = app.db.read().await?;
    Ok(accounts::queries::by_uri(&mut tx, actor).await?.is_none())
}

/// The id under which an activity is remembered. It must be on its actor's host; what others pass on is remembered by its bytes,
/// so that nobody can use up an id that is not theirs. A closed post may name nobody: then the inboxes tell whom it is for, and to each of them it
/// comes for the first time.
fn activity_id(
    document: &Value,
    actor: &str,
    trusted: bool,
    body: &[u8],
    recipient: Option<AccountId>,
) -> Result<String> {
    match json::id(&document["id"]) {
        Some(id) if trusted && outbound::same_host(id, actor) => {
            let own = recipient.filter(|_| json::is(document, "Create") && is_closed(document));
            Ok(own.map_or_else(|| id.to_owned(), |recipient| format!("{id} for {recipient}")))
        }
        Some(id) if trusted && outbound::authority(id).is_some() => {
            Err(Error::Malformed("the activity's id is on another host than its actor".into()))
        }
        _ => Ok(format!("sha256:{}", ids::sha256_hex(body))),
    }
}

fn is_closed(document: &Value) -> bool {
    let parts = [document, &document["object"]].into_iter();
    let addressed = parts.flat_map(|part| [&part["to"], &part["cc"]]).flat_map(json::many);
    !addressed.filter_map(Value::as_str).any(context::is_public)
}

/// Now and then for each host, to which `actor` belongs: it is alive, and what waits for it may go.
async fn note_contact(app: &App, host: &str, actor: &str) -> Result<()> {
    if app.seen_hosts.contains_key(host) {
        return Ok(());
    }
    let mut tx = app.db.begin().await?;
    if hosts::note_contact(app, &mut tx, host).await? {
        fetch_queue::wake(app, &mut tx, actor).await?;
    }
    tx.commit().await?;
    app.seen_hosts.insert(host.to_owned(), ());
    Ok(())
}

/// Reads `Collection-Synchronization` (FEP-8fcf) and asks for the list when the digests differ.
async fn synchronise_followers(app: &App, headers: &HeaderMap, actor: &str) -> Result<()> {
    let Some(value) = headers.get("collection-synchronization").and_then(|v| v.to_str().ok())
    else {
        return Ok(());
    };
    let field = |name: &str| {
        let start = value.find(&format!("{name}=\""))? + name.len() + 2;
        value.get(start..)?.split('"').next()
    };
    let (Some(collection), Some(digest), Some(url)) =
        (field("collectionId"), field("digest"), field("url"))
    else {
        return Ok(());
    };
    let mut tx = app.db.read().await?;
    let account = accounts::queries::by_uri(&mut tx, actor).await?;
    let own = account.filter(|a| a.followers_uri.as_deref() == Some(collection));
    let Some(account) = own.filter(|_| outbound::same_host(url, actor)) else { return Ok(()) };
    let ours = accounts::queries::local_followers(&mut tx, account.id, 10_000).await?;
    drop(tx);
    if !remote::digests_differ(&ours, digest) {
        return Ok(());
    }
    let mut tx = app.db.begin().await?;
    let what = format!("{actor} {url} {digest}");
    fetch_queue::want(app, &mut tx, fetch_queue::Kind::Followers, &what).await?;
    tx.commit().await
}
