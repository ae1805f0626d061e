//! `/api/v1/apps`: programs register themselves.
use super::{
    answers::Refusal,
    clients::{self, Client, Credentials},
    types::Registration,
};
use crate::{
    accounts::session::Program,
    app::App,
    error::Error,
    http::{address::ClientAddress, fields::Fields},
    push,
};
use axum::{
    Json, Router,
    extract::State,
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/apps", post(register))
        .route("/api/v1/apps/verify_credentials", get(verify))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NewApp {
    client_name: String,
    website: Option<String>,
    redirect_uris: Vec<String>,
    scopes: Option<String>,
}

/// `POST /api/v1/apps`: the secret is told this once.
async fn register(
    State(app): State<App>,
    address: ClientAddress,
    Fields(form): Fields<NewApp>,
) -> Result<Json<Value>, Refusal> {
    app.limits.register(&address.key())?;
    let new = Registration::parse(
        &form.client_name,
        form.website.as_deref().unwrap_or_default(),
        &form.redirect_uris.join("\n"),
        form.scopes.as_deref().unwrap_or_default(),
    )?;
    let credentials = Credentials::random();
    let mut tx = app.db.begin().await?;
    let id = clients::register(&app, &mut tx, &new, &credentials).await?;
    let client = clients::by_id(&mut tx, id).await?.ok_or(Error::NotFound)?;
    tx.commit().await?;
    let mut entity = entity(&client, &push::key(&app).await?.public_key());
    if let Some(fields) = entity.as_object_mut() {
        fields.insert("client_id".into(), credentials.client_id.into());
        fields.insert("client_secret".into(), credentials.secret.into());
        fields.insert("client_secret_expires_at".into(), 0.into());
    }
    Ok(Json(entity))
}

/// The program as its own token sees it.
fn entity(client: &Client, key: &str) -> Value {
    let ways: Vec<&str> = client.redirect_uris().collect();
    json!({
        "id": client.id,
        "name": client.name,
        "website": client.website,
        "scopes": client.scopes.names(),
        "redirect_uri": ways.join("\n"),
        "redirect_uris": ways,
        "vapid_key": key,
    })
}

/// `GET /api/v1/apps/verify_credentials`: which program the token belongs to. One that was made by hand belongs to none: 404.
async fn verify(State(app): State<App>, program: Program) -> Result<Json<Value>, Refusal> {
    let id = program.token.app_id.ok_or(Error::NotFound)?;
    let mut tx = app.db.read().await?;
    let client = clients::by_id(&mut tx, id).await?.ok_or(Error::NotFound)?;
    drop(tx);
    Ok(Json(entity(&client, &push::key(&app).await?.public_key())))
}
