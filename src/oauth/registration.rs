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
    http::{
        address::ClientAddress,
        api::{Api, get, post},
        fields::Fields,
    },
    ids::AppId,
    push,
};
use axum::{Json, extract::State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(super) fn routes() -> Api {
    Api::new()
        .route("/api/v1/apps", post(register))
        .route("/api/v1/apps/verify_credentials", get(verify))
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
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
) -> Result<Json<Entity>, Refusal> {
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
    let known = entity(&client, push::key(&app).await?.public_key());
    Ok(Json(Entity {
        client_id: Some(credentials.client_id),
        client_secret: Some(credentials.secret),
        client_secret_expires_at: Some(0),
        ..known
    }))
}

/// <https://docs.joinmastodon.org/entities/Application/>
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Application")]
struct Entity {
    id: AppId,
    name: String,
    website: Option<String>,
    scopes: Vec<&'static str>,
    redirect_uri: String,
    redirect_uris: Vec<String>,
    vapid_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
    /// 0: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret_expires_at: Option<i64>,
}

/// The program as its own token sees it.
fn entity(client: &Client, vapid_key: String) -> Entity {
    let ways: Vec<String> = client.redirect_uris().map(str::to_owned).collect();
    Entity {
        id: client.id,
        name: client.name.clone(),
        website: client.website.clone(),
        scopes: client.scopes.names(),
        redirect_uri: ways.join("\n"),
        redirect_uris: ways,
        vapid_key,
        client_id: None,
        client_secret: None,
        client_secret_expires_at: None,
    }
}

/// `GET /api/v1/apps/verify_credentials`: which program the token belongs to. One that was made by hand belongs to none: 404.
async fn verify(State(app): State<App>, program: Program) -> Result<Json<Entity>, Refusal> {
    let id = program.token.app_id.ok_or(Error::NotFound)?;
    let mut tx = app.db.read().await?;
    let client = clients::by_id(&mut tx, id).await?.ok_or(Error::NotFound)?;
    drop(tx);
    Ok(Json(entity(&client, push::key(&app).await?.public_key())))
}
