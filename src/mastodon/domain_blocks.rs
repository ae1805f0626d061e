//! `/api/v1/domain_blocks`: hosts of which the member wants to see nobody.
use super::paging::Paged;
use crate::{
    accounts::{actions::hosts, related, relations, session::Bearer},
    app::App,
    error::Result,
    http::{
        api::{Api, get, get_with},
        described::{Empty, gives},
        fields::{Asked, Fields},
    },
};
use axum::{Json, extract::State, response::Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub fn routes() -> Api {
    Api::new()
        .route(
            "/api/v1/domain_blocks",
            get_with(list, gives::<Vec<String>>).post(block).delete(unblock),
        )
        .route("/api/v1/domain_blocks/preview", get(preview))
}

#[derive(Deserialize, JsonSchema)]
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
) -> Result<Json<Empty>> {
    let host = hosts::read_host(&app, &sent.domain)?;
    let mut tx = app.db.begin().await?;
    hosts::block_host(&app, &mut tx, &me.account, &host).await?;
    tx.commit().await?;
    Ok(Json(Empty {}))
}

async fn unblock(
    State(app): State<App>,
    Bearer(me): Bearer,
    Fields(sent): Fields<Host>,
) -> Result<Json<Empty>> {
    let host = hosts::read_host(&app, &sent.domain)?;
    let mut tx = app.db.begin().await?;
    relations::delete_host_block(&mut tx, me.account.id, &host).await?;
    tx.commit().await?;
    Ok(Json(Empty {}))
}

/// What a block would end.
#[derive(Serialize, JsonSchema)]
struct Ends {
    following_count: i64,
    followers_count: i64,
}

async fn preview(
    State(app): State<App>,
    Bearer(me): Bearer,
    Asked(asked): Asked<Host>,
) -> Result<Json<Ends>> {
    let host = hosts::read_host(&app, &asked.domain)?;
    let mut tx = app.db.read().await?;
    let (following, followers) = relations::count_at(&mut tx, me.account.id, &host).await?;
    Ok(Json(Ends { following_count: following, followers_count: followers }))
}
