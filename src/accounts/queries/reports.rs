//! What was reported to the admins.
use crate::{clock::Timestamp, db::Tx, error::Result, execute, fetch_all, ids::AccountId};

/// A report (`Flag`), kept for the moderators.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Report {
    pub id: i64,
    pub uri: String,
    pub reporter_id: AccountId,
    pub target_id: AccountId,
    /// JSON list of post ids.
    pub posts: String,
    pub comment: String,
}

pub async fn insert_report(tx: &mut Tx, r: &Report, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO report (id, uri, reporter_id, target_id, posts, comment, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING"
        )
        .bind(r.id)
        .bind(&r.uri)
        .bind(r.reporter_id)
        .bind(r.target_id)
        .bind(&r.posts)
        .bind(&r.comment)
        .bind(now)
    );
    Ok(())
}

/// A report as the moderators read it, with the two accounts.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ReportRow {
    pub id: i64,
    /// JSON list of post ids.
    pub posts: String,
    pub comment: String,
    pub created_at: Timestamp,
    pub reporter_name: String,
    pub reporter_host: String,
    pub target_name: String,
    pub target_host: String,
}

/// Reports, newest first.
pub async fn reports(tx: &mut Tx, before: i64, limit: i64) -> Result<Vec<ReportRow>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT r.id, r.posts, r.comment, r.created_at, f.name AS reporter_name, f.host AS reporter_host,
                 t.name AS target_name, t.host AS target_host
             FROM report r JOIN account f ON f.id = r.reporter_id JOIN account t ON t.id = r.target_id
             WHERE r.id < $1 ORDER BY r.id DESC LIMIT $2"
        )
        .bind(before)
        .bind(limit)
    ))
}
