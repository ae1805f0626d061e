//! What visitors wrote whose session had ended.
use crate::{clock::Timestamp, db::Tx, error::Result, execute, fetch_optional};

pub async fn put_draft(tx: &mut Tx, token_hash: &str, form: &str, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query("INSERT INTO draft (token_hash, form, created_at) VALUES ($1, $2, $3)")
            .bind(token_hash)
            .bind(form)
            .bind(now)
    );
    Ok(())
}

pub async fn draft(tx: &mut Tx, token_hash: &str) -> Result<Option<String>> {
    let row: Option<(String,)> = fetch_optional!(
        tx,
        sqlx::query_as("SELECT form FROM draft WHERE token_hash = $1").bind(token_hash)
    );
    Ok(row.map(|(form,)| form))
}

pub async fn delete_draft(tx: &mut Tx, token_hash: &str) -> Result<()> {
    execute!(tx, sqlx::query("DELETE FROM draft WHERE token_hash = $1").bind(token_hash));
    Ok(())
}

pub async fn forget_drafts(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    Ok(execute!(tx, sqlx::query("DELETE FROM draft WHERE created_at < $1").bind(before)))
}
