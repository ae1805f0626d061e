//! SQL of posts that wait for their time.
use super::types::Draft;
use crate::{
    clock::Timestamp,
    db::{Page, Tx},
    error::{Error, Result},
    execute, fetch_all, fetch_one, fetch_optional, fetch_page,
    ids::AccountId,
};

/// A post that waits.
#[derive(Clone, Debug)]
pub struct Scheduled {
    pub id: i64,
    pub account_id: AccountId,
    pub due_at: Timestamp,
    pub draft: Draft,
    /// The message key that says why it could not be published when its time had come.
    pub problem: Option<String>,
}

type Row = (i64, AccountId, Timestamp, String, Option<String>);

impl TryFrom<Row> for Scheduled {
    type Error = Error;
    fn try_from((id, account_id, due_at, draft, problem): Row) -> Result<Self> {
        Ok(Self { id, account_id, due_at, draft: serde_json::from_str(&draft)?, problem })
    }
}

const COLUMNS: &str = "SELECT id, account_id, due_at, draft, problem FROM scheduled_post";

pub async fn insert(tx: &mut Tx, s: &Scheduled) -> Result<()> {
    let draft = serde_json::to_string(&s.draft)?;
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO scheduled_post (id, account_id, due_at, draft) VALUES ($1, $2, $3, $4)"
        )
        .bind(s.id)
        .bind(s.account_id)
        .bind(s.due_at)
        .bind(draft)
    );
    Ok(())
}

pub async fn count(tx: &mut Tx, author: AccountId) -> Result<i64> {
    let (count,): (i64,) = fetch_one!(
        tx,
        sqlx::query_as("SELECT COUNT(*) FROM scheduled_post WHERE account_id = $1").bind(author)
    );
    Ok(count)
}

/// Those of one author, newest first.
pub async fn of(tx: &mut Tx, author: AccountId, page: Page) -> Result<Vec<Scheduled>> {
    let rows: Vec<Row> = fetch_page!(
        tx,
        page,
        ("SELECT id, account_id, due_at, draft, problem FROM scheduled_post
          WHERE account_id = $1 AND id < $2 AND id > $3") by "id" limit "$4",
        author,
        page.before,
        page.after,
    );
    rows.into_iter().map(Scheduled::try_from).collect()
}

/// `NotFound` when it is not the author's.
pub async fn by_id(tx: &mut Tx, author: AccountId, id: i64) -> Result<Scheduled> {
    let row: Option<Row> = fetch_optional!(
        tx,
        sqlx::query_as(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE id = $1 AND account_id = $2")))
            .bind(id)
            .bind(author)
    );
    row.ok_or(Error::NotFound)?.try_into()
}

/// Those whose time has come, oldest first.
pub async fn due(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<Scheduled>> {
    let rows: Vec<Row> = fetch_all!(
        tx,
        sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "{COLUMNS} WHERE due_at <= $1 AND problem IS NULL ORDER BY due_at, id LIMIT $2"
        )))
        .bind(now)
        .bind(limit)
    );
    rows.into_iter().map(Scheduled::try_from).collect()
}

/// A new time, with which what went wrong before is tried again.
pub async fn set_due(tx: &mut Tx, id: i64, due: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query("UPDATE scheduled_post SET due_at = $2, problem = NULL WHERE id = $1")
            .bind(id)
            .bind(due)
    );
    Ok(())
}

pub async fn set_problem(tx: &mut Tx, id: i64, key: &str) -> Result<()> {
    execute!(
        tx,
        sqlx::query("UPDATE scheduled_post SET problem = $2 WHERE id = $1").bind(id).bind(key)
    );
    Ok(())
}

/// False when it is not due any more, or somebody else has taken it.
pub async fn take_due(tx: &mut Tx, id: i64, now: Timestamp) -> Result<bool> {
    Ok(execute!(
        tx,
        sqlx::query(
            "DELETE FROM scheduled_post WHERE id = $1 AND due_at <= $2 AND problem IS NULL"
        )
        .bind(id)
        .bind(now)
    ) == 1)
}

pub async fn delete(tx: &mut Tx, id: i64) -> Result<()> {
    execute!(tx, sqlx::query("DELETE FROM scheduled_post WHERE id = $1").bind(id));
    Ok(())
}
