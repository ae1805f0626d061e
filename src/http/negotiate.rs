//! Content negotiation: one address serves people and servers.
use crate::federation::context::ACTIVITY_JSON;
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;

/// True when a server asks: any of the media types that servers send. Browsers ask for `text/html` first.
pub fn wants_activity_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let position = |kind: &str| accept.find(kind);
    let json = ["application/activity+json", "application/ld+json", "application/json"]
        .into_iter()
        .filter_map(position)
        .min();
    match (json, position("text/html")) {
        (Some(json), Some(html)) => json < html,
        (json, _) => json.is_some(),
    }
}

/// A document in `application/activity+json`; caches must keep it apart from the page at the same address.
pub struct ActivityJson(pub Value);

impl IntoResponse for ActivityJson {
    fn into_response(self) -> Response {
        let mut response = (StatusCode::OK, self.0.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(ACTIVITY_JSON));
        headers.insert(header::VARY, HeaderValue::from_static("Accept, Signature"));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_get_json_and_browsers_get_pages() {
        let asks = |accept: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_str(accept).unwrap());
            wants_activity_json(&headers)
        };
        assert!(asks("application/activity+json, application/ld+json"));
        assert!(asks(
            r#"application/ld+json; profile="https://www.w3.org/ns/activitystreams", text/html;q=0.1"#
        ));
        assert!(!asks("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
        assert!(!asks("*/*"));
        assert_eq!(ACTIVITY_JSON, "application/activity+json");
    }
}
