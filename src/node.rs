//! The node's own settings, kept in the database: its name, its chapter, what it says about itself, the one-time set-up link.
use crate::{
    app::{App, NodeProfile},
    db::Tx,
    error::{Error, Result},
    execute, fetch_all, fetch_optional, ids,
};
use std::sync::Arc;

/// The longest name, chapter and description, in characters.
pub const MAX_NAME: usize = 60;
pub const MAX_DESCRIPTION: usize = 2_000;

/// How the node presents itself.
pub async fn profile(app: &App) -> Result<Arc<NodeProfile>> {
    app.profile.or_read(|| read_profile(app)).await
}

async fn read_profile(app: &App) -> Result<Arc<NodeProfile>> {
    let mut tx = app.db.read().await?;
    let rows: Vec<(String, String)> = fetch_all!(
        &mut tx,
        sqlx::query_as("SELECT key, value FROM setting WHERE key NOT LIKE 'setup%' LIMIT 50")
    );
    let mut profile = NodeProfile { name: app.host().to_owned(), ..NodeProfile::default() };
    for (key, value) in rows {
        match key.as_str() {
            "name" => profile.name = value,
            "chapter" => profile.chapter = value,
            "description" => profile.description = value,
            "owned" => profile.is_set_up = true,
            _ => {}
        }
    }
    Ok(Arc::new(profile))
}

/// What an owner wrote, each under the name of its field: a name and a chapter, and a description within its limit.
pub fn check(profile: &NodeProfile) -> [(&'static str, Result<()>); 3] {
    let within = |text: &str, max: usize| {
        if text.chars().count() > max { Err(Error::Invalid("text-too-long", max)) } else { Ok(()) }
    };
    let given = |text: &str| {
        if text.is_empty() { Err(Error::invalid("text-missing")) } else { within(text, MAX_NAME) }
    };
    [
        ("node_name", given(&profile.name)),
        ("chapter", given(&profile.chapter)),
        ("description", within(&profile.description, MAX_DESCRIPTION)),
    ]
}

pub async fn save(app: &App, tx: &mut Tx, profile: &NodeProfile) -> Result<()> {
    put(tx, "name", &profile.name).await?;
    put(tx, "chapter", &profile.chapter).await?;
    put(tx, "description", &profile.description).await?;
    app.profile.changes_by(tx);
    Ok(())
}

/// The node has an owner: the set-up link is void.
pub async fn mark_owned(app: &App, tx: &mut Tx) -> Result<()> {
    put(tx, "owned", "yes").await?;
    execute!(tx, sqlx::query("DELETE FROM setting WHERE key = 'setup_token'"));
    app.profile.changes_by(tx);
    Ok(())
}

/// How often this node was started, as far as this database knows.
pub async fn starts(tx: &mut Tx) -> Result<i64> {
    let row: Option<(String,)> =
        fetch_optional!(tx, sqlx::query_as("SELECT value FROM setting WHERE key = 'starts'"));
    Ok(row.and_then(|(count,)| count.parse().ok()).unwrap_or(0))
}

pub async fn set_starts(tx: &mut Tx, count: i64) -> Result<()> {
    put(tx, "starts", &count.to_string()).await
}

/// A new one-time secret for the set-up link; the former one is void.
pub async fn new_setup_token(tx: &mut Tx) -> Result<String> {
    let secret = ids::secret();
    put(tx, "setup_token", &ids::hash_secret(&secret)).await?;
    Ok(secret)
}

/// True when `secret` is the one of the present set-up link.
pub async fn is_setup_token(tx: &mut Tx, secret: &str) -> Result<bool> {
    let row: Option<(String,)> =
        fetch_optional!(tx, sqlx::query_as("SELECT value FROM setting WHERE key = 'setup_token'"));
    Ok(row.is_some_and(|(hash,)| hash == ids::hash_secret(secret)))
}

/// Uses the set-up link up: true once, for the right secret.
pub async fn take_setup_token(tx: &mut Tx, secret: &str) -> Result<bool> {
    let taken = execute!(
        tx,
        sqlx::query("DELETE FROM setting WHERE key = 'setup_token' AND value = $1")
            .bind(ids::hash_secret(secret))
    );
    Ok(taken == 1)
}

/// The name under which this node keeps its log, as a member or since it left.
pub async fn log_name(tx: &mut Tx) -> Result<Option<String>> {
    let row: Option<(String,)> =
        fetch_optional!(tx, sqlx::query_as("SELECT value FROM setting WHERE key = 'log_name'"));
    Ok(row.map(|(name,)| name))
}

pub async fn set_log_name(app: &App, tx: &mut Tx, name: &str) -> Result<()> {
    app.log_name.changes_by(tx);
    put(tx, "log_name", name).await
}

pub async fn forget_log_name(app: &App, tx: &mut Tx) -> Result<()> {
    app.log_name.changes_by(tx);
    execute!(tx, sqlx::query("DELETE FROM setting WHERE key = 'log_name'"));
    Ok(())
}

/// Which network's log has been told what was here before.
pub async fn logged_history(tx: &mut Tx) -> Result<Option<String>> {
    let row: Option<(String,)> = fetch_optional!(
        tx,
        sqlx::query_as("SELECT value FROM setting WHERE key = 'setup_history'")
    );
    Ok(row.map(|(network,)| network))
}

pub async fn mark_history_logged(tx: &mut Tx, network: &str) -> Result<()> {
    put(tx, "setup_history", network).await
}

async fn put(tx: &mut Tx, key: &str, value: &str) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
        )
        .bind(key)
        .bind(value)
    );
    Ok(())
}
