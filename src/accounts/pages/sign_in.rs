//! Signing in, by a mailed code or a password, and out.
use super::{CodeLink, is_waiting, user_agent};
use crate::{
    accounts::{
        actions::sign_in::{self, Entering, Purpose},
        session::{self, SignedIn, Visitor},
    },
    app::App,
    error::{Error, Result},
    http::address::ClientAddress,
    web::{
        CheckedForm, Html, Page, Problems, SeeOther,
        csrf::NoFields,
        headers,
        page::{self, SIGN_IN, SIGN_OUT},
    },
};
use askama::Template;
use axum::{
    Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use url::form_urlencoded;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(SIGN_IN, get(show).post(enter))
        .route("/login/code", get(show_code).post(enter_code))
        .route(SIGN_OUT, post(leave))
        // The window of a program that asks a member who has yet to sign in.
        .layer(headers::opened_by_programs())
}

#[derive(Template)]
#[template(path = "accounts/pages/sign_in.html")]
struct SignInPage {
    page: Page,
    problems: Problems,
    form: SignInForm,
}

#[derive(Deserialize, Default)]
struct SignInForm {
    /// A name or a mail address.
    #[serde(default)]
    who: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    shared: bool,
    #[serde(default)]
    next: String,
}

#[derive(Template)]
#[template(path = "accounts/pages/sign_in_code.html")]
struct CodePage {
    page: Page,
    problems: Problems,
    link: CodeLink,
    entering: Option<Entering>,
}

/// `GET /login`
async fn show(page: Page, Query(form): Query<SignInForm>) -> Response {
    if page.me.is_some() {
        return SeeOther::to(goal(&form.next)).into_response();
    }
    let page = page.at("", "sign-in");
    Html(SignInPage { page, problems: Problems::default(), form }).into_response()
}

/// Where to go after signing in.
fn goal(next: &str) -> &str {
    if next.is_empty() { "/home" } else { next }
}

/// `POST /login`: with a password signs in; without one sends a code to whoever was meant, or to nobody, and says the same.
async fn enter(
    State(app): State<App>,
    page: Page,
    address: ClientAddress,
    headers: HeaderMap,
    CheckedForm(form): CheckedForm<SignInForm>,
) -> Result<Response> {
    app.limits.sign_in(&address.key())?;
    let mut problems = Problems::default();
    if form.who.trim().is_empty() || form.who.len() > 300 {
        let missing: Result<()> = Err(Error::invalid("sign-in-who-missing"));
        problems.note("who", page.lang, missing)?;
    } else if form.password.is_empty() {
        let entering = Entering { who: form.who.trim().to_owned(), shared: form.shared };
        let token = sign_in::begin(&app, &entering, page.lang, &address.key()).await;
        if let Some(token) = problems.note("who", page.lang, token)? {
            return Ok(SeeOther::to(code_path(&token, &form.next)).into_response());
        }
    } else {
        let member = sign_in::by_password(&app, &form.who, form.password.clone()).await;
        if member.as_ref().is_err_and(is_waiting) {
            return Ok(SeeOther::to("/sign-up/waiting").into_response());
        }
        let secret = match member {
            Ok((member, proof)) => sign_in::enter(&app, &member, proof, user_agent(&headers)).await,
            Err(e) => Err(e),
        };
        if let Some(secret) = problems.note("password", page.lang, secret)? {
            return Ok(signed_in(&app, secret, form.shared, &form.next));
        }
    }
    let page = page.at("", "sign-in");
    let template = SignInPage { page, problems, form };
    Ok(page::page(StatusCode::UNPROCESSABLE_ENTITY, &template))
}

fn code_path(token: &str, next: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("token", token)
        .append_pair("next", next)
        .finish();
    format!("/login/code?{query}")
}

fn signed_in(app: &App, secret: String, shared: bool, next: &str) -> Response {
    let jar = CookieJar::new().add(session::cookie(app, secret, !shared));
    (jar, SeeOther::to(goal(next))).into_response()
}

/// `GET /login/code`: asks for the digits; a link from the mail has filled them in.
async fn show_code(
    State(app): State<App>,
    page: Page,
    Query(link): Query<CodeLink>,
) -> Result<Response> {
    let entering = entering(&app, &link).await?;
    let page = page.at("", "sign-in");
    Ok(Html(CodePage { page, problems: Problems::default(), link, entering }).into_response())
}

async fn entering(app: &App, link: &CodeLink) -> Result<Option<Entering>> {
    let mut tx = app.db.read().await?;
    let details = sign_in::asked(app, &mut tx, Purpose::SignIn, &link.token).await?;
    Ok(details.and_then(|d| serde_json::from_str(&d).ok()))
}

/// `POST /login/code`
async fn enter_code(
    State(app): State<App>,
    page: Page,
    address: ClientAddress,
    headers: HeaderMap,
    CheckedForm(link): CheckedForm<CodeLink>,
) -> Result<Response> {
    app.limits.sign_in(&address.key())?;
    let mut problems = Problems::default();
    let outcome = sign_in::by_code(&app, &link.token, &link.code).await;
    if outcome.as_ref().is_err_and(is_waiting) {
        return Ok(SeeOther::to("/sign-up/waiting").into_response());
    }
    let entered = match outcome {
        Ok((member, proof, entering)) => {
            let secret = sign_in::enter(&app, &member, proof, user_agent(&headers)).await;
            secret.map(|secret| (secret, entering.shared))
        }
        Err(e) => Err(e),
    };
    if let Some((secret, shared)) = problems.note("code", page.lang, entered)? {
        return Ok(signed_in(&app, secret, shared, &link.next));
    }
    let entering = entering(&app, &link).await?;
    let page = page.at("", "sign-in");
    let template = CodePage { page, problems, link, entering };
    Ok(page::page(StatusCode::UNPROCESSABLE_ENTITY, &template))
}

/// `POST /logout`: ends this browser's session.
async fn leave(
    State(app): State<App>,
    visitor: Visitor,
    CheckedForm(NoFields {}): CheckedForm<NoFields>,
) -> Result<Response> {
    if let Some(SignedIn { session: Some(session), .. }) = visitor.who {
        let mut tx = app.db.begin().await?;
        sign_in::close_session(&mut tx, session.account_id, &session.token_hash).await?;
        tx.commit().await?;
    }
    let jar = CookieJar::new().add(session::no_cookie(&app));
    Ok((jar, SeeOther::to("/")).into_response())
}
