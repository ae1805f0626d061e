//! Setting, changing and removing the password.
use super::confirm::{Confirmed, Present};
use crate::{
    accounts::{actions::security, types::NewPassword},
    app::App,
    error::Result,
    http::address::ClientAddress,
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
    Router::new().route("/settings/password", get(show).post(change))
}

#[derive(Template)]
#[template(path = "settings/password.html")]
struct PasswordPage {
    page: Page,
    problems: Problems,
    has_password: bool,
    is_confirmed: bool,
}

#[derive(Deserialize)]
struct PasswordForm {
    #[serde(default)]
    password: String,
    #[serde(default)]
    remove: bool,
}

/// `GET /settings/password`
async fn show(page: Page, at: Present) -> Html<PasswordPage> {
    Html(PasswordPage {
        page: page.at("", "s-password"),
        problems: Problems::default(),
        has_password: at.who.member.password_hash.is_some(),
        is_confirmed: at.is_confirmed,
    })
}

/// `POST /settings/password`
async fn change(
    State(app): State<App>,
    page: Page,
    at: Confirmed,
    address: ClientAddress,
    CheckedForm(form): CheckedForm<PasswordForm>,
) -> Result<Response> {
    app.limits.sign_in(&address.key())?;
    let mut problems = Problems::default();
    let new = if form.remove {
        Some(None)
    } else {
        problems.note("password", page.lang, NewPassword::parse(&form.password))?.map(Some)
    };
    let Some(new) = new else {
        let has_password = at.who.member.password_hash.is_some();
        let page = page.at("", "s-password");
        let template = PasswordPage { page, problems, has_password, is_confirmed: true };
        return Ok(page::page(StatusCode::UNPROCESSABLE_ENTITY, &template));
    };
    let flash = if new.is_some() { "flash-password" } else { "flash-password-removed" };
    security::set_password(&app, &at.who.member, &at.session, new).await?;
    Ok(SeeOther::to("/settings/password").saying(&app, &Flash::new(flash)).into_response())
}
