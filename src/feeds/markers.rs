//! How far a member has read, told from one program to the next.
use crate::{clock::Timestamp, db::Tx, error::Result, execute, fetch_all, ids::AccountId};

/// The place in one timeline. `version` grows with each change.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Marker {
    pub timeline: String,
    pub last_read_id: i64,
    pub version: i64,
    pub updated_at: Timestamp,
}

pub async fn of(tx: &mut Tx, member: AccountId) -> Result<Vec<Marker>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT timeline, last_read_id, version, updated_at FROM marker WHERE account_id = $1 ORDER BY timeline LIMIT 10"
        )
        .bind(member)
    ))
}

pub async fn set(
    tx: &mut Tx,
    member: AccountId,
    timeline: &str,
    last_read_id: i64,
    now: Timestamp,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO marker (account_id, timeline, last_read_id, version, updated_at) VALUES ($1, $2, $3, 1, $4)
             ON CONFLICT (account_id, timeline) DO UPDATE SET last_read_id = excluded.last_read_id,
                 version = marker.version + 1, updated_at = excluded.updated_at"
        )
        .bind(member)
        .bind(timeline)
        .bind(last_read_id)
        .bind(now)
    );
    Ok(())
}
