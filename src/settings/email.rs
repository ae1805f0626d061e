//! The account at a glance, and a new mail address: a code to the new one, a notice to the old one.
use super::confirm::{Confirmed, Present};
use crate::{
    accounts::{
        actions::{security, sign_in, sign_in::Purpose},
        pages::CodeLink,
        types::Role,
    },
    app::App,
    error::Result,
    http::address::ClientAddress,
    mail::EmailAddress,
    web::{CheckedForm, Flash, Html, Page, Problems, SeeOther, page},
};
use askama::Template;
use axum::{
    Router,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/settings/account", get(show).post(ask))
        .route("/settings/email/code", get(show_code).post(enter_code))
}

#[derive(Template)]
#[template(path = "settings/account.html")]
struct AccountPage {
    page: Page,
    problems: Problems,
    handle: String,
    email: String,
    role: Role,
    is_confirmed: bool,
    form: EmailForm,
}

#[derive(Deserialize, Default)]
struct EmailForm {
    email: String,
}

#[derive(Template)]
#[template(path = "settings/email_code.html")]
struct CodePage {
    page: Page,
    problems: Problems,
    link: CodeLink,
    email: Option<String>,
}

/// `GET /settings/account`
async fn show(page: Page, at: Present) -> Html<AccountPage> {
    Html(AccountPage {
        page: page.at("", "s-account"),
        problems: Problems::default(),
        handle: at.who.account.handle(),
        email: at.who.member.email,
        role: at.who.member.role,
        is_confirmed: at.is_confirmed,
        form: EmailForm::default(),
    })
}

/// `POST /settings/account`: sends a code to the new address.
async fn ask(
    State(app): State<App>,
    page: Page,
    at: Confirmed,
    address: ClientAddress,
    CheckedForm(form): CheckedForm<EmailForm>,
) -> Result<Response> {
    app.limits.sign_in(&address.key())?;
    let mut problems = Problems::default();
    if let Some(email) = problems.note("email", page.lang, EmailAddress::parse(&form.email))? {
        let token = security::begin_email_change(&app, &at.who.member, &email).await;
        if let Some(token) = problems.note("email", page.lang, token)? {
            return Ok(SeeOther::to(format!("/settings/email/code?token={token}")).into_response());
        }
    }
    let template = AccountPage {
        page: page.at("", "s-account"),
        problems,
        handle: at.who.account.handle(),
        email: at.who.member.email,
        role: at.who.member.role,
        is_confirmed: true,
        form,
    };
    Ok(page::page(StatusCode::UNPROCESSABLE_ENTITY, &template))
}

/// `GET /settings/email/code`
async fn show_code(
    State(app): State<App>,
    page: Page,
    _at: Present,
    Query(link): Query<CodeLink>,
) -> Result<Response> {
    let email = asked(&app, &link).await?;
    let page = page.at("", "s-account");
    Ok(Html(CodePage { page, problems: Problems::default(), link, email }).into_response())
}

async fn asked(app: &App, link: &CodeLink) -> Result<Option<String>> {
    let mut tx = app.db.read().await?;
    let details = sign_in::asked(app, &mut tx, Purpose::ChangeEmail, &link.token).await?;
    details.map(|d| security::address_in(&d)).transpose()
}

/// `POST /settings/email/code`
async fn enter_code(
    State(app): State<App>,
    page: Page,
    at: Present,
    address: ClientAddress,
    CheckedForm(link): CheckedForm<CodeLink>,
) -> Result<Response> {
    app.limits.sign_in(&address.key())?;
    let mut problems = Problems::default();
    let changed =
        security::finish_email_change(&app, &at.who.member, &link.token, &link.code).await;
    if problems.note("code", page.lang, changed)?.is_some() {
        let saved = SeeOther::to("/settings/account").saying(&app, &Flash::new("flash-email"));
        return Ok(saved.into_response());
    }
    let email = asked(&app, &link).await?;
    let template = CodePage { page: page.at("", "s-account"), problems, link, email };
    Ok(page::page(StatusCode::UNPROCESSABLE_ENTITY, &template))
}
