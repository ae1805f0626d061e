//! Registered programs ("clients"): their names and secrets.
use super::types::{RedirectUri, Registration};
use crate::{
    app::App,
    clock::Timestamp,
    db::Tx,
    error::Result,
    execute, fetch_optional,
    ids::{self, AppId},
    scopes::Scopes,
};
use subtle::ConstantTimeEq;

/// A registered program.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Client {
    pub id: AppId,
    pub client_id: String,
    secret_hash: String,
    pub name: String,
    pub website: Option<String>,
    redirect_uris: String,
    #[sqlx(try_from = "String")]
    pub scopes: Scopes,
    pub created_at: Timestamp,
}

impl Client {
    pub fn redirect_uris(&self) -> impl Iterator<Item = &str> {
        self.redirect_uris.lines()
    }

    /// The way back that is asked for, if it is letter for letter one of those that were registered.
    pub fn way_back(&self, asked: &str) -> Option<RedirectUri> {
        self.redirect_uris().find(|uri| *uri == asked).and_then(|uri| RedirectUri::parse(uri).ok())
    }

    pub fn has_secret(&self, secret: &str) -> bool {
        ids::hash_secret(secret).as_bytes().ct_eq(self.secret_hash.as_bytes()).into()
    }
}

/// What a program shows to prove which one it is.
#[derive(Clone, Debug)]
pub struct Credentials {
    pub client_id: String,
    pub secret: String,
}

impl Credentials {
    pub fn random() -> Self {
        Self { client_id: ids::secret(), secret: ids::secret() }
    }
}

/// Registers a program. Errors: the database's, if there is one with this client id.
pub async fn register(
    app: &App,
    tx: &mut Tx,
    new: &Registration,
    credentials: &Credentials,
) -> Result<AppId> {
    let now = app.now();
    let id = AppId::new(now);
    let ways: Vec<&str> = new.redirect_uris.iter().map(RedirectUri::as_str).collect();
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO oauth_app (id, client_id, secret_hash, name, website, redirect_uris, scopes, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        )
        .bind(id)
        .bind(&credentials.client_id)
        .bind(ids::hash_secret(&credentials.secret))
        .bind(&new.name)
        .bind(&new.website)
        .bind(ways.join("\n"))
        .bind(new.scopes.to_string())
        .bind(now)
    );
    Ok(id)
}

pub async fn by_client_id(tx: &mut Tx, client_id: &str) -> Result<Option<Client>> {
    Ok(fetch_optional!(
        tx,
        sqlx::query_as("SELECT * FROM oauth_app WHERE client_id = $1").bind(client_id)
    ))
}

pub async fn by_id(tx: &mut Tx, id: AppId) -> Result<Option<Client>> {
    Ok(fetch_optional!(tx, sqlx::query_as("SELECT * FROM oauth_app WHERE id = $1").bind(id)))
}
