//! An answer is given again as long as nothing was written: a post that is shown on a thousand servers is asked for by all of them at once, and
//! programs ask for the same timeline every few seconds.
//!
//! What a program with a member's token asked for is given again to the same token alone: the token is part of what was asked. A token that was
//! taken back is one thing written, so that it opens nothing from then on. Outside, such an answer is `private, no-store`: nobody on the way
//! keeps it. Who shows who they are in any other way (a cookie, a signature) is always answered afresh, and so is what says `no-store` of
//! itself, what streams, and what wrote something while it was made.
use super::floods;
use crate::{app::App, clock::Timestamp};
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use moka::sync::Cache;

/// What all answers together may weigh, and the largest that is kept, bytes.
const ROOM: u64 = 4 << 20;
const LARGEST: usize = 256 << 10;
/// Another process may have written meanwhile, so that an answer is not given again after this time, ms.
const AGE: i64 = 1_000;
/// The headers that an answer depends on. A request with another one of [`NEVER`] is answered afresh.
const ASKED_WITH: [HeaderName; 5] = [
    header::ACCEPT,
    header::ACCEPT_LANGUAGE,
    header::ACCEPT_ENCODING,
    header::ORIGIN,
    header::AUTHORIZATION,
];
const NEVER: [&str; 5] =
    ["cookie", "signature", "signature-input", "range", "sec-websocket-protocol"];
/// Where a token says who asks.
const API: &str = "/api/";
const FOR_ONE: HeaderValue = HeaderValue::from_static("private, no-store");
/// Pages and documents; not pictures, and no streams.
const KINDS: [&str; 4] =
    ["text/html", "application/json", "application/activity+json", "application/jrd+json"];

/// The answers that may be given again.
#[derive(Clone)]
pub struct Answers {
    app: App,
    kept: Cache<[u8; 32], Answer>,
}

#[derive(Clone)]
struct Answer {
    changes: u64,
    at: Timestamp,
    headers: HeaderMap,
    body: Bytes,
}

impl Answers {
    pub fn new(app: &App) -> Self {
        let weight =
            |_: &[u8; 32], a: &Answer| u32::try_from(a.body.len() + 1_024).unwrap_or(u32::MAX);
        Self { app: app.clone(), kept: Cache::builder().weigher(weight).max_capacity(ROOM).build() }
    }

    /// The state of the database and the time: an answer is good for both.
    fn moment(&self) -> (u64, Timestamp) {
        (self.app.db.changes(), self.app.now())
    }

    fn fresh(&self, key: &[u8; 32]) -> Option<Answer> {
        let (changes, now) = self.moment();
        let answer = self.kept.get(key)?;
        let young = answer.at <= now && now < answer.at.plus(AGE);
        (answer.changes == changes && young).then_some(answer)
    }
}

/// The layer: around everything that makes an answer, compression included.
pub async fn again(State(answers): State<Answers>, request: Request, next: Next) -> Response {
    let is_for_one = shows_token(&request);
    let Some(key) = key(&request) else { return next.run(request).await };
    if let Some(Answer { headers, body, .. }) = answers.fresh(&key) {
        return (headers, body).into_response();
    }
    let (changes, at) = answers.moment();
    let mut response = next.run(request).await;
    let may_be_kept = may_be_kept(&response) && answers.moment().0 == changes;
    if is_for_one {
        response.headers_mut().entry(header::CACHE_CONTROL).or_insert(FOR_ONE);
    }
    if !may_be_kept {
        return response;
    }
    let (parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    if body.len() <= LARGEST {
        let mut headers = parts.headers.clone();
        if !is_for_one {
            // How much the first who asked had left is not for the others.
            for name in [floods::LIMIT, floods::REMAINING, floods::RESET] {
                headers.remove(name);
            }
        }
        answers.kept.insert(key, Answer { changes, at, headers, body: body.clone() });
    }
    Response::from_parts(parts, Body::from(body))
}

/// In its header or, for want of one, in its address.
fn shows_token(request: &Request) -> bool {
    let query = request.uri().query().unwrap_or_default().as_bytes();
    request.headers().contains_key(header::AUTHORIZATION)
        || url::form_urlencoded::parse(query).any(|(name, _)| name == "access_token")
}

/// What was asked, and by whose token, as a digest. `None` for what is answered afresh.
fn key(request: &Request) -> Option<[u8; 32]> {
    let headers = request.headers();
    if request.method() != Method::GET || NEVER.iter().any(|name| headers.contains_key(*name)) {
        return None;
    }
    let address = request.uri().path_and_query()?.as_str();
    if shows_token(request) && !address.starts_with(API) {
        return None;
    }
    let mut digest = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    digest.update(address.as_bytes());
    for name in ASKED_WITH {
        digest.update(b"\n");
        for value in headers.get_all(name) {
            digest.update(value.as_bytes());
            digest.update(b",");
        }
    }
    digest.finish().as_ref().try_into().ok()
}

fn may_be_kept(response: &Response) -> bool {
    let headers = response.headers();
    let word = |name| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let kind = word(header::CONTENT_TYPE);
    response.status() == StatusCode::OK
        && !headers.contains_key(header::SET_COOKIE)
        && !word(header::CACHE_CONTROL).contains("no-store")
        && KINDS.iter().any(|k| kind.starts_with(k))
}
