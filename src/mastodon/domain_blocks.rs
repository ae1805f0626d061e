//! `/api/v1/domain_blocks`: hosts of which the member wants to see nobody.
use super::paging::Paged;
use crate::{
    accounts::{actions::hosts, related, relations, session::Bearer},
    app::App,
    error::Result,
    http::fields::{Asked, Fields},
};
use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use serde_json::json;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/domain_blocks", get(list).post(block).delete(unblock))
        .route("/api/v1/domain_blocks/preview", get(preview))
}

#[derive(Deserialize)]
struct Host {
    domain: String,
}

/// 100 at once, at most 200.
async fn list(State(app): State<App>, Bearer(me): Bearer, paged: Paged) -> Result<Response> {
    let page = paged.page(100, 200);
    let mut tx = app.db.read().await?;
    let hosts = related::blocked_hosts(&mut tx, me.account.id, page).await?;
    let cursors: Vec<i64> = hosts.iter().map(|h| h.id).collect();
    let hosts: Vec<&str> = hosts.iter().map(|h| h.word.as_str()).collect();
    Ok(paged.answer(&app, page, &cursors, hosts))
}

async fn block(
    State(app): State<App>,
    Bearer(me): Bearer,
    Fields(sent): Fields<Host>,
) -> Result<Response> {
    let host = hosts::read_host(&app, &sent.domain)?;
    let mut tx = app.db.begin().await?;
    hosts::block_host(&app, &mut tx, &me.account, &host).await?;
    tx.commit().await?;
    Ok(Json(json!({})).into_response())
}

async fn unblock(
    State(app): State<App>,
    Bearer(me): Bearer,
    Fields(sent): Fields<Host>,
) -> Result<Response> {
    let host = hosts::read_host(&app, &sent.domain)?;
    let mut tx = app.db.begin().await?;
    relations::delete_host_block(&mut tx, me.account.id, &host).await?;
    tx.commit().await?;
    Ok(Json(json!({})).into_response())
}

/// What a block would end.
async fn preview(
    State(app): State<App>,
    Bearer(me): Bearer,
    Asked(asked): Asked<Host>,
) -> Result<Response> {
    let host = hosts::read_host(&app, &asked.domain)?;
    let mut tx = app.db.read().await?;
    let (following, followers) = relations::count_at(&mut tx, me.account.id, &host).await?;
    let counts = json!({"following_count": following, "followers_count": followers});
    Ok(Json(counts).into_response())
}
