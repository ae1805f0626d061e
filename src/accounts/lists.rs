//! SQL of a member's lists of accounts.
use super::queries::Listed;
use crate::{
    db::{Page, Tx},
    error::Result,
    execute, execute_in, fetch_all, fetch_one, fetch_optional, fetch_page,
    ids::AccountId,
};
use serde::{Deserialize, Serialize};

/// Which replies by those on a list are shown, beside those to the member.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, Serialize, Deserialize, schemars::JsonSchema,
)]
#[sqlx(type_name = "TEXT", rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Replies {
    /// To anybody whom the member follows.
    Followed,
    /// To others on the list.
    List,
    None,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct List {
    pub id: i64,
    pub account_id: AccountId,
    pub title: String,
    pub replies: Replies,
    /// What is on the list is not in the home timeline.
    pub exclusive: bool,
}

impl List {
    /// Lists of one member, accounts of one list, characters of a title.
    pub const MOST: i64 = 100;
    pub const MAX_ACCOUNTS: i64 = 1_000;
    pub const MAX_TITLE: usize = 100;
}

pub async fn lists(tx: &mut Tx, of: AccountId) -> Result<Vec<List>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as("SELECT * FROM list WHERE account_id = $1 ORDER BY id LIMIT $2")
            .bind(of)
            .bind(List::MOST)
    ))
}

pub async fn list(tx: &mut Tx, of: AccountId, id: i64) -> Result<Option<List>> {
    Ok(fetch_optional!(
        tx,
        sqlx::query_as("SELECT * FROM list WHERE id = $1 AND account_id = $2").bind(id).bind(of)
    ))
}

pub async fn count(tx: &mut Tx, of: AccountId) -> Result<i64> {
    let (n,): (i64,) =
        fetch_one!(tx, sqlx::query_as("SELECT COUNT(*) FROM list WHERE account_id = $1").bind(of));
    Ok(n)
}

/// The member's lists on which an account is.
pub async fn lists_with(tx: &mut Tx, of: AccountId, account: AccountId) -> Result<Vec<List>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT l.* FROM list_member m JOIN list l ON l.id = m.list_id
             WHERE m.account_id = $2 AND l.account_id = $1 ORDER BY l.id LIMIT $3"
        )
        .bind(of)
        .bind(account)
        .bind(List::MOST)
    ))
}

pub async fn put(tx: &mut Tx, l: &List) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO list (id, account_id, title, replies, exclusive) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (id) DO UPDATE
                 SET title = excluded.title, replies = excluded.replies, exclusive = excluded.exclusive"
        )
        .bind(l.id)
        .bind(l.account_id)
        .bind(&l.title)
        .bind(l.replies)
        .bind(l.exclusive)
    );
    Ok(())
}

pub async fn delete(tx: &mut Tx, id: i64) -> Result<()> {
    for sql in [
        "DELETE FROM list_entry WHERE list_id = $1",
        "DELETE FROM list_member WHERE list_id = $1",
        "DELETE FROM list WHERE id = $1",
    ] {
        execute!(tx, sqlx::query(sql).bind(id));
    }
    Ok(())
}

pub async fn accounts(tx: &mut Tx, list: i64, page: Page) -> Result<Vec<Listed>> {
    Ok(fetch_page!(
        tx,
        page,
        ("SELECT m.id AS cursor, a.* FROM list_member m JOIN account a ON a.id = m.account_id
          WHERE m.list_id = $1 AND a.deleted_at IS NULL AND a.suspended_at IS NULL AND m.id < $2 AND m.id > $3")
            by "m.id" limit "$4",
        list,
        page.before,
        page.after,
    ))
}

pub async fn count_accounts(tx: &mut Tx, list: i64) -> Result<i64> {
    let (n,): (i64,) = fetch_one!(
        tx,
        sqlx::query_as("SELECT COUNT(*) FROM list_member WHERE list_id = $1").bind(list)
    );
    Ok(n)
}

pub async fn add(tx: &mut Tx, list: i64, account: AccountId, id: i64) -> Result<()> {
    execute!(
        tx,
        sqlx::query("INSERT INTO list_member (list_id, account_id, id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
            .bind(list)
            .bind(account)
            .bind(id)
    );
    Ok(())
}

pub async fn remove(tx: &mut Tx, list: i64, accounts: &[AccountId]) -> Result<()> {
    execute_in!(
        tx,
        format!("DELETE FROM list_member WHERE list_id = {list} AND account_id IN"),
        accounts
    );
    execute_in!(
        tx,
        format!(
            "DELETE FROM list_entry WHERE list_id = {list} AND COALESCE(booster_id, author_id) IN"
        ),
        accounts
    );
    Ok(())
}

/// Takes an account off all lists of a member who no longer follows it.
pub async fn remove_from_all(tx: &mut Tx, of: AccountId, account: AccountId) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "DELETE FROM list_member WHERE account_id = $2 AND list_id IN (SELECT id FROM list WHERE account_id = $1)"
        )
        .bind(of)
        .bind(account)
    );
    Ok(())
}
