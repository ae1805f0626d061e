//! `/.well-known/oauth-authorization-server` (RFC 8414): what this server can do, for programs that ask first.
use crate::{app::App, scopes::Scope};
use axum::{Json, Router, extract::State, routing::get};
use serde_json::{Value, json};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/.well-known/oauth-authorization-server", get(show))
}

async fn show(State(app): State<App>) -> Json<Value> {
    let scopes: Vec<_> = Scope::ALL.iter().map(|scope| scope.name()).collect();
    Json(json!({
        "issuer": app.url("/"),
        "service_documentation": "https://docs.joinmastodon.org/",
        "authorization_endpoint": app.url("/oauth/authorize"),
        "token_endpoint": app.url("/oauth/token"),
        "app_registration_endpoint": app.url("/api/v1/apps"),
        "revocation_endpoint": app.url("/oauth/revoke"),
        "userinfo_endpoint": app.url("/oauth/userinfo"),
        "scopes_supported": scopes,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
    }))
}
