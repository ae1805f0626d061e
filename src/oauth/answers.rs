//! The shapes of OAuth's answers: a token, a refusal (RFC 6749 §5).
use super::grants::Granted;
use crate::{accounts::session::Refused, error::Error};
use aide::OperationOutput;
use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

/// Why a program gets no token.
#[derive(Debug)]
pub(super) enum Refusal {
    /// What it sent is not complete.
    Request(&'static str),
    /// It did not prove which program it is.
    Client,
    Grant,
    GrantType,
    Scope,
    /// Somebody else's token is not its to revoke.
    NotYours,
    Other(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid("scope-unknown", _) => Self::Scope,
            other => Self::Other(other),
        }
    }
}

pub(super) const SCOPE_WORDS: &str = "The requested scope is invalid, unknown, or malformed.";

impl OperationOutput for Refusal {
    type Inner = Self;
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, error, description) = match self {
            Self::Request(words) => (StatusCode::BAD_REQUEST, "invalid_request", words),
            Self::Client => (
                StatusCode::UNAUTHORIZED,
                "invalid_client",
                "Client authentication failed: unknown client, or a wrong secret.",
            ),
            Self::Grant => (
                StatusCode::BAD_REQUEST,
                "invalid_grant",
                "The code is wrong, expired or used, was made for another client or redirect URI, or its code_verifier does not fit.",
            ),
            Self::GrantType => (
                StatusCode::BAD_REQUEST,
                "unsupported_grant_type",
                "The grant types are authorization_code and client_credentials.",
            ),
            Self::Scope => (StatusCode::BAD_REQUEST, "invalid_scope", SCOPE_WORDS),
            Self::NotYours => (
                StatusCode::FORBIDDEN,
                "unauthorized_client",
                "You are not authorized to revoke this token",
            ),
            Self::Other(error) => return Refused::Other(error).into_response(),
        };
        let challenge = (status == StatusCode::UNAUTHORIZED)
            .then_some([(header::WWW_AUTHENTICATE, "Basic realm=\"Tsudoi\"")]);
        let body = Json(json!({ "error": error, "error_description": description }));
        (status, challenge, [(header::CACHE_CONTROL, "no-store")], body).into_response()
    }
}

/// RFC 6749 §5.1.
#[derive(Serialize, JsonSchema)]
#[expect(clippy::struct_field_names, reason = "the names of the RFC")]
pub(super) struct Token {
    access_token: String,
    token_type: &'static str,
    scope: String,
    /// Seconds since 1970.
    created_at: i64,
}

impl IntoResponse for Granted {
    fn into_response(self) -> Response {
        let body = Json(Token {
            access_token: self.token,
            token_type: "Bearer",
            scope: self.scopes.to_string(),
            created_at: self.at.0 / 1_000,
        });
        ([(header::CACHE_CONTROL, "no-store")], body).into_response()
    }
}
