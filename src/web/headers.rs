//! Security and cache headers of all pages.
use super::flash::Flash;
use crate::app::App;
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use tower_http::set_header::SetResponseHeaderLayer;

/// Nothing is loaded from anywhere else; remote pictures are shown from copies.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; media-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; \
    frame-ancestors 'none'; base-uri 'none'";

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

const ALWAYS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Not `no-referrer`: browsers would then send `Origin: null` with our own forms.
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (OPENER_POLICY, "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

/// The policy of a page whose form may lead to an address of this scheme: browsers ask it about redirects, too.
pub fn policy_with_form_to(scheme: &str) -> String {
    CONTENT_SECURITY_POLICY.replace("form-action 'self'", &format!("form-action 'self' {scheme}:"))
}

/// For pages that programs open in a window which they watch: it stays theirs.
pub fn opened_by_programs() -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(OPENER_POLICY, HeaderValue::from_static("unsafe-none"))
}

/// Adds what a handler has not set itself.
pub async fn set(State(app): State<App>, request: Request, next: Next) -> Response {
    let had_cookies = request.headers().contains_key(header::COOKIE);
    let had_flash = Flash::read(request.headers()).is_some();
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        add(headers, name, value);
    }
    if app.config.domain.scheme() == "https" {
        add(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=63072000");
    }
    if is_html(headers) {
        let cache = if had_cookies { "private, no-store" } else { "no-cache" };
        add(headers, header::CACHE_CONTROL, cache);
        add(headers, header::VARY, "Accept, Cookie, Accept-Language");
        if had_flash && let Ok(cookie) = HeaderValue::from_str(&Flash::forget()) {
            headers.append(header::SET_COOKIE, cookie);
        }
    }
    response
}

pub fn is_html(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    kind.is_some_and(|k| k.starts_with("text/html"))
}

fn add(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}
