//! A copy of what a node of the network said to everybody, in an envelope that no server can take for the original: the entry of its log as it
//! was signed, for programs that read when the node is down.
use super::documents::Reader;
use crate::{
    accounts,
    app::App,
    db::Tx,
    error::{Error, Result},
    federation::{hosts, json},
    network::{
        entry::{Class, Entry},
        log, membership,
    },
    outbound, posts,
    roster::Member,
};
use axum::{
    Json, Router,
    extract::{Query, State},
    http::{HeaderName, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The entries about one object that are looked at.
const LOOKED_AT: i64 = 100;

pub fn routes() -> Router<App> {
    Router::new().route("/network/copies", get(copy))
}

/// What is answered. It has no `@context`, `id` or `type`: it is no ActivityPub object.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mirror {
    /// The id of the post or actor that `entry` says something about.
    pub mirror_of: String,
    /// Whose log it is from, as the roster knows it, with the key to check it by.
    pub member: Member,
    /// The newest entry that wrote the object: its body is a `Create` or `Update`.
    pub entry: Entry,
    /// The id and version of the roster in force here.
    pub network: String,
    pub roster: i64,
}

#[derive(Deserialize)]
struct Wanted {
    id: String,
}

/// `GET /network/copies?id=…`: the copy of a public post or profile of a member node; 404 for everything else.
async fn copy(
    State(app): State<App>,
    _reader: Reader,
    Query(wanted): Query<Wanted>,
) -> Result<Response> {
    let us = membership::now(&app).await?.ok_or(Error::NotFound)?;
    let host = outbound::authority(&wanted.id).ok_or(Error::NotFound)?;
    let member = us.roster.by_domain(&host).cloned().ok_or(Error::NotFound)?;
    let mut tx = app.db.read().await?;
    if hosts::is_blocked(&mut tx, &host).await? || !is_shown(&mut tx, &wanted.id).await? {
        return Err(Error::NotFound);
    }
    let told = log::told_about(&mut tx, &member.node, &wanted.id, LOOKED_AT).await?;
    drop(tx);
    let entry = told.into_iter().find(|e| writes(e, &wanted.id)).ok_or(Error::NotFound)?;
    if Class::from_word(&entry.envelope.class) != Some(Class::Public) {
        return Err(Error::NotFound);
    }
    let original = format!("<{}>; rel=\"canonical\"", wanted.id);
    let headers = [
        (header::LINK, original),
        (HeaderName::from_static("x-robots-tag"), "noindex".to_owned()),
        (header::CACHE_CONTROL, "no-cache".to_owned()),
    ];
    let (network, roster) = (us.roster.id.clone(), us.roster.version);
    let mirror = Mirror { mirror_of: wanted.id, member, entry, network, roster };
    Ok((headers, Json(mirror)).into_response())
}

/// Whether this node shows it to visitors: what is deleted, suspended or for fewer people is not.
async fn is_shown(tx: &mut Tx, id: &str) -> Result<bool> {
    if let Some(post) = posts::queries::by_uri(tx, id).await? {
        return Ok(posts::queries::readable_by(tx, 0, post.id).await?.is_some());
    }
    let account = accounts::queries::by_uri(tx, id).await?;
    Ok(account.is_some_and(|a| a.is_shown()))
}

/// Whether the entry carries the object itself, new or changed.
fn writes(entry: &Entry, id: &str) -> bool {
    let body = entry.body.as_deref().and_then(|b| serde_json::from_str::<Value>(b).ok());
    let object = |a: &Value| a.get("object").and_then(json::id).is_some_and(|o| o == id);
    body.is_some_and(|a| matches!(json::kind(&a), "Create" | "Update") && object(&a))
}
