//! What members of all the network's nodes say to each other and to everybody, in one timeline.
use crate::{db::Tx, error::Result, execute, ids::PostId};

/// Puts a post into the timeline; a repeat changes nothing.
pub async fn add(tx: &mut Tx, post: PostId) -> Result<()> {
    execute!(
        tx,
        sqlx::query("INSERT INTO network_timeline (post_id) VALUES ($1) ON CONFLICT DO NOTHING")
            .bind(post)
    );
    Ok(())
}

pub async fn remove(tx: &mut Tx, post: PostId) -> Result<()> {
    execute!(tx, sqlx::query("DELETE FROM network_timeline WHERE post_id = $1").bind(post));
    Ok(())
}
