//! Signing up: the form, the mailed code, the page for those who wait.
use super::{CodeLink, user_agent};
use crate::{
    accounts::{
        actions::sign_in::{self, Purpose},
        actions::sign_up::{self, Application, Outcome},
        session,
    },
    app::App,
    config::Signup,
    error::{Error, Result},
    http::address::ClientAddress,
    ids,
    mail::EmailAddress,
    text::LocalName,
    web::{
        CheckedForm, Flash, Html, Page, Problems, SeeOther,
        page::{self, SIGN_UP},
    },
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
    Router::new()
        .route(SIGN_UP, get(show).post(apply))
        .route("/sign-up/code", get(show_code).post(enter_code))
        .route("/sign-up/waiting", get(show_waiting))
}

#[derive(Template)]
#[template(path = "accounts/pages/sign_up.html")]
struct SignUpPage {
    page: Page,
    problems: Problems,
    form: SignUpForm,
    needs_reason: bool,
}

#[derive(Deserialize, Default)]
struct SignUpForm {
    name: String,
    username: String,
    email: String,
    #[serde(default)]
    reason: String,
    /// No person sees this field; whoever fills it in is a program.
    #[serde(default)]
    website: String,
}

#[derive(Template)]
#[template(path = "accounts/pages/sign_up_code.html")]
struct CodePage {
    page: Page,
    problems: Problems,
    link: CodeLink,
    email: Option<String>,
}

#[derive(Template)]
#[template(path = "accounts/pages/sign_up_waiting.html")]
struct WaitingPage {
    page: Page,
}

fn needs_reason(app: &App) -> bool {
    app.config.signup == Signup::Approval
}

/// `GET /sign-up`
async fn show(State(app): State<App>, page: Page) -> Result<Response> {
    if page.me.is_some() {
        return Ok(SeeOther::to("/home").into_response());
    }
    sign_up::open(&app)?;
    let (problems, form) = (Problems::default(), SignUpForm::default());
    let page = page.at("", "sign-up");
    let needs_reason = needs_reason(&app);
    Ok(Html(SignUpPage { page, problems, form, needs_reason }).into_response())
}

/// `POST /sign-up`: sends the code. Known and unknown addresses get the same answer.
async fn apply(
    State(app): State<App>,
    page: Page,
    address: ClientAddress,
    CheckedForm(form): CheckedForm<SignUpForm>,
) -> Result<Response> {
    app.limits.sign_in(&address.key())?;
    sign_up::open(&app)?;
    let mut problems = Problems::default();
    if let Some(application) = read(&app, &page, &form, &mut problems).await? {
        if !form.website.is_empty() {
            return Ok(SeeOther::to(code_path(&ids::secret())).into_response());
        }
        let token = sign_up::begin(&app, &application, &address.key()).await;
        if let Some(token) = problems.note("email", page.lang, token)? {
            return Ok(SeeOther::to(code_path(&token)).into_response());
        }
    }
    let page = page.at("", "sign-up");
    let template = SignUpPage { page, problems, form, needs_reason: needs_reason(&app) };
    Ok(page::page(StatusCode::UNPROCESSABLE_ENTITY, &template))
}

fn code_path(token: &str) -> String {
    format!("/sign-up/code?token={token}")
}

/// The application, or nothing when a field has a problem.
async fn read(
    app: &App,
    page: &Page,
    form: &SignUpForm,
    problems: &mut Problems,
) -> Result<Option<Application>> {
    let lang = page.lang;
    problems.note("name", lang, sign_up::check_display_name(&form.name))?;
    let mut name = problems.note("username", lang, LocalName::choose(&form.username))?;
    if let Some(chosen) = &name
        && !sign_up::is_free(app, chosen).await?
    {
        let taken: Result<()> = Err(Error::invalid("name-taken"));
        problems.note("username", lang, taken)?;
        name = None;
    }
    let email = problems.note("email", lang, EmailAddress::parse(&form.email))?;
    if needs_reason(app) {
        problems.note("reason", lang, sign_up::check_reason(&form.reason))?;
    }
    let (Some(name), Some(email), true) = (name, email, problems.is_empty()) else {
        return Ok(None);
    };
    Ok(Some(Application::new(&name, form.name.trim(), &email, lang).because(form.reason.trim())))
}

/// `GET /sign-up/code`
async fn show_code(
    State(app): State<App>,
    page: Page,
    Query(link): Query<CodeLink>,
) -> Result<Response> {
    let email = asked(&app, &link).await?;
    let page = page.at("", "sign-up");
    Ok(Html(CodePage { page, problems: Problems::default(), link, email }).into_response())
}

async fn asked(app: &App, link: &CodeLink) -> Result<Option<String>> {
    let mut tx = app.db.read().await?;
    let details = sign_in::asked(app, &mut tx, Purpose::SignUp, &link.token).await?;
    let application = details.and_then(|d| serde_json::from_str::<Application>(&d).ok());
    Ok(application.map(|a| a.email().to_owned()))
}

/// `POST /sign-up/code`: the account begins.
async fn enter_code(
    State(app): State<App>,
    page: Page,
    address: ClientAddress,
    headers: HeaderMap,
    CheckedForm(link): CheckedForm<CodeLink>,
) -> Result<Response> {
    app.limits.sign_in(&address.key())?;
    let mut problems = Problems::default();
    let outcome = sign_up::finish(&app, &link.token, &link.code, user_agent(&headers)).await;
    match problems.note("code", page.lang, outcome)? {
        Some(Outcome::SignedIn(secret)) => {
            let jar = CookieJar::new().add(session::cookie(&app, secret, true));
            let welcome = SeeOther::to("/home").saying(&app, &Flash::new("flash-welcome"));
            Ok((jar, welcome).into_response())
        }
        Some(Outcome::Waiting) => Ok(SeeOther::to("/sign-up/waiting").into_response()),
        None => {
            let email = asked(&app, &link).await?;
            let template = CodePage { page: page.at("", "sign-up"), problems, link, email };
            Ok(page::page(StatusCode::UNPROCESSABLE_ENTITY, &template))
        }
    }
}

/// `GET /sign-up/waiting`: the application is with the admins.
async fn show_waiting(page: Page) -> Html<WaitingPage> {
    Html(WaitingPage { page: page.at("", "sign-up") })
}
