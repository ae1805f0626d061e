//! Errors as pages, in plain words and in the reader's language.
use super::{
    headers::is_html,
    page::{self, Page, SIGN_IN},
};
use crate::{app::App, error::Shown, http::negotiate, ids};
use askama::Template;
use axum::{
    body::Body,
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use url::form_urlencoded;

#[derive(Template)]
#[template(path = "web/error.html")]
struct ErrorPage {
    page: Page,
    status: u16,
    title: String,
    message: String,
    /// What to name when asking for help.
    reference: Option<String>,
}

/// Turns errors into pages for browsers; who must sign in is led there and back.
pub async fn show(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    if !wants_page(&parts.headers) {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let response = next.run(Request::from_parts(parts.clone(), body)).await;
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || is_html(response.headers()) {
        return response;
    }
    if status == StatusCode::UNAUTHORIZED {
        let wanted = wanted(&parts.method, &parts.uri, &parts.headers, app.base_url());
        return sign_in_first(&wanted).into_response();
    }
    let Ok(page) = Page::from_request_parts(&mut parts, &app).await else { return response };
    let Shown { key, number } =
        response.extensions().get().copied().unwrap_or_else(|| otherwise(status));
    let error = ErrorPage {
        status: status.as_u16(),
        title: page.t(title(status)).to_owned(),
        message: page.count(key, number),
        reference: status
            .is_server_error()
            .then(|| reference(&parts.method, parts.uri.path(), status)),
        page,
    };
    // The status line and Retry-After stay; the words are for people.
    let (mut head, _) = response.into_parts();
    let shown = page::page(status, &error);
    let (shown_head, shown_body) = shown.into_parts();
    head.headers.remove(header::CONTENT_LENGTH);
    head.headers.extend(shown_head.headers);
    Response::from_parts(head, Body::new(shown_body))
}

/// A short word that stands in the log, too, beside what was asked for.
fn reference(method: &Method, path: &str, status: StatusCode) -> String {
    let word: String = ids::secret().chars().filter(char::is_ascii_alphanumeric).take(8).collect();
    tracing::error!(reference = word, %method, path, %status, "a page could not be shown");
    word
}

fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    accept.contains("text/html") && !negotiate::wants_activity_json(headers)
}

/// `303` to the sign-in page, which leads back to `wanted`.
pub fn sign_in_first(wanted: &str) -> Redirect {
    let query: String =
        form_urlencoded::Serializer::new(String::new()).append_pair("next", wanted).finish();
    Redirect::to(&format!("{SIGN_IN}?{query}"))
}

/// The page to come back to: what was asked for, or for a form the page it stood on.
pub fn wanted(method: &Method, uri: &Uri, headers: &HeaderMap, base_url: &str) -> String {
    if *method == Method::GET {
        return uri.path_and_query().map_or("/", |p| p.as_str()).to_owned();
    }
    let referer = headers.get(header::REFERER).and_then(|v| v.to_str().ok());
    let path = referer.and_then(|r| r.strip_prefix(base_url)).filter(|p| p.starts_with('/'));
    path.unwrap_or("/home").to_owned()
}

/// For answers that did not come from our own error type.
fn otherwise(status: StatusCode) -> Shown {
    let key = match status {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => "error-not-found",
        StatusCode::PAYLOAD_TOO_LARGE => "error-too-large",
        StatusCode::TOO_MANY_REQUESTS => "error-too-many",
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::REQUEST_TIMEOUT => "error-unavailable",
        s if s.is_client_error() => "error-malformed",
        _ => "error-internal",
    };
    Shown { key, number: 0 }
}

fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => "error-title-not-found",
        StatusCode::GONE => "error-title-gone",
        StatusCode::FORBIDDEN => "error-title-forbidden",
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => "error-title-later",
        s if s.is_client_error() => "error-title-refused",
        _ => "error-title-ours",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_signing_in_one_comes_back_to_the_page_and_never_to_another_site() {
        let uri = "/notifications?before=5".parse().unwrap();
        let mut headers = HeaderMap::new();
        let back = |method: &Method, headers: &HeaderMap| {
            wanted(method, &uri, headers, "https://iwate.example")
        };
        assert_eq!(back(&Method::GET, &headers), "/notifications?before=5");
        assert_eq!(back(&Method::POST, &headers), "/home");
        headers.insert(header::REFERER, "https://iwate.example/@hana/1".parse().unwrap());
        assert_eq!(back(&Method::POST, &headers), "/@hana/1");
        headers.insert(header::REFERER, "https://evil.example/x".parse().unwrap());
        assert_eq!(back(&Method::POST, &headers), "/home");
    }
}
