//! The node's name, chapter and description, and how it is doing.
use super::Admin;
use crate::{
    accounts,
    app::{App, NodeProfile},
    config::Signup,
    error::Result,
    federation::delivery,
    node::{self, MAX_DESCRIPTION},
    web::{CheckedForm, Flash, Html, Page, Problems, SeeOther, page},
};
use askama::Template;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/admin", get(show).post(save))
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

#[derive(Template)]
#[template(path = "admin/node.html")]
struct NodePage {
    page: Page,
    problems: Problems,
    form: NodeForm,
    signup: &'static str,
    members: i64,
    sign_ups: i64,
    waiting: i64,
}

#[derive(Deserialize)]
struct NodeForm {
    node_name: String,
    chapter: String,
    description: String,
}

impl NodePage {
    async fn new(app: &App, page: Page, form: NodeForm, problems: Problems) -> Result<Self> {
        let mut tx = app.db.read().await?;
        Ok(Self {
            page: page.at("", "a-node"),
            problems,
            form,
            signup: match app.config.signup {
                Signup::Open => "signup-open",
                Signup::Approval => "signup-approval",
                Signup::Closed => "signup-closed",
            },
            members: accounts::queries::count_members(&mut tx).await?,
            sign_ups: accounts::queries::count_pending(&mut tx).await?,
            waiting: delivery::totals(&mut tx).await?.0,
        })
    }
}

/// `GET /admin`
async fn show(State(app): State<App>, page: Page, _admin: Admin) -> Result<Html<NodePage>> {
    let profile = node::profile(&app).await?;
    let form = NodeForm {
        node_name: profile.name.clone(),
        chapter: profile.chapter.clone(),
        description: profile.description.clone(),
    };
    Ok(Html(NodePage::new(&app, page, form, Problems::default()).await?))
}

/// `POST /admin`
async fn save(
    State(app): State<App>,
    page: Page,
    _admin: Admin,
    CheckedForm(form): CheckedForm<NodeForm>,
) -> Result<Response> {
    let profile = NodeProfile {
        name: form.node_name.trim().to_owned(),
        chapter: form.chapter.trim().to_owned(),
        description: form.description.trim().to_owned(),
        is_set_up: true,
    };
    let mut problems = Problems::default();
    for (field, outcome) in node::check(&profile) {
        problems.note(field, page.lang, outcome)?;
    }
    if !problems.is_empty() {
        let template = NodePage::new(&app, page, form, problems).await?;
        return Ok(page::page(StatusCode::UNPROCESSABLE_ENTITY, &template));
    }
    let mut tx = app.db.begin().await?;
    node::save(&app, &mut tx, &profile).await?;
    tx.commit().await?;
    Ok(SeeOther::to("/admin").saying(&app, &Flash::new("flash-saved")).into_response())
}
