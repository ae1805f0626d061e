//! People who asked to join, for a yes or a no.
use super::Admin;
use crate::{
    accounts::{
        actions::sign_up,
        queries::{self, MemberRow},
    },
    app::App,
    error::Result,
    ids::AccountId,
    web::{CheckedForm, Flash, Html, Page, SeeOther, csrf::NoFields},
};
use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    routing::{get, post},
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/admin/sign-ups", get(show))
        .route("/admin/sign-ups/{id}/approve", post(approve))
        .route("/admin/sign-ups/{id}/decline", post(decline))
}

/// Applications on one page; the rest follow when these are decided.
const SHOWN: i64 = 50;

#[derive(Template)]
#[template(path = "admin/sign_ups.html")]
struct SignUpsPage {
    page: Page,
    waiting: i64,
    applicants: Vec<MemberRow>,
}

/// `GET /admin/sign-ups`
async fn show(State(app): State<App>, page: Page, _admin: Admin) -> Result<Html<SignUpsPage>> {
    let mut tx = app.db.read().await?;
    let waiting = queries::count_pending(&mut tx).await?;
    let applicants = queries::member_rows(&mut tx, true, "", AccountId(0), SHOWN).await?;
    Ok(Html(SignUpsPage { page: page.at("", "a-signups"), waiting, applicants }))
}

/// `POST /admin/sign-ups/{id}/approve`
async fn approve(
    State(app): State<App>,
    _admin: Admin,
    Path(id): Path<AccountId>,
    CheckedForm(NoFields {}): CheckedForm<NoFields>,
) -> Result<SeeOther> {
    let mut tx = app.db.begin().await?;
    sign_up::approve(&app, &mut tx, id).await?;
    tx.commit().await?;
    Ok(SeeOther::to("/admin/sign-ups").saying(&app, &Flash::new("flash-approved")))
}

/// `POST /admin/sign-ups/{id}/decline`
async fn decline(
    State(app): State<App>,
    _admin: Admin,
    Path(id): Path<AccountId>,
    CheckedForm(NoFields {}): CheckedForm<NoFields>,
) -> Result<SeeOther> {
    let mut tx = app.db.begin().await?;
    sign_up::decline(&app, &mut tx, id).await?;
    tx.commit().await?;
    Ok(SeeOther::to("/admin/sign-ups").saying(&app, &Flash::new("flash-declined")))
}
