//! API tokens: programs that speak for a member. Shown once, kept as hashes.
use super::super::{queries, types::Token};
use crate::{
    app::App,
    clock::{HOUR, Timestamp},
    db::Tx,
    error::{Error, Result},
    execute, fetch_all, fetch_in,
    ids::{self, AccountId, AppId},
    scopes::Scopes,
};
use std::collections::HashSet;

/// How the member will know the token again, and what it opens.
#[derive(Clone, Debug)]
pub struct NewToken {
    pub label: String,
    /// The program that it belongs to, if that is registered.
    pub app: Option<AppId>,
    pub scopes: Scopes,
}

/// A new token for a program that speaks for the member.
pub async fn issue(app: &App, tx: &mut Tx, member: AccountId, new: &NewToken) -> Result<String> {
    let token = ids::secret();
    put(tx, member, &ids::hash_secret(&token), new, app.now()).await?;
    Ok(token)
}

/// Keeps a token that was made elsewhere, by its hash. Errors: the database's, if it is there already.
pub async fn put(
    tx: &mut Tx,
    member: AccountId,
    token_hash: &str,
    new: &NewToken,
    now: Timestamp,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO api_token (token_hash, account_id, label, app_id, scopes, created_at, last_used_at)
             VALUES ($1, $2, $3, $4, $5, $6, $6)"
        )
        .bind(token_hash)
        .bind(member)
        .bind(&new.label)
        .bind(new.app)
        .bind(new.scopes.to_string())
        .bind(now)
    );
    Ok(())
}

/// A secret that somebody brings instead of one that we make: 16 to 200 characters that need no escaping anywhere.
pub fn check_brought(secret: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    if (16..=200).contains(&secret.len()) && secret.chars().all(plain) {
        Ok(())
    } else {
        Err(Error::invalid("secret-form"))
    }
}

/// A program that may speak for a member.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ApiToken {
    pub token_hash: String,
    pub label: String,
    pub website: Option<String>,
    #[sqlx(try_from = "String")]
    pub scopes: Scopes,
    pub created_at: Timestamp,
    pub last_used_at: Timestamp,
}

/// A member's tokens, newest first, at most 50.
pub async fn list(tx: &mut Tx, member: AccountId) -> Result<Vec<ApiToken>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT t.token_hash, t.label, o.website, t.scopes, t.created_at, t.last_used_at
             FROM api_token t LEFT JOIN oauth_app o ON o.id = t.app_id
             WHERE t.account_id = $1 ORDER BY t.created_at DESC LIMIT 50"
        )
        .bind(member)
    ))
}

pub async fn revoke(tx: &mut Tx, member: AccountId, token_hash: &str) -> Result<()> {
    execute!(
        tx,
        sqlx::query("DELETE FROM api_token WHERE account_id = $1 AND token_hash = $2")
            .bind(member)
            .bind(token_hash)
    );
    Ok(())
}

/// Notes, once an hour at most, that the token is in use and the member active.
pub async fn touch(app: &App, member: AccountId, token: &Token) -> Result<()> {
    let now = app.now();
    if token.last_used_at.plus(HOUR) > now {
        return Ok(());
    }
    let mut tx = app.db.begin().await?;
    execute!(
        &mut tx,
        sqlx::query("UPDATE api_token SET last_used_at = $2 WHERE token_hash = $1")
            .bind(&token.token_hash)
            .bind(now)
    );
    queries::set_seen(&mut tx, member, now).await?;
    tx.commit().await
}

/// Those of these tokens (hashes) that open something: not revoked, and their members may come in.
pub async fn still_good(tx: &mut Tx, token_hashes: &[String]) -> Result<HashSet<String>> {
    let mut good = HashSet::new();
    for chunk in token_hashes.chunks(500) {
        let rows: Vec<(String,)> = fetch_in!(
            tx,
            "SELECT t.token_hash FROM api_token t JOIN member m ON m.account_id = t.account_id
             WHERE m.state = 'active' AND t.token_hash IN",
            chunk,
            ""
        );
        good.extend(rows.into_iter().map(|(hash,)| hash));
    }
    Ok(good)
}
