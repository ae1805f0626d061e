//! What a visitor sees first, and what the node says about itself.
use super::super::{privacy::PrivacyText, queries};
use crate::{
    accounts,
    app::App,
    db::Page as Part,
    error::Result,
    posts::{
        article::Article,
        view::{self, PostView},
    },
    web::{Html, Page},
};
use askama::Template;
use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};

const SHOWN: i64 = 10;
/// Where the node says what becomes of what it knows about people.
pub const PRIVACY: &str = "/privacy";

pub(super) fn routes() -> Router<App> {
    Router::new().route("/", get(front)).route("/about", get(about)).route(PRIVACY, get(privacy))
}

#[derive(Template)]
#[template(path = "timelines/front.html")]
struct Front {
    page: Page,
    members: i64,
    posts: Vec<PostView>,
}

#[derive(Template)]
#[template(path = "timelines/about.html")]
struct About {
    page: Page,
    members: i64,
}

#[derive(Template)]
#[template(path = "timelines/privacy.html")]
struct Privacy {
    page: Page,
    text: PrivacyText,
}

/// `GET /`: members go home; visitors read who is here and what they say.
async fn front(State(app): State<App>, page: Page) -> Result<Response> {
    if page.me.is_some() {
        return Ok(Redirect::to("/home").into_response());
    }
    let mut tx = app.db.read().await?;
    let lines = queries::local(&mut tx, 0, false, Part { limit: SHOWN, ..Part::first() }).await?;
    let posts = view::lines(&mut tx, None, &lines).await?;
    let members = accounts::queries::count_members(&mut tx).await?;
    Ok(Html(Front { page, members, posts }).into_response())
}

/// `GET /about`.
async fn about(State(app): State<App>, page: Page) -> Result<Html<About>> {
    let mut tx = app.db.read().await?;
    let members = accounts::queries::count_members(&mut tx).await?;
    Ok(Html(About { page, members }))
}

/// `GET /privacy`.
async fn privacy(State(app): State<App>, page: Page) -> Html<Privacy> {
    let text = PrivacyText::new(page.lang, app.config.session_days);
    Html(Privacy { page, text })
}
