//! SQL of lists of people: who follows, whom somebody mutes, blocks or recommends, a page at a time by the id of the relation.
use super::{
    queries::{self, Listed},
    types::Account,
};
use crate::{
    clock::Timestamp,
    db::{Page, Tx},
    error::Result,
    fetch_all, fetch_page,
    ids::AccountId,
    wants,
};

/// A page of people: the end of the statement after `SELECT r.id AS cursor, a.* FROM`, with the member as `$1`.
macro_rules! people {
    ($tx:expr, $member:expr, $page:expr, $from:literal) => {
        Ok(fetch_page!(
            $tx,
            $page,
            (
                "SELECT r.id AS cursor, a.* FROM ",
                $from,
                " AND a.deleted_at IS NULL AND a.suspended_at IS NULL AND r.id < $2 AND r.id > $3"
            ) by "r.id" limit "$4",
            $member,
            $page.before,
            $page.after,
        ))
    };
}

pub async fn followers(tx: &mut Tx, of: AccountId, page: Page) -> Result<Vec<Listed>> {
    people!(
        tx,
        of,
        page,
        "follow r JOIN account a ON a.id = r.follower_id WHERE r.followee_id = $1 AND r.state = 'accepted'"
    )
}

/// True when an account shows this reader who follows it and whom it follows: visitors as everybody else, but nobody whom it blocks.
pub async fn are_shown_to(tx: &mut Tx, of: AccountId, reader: Option<AccountId>) -> Result<bool> {
    match reader {
        Some(reader) => Ok(queries::block_uri(tx, of, reader).await?.is_none()),
        None => Ok(true),
    }
}

/// Who asks to follow.
pub async fn requests(tx: &mut Tx, of: AccountId, page: Page) -> Result<Vec<Listed>> {
    people!(
        tx,
        of,
        page,
        "follow r JOIN account a ON a.id = r.follower_id WHERE r.followee_id = $1 AND r.state = 'pending'"
    )
}

pub async fn following(tx: &mut Tx, of: AccountId, page: Page) -> Result<Vec<Listed>> {
    people!(
        tx,
        of,
        page,
        "follow r JOIN account a ON a.id = r.followee_id WHERE r.follower_id = $1 AND r.state = 'accepted'"
    )
}

/// Somebody who is muted, and until when.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Muted {
    pub expires_at: Option<Timestamp>,
    #[sqlx(flatten)]
    pub listed: Listed,
}

pub async fn muted(tx: &mut Tx, by: AccountId, page: Page) -> Result<Vec<Muted>> {
    Ok(fetch_page!(
        tx,
        page,
        ("SELECT r.id AS cursor, r.expires_at, a.* FROM mute r JOIN account a ON a.id = r.target_id
          WHERE r.account_id = $1 AND a.deleted_at IS NULL AND a.suspended_at IS NULL AND r.id < $2 AND r.id > $3")
            by "r.id" limit "$4",
        by,
        page.before,
        page.after,
    ))
}

pub async fn blocked(tx: &mut Tx, by: AccountId, page: Page) -> Result<Vec<Listed>> {
    people!(tx, by, page, "block r JOIN account a ON a.id = r.target_id WHERE r.account_id = $1")
}

pub async fn endorsed(tx: &mut Tx, by: AccountId, page: Page) -> Result<Vec<Listed>> {
    people!(
        tx,
        by,
        page,
        "endorsement r JOIN account a ON a.id = r.target_id WHERE r.account_id = $1"
    )
}

/// People of this node who want to be found and whom `member` neither follows nor keeps away, the most followed first.
pub async fn not_followed(tx: &mut Tx, member: AccountId) -> Result<Vec<Account>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(concat!(
            "SELECT a.* FROM (
                 SELECT id FROM account WHERE local = TRUE AND kind = 'person' AND discoverable = TRUE
                   AND deleted_at IS NULL AND suspended_at IS NULL ORDER BY id DESC LIMIT 1000) n
             JOIN account a ON a.id = n.id
             WHERE a.id <> $1 AND NOT EXISTS (SELECT 1 FROM follow f WHERE f.follower_id = $1 AND f.followee_id = a.id) AND ",
            wants!("$1", "a.id"),
            " ORDER BY a.followers_count DESC, a.id DESC LIMIT 80"
        ))
        .bind(member)
    ))
}

/// A text with the id to page by: a host, a tag.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Word {
    pub id: i64,
    pub word: String,
}

/// Hosts of which a member wants to see nobody.
pub async fn blocked_hosts(tx: &mut Tx, by: AccountId, page: Page) -> Result<Vec<Word>> {
    Ok(fetch_page!(
        tx,
        page,
        ("SELECT id, host AS word FROM host_block WHERE account_id = $1 AND id < $2 AND id > $3")
            by "id" limit "$4",
        by,
        page.before,
        page.after,
    ))
}

pub async fn followed_tags(tx: &mut Tx, by: AccountId, page: Page) -> Result<Vec<Word>> {
    Ok(fetch_page!(
        tx,
        page,
        ("SELECT id, tag AS word FROM followed_tag WHERE account_id = $1 AND id < $2 AND id > $3")
            by "id" limit "$4",
        by,
        page.before,
        page.after,
    ))
}
