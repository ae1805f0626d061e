//! Who is asking: the member behind a session cookie or an API token, for the doors.
use super::{
    actions::{
        sign_in::{self, Session},
        tokens,
    },
    queries,
    types::{Account, Member, MemberState, Token},
};
use crate::{
    app::App,
    clock::HOUR,
    error::{Error, Result},
    http::described,
    ids::{self, AccountId},
    scopes::endpoints,
    text::Lang,
};
use aide::{OperationInput, OperationOutput, generate::GenContext, openapi::Operation};
use axum::{
    Json,
    extract::FromRequestParts,
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use serde_json::json;
use std::borrow::Cow;

/// `__Host-` cookies cannot be set by a neighbour; they need https.
fn cookie_name(app: &App) -> &'static str {
    if app.config.domain.scheme() == "https" { "__Host-tsudoi" } else { "tsudoi" }
}

/// The session cookie: only for this node, not readable by scripts, not sent along with foreign forms. Without `keep` the browser forgets
/// it when it is closed: a computer that others use, too.
pub fn cookie(app: &App, secret: String, keep: bool) -> Cookie<'static> {
    let mut cookie = Cookie::build((cookie_name(app), secret))
        .path("/")
        .http_only(true)
        .secure(app.config.domain.scheme() == "https")
        .same_site(SameSite::Lax)
        .build();
    if keep {
        cookie.make_permanent();
    }
    cookie
}

/// The cookie that makes a browser forget its session.
pub fn no_cookie(app: &App) -> Cookie<'static> {
    let mut cookie = cookie(app, String::new(), false);
    cookie.make_removal();
    cookie
}

/// Whether the browser has signed in here at some time, and not out again; its session may be over.
pub fn has_signed_in(app: &App, headers: &HeaderMap) -> bool {
    CookieJar::from_headers(headers).get(cookie_name(app)).is_some()
}

/// A member who has signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub account: Account,
    pub member: Member,
    /// None for programs with a token.
    pub session: Option<Session>,
}

impl SignedIn {
    /// The token that forms carry against cross-site requests.
    pub fn csrf(&self) -> &str {
        self.session.as_ref().map_or("", |s| s.csrf.as_str())
    }

    /// Only for admins and owners.
    pub fn require_admin(&self) -> Result<()> {
        if self.member.role.may_administer() {
            Ok(())
        } else {
            Err(Error::Forbidden("error-admins-only"))
        }
    }
}

/// Whoever asks: perhaps a member, and the language they read.
#[derive(Clone, Debug)]
pub struct Visitor {
    pub who: Option<SignedIn>,
    pub lang: Lang,
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let who = by_cookie(app, parts).await?;
        let lang = match &who {
            Some(who) => who.member.lang,
            None => chosen_lang(&parts.headers),
        };
        Ok(Self { who, lang })
    }
}

/// The `lang` cookie of a visitor who chose, else what the browser asks for.
fn chosen_lang(headers: &HeaderMap) -> Lang {
    let jar = CookieJar::from_headers(headers);
    if let Some(lang) = jar.get("lang").and_then(|c| c.value().parse().ok()) {
        return lang;
    }
    let header = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok());
    Lang::from_accept_language(header.unwrap_or_default())
}

/// Who asks, looked up once for all extractors of a request.
#[derive(Clone)]
struct Known(Option<SignedIn>);

async fn by_cookie(app: &App, parts: &mut Parts) -> Result<Option<SignedIn>> {
    if let Some(Known(who)) = parts.extensions.get() {
        return Ok(who.clone());
    }
    let who = look_up(app, &parts.headers).await?;
    parts.extensions.insert(Known(who.clone()));
    Ok(who)
}

async fn look_up(app: &App, headers: &HeaderMap) -> Result<Option<SignedIn>> {
    let jar = CookieJar::from_headers(headers);
    let Some(secret) = jar.get(cookie_name(app)).map(Cookie::value) else { return Ok(None) };
    let now = app.now();
    let mut tx = app.db.read().await?;
    let Some(session) = sign_in::session(&mut tx, secret, now).await? else { return Ok(None) };
    let (account, member) = queries::holder_by_id(&mut tx, session.account_id).await?;
    drop(tx);
    if member.state != MemberState::Active {
        return Ok(None);
    }
    if session.last_seen_at.plus(HOUR) < now {
        sign_in::touch_session(app, &session).await?;
    }
    Ok(Some(SignedIn { account, member, session: Some(session) }))
}

/// A member signed in by session; others are sent to sign in.
impl FromRequestParts<App> for SignedIn {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        by_cookie(app, parts).await?.ok_or(Error::Unauthenticated)
    }
}

/// A program with a token that opens the address it asks for, and the member it speaks for: nobody, if it has only registered itself.
///
/// Which scopes open an address is written in [`scopes::endpoints`](crate::scopes::endpoints) and nowhere else.
#[derive(Clone, Debug)]
pub struct Program {
    pub token: Token,
    pub who: Option<SignedIn>,
}

impl OperationInput for Program {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        described::takes_token(operation);
    }
}

/// Why a program may not do what it asks for, in the words that programs know.
#[derive(Debug)]
pub enum Refused {
    /// No token, or one that opens nothing.
    Token,
    /// The token does not allow this.
    Scope,
    /// The token speaks for nobody, and only members may do this.
    NoMember,
    Other(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl OperationOutput for Refused {
    type Inner = Self;
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, words, challenge) = match self {
            Self::Token => (
                StatusCode::UNAUTHORIZED,
                "The access token is invalid",
                Some("Bearer realm=\"Tsudoi\", error=\"invalid_token\""),
            ),
            Self::Scope => (
                StatusCode::FORBIDDEN,
                "This action is outside the authorized scopes",
                Some("Bearer realm=\"Tsudoi\", error=\"insufficient_scope\""),
            ),
            Self::NoMember => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "This method requires an authenticated user",
                None,
            ),
            Self::Other(error @ (Error::Forbidden(_) | Error::Invalid(..))) => {
                let (key, number) = error.message();
                let words = Lang::En.count(key, number);
                return (error.status(), Json(json!({ "error": words }))).into_response();
            }
            Self::Other(error) => return error.into_response(),
        };
        let challenge = challenge.map(|words| [(header::WWW_AUTHENTICATE, words)]);
        (status, challenge, Json(json!({ "error": words }))).into_response()
    }
}

/// The token that a request shows: in its header, in the query, or (browsers can say nothing else when they open a socket) as a sub-protocol.
fn shown(parts: &Parts) -> Result<Option<Cow<'_, str>>, Refused> {
    if let Some(header) = parts.headers.get(header::AUTHORIZATION) {
        let (scheme, token) =
            header.to_str().ok().and_then(|h| h.split_once(' ')).ok_or(Refused::Token)?;
        let is_bearer = scheme.eq_ignore_ascii_case("bearer");
        return if is_bearer { Ok(Some(token.trim().into())) } else { Err(Refused::Token) };
    }
    let query = parts.uri.query().unwrap_or_default();
    let mut fields = url::form_urlencoded::parse(query.as_bytes());
    if let Some((_, token)) = fields.find(|(name, _)| name == "access_token") {
        return Ok(Some(token));
    }
    let protocol = parts.headers.get(header::SEC_WEBSOCKET_PROTOCOL).and_then(|v| v.to_str().ok());
    Ok(protocol.and_then(|p| p.split(',').next()).map(|token| token.trim().into()))
}

/// The program behind a request; none if it shows no token.
async fn by_token(app: &App, parts: &Parts) -> Result<Option<Program>, Refused> {
    let Some(token) = shown(parts)? else { return Ok(None) };
    let hash = ids::hash_secret(&token);
    let mut tx = app.db.read().await?;
    let held = queries::holder_by_token(&mut tx, &hash).await?;
    let program = if let Some((account, member, token)) = held {
        let member = sign_in::admitted(member)?;
        Program { token, who: Some(SignedIn { account, member, session: None }) }
    } else {
        let token = queries::app_token(&mut tx, &hash).await?.ok_or(Refused::Token)?;
        Program { token, who: None }
    };
    drop(tx);
    let needed = endpoints::needed(&parts.method, parts.uri.path()).ok_or(Refused::Scope)?;
    if !needed.is_empty() && !needed.iter().any(|scope| program.token.scopes.allow(*scope)) {
        return Err(Refused::Scope);
    }
    if let Some(who) = &program.who {
        tokens::touch(app, who.account.id, &program.token).await?;
    }
    Ok(Some(program))
}

impl FromRequestParts<App> for Program {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        by_token(app, parts).await?.ok_or(Refused::Token)
    }
}

/// The hash of whatever token a request shows, also of one that opens nothing yet.
pub struct ShownToken(pub String);

impl OperationInput for ShownToken {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        described::takes_token(operation);
    }
}

impl FromRequestParts<App> for ShownToken {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Refused> {
        Ok(Self(ids::hash_secret(&shown(parts)?.ok_or(Refused::Token)?)))
    }
}

/// A program that speaks for a member.
pub struct Bearer(pub SignedIn);

impl OperationInput for Bearer {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        described::takes_token(operation);
    }
}

impl FromRequestParts<App> for Bearer {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let program = by_token(app, parts).await?.ok_or(Refused::Token)?;
        program.who.map(Self).ok_or(Refused::NoMember)
    }
}

/// Who reads what visitors may read, too: nobody where no token is shown, or one that speaks for nobody; a wrong token is refused all the same.
pub struct Reader(pub Option<AccountId>);

impl OperationInput for Reader {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        described::takes_token_or_none(operation);
    }
}

impl FromRequestParts<App> for Reader {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let who = by_token(app, parts).await?.and_then(|program| program.who);
        Ok(Self(who.map(|who| who.account.id)))
    }
}
