//! Home timelines are filled when a post arrives, so that reading one is a walk over an index.
use crate::{
    db::Tx,
    error::Result,
    execute,
    ids::{AccountId, PostId},
    run,
};
use sqlx::QueryBuilder;

/// Where a post or boost goes.
pub struct Entry {
    /// The post's id, or the boost's.
    pub id: i64,
    pub post: PostId,
    pub author: AccountId,
    pub booster: Option<AccountId>,
    /// For a reply: whose post it answers. Followers see it only if they follow that account too.
    pub reply_to: Option<AccountId>,
}

/// Puts entries into the home timelines of all members who follow their author (or booster). A post that is there already is not shown again;
/// among the entries each post is there once.
pub async fn fan_out(tx: &mut Tx, entries: &[Entry]) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    run!(tx, |c| {
        let mut query =
            QueryBuilder::new("WITH e (id, post_id, author_id, booster_id, source, reply_to) AS (");
        query.push_values(entries, |mut row, e| {
            row.push_bind(e.id)
                .push_bind(e.post)
                .push_bind(e.author)
                .push_bind(e.booster)
                .push_bind(e.booster.unwrap_or(e.author))
                .push_bind(e.reply_to.map_or(0, |a| a.0));
        });
        // CROSS: SQLite joins in the order that is written.
        query.push(
            ") INSERT INTO home_entry (account_id, id, post_id, author_id, booster_id)
             SELECT f.follower_id, e.id, e.post_id, e.author_id, e.booster_id
             FROM e CROSS JOIN follow f CROSS JOIN member m
             WHERE f.followee_id = e.source AND f.state = 'accepted' AND m.account_id = f.follower_id
               AND (e.reply_to = 0 OR e.reply_to = e.source OR e.reply_to = f.follower_id OR EXISTS (
                   SELECT 1 FROM follow g WHERE g.follower_id = f.follower_id AND g.followee_id = e.reply_to AND g.state = 'accepted'))
               AND NOT EXISTS (SELECT 1 FROM home_entry h WHERE h.post_id = e.post_id AND h.account_id = f.follower_id)
               AND NOT EXISTS (SELECT 1 FROM block b WHERE b.account_id = f.follower_id AND b.target_id = e.author_id)
               AND NOT EXISTS (SELECT 1 FROM mute u WHERE u.account_id = f.follower_id AND u.target_id = e.author_id)
             ON CONFLICT DO NOTHING",
        );
        query.build().persistent(entries.len() == 1).execute(&mut *c).await?;
    });
    Ok(())
}

/// Puts an entry into one member's home timeline: their own posts, and those that name them.
pub async fn add(tx: &mut Tx, member: AccountId, entry: &Entry) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO home_entry (account_id, id, post_id, author_id, booster_id)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"
        )
        .bind(member)
        .bind(entry.id)
        .bind(entry.post)
        .bind(entry.author)
        .bind(entry.booster)
    );
    Ok(())
}

/// Fills the timeline of a member who has just begun to follow `followee` with its newest posts.
pub async fn back_fill(tx: &mut Tx, member: AccountId, followee: AccountId) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO home_entry (account_id, id, post_id, author_id, booster_id)
             SELECT $1, p.id, p.id, p.account_id, NULL FROM (
                 SELECT id, account_id FROM post WHERE account_id = $2 AND deleted_at IS NULL
                   AND audience IN ('public', 'unlisted', 'followers') AND in_reply_to_uri IS NULL
                 ORDER BY id DESC LIMIT 40) p
             WHERE NOT EXISTS (SELECT 1 FROM home_entry h WHERE h.post_id = p.id AND h.account_id = $1)
             ON CONFLICT DO NOTHING"
        )
        .bind(member)
        .bind(followee)
    );
    Ok(())
}

/// The post or boost is gone.
pub async fn remove(tx: &mut Tx, id: i64) -> Result<()> {
    execute!(tx, sqlx::query("DELETE FROM home_entry WHERE post_id = $1").bind(id));
    Ok(())
}

/// A boost was taken back.
pub async fn remove_boost(tx: &mut Tx, post: PostId, boost: i64) -> Result<()> {
    execute!(
        tx,
        sqlx::query("DELETE FROM home_entry WHERE post_id = $1 AND id = $2").bind(post).bind(boost)
    );
    Ok(())
}

/// `member` no longer wants to read `source`.
pub async fn forget_author(tx: &mut Tx, member: AccountId, source: AccountId) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "DELETE FROM home_entry WHERE account_id = $1 AND (booster_id = $2 OR (author_id = $2 AND booster_id IS NULL))"
        )
        .bind(member)
        .bind(source)
    );
    Ok(())
}

/// Entries beyond the newest 800 of each member are dropped.
pub async fn trim(tx: &mut Tx) -> Result<u64> {
    Ok(execute!(
        tx,
        sqlx::query(
            "DELETE FROM home_entry WHERE id < COALESCE((SELECT h.id FROM home_entry h
             WHERE h.account_id = home_entry.account_id ORDER BY h.id DESC LIMIT 1 OFFSET 800), 0)"
        )
    ))
}
