//! Pictures, uploaded here or named by posts from elsewhere.
use super::super::types::Media;
use crate::{
    clock::Timestamp,
    db::Tx,
    error::{Error, Result},
    execute, fetch_all, fetch_in, fetch_optional,
    ids::{AccountId, MediaId, PostId},
};

pub async fn insert_media(tx: &mut Tx, m: &Media, position: i64, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO media (id, account_id, post_id, position, media_type, url, thumbnail_url, width, height,
                 blurhash, description, focus_x, focus_y, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
        )
        .bind(m.id)
        .bind(m.account_id)
        .bind(m.post_id)
        .bind(position)
        .bind(&m.media_type)
        .bind(&m.url)
        .bind(&m.thumbnail_url)
        .bind(m.width)
        .bind(m.height)
        .bind(&m.blurhash)
        .bind(&m.description)
        .bind(m.focus_x)
        .bind(m.focus_y)
        .bind(now)
    );
    Ok(())
}

pub async fn media_by_id(tx: &mut Tx, id: MediaId) -> Result<Media> {
    fetch_optional!(tx, sqlx::query_as("SELECT * FROM media WHERE id = $1").bind(id))
        .ok_or(Error::NotFound)
}

/// Those of `ids` that there are, in no order.
pub async fn media_by_ids(tx: &mut Tx, ids: &[MediaId]) -> Result<Vec<Media>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(fetch_in!(tx, "SELECT * FROM media WHERE id IN", ids, ""))
}

/// The picture at an address, as long as a post shows it.
pub async fn media_by_url(tx: &mut Tx, url: &str) -> Result<Option<Media>> {
    Ok(fetch_optional!(
        tx,
        sqlx::query_as("SELECT * FROM media WHERE url = $1 AND post_id IS NOT NULL LIMIT 1")
            .bind(url)
    ))
}

/// Ties an uploaded file to a post; false when it is not the author's or is used already.
pub async fn attach_media(
    tx: &mut Tx,
    id: MediaId,
    author: AccountId,
    post: PostId,
    position: i64,
) -> Result<bool> {
    Ok(execute!(
        tx,
        sqlx::query(
            "UPDATE media SET post_id = $3, position = $4 WHERE id = $1 AND account_id = $2
               AND (post_id IS NULL OR post_id = $3)"
        )
        .bind(id)
        .bind(author)
        .bind(post)
        .bind(position)
    ) == 1)
}

pub async fn describe_media(tx: &mut Tx, id: MediaId, text: &str, x: f64, y: f64) -> Result<()> {
    execute!(
        tx,
        sqlx::query("UPDATE media SET description = $2, focus_x = $3, focus_y = $4 WHERE id = $1")
            .bind(id)
            .bind(text)
            .bind(x)
            .bind(y)
    );
    Ok(())
}

pub async fn media_of(tx: &mut Tx, posts: &[PostId]) -> Result<Vec<Media>> {
    if posts.is_empty() {
        return Ok(Vec::new());
    }
    Ok(fetch_in!(tx, "SELECT * FROM media WHERE post_id IN", posts, "ORDER BY post_id, position"))
}

pub async fn clear_media(tx: &mut Tx, post: PostId) -> Result<()> {
    execute!(tx, sqlx::query("DELETE FROM media WHERE post_id = $1").bind(post));
    Ok(())
}

/// Uploads without a post are tidied away a day after `at`.
pub async fn date_media(
    tx: &mut Tx,
    ids: &[MediaId],
    author: AccountId,
    at: Timestamp,
) -> Result<()> {
    for id in ids {
        execute!(
            tx,
            sqlx::query(
                "UPDATE media SET created_at = $3 WHERE id = $1 AND account_id = $2 AND post_id IS NULL"
            )
            .bind(*id)
            .bind(author)
            .bind(at)
        );
    }
    Ok(())
}

/// Uploads that never became part of a post.
pub async fn take_unused_media(
    tx: &mut Tx,
    before: Timestamp,
) -> Result<Vec<(String, Option<String>)>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as("DELETE FROM media WHERE post_id IS NULL AND created_at < $1 RETURNING url, thumbnail_url")
            .bind(before)
    ))
}

/// True while any post or profile shows the file.
pub async fn is_media_used(tx: &mut Tx, name: &str) -> Result<bool> {
    let row: Option<(i64,)> = fetch_optional!(
        tx,
        sqlx::query_as(
            "SELECT id FROM media WHERE url = $1 OR thumbnail_url = $1
             UNION ALL SELECT a.id FROM member m JOIN account a ON a.id = m.account_id
                 WHERE a.avatar = $1 OR a.header = $1 LIMIT 1"
        )
        .bind(name)
    );
    Ok(row.is_some())
}

pub async fn detach_media(tx: &mut Tx, id: MediaId) -> Result<()> {
    execute!(tx, sqlx::query("UPDATE media SET post_id = NULL WHERE id = $1").bind(id));
    Ok(())
}
