//! The fresh proof of identity that is asked for before an address, a password or the account itself changes.
use crate::{
    accounts::{
        actions::{security, sign_in::Session},
        session::SignedIn,
    },
    app::App,
    error::{Error, Result},
    http::address::ClientAddress,
    web::{CheckedForm, Html, Page, Problems, SeeOther, csrf::NoFields, flash::is_own_path, page},
};
use askama::Template;
use axum::{
    Router,
    extract::{FromRequestParts, OriginalUri, Query, State},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use url::form_urlencoded;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/settings/confirm", get(show).post(confirm))
        .route("/settings/confirm/code", post(send_code))
}

/// A member at a browser, whether or not they proved anew who they are.
pub(super) struct Present {
    pub who: SignedIn,
    pub session: Session,
    pub is_confirmed: bool,
}

impl FromRequestParts<App> for Present {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let who = SignedIn::from_request_parts(parts, app).await?;
        let session = who.session.clone().ok_or(Error::Unauthenticated)?;
        let is_confirmed = session.is_confirmed(app.now());
        Ok(Self { who, session, is_confirmed })
    }
}

/// A member who proved a moment ago who they are; others are led to the proof and back.
pub(super) struct Confirmed {
    pub who: SignedIn,
    pub session: Session,
}

impl FromRequestParts<App> for Confirmed {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Present { who, session, is_confirmed } =
            Present::from_request_parts(parts, app).await.map_err(IntoResponse::into_response)?;
        if is_confirmed {
            return Ok(Self { who, session });
        }
        let asked = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |uri| &uri.0);
        Err(SeeOther::to(path("", home_of(asked.path()))).into_response())
    }
}

/// The page on which a form of the settings stands: `/settings/move/check` belongs to `/settings/move`.
fn home_of(path: &str) -> &str {
    let end = path.match_indices('/').nth(2).map_or(path.len(), |(at, _)| at);
    path.get(..end).unwrap_or("/settings")
}

fn path(token: &str, next: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if !token.is_empty() {
        query.append_pair("token", token);
    }
    format!("/settings/confirm?{}", query.append_pair("next", next).finish())
}

#[derive(Template)]
#[template(path = "settings/confirm.html")]
struct ConfirmPage {
    page: Page,
    problems: Problems,
    form: ConfirmForm,
    has_password: bool,
}

/// A code with its token, or a password.
#[derive(Deserialize, Default)]
#[serde(default)]
struct ConfirmForm {
    token: String,
    code: String,
    password: String,
    next: String,
}

impl ConfirmForm {
    /// Where the member came from.
    fn next(&self) -> &str {
        if is_own_path(&self.next) { &self.next } else { "/settings/account" }
    }

    fn prefilled(&self) -> String {
        self.code.chars().take(12).collect()
    }
}

/// `GET /settings/confirm`
async fn show(page: Page, at: Present, Query(form): Query<ConfirmForm>) -> Html<ConfirmPage> {
    let has_password = at.who.member.password_hash.is_some();
    Html(ConfirmPage {
        page: page.at("", "s-account"),
        problems: Problems::default(),
        form,
        has_password,
    })
}

/// `POST /settings/confirm`
async fn confirm(
    State(app): State<App>,
    page: Page,
    at: Present,
    address: ClientAddress,
    CheckedForm(form): CheckedForm<ConfirmForm>,
) -> Result<Response> {
    app.limits.sign_in(&address.key())?;
    let (field, outcome) = if form.token.is_empty() {
        let password = form.password.clone();
        let (member, session) = (&at.who.member, &at.session);
        ("password", security::prove_by_password(&app, member, session, password).await)
    } else {
        ("code", security::prove_by_code(&app, &at.session, &form.token, &form.code).await)
    };
    let mut problems = Problems::default();
    if problems.note(field, page.lang, outcome)?.is_some() {
        return Ok(SeeOther::to(form.next()).into_response());
    }
    let has_password = at.who.member.password_hash.is_some();
    let template = ConfirmPage { page: page.at("", "s-account"), problems, form, has_password };
    Ok(page::page(StatusCode::UNPROCESSABLE_ENTITY, &template))
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    next: String,
}

/// `POST /settings/confirm/code?next=…`: mails a code to the member.
async fn send_code(
    State(app): State<App>,
    who: SignedIn,
    address: ClientAddress,
    Query(wanted): Query<Wanted>,
    CheckedForm(NoFields {}): CheckedForm<NoFields>,
) -> Result<SeeOther> {
    app.limits.sign_in(&address.key())?;
    let token = security::ask_for_proof(&app, &who.member).await?;
    Ok(SeeOther::to(path(&token, &wanted.next)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_the_proof_one_is_back_on_the_page_of_the_form() {
        assert_eq!(home_of("/settings/move"), "/settings/move");
        assert_eq!(home_of("/settings/move/check"), "/settings/move");
        let form = ConfirmForm { next: "//evil.example".into(), ..ConfirmForm::default() };
        assert_eq!(form.next(), "/settings/account");
    }
}
