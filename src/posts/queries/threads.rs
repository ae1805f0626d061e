//! Who answered whom.
use super::super::types::Post;
use crate::{
    db::Tx,
    error::Result,
    execute, fetch_all, fetch_optional,
    ids::{AccountId, PostId},
};

/// Replies that arrived before `parent` find it now.
pub async fn adopt_orphans(tx: &mut Tx, parent: &Post) -> Result<Vec<(PostId, PostId)>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "UPDATE post SET in_reply_to_id = $1 WHERE in_reply_to_uri = $2 AND in_reply_to_id IS NULL
             RETURNING id, thread_id"
        )
        .bind(parent.id)
        .bind(&parent.uri)
    ))
}

pub async fn join_thread(tx: &mut Tx, from: PostId, into: PostId) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO thread_mute (account_id, thread_id)
             SELECT account_id, $2 FROM thread_mute WHERE thread_id = $1 ON CONFLICT DO NOTHING"
        )
        .bind(from)
        .bind(into)
    );
    execute!(tx, sqlx::query("DELETE FROM thread_mute WHERE thread_id = $1").bind(from));
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO conversation (account_id, thread_id, last_id, unread)
             SELECT account_id, $2, last_id, unread FROM conversation WHERE thread_id = $1
             ON CONFLICT (account_id, thread_id) DO UPDATE SET last_id = excluded.last_id, unread = excluded.unread
             WHERE conversation.last_id < excluded.last_id"
        )
        .bind(from)
        .bind(into)
    );
    execute!(tx, sqlx::query("DELETE FROM conversation WHERE thread_id = $1").bind(from));
    execute!(
        tx,
        sqlx::query("UPDATE post SET thread_id = $2 WHERE thread_id = $1").bind(from).bind(into)
    );
    Ok(())
}

/// A member wants to hear no more of a conversation, or does again.
pub async fn set_thread_mute(
    tx: &mut Tx,
    member: AccountId,
    thread: PostId,
    muted: bool,
) -> Result<()> {
    let sql = if muted {
        "INSERT INTO thread_mute (account_id, thread_id) VALUES ($1, $2) ON CONFLICT DO NOTHING"
    } else {
        "DELETE FROM thread_mute WHERE account_id = $1 AND thread_id = $2"
    };
    execute!(tx, sqlx::query(sql).bind(member).bind(thread));
    Ok(())
}

/// The posts of the thread of `post`, oldest first, and what each answers: also those that are deleted or closed, on which others hang.
pub async fn thread_of(
    tx: &mut Tx,
    post: PostId,
    limit: i64,
) -> Result<Vec<(PostId, Option<PostId>)>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT p.id, p.in_reply_to_id FROM post p
             WHERE p.thread_id = (SELECT o.thread_id FROM post o WHERE o.id = $1) ORDER BY p.id LIMIT $2"
        )
        .bind(post)
        .bind(limit)
    ))
}

pub async fn thread_has_more_than(tx: &mut Tx, thread: PostId, most: i64) -> Result<bool> {
    let row: Option<(PostId,)> = fetch_optional!(
        tx,
        sqlx::query_as("SELECT id FROM post WHERE thread_id = $1 ORDER BY id LIMIT 1 OFFSET $2")
            .bind(thread)
            .bind(most)
    );
    Ok(row.is_some())
}

/// Ids of open replies to a post, for its `replies` collection.
pub async fn open_replies(
    tx: &mut Tx,
    parent: PostId,
    after: PostId,
    limit: i64,
) -> Result<Vec<(PostId, String)>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT id, uri FROM post WHERE in_reply_to_id = $1 AND id > $2 AND deleted_at IS NULL
               AND audience IN ('public', 'unlisted') ORDER BY id LIMIT $3"
        )
        .bind(parent)
        .bind(after)
        .bind(limit)
    ))
}

/// Ids of the open posts of a thread, for its `context` collection.
pub async fn open_thread(
    tx: &mut Tx,
    thread: PostId,
    after: PostId,
    limit: i64,
) -> Result<Vec<(PostId, String)>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT id, uri FROM post WHERE thread_id = $1 AND id > $2 AND deleted_at IS NULL
               AND audience IN ('public', 'unlisted') ORDER BY id LIMIT $3"
        )
        .bind(thread)
        .bind(after)
        .bind(limit)
    ))
}
