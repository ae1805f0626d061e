//! What was written when the session had ended: kept for the browser that wrote it, until it is published after sign-in.
use super::super::{composer::Typed, queries};
use crate::{
    accounts::session::{self, SignedIn},
    app::App,
    db::Tx,
    error::{Error, Result},
    http::address::ClientAddress,
    ids,
    web::error_page::sign_in_first,
};
use axum::{
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

/// Bytes of a form that is kept.
const MAX_FORM: usize = 256 << 10;

fn cookie_name(app: &App) -> &'static str {
    if app.config.domain.scheme() == "https" { "__Host-draft" } else { "draft" }
}

fn cookie(app: &App, secret: String) -> Cookie<'static> {
    Cookie::build((cookie_name(app), secret))
        .path("/")
        .http_only(true)
        .secure(app.config.domain.scheme() == "https")
        .same_site(SameSite::Lax)
        .build()
}

/// Keeps what was typed and leads to sign-in, and from there to `next`. What comes from a browser that was never signed in here is not kept, and from
/// one address as little as it may try to sign in: anybody could fill the disk.
pub(super) async fn keep(
    app: &App,
    typed: &Typed,
    next: &str,
    headers: &HeaderMap,
    address: ClientAddress,
) -> Result<Response> {
    if !session::has_signed_in(app, headers) {
        return Ok(sign_in_first(next).into_response());
    }
    app.limits.sign_in(&address.key())?;
    let form = serde_json::to_string(typed)?;
    if form.len() > MAX_FORM {
        return Err(Error::TooLarge);
    }
    let secret = ids::secret();
    let mut tx = app.db.begin().await?;
    queries::put_draft(&mut tx, &ids::hash_secret(&secret), &form, app.now()).await?;
    tx.commit().await?;
    Ok((CookieJar::new().add(cookie(app, secret)), sign_in_first(next)).into_response())
}

/// What this member could not publish in this browser, which others may use, too.
pub(super) async fn find(
    app: &App,
    tx: &mut Tx,
    who: &SignedIn,
    headers: &HeaderMap,
) -> Result<Option<Typed>> {
    let Some(hash) = hash(app, headers) else { return Ok(None) };
    let form = queries::draft(tx, &hash).await?;
    let typed: Option<Typed> = form.and_then(|f| serde_json::from_str(&f).ok());
    Ok(typed.filter(|typed| typed.author == who.account.name))
}

/// It was published, or is no longer wanted.
pub(super) async fn forget(app: &App, tx: &mut Tx, headers: &HeaderMap) -> Result<CookieJar> {
    let Some(hash) = hash(app, headers) else { return Ok(CookieJar::new()) };
    queries::delete_draft(tx, &hash).await?;
    let mut gone = cookie(app, String::new());
    gone.make_removal();
    Ok(CookieJar::new().add(gone))
}

fn hash(app: &App, headers: &HeaderMap) -> Option<String> {
    let jar = CookieJar::from_headers(headers);
    jar.get(cookie_name(app)).map(|c| ids::hash_secret(c.value()))
}
