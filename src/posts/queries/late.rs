//! Posts of the network that came too late to be announced one by one.
use crate::{
    clock::Timestamp, db::Tx, error::Result, execute, fetch_all, fetch_optional, ids::PostId, run,
};
use sqlx::QueryBuilder;

/// Gathers posts for the digest; a repeat changes nothing.
pub async fn put_late(tx: &mut Tx, posts: &[PostId], now: Timestamp) -> Result<()> {
    if posts.is_empty() {
        return Ok(());
    }
    run!(tx, |c| {
        let mut query = QueryBuilder::new("INSERT INTO group_late (post_id, came_at) ");
        query.push_values(posts, |mut row, post| {
            row.push_bind(*post).push_bind(now);
        });
        query.push(" ON CONFLICT DO NOTHING");
        query.build().persistent(false).execute(&mut *c).await?;
    });
    Ok(())
}

/// When the last of them came.
pub async fn last_late(tx: &mut Tx) -> Result<Option<Timestamp>> {
    let row: Option<(Timestamp,)> = fetch_optional!(
        tx,
        sqlx::query_as("SELECT came_at FROM group_late ORDER BY came_at DESC LIMIT 1")
    );
    Ok(row.map(|(at,)| at))
}

/// The web addresses of the newest of them.
pub async fn newest_late(tx: &mut Tx, limit: i64) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT p.url FROM group_late l JOIN post p ON p.id = l.post_id JOIN account a ON a.id = p.account_id
             WHERE a.suspended_at IS NULL ORDER BY l.post_id DESC LIMIT $1"
        )
        .bind(limit)
    );
    Ok(rows.into_iter().map(|(url,)| url).collect())
}

/// Clears those that came up to `last`; how many they were.
pub async fn clear_late(tx: &mut Tx, last: Timestamp) -> Result<u64> {
    Ok(execute!(tx, sqlx::query("DELETE FROM group_late WHERE came_at <= $1").bind(last)))
}
