//! Forms of other sites are refused: by what the browser says about the sender, and by the session's token in every form.
use crate::{
    app::App,
    error::{Error, Result},
};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use axum_extra::extract::Form;
use serde::{Deserialize, de::DeserializeOwned};
use subtle::ConstantTimeEq;

/// The form is of a session that has ended.
pub(super) const STALE: &str = "error-stale-form";

/// Whose form a browser says it is.
///
/// Programs that are no browsers say nothing; they pass here, and without the token they still change nothing in a session.
fn is_own(headers: &HeaderMap, base_url: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|v| v.to_str().unwrap_or("?"));
    match (text("sec-fetch-site"), text(header::ORIGIN.as_str())) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => origin == base_url,
        (None, None) => true,
    }
}

/// Refuses every form that a page of another site sends.
pub async fn refuse_foreign(State(app): State<App>, request: Request, next: Next) -> Response {
    let only_reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if only_reads || is_own(request.headers(), app.base_url()) {
        next.run(request).await
    } else {
        Error::Forbidden("error-foreign-form").into_response()
    }
}

/// The token of the session that the request belongs to; none for visitors. `accounts::page` knows how to find it.
pub struct Token(pub Option<String>);

impl Token {
    /// True when `sent` is the session's token, or there is no session to protect.
    pub fn admits(&self, sent: &str) -> bool {
        self.0.as_ref().is_none_or(|token| token.as_bytes().ct_eq(sent.as_bytes()).into())
    }

    pub fn check(&self, sent: &str) -> Result<()> {
        if self.admits(sent) { Ok(()) } else { Err(Error::Forbidden(STALE)) }
    }
}

#[derive(Deserialize)]
struct Sent {
    #[serde(default)]
    csrf: String,
}

/// A form with the session's token in its field `csrf`. Repeated fields become lists, as with axum-extra's `Form`.
pub struct CheckedForm<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for CheckedForm<T> {
    type Rejection = Error;
    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let (mut parts, body) = request.into_parts();
        let token = Token::from_request_parts(&mut parts, app).await?;
        let body = Bytes::from_request(Request::from_parts(parts.clone(), body), app)
            .await
            .map_err(|_too_long| Error::TooLarge)?;
        let body = without_nul(body);
        let again = |parts| Request::from_parts(parts, axum::body::Body::from(body.clone()));
        let Sent { csrf } = read(again(parts.clone()), app).await?;
        token.check(&csrf)?;
        read(again(parts), app).await.map(Self)
    }
}

/// No text has one, and `PostgreSQL` keeps none.
fn without_nul(body: Bytes) -> Bytes {
    let text = String::from_utf8_lossy(&body);
    if text.contains("%00") || text.contains('\0') {
        return text.replace("%00", "").replace('\0', "").into();
    }
    drop(text);
    body
}

async fn read<T: DeserializeOwned>(request: Request, app: &App) -> Result<T> {
    let form = Form::<T>::from_request(request, app).await;
    form.map(|Form(form)| form).map_err(|e| Error::Malformed(e.to_string()))
}

/// For handlers that need only the check: `POST` buttons without further fields.
#[derive(Deserialize)]
pub struct NoFields {}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers.iter().map(|(name, value)| {
            (axum::http::HeaderName::from_static(name), value.parse().unwrap())
        });
        is_own(&headers.collect(), "https://iwate.example")
    }

    #[test]
    fn a_form_of_this_node_is_ours_and_one_of_another_site_is_not() {
        assert!(own(&[("sec-fetch-site", "same-origin"), ("origin", "https://iwate.example")]));
        assert!(own(&[("sec-fetch-site", "none")]));
        assert!(!own(&[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")]));
        assert!(!own(&[("sec-fetch-site", "same-site")]));
        assert!(own(&[("origin", "https://iwate.example")]));
        assert!(!own(&[("origin", "https://iwate.example.evil.example")]));
        assert!(!own(&[("origin", "null")]));
    }

    #[test]
    fn a_session_is_protected_by_its_token_and_a_visitor_has_none() {
        let session = Token(Some("abc".into()));
        assert!(session.admits("abc"));
        assert!(!session.admits("abd"));
        assert!(!session.admits(""));
        assert!(Token(None).admits("left over from a former session"));
    }
}
