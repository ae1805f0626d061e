//! Web Push: telling a member's phone or browser of a notification through the service of its maker, which cannot read it.
//!
//! Lives here: subscriptions, encryption, the node's key, and how messages travel. Must not live here: what they say.
//! <https://www.rfc-editor.org/rfc/rfc8030>
pub mod encryption;
pub mod queue;
pub mod subscriptions;

use crate::{
    app::App,
    error::{Error, Result},
    execute, fetch_one,
    signatures::vapid::Vapid,
};
use std::sync::Arc;

/// The node's key, from memory, or from the database, or a new one. Programs find its public half in the instance document.
pub async fn key(app: &App) -> Result<Arc<Vapid>> {
    app.vapid.get_or_try_init(|| load(app)).await.cloned()
}

async fn load(app: &App) -> Result<Arc<Vapid>> {
    let broken = |e| Error::Internal(format!("the node's key for push services: {e}"));
    let new = Vapid::generate().map_err(broken)?;
    let mut tx = app.db.begin().await?;
    execute!(
        &mut tx,
        sqlx::query("INSERT INTO push_key (id, private_key) VALUES (1, $1) ON CONFLICT DO NOTHING")
            .bind(new)
    );
    let (kept,): (String,) =
        fetch_one!(&mut tx, sqlx::query_as("SELECT private_key FROM push_key WHERE id = 1"));
    tx.commit().await?;
    Ok(Arc::new(Vapid::from_private(&kept).map_err(broken)?))
}
