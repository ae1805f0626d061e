//! SQL of members' details. One function, one statement; no rules.
use super::types::{Audience, Detail, DetailField};
use crate::{
    accounts::types::Account, db::Tx, error::Result, execute, fetch_all, ids::AccountId, run,
};

/// What those of an audience may see of an account, in order: nothing of one that is deleted or suspended.
pub async fn seen_by(tx: &mut Tx, audience: Audience, of: AccountId) -> Result<Vec<Detail>> {
    let mut details: Vec<Detail> = run!(tx, |c| {
        let mut query = sqlx::QueryBuilder::new(
            "SELECT d.field, d.value, d.audience, d.chosen_at FROM account_detail d JOIN account a ON a.id = d.account_id
             WHERE a.deleted_at IS NULL AND a.suspended_at IS NULL
               AND d.account_id = ",
        );
        query.push_bind(of).push(" AND d.audience IN (");
        let mut audiences = query.separated(", ");
        for audience in audience.seen() {
            audiences.push_bind(audience);
        }
        query.push(")");
        query.build_query_as().fetch_all(&mut *c).await?
    });
    details.sort_by_key(|d| d.field);
    Ok(details)
}

pub async fn put(tx: &mut Tx, of: AccountId, d: &Detail) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO account_detail (account_id, field, value, audience, chosen_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (account_id, field) DO UPDATE
             SET value = excluded.value, audience = excluded.audience, chosen_at = excluded.chosen_at"
        )
        .bind(of)
        .bind(d.field)
        .bind(&d.value)
        .bind(d.audience)
        .bind(d.chosen_at)
    );
    Ok(())
}

pub async fn delete(tx: &mut Tx, of: AccountId, field: DetailField) -> Result<()> {
    execute!(
        tx,
        sqlx::query("DELETE FROM account_detail WHERE account_id = $1 AND field = $2")
            .bind(of)
            .bind(field)
    );
    Ok(())
}

/// What other nodes may know.
pub async fn delete_shared(tx: &mut Tx, of: AccountId) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "DELETE FROM account_detail WHERE account_id = $1 AND audience IN ('network', 'public')"
        )
        .bind(of)
    );
    Ok(())
}

pub async fn delete_all(tx: &mut Tx, of: AccountId) -> Result<()> {
    execute!(tx, sqlx::query("DELETE FROM account_detail WHERE account_id = $1").bind(of));
    Ok(())
}

/// Members with shared details of which the log of `node`, which is us, says nothing yet.
pub async fn not_logged(tx: &mut Tx, node: &str, limit: i64) -> Result<Vec<Account>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT a.* FROM account a JOIN member m ON m.account_id = a.id
             WHERE m.state = 'active' AND a.deleted_at IS NULL AND a.suspended_at IS NULL
               AND EXISTS (SELECT 1 FROM account_detail d WHERE d.account_id = a.id AND d.audience IN ('network', 'public'))
               AND NOT EXISTS (SELECT 1 FROM log_entry e WHERE e.obj_id = a.uri || '#profile' AND e.node = $1 AND e.kind = 'ap')
             ORDER BY a.id LIMIT $2"
        )
        .bind(node)
        .bind(limit)
    ))
}
