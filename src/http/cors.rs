//! Which addresses scripts from other origins may read: never with cookies, so that they learn no more than anybody.
use super::floods;
use axum::http::{HeaderName, Method, header};
use tower_http::cors::{AllowHeaders, Any, CorsLayer};

/// What scripts may read of an answer of the client API, besides its body.
const EXPOSED: [HeaderName; 5] = [
    header::LINK,
    floods::LIMIT,
    floods::REMAINING,
    floods::RESET,
    HeaderName::from_static("x-request-id"),
];

/// For documents and discovery: reading only.
pub fn documents() -> CorsLayer {
    layer().allow_methods([Method::GET])
}

/// For the client API: tokens come in a header.
pub fn api() -> CorsLayer {
    layer().allow_methods(Any).expose_headers(EXPOSED)
}

/// Headers are named one by one in the answer, because a star does not stand for `Authorization`.
/// <https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name>
fn layer() -> CorsLayer {
    CorsLayer::new().allow_origin(Any).allow_headers(AllowHeaders::mirror_request()).vary([])
}
