//! The first run: names the node and makes its owner, through a link that works once.
use super::user_agent;
use crate::{
    accounts::{
        actions::{create::NewMember, setup, sign_up},
        session,
        types::{Account, MemberState, NewPassword, Role},
    },
    app::{App, NodeProfile},
    error::{Error, Result},
    http::address::ClientAddress,
    mail::EmailAddress,
    node::MAX_DESCRIPTION,
    text::{LocalName, html},
    web::{CheckedForm, Flash, Html, Page, Problems, SeeOther, page},
};
use askama::Template;
use axum::{
    Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::get,
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/setup", get(show).post(found))
}

#[derive(Template)]
#[template(path = "accounts/pages/setup.html")]
struct SetupPage {
    page: Page,
    problems: Problems,
    form: SetupForm,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct SetupForm {
    token: String,
    node_name: String,
    chapter: String,
    description: String,
    name: String,
    username: String,
    email: String,
    password: String,
}

/// `GET /setup?token=…`: refused unless the link is the present one.
async fn show(
    State(app): State<App>,
    page: Page,
    address: ClientAddress,
    Query(form): Query<SetupForm>,
) -> Result<Html<SetupPage>> {
    app.limits.sign_in(&address.key())?;
    check_link(&app, &form.token).await?;
    Ok(Html(SetupPage { page, problems: Problems::default(), form }))
}

/// Says why an old link does not work: most who have one simply come back to it.
async fn check_link(app: &App, token: &str) -> Result<()> {
    setup::check_link(app, token).await.map_err(|e| match e {
        Error::NotFound => Error::Forbidden("setup-link-void"),
        other => other,
    })
}

/// `POST /setup`
async fn found(
    State(app): State<App>,
    page: Page,
    address: ClientAddress,
    headers: HeaderMap,
    CheckedForm(form): CheckedForm<SetupForm>,
) -> Result<Response> {
    app.limits.sign_in(&address.key())?;
    check_link(&app, &form.token).await?;
    let mut problems = Problems::default();
    if let Some((profile, owner, password)) = read(&page, &form, &mut problems)? {
        let user_agent = user_agent(&headers);
        let founded =
            setup::found_node(&app, &form.token, &profile, owner, password, user_agent).await;
        if let Some(secret) = problems.note("username", page.lang, founded)? {
            let jar = CookieJar::new().add(session::cookie(&app, secret, true));
            let welcome = SeeOther::to("/admin").saying(&app, &Flash::new("flash-founded"));
            return Ok((jar, welcome).into_response());
        }
    }
    let template = SetupPage { page, problems, form };
    Ok(page::page(StatusCode::UNPROCESSABLE_ENTITY, &template))
}

type Founding = (NodeProfile, NewMember, Option<NewPassword>);

fn read(page: &Page, form: &SetupForm, problems: &mut Problems) -> Result<Option<Founding>> {
    let lang = page.lang;
    let profile = NodeProfile {
        name: form.node_name.trim().to_owned(),
        chapter: form.chapter.trim().to_owned(),
        description: form.description.trim().to_owned(),
        is_set_up: true,
    };
    for (field, outcome) in crate::node::check(&profile) {
        problems.note(field, lang, outcome)?;
    }
    problems.note("name", lang, sign_up::check_display_name(&form.name))?;
    let name = problems.note("username", lang, LocalName::choose(&form.username))?;
    let email = problems.note("email", lang, EmailAddress::parse(&form.email))?;
    let password = match form.password.as_str() {
        "" => None,
        text => problems.note("password", lang, NewPassword::parse(text))?,
    };
    let (Some(name), Some(email), true) = (name, email, problems.is_empty()) else {
        return Ok(None);
    };
    let owner = NewMember {
        name,
        display_name: html::one_line(&form.name, Account::MAX_DISPLAY_NAME),
        email,
        password_hash: None,
        role: Role::Owner,
        state: MemberState::Active,
        reason: String::new(),
        lang,
    };
    Ok(Some((profile, owner, password)))
}
