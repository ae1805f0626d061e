//! Home timelines are filled when a post arrives, so that reading one is a walk over an index.
use crate::{
    db::Tx,
    error::Result,
    execute,
    ids::{AccountId, PostId},
};

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

/// Puts an entry into the home timeline of every member who follows its author (or booster). A post that is there already is not shown again.
pub async fn fan_out(tx: &mut Tx, entry: &Entry) -> Result<u64> {
    let source = entry.booster.unwrap_or(entry.author);
    Ok(execute!(
        tx,
        sqlx::query(
            "INSERT INTO home_entry (account_id, id, post_id, author_id, booster_id)
             SELECT f.follower_id, $1, $2, $3, $4 FROM follow f
             JOIN member m ON m.account_id = f.follower_id
             WHERE f.followee_id = $5 AND f.state = 'accepted'
               AND ($6 = 0 OR $6 = $5 OR $6 = f.follower_id OR EXISTS (
                   SELECT 1 FROM follow g WHERE g.follower_id = f.follower_id AND g.followee_id = $6 AND g.state = 'accepted'))
               AND NOT EXISTS (SELECT 1 FROM home_entry h WHERE h.post_id = $2 AND h.account_id = f.follower_id)
               AND NOT EXISTS (SELECT 1 FROM block b WHERE b.account_id = f.follower_id AND b.target_id = $3)
               AND NOT EXISTS (SELECT 1 FROM mute u WHERE u.account_id = f.follower_id AND u.target_id = $3)
             ON CONFLICT DO NOTHING"
        )
        .bind(entry.id)
        .bind(entry.post)
        .bind(entry.author)
        .bind(entry.booster)
        .bind(source)
        .bind(entry.reply_to.map_or(0, |a| a.0))
    ))
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
