//! The one error type that crosses module borders, and its HTTP face.
//!
//! Lives here: the kinds of failure and their status codes. Must not live here: text for people (`text/locales`), pages (`web`).
use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request, a job or a remote activity could not be carried out.
///
/// The `&'static str` of a variant is a message key of `text/locales`, so that every door can say it in the reader's language.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("not found")]
    NotFound,
    /// It existed and was deleted; other servers forget their copy on 410.
    #[error("gone")]
    Gone,
    #[error("sign in first")]
    Unauthenticated,
    #[error("not allowed: {0}")]
    Forbidden(&'static str),
    #[error("malformed: {0}")]
    Malformed(String),
    /// Input that cannot be accepted as it is: the message key says why, the number is the limit it names (or 0).
    #[error("invalid: {0} ({1})")]
    Invalid(&'static str, usize),
    #[error("signature: {0}")]
    Signature(String),
    #[error("too large")]
    TooLarge,
    #[error("too many requests")]
    TooMany,
    /// Something elsewhere does not answer now; the same call may work later.
    #[error("not available now: {0}")]
    Unavailable(String),
    #[error("database: {0}")]
    Db(#[from] sqlx::Error),
    #[error("internal: {0}")]
    Internal(String),
}

impl Error {
    /// Input refused for the reason named by a message key that mentions no limit.
    pub fn invalid(key: &'static str) -> Self {
        Self::Invalid(key, 0)
    }

    /// The HTTP status. 4xx is final for other servers, so whatever may pass is a 5xx (or 429).
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Gone => StatusCode::GONE,
            Self::Unauthenticated | Self::Signature(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::Invalid(..) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) | Self::Db(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The message key for people, and the number it mentions.
    pub fn message(&self) -> (&'static str, usize) {
        match self {
            Self::NotFound => ("error-not-found", 0),
            Self::Gone => ("error-gone", 0),
            Self::Unauthenticated => ("error-unauthenticated", 0),
            Self::Forbidden(key) => (key, 0),
            Self::Invalid(key, number) => (key, *number),
            Self::Malformed(_) | Self::Signature(_) => ("error-malformed", 0),
            Self::TooLarge => ("error-too-large", 0),
            Self::TooMany => ("error-too-many", 0),
            Self::Unavailable(_) | Self::Db(_) => ("error-unavailable", 0),
            Self::Internal(_) => ("error-internal", 0),
        }
    }

    /// What programs are told: not what went wrong inside.
    pub fn words(&self) -> String {
        match self {
            Self::Malformed(why) | Self::Signature(why) => why.clone(),
            Self::Db(_) | Self::Internal(_) => {
                self.status().canonical_reason().unwrap_or("error").into()
            }
            _ => self.to_string(),
        }
    }

    /// True when trying again later may succeed.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Db(_) | Self::TooMany)
    }
}

/// Marks a response as an error, so that `web` can show a page to a browser.
#[derive(Clone, Copy)]
pub struct Shown {
    pub key: &'static str,
    pub number: usize,
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = self.status();
        if status.is_server_error() {
            tracing::error!(error = %self, "request failed");
        }
        let words = self.words();
        let (key, number) = self.message();
        let mut response = (status, Json(serde_json::json!({ "error": words }))).into_response();
        if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            response
                .headers_mut()
                .insert("retry-after", axum::http::HeaderValue::from_static("60"));
        }
        response.extensions_mut().insert(Shown { key, number });
        response
    }
}

impl From<url::ParseError> for Error {
    fn from(e: url::ParseError) -> Self {
        Self::Malformed(format!("not an address: {e}"))
    }
}

impl From<serde_json::Error> for Error {
    fn from(e: serde_json::Error) -> Self {
        Self::Malformed(format!("unexpected JSON: {e}"))
    }
}
