//! `/oauth/token`, `/oauth/revoke` and `/oauth/userinfo`: programs speak to us, no browser is there.
use super::{
    answers::Refusal,
    clients::{self, Client},
    grants::{self, Granted},
};
use crate::{accounts::session::Bearer, app::App, http::fields::Fields, scopes::Scopes};
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, header},
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/oauth/token", post(grant))
        .route("/oauth/revoke", post(revoke))
        .route("/oauth/userinfo", get(userinfo).post(userinfo))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TokenRequest {
    grant_type: String,
    client_id: String,
    client_secret: String,
    code: String,
    redirect_uri: String,
    code_verifier: String,
    scope: String,
}

/// The program that proves who it is: in the body, or by HTTP Basic (RFC 6749 §2.3.1).
async fn client(
    app: &App,
    headers: &HeaderMap,
    client_id: &str,
    secret: &str,
) -> Result<Option<Client>, Refusal> {
    let (client_id, secret) = match basic(headers) {
        Some((client_id, secret)) => (client_id, secret),
        None => (client_id.to_owned(), secret.to_owned()),
    };
    let mut tx = app.db.read().await?;
    let known = clients::by_client_id(&mut tx, &client_id).await?;
    Ok(known.filter(|client| client.has_secret(&secret)))
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let header = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, value) = header.split_once(' ')?;
    let plain = STANDARD.decode(value.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"));
    let plain = String::from_utf8(plain?).ok()?;
    let (client_id, secret) = plain.split_once(':')?;
    Some((client_id.to_owned(), secret.to_owned()))
}

/// `POST /oauth/token`
async fn grant(
    State(app): State<App>,
    headers: HeaderMap,
    Fields(form): Fields<TokenRequest>,
) -> Result<Granted, Refusal> {
    match form.grant_type.as_str() {
        "" => return Err(Refusal::Request("grant_type is missing")),
        "authorization_code" | "client_credentials" => {}
        _ => return Err(Refusal::GrantType),
    }
    let client = client(&app, &headers, &form.client_id, &form.client_secret).await?;
    let client = client.ok_or(Refusal::Client)?;
    let mut tx = app.db.begin().await?;
    let granted = if form.grant_type == "authorization_code" {
        let (back, verifier) = (&form.redirect_uri, &form.code_verifier);
        grants::redeem(&app, &mut tx, &client, &form.code, back, verifier).await?
    } else {
        let scopes = Scopes::parse(&form.scope)?;
        if !client.scopes.cover(&scopes) {
            return Err(Refusal::Scope);
        }
        Some(grants::for_itself(&app, &mut tx, &client, scopes).await?)
    };
    // Also where the grant was wrong: its code is used up.
    tx.commit().await?;
    granted.ok_or(Refusal::Grant)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RevokeRequest {
    client_id: String,
    client_secret: String,
    token: String,
}

/// `POST /oauth/revoke`: 200 whether or not there was such a token (RFC 7009 §2.2).
async fn revoke(
    State(app): State<App>,
    headers: HeaderMap,
    Fields(form): Fields<RevokeRequest>,
) -> Result<Json<Value>, Refusal> {
    let client = client(&app, &headers, &form.client_id, &form.client_secret).await?;
    let client = client.ok_or(Refusal::NotYours)?;
    let mut tx = app.db.begin().await?;
    grants::revoke(&mut tx, &client, &form.token).await?;
    tx.commit().await?;
    Ok(Json(json!({})))
}

/// `/oauth/userinfo` (`OpenID` Connect §5.3): whose token it is.
async fn userinfo(State(app): State<App>, Bearer(me): Bearer) -> Json<Value> {
    Json(json!({
        "iss": app.url("/"),
        "sub": me.account.uri,
        "name": me.account.shown_name(),
        "preferred_username": me.account.name,
        "profile": me.account.url,
        "picture": app.url(&me.account.avatar_url()),
    }))
}
