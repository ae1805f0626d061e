//! How the nodes of the network do: for everybody, because a member of a node that is down asks another one.
use crate::{
    app::App,
    error::{Error, Result},
    network::status::{self, Status},
    web::{Html, Page},
};
use askama::Template;
use axum::{Router, extract::State, routing::get};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/network", get(show))
}

#[derive(Template)]
#[template(path = "timelines/network.html")]
struct NetworkPage {
    page: Page,
    name: String,
    status: Status,
}

/// `GET /network`.
async fn show(State(app): State<App>, page: Page) -> Result<Html<NetworkPage>> {
    let us = page.network.clone().ok_or(Error::NotFound)?;
    let mut tx = app.db.read().await?;
    let status = status::status(&mut tx, &us, app.now()).await?;
    let name = us.roster.name.clone();
    Ok(Html(NetworkPage { page: page.at("talk", "nodes"), name, status }))
}
