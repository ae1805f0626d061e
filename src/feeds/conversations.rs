//! Conversations in direct posts: one row for each member and thread, with the newest post.
use crate::{
    db::{Page, Tx},
    error::Result,
    execute, fetch_all, fetch_optional, fetch_page,
    ids::{AccountId, PostId},
};
use std::collections::HashMap;

#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct Conversation {
    pub thread_id: PostId,
    pub last_id: PostId,
    pub unread: bool,
}

/// `author` has said something to `member`, or is `member`, who has read what they said themselves.
pub async fn note(
    tx: &mut Tx,
    member: AccountId,
    thread: PostId,
    post: PostId,
    author: AccountId,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(concat!(
            "INSERT INTO conversation (account_id, thread_id, last_id, unread)
             SELECT m.account_id, $2, $3, $4 <> $1 FROM member m WHERE m.account_id = $1 AND ",
            wants!("$1", "$4"),
            " ON CONFLICT (account_id, thread_id) DO UPDATE SET last_id = excluded.last_id, unread = excluded.unread
             WHERE conversation.last_id < excluded.last_id"
        ))
        .bind(member)
        .bind(thread)
        .bind(post)
        .bind(author)
    );
    Ok(())
}

/// The newest first, paged by their newest posts.
pub async fn page(tx: &mut Tx, member: AccountId, page: Page) -> Result<Vec<Conversation>> {
    Ok(fetch_page!(
        tx,
        page,
        ("SELECT thread_id, last_id, unread FROM conversation WHERE account_id = $1 AND last_id < $2 AND last_id > $3")
            by "last_id" limit "$4",
        member,
        page.before,
        page.after,
    ))
}

pub async fn by_thread(
    tx: &mut Tx,
    member: AccountId,
    thread: PostId,
) -> Result<Option<Conversation>> {
    Ok(fetch_optional!(
        tx,
        sqlx::query_as(
            "SELECT thread_id, last_id, unread FROM conversation WHERE account_id = $1 AND thread_id = $2"
        )
        .bind(member)
        .bind(thread)
    ))
}

/// The thread in the lists of those for whom `post` is its newest.
pub async fn with_newest(
    tx: &mut Tx,
    thread: PostId,
    post: PostId,
) -> Result<HashMap<AccountId, Conversation>> {
    let rows: Vec<(AccountId, bool)> = fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT account_id, unread FROM conversation WHERE thread_id = $1 AND last_id = $2"
        )
        .bind(thread)
        .bind(post)
    );
    let of = |unread| Conversation { thread_id: thread, last_id: post, unread };
    Ok(rows.into_iter().map(|(member, unread)| (member, of(unread))).collect())
}

pub async fn mark(tx: &mut Tx, member: AccountId, thread: PostId, unread: bool) -> Result<()> {
    execute!(
        tx,
        sqlx::query("UPDATE conversation SET unread = $3 WHERE account_id = $1 AND thread_id = $2")
            .bind(member)
            .bind(thread)
            .bind(unread)
    );
    Ok(())
}

/// It is off the list until somebody says something again.
pub async fn delete(tx: &mut Tx, member: AccountId, thread: PostId) -> Result<()> {
    execute!(
        tx,
        sqlx::query("DELETE FROM conversation WHERE account_id = $1 AND thread_id = $2")
            .bind(member)
            .bind(thread)
    );
    Ok(())
}
