//! `/api/v1/notifications`.
use super::{entities, paging::Paged};
use crate::{accounts::session::Bearer, app::App, error::Result, timelines::reading};
use axum::{Router, extract::State, response::Response, routing::get};

pub fn routes() -> Router<App> {
    Router::new().route("/api/v1/notifications", get(notifications))
}

async fn notifications(
    State(app): State<App>,
    Bearer(me): Bearer,
    paged: Paged,
) -> Result<Response> {
    let (mut tx, page) = (app.db.read().await?, paged.accounts());
    let found = reading::notifications(&mut tx, me.account.id, page).await?;
    let items: Vec<_> = found.iter().map(|n| entities::notification(&app, n)).collect();
    let cursors: Vec<i64> = found.iter().map(|n| n.id).collect();
    Ok(paged.answer(&app, page, &cursors, items))
}
