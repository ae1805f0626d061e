//! Floods are refused per address, and programs are told how much they have left.
use super::address::ClientAddress;
use crate::{
    app::{App, Left},
    error::{Error, Result},
};
use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    response::{IntoResponse, Response},
};

pub const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
pub const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
pub const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// The layer of pages and documents.
pub async fn hold(State(app): State<App>, request: Request, next: Next) -> Response {
    let (left, request) = count(&app, request).await;
    if left.is_ok() { next.run(request).await } else { Error::TooMany.into_response() }
}

/// The layer of the client API: its answers say in `X-RateLimit-…` how many requests a minute this address may send, how many are left, and when
/// they will be whole again. <https://docs.joinmastodon.org/api/rate-limits/>
pub async fn hold_and_tell(State(app): State<App>, request: Request, next: Next) -> Response {
    let (left, request) = count(&app, request).await;
    let (left, mut response) = match left {
        Ok(left) => (left, next.run(request).await),
        Err(left) => (Some(left), Error::TooMany.into_response()),
    };
    if let Some(left) = left {
        tell(&app, left, response.headers_mut());
    }
    response
}

async fn count(app: &App, request: Request) -> (Result<Option<Left>, Left>, Request) {
    let (mut parts, body) = request.into_parts();
    let Ok(address) = ClientAddress::from_request_parts(&mut parts, app).await;
    (app.limits.request(&address.key()), Request::from_parts(parts, body))
}

fn tell(app: &App, left: Left, headers: &mut HeaderMap) {
    let whole_at = app.now().plus(left.whole_after).iso();
    headers.insert(LIMIT, left.limit.into());
    headers.insert(REMAINING, left.remaining.into());
    if let Ok(whole_at) = HeaderValue::from_str(&whole_at) {
        headers.insert(RESET, whole_at);
    }
}
