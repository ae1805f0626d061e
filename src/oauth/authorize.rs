//! `/oauth/authorize`: the page that asks the member whether a program may speak for them.
use super::{
    answers::SCOPE_WORDS,
    clients,
    grants::{self, Asked},
    types::Challenge,
};
use crate::{
    accounts::{
        actions::sign_in,
        session::{self, SignedIn},
    },
    app::App,
    error::{Error, Result, Shown},
    scopes::Scopes,
    web::{CheckedForm, Html, Page, error_page::sign_in_first, headers},
};
use askama::Template;
use axum::{
    Router,
    extract::{Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use url::form_urlencoded;

const AUTHORIZE: &str = "/oauth/authorize";
/// Where the member reads the code that they type into a program.
const NATIVE: &str = "/oauth/authorize/native";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(AUTHORIZE, get(show).post(decide))
        .route("/oauth/authorize/again", post(sign_in_again))
        .route(NATIVE, get(show_code))
        .layer(headers::opened_by_programs())
}

/// What a program asks for (RFC 6749 §4.1.1), and what the member answers.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Request {
    response_type: String,
    client_id: String,
    redirect_uri: String,
    scope: String,
    state: String,
    code_challenge: String,
    code_challenge_method: String,
    /// The member shall say anew who they are.
    force_login: String,
    lang: String,
    decision: String,
}

impl Request {
    /// The fields that make the request, for forms and for coming back to it. Signing in anew is done once.
    fn fields(&self) -> [(&'static str, &str); 8] {
        [
            ("response_type", &self.response_type),
            ("client_id", &self.client_id),
            ("redirect_uri", &self.redirect_uri),
            ("scope", &self.scope),
            ("state", &self.state),
            ("code_challenge", &self.code_challenge),
            ("code_challenge_method", &self.code_challenge_method),
            ("lang", &self.lang),
        ]
    }

    fn path(&self) -> String {
        let query =
            form_urlencoded::Serializer::new(String::new()).extend_pairs(self.fields()).finish();
        format!("{AUTHORIZE}?{query}")
    }

    fn wants_new_sign_in(&self) -> bool {
        matches!(self.force_login.as_str(), "true" | "1")
    }
}

/// What is asked for; or what is wrong with it.
async fn read(app: &App, request: &Request) -> Result<Result<Asked, Response>> {
    let mut tx = app.db.read().await?;
    let client = clients::by_client_id(&mut tx, &request.client_id).await?;
    let client = client.ok_or(Error::invalid("oauth-unknown-program"))?;
    let back = client.way_back(&request.redirect_uri);
    let back = back.ok_or(Error::invalid("oauth-unknown-redirect"))?;
    // Said here and not at the program's address: anybody may register a program, and nobody shall be led there without having agreed (RFC 9700
    // §4.11.2).
    let wrong = |key, error, words| {
        let mut answer = Error::Malformed(format!("{error}: {words}")).into_response();
        answer.extensions_mut().insert(Shown { key, number: 0 });
        answer
    };
    if request.response_type != "code" {
        let words = "The response type must be code.";
        return Ok(Err(wrong("oauth-wrong-response", "unsupported_response_type", words)));
    }
    let scopes = Scopes::parse(&request.scope).ok().filter(|scopes| client.scopes.cover(scopes));
    let Some(scopes) = scopes else {
        return Ok(Err(wrong("oauth-wrong-scope", "invalid_scope", SCOPE_WORDS)));
    };
    let challenge =
        Challenge::parse(&request.code_challenge, &request.code_challenge_method).transpose();
    let Ok(challenge) = challenge else {
        let words = "The code_challenge_method must be S256.";
        return Ok(Err(wrong("oauth-wrong-challenge", "invalid_request", words)));
    };
    Ok(Ok(Asked { client, back, scopes, challenge }))
}

/// To the program.
fn leave(address: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, address)]).into_response()
}

#[derive(Template)]
#[template(path = "oauth/authorize.html")]
struct AuthorizePage {
    page: Page,
    asked: Asked,
    request: Request,
    /// What the program may do then, in words.
    rights: Vec<String>,
}

/// `GET /oauth/authorize`: asks; nothing is granted by looking.
async fn show(
    State(app): State<App>,
    mut page: Page,
    Query(request): Query<Request>,
) -> Result<Response> {
    let asked = match read(&app, &request).await? {
        Ok(asked) => asked,
        Err(answer) => return Ok(answer),
    };
    if page.me.is_none() {
        return Ok(sign_in_first(&request.path()).into_response());
    }
    if let Ok(lang) = request.lang.parse() {
        page.lang = lang;
    }
    let rights = asked.scopes.words(page.lang);
    let policy = headers::policy_with_form_to(asked.back.scheme());
    let template = AuthorizePage { page, asked, request, rights };
    Ok(([(header::CONTENT_SECURITY_POLICY, policy)], Html(template)).into_response())
}

/// `POST /oauth/authorize`: the member's yes or no goes to the program.
async fn decide(
    State(app): State<App>,
    who: SignedIn,
    CheckedForm(request): CheckedForm<Request>,
) -> Result<Response> {
    let asked = match read(&app, &request).await? {
        Ok(asked) => asked,
        Err(answer) => return Ok(answer),
    };
    let mut told = Vec::new();
    let code;
    if request.decision == "allow" {
        let session = who.session.as_ref().ok_or(Error::Unauthenticated)?;
        let mut tx = app.db.begin().await?;
        code = grants::allow(&app, &mut tx, session, &asked).await?;
        tx.commit().await?;
        if asked.back.is_out_of_band() {
            return Ok(leave(&format!("{NATIVE}?code={code}")));
        }
        told.push(("code", code.as_str()));
    } else {
        if asked.back.is_out_of_band() {
            return Ok(leave("/home"));
        }
        told.push(("error", "access_denied"));
        told.push((
            "error_description",
            "The resource owner or authorization server denied the request.",
        ));
    }
    if !request.state.is_empty() {
        told.push(("state", &request.state));
    }
    Ok(leave(&asked.back.with(&told)))
}

/// `POST /oauth/authorize/again`: ends this browser's session; after signing in one comes back to the request.
async fn sign_in_again(
    State(app): State<App>,
    who: SignedIn,
    CheckedForm(request): CheckedForm<Request>,
) -> Result<Response> {
    if let Some(session) = &who.session {
        let mut tx = app.db.begin().await?;
        sign_in::close_session(&mut tx, who.account.id, &session.token_hash).await?;
        tx.commit().await?;
    }
    let jar = CookieJar::new().add(session::no_cookie(&app));
    Ok((jar, sign_in_first(&request.path())).into_response())
}

#[derive(Template)]
#[template(path = "oauth/native.html")]
struct CodePage {
    page: Page,
    code: String,
}

#[derive(Deserialize)]
struct ShownCode {
    #[serde(default)]
    code: String,
}

/// `GET /oauth/authorize/native?code=…`: the code, to be typed into the program.
async fn show_code(
    page: Page,
    Query(ShownCode { code }): Query<ShownCode>,
) -> Result<Html<CodePage>> {
    let is_ours = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if code.is_empty() || code.len() > 100 || !code.chars().all(is_ours) {
        return Err(Error::NotFound);
    }
    Ok(Html(CodePage { page, code }))
}
