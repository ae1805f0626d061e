//! Who is asking: the member behind a session cookie or an API token, for the doors.
use super::{
    actions::sign_in::{self, Session},
    queries,
    types::{Account, Member, MemberState},
};
use crate::{
    app::App,
    clock::HOUR,
    error::{Error, Result},
    text::Lang,
};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

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

/// A program with a member's token: `Authorization: Bearer …`.
pub struct Bearer(pub SignedIn);

impl FromRequestParts<App> for Bearer {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
        let token = header.and_then(|h| h.strip_prefix("Bearer ")).ok_or(Error::Unauthenticated)?;
        let mut tx = app.db.read().await?;
        let holder = sign_in::token_holder(&mut tx, token.trim()).await?;
        let (account, member) = holder.ok_or(Error::Unauthenticated)?;
        let member = sign_in::admitted(member)?;
        Ok(Self(SignedIn { account, member, session: None }))
    }
}
