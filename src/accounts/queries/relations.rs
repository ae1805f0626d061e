//! Blocks and mutes, and how two accounts stand to each other.
use super::super::types::{Mute, Relationship};
use crate::{db::Tx, error::Result, execute, fetch_optional, ids::AccountId, run};
use sqlx::QueryBuilder;
use std::collections::{HashMap, HashSet};

pub async fn put_block(
    tx: &mut Tx,
    by: AccountId,
    target: AccountId,
    id: i64,
    uri: &str,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO block (account_id, target_id, id, uri) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
        )
        .bind(by)
        .bind(target)
        .bind(id)
        .bind(uri)
    );
    Ok(())
}

/// Which of `accounts` block which of `targets`.
pub async fn blocks_among(
    tx: &mut Tx,
    accounts: &[AccountId],
    targets: &[AccountId],
) -> Result<HashSet<(AccountId, AccountId)>> {
    if accounts.is_empty() || targets.is_empty() {
        return Ok(HashSet::new());
    }
    let rows: Vec<(AccountId, AccountId)> = run!(tx, |c| {
        let mut query =
            QueryBuilder::new("SELECT account_id, target_id FROM block WHERE target_id IN (");
        let mut list = query.separated(", ");
        for target in targets {
            list.push_bind(*target);
        }
        query.push(") AND account_id IN (");
        let mut list = query.separated(", ");
        for account in accounts {
            list.push_bind(*account);
        }
        query.push(")");
        query.build_query_as().persistent(accounts.len() == 1).fetch_all(&mut *c).await?
    });
    Ok(rows.into_iter().collect())
}

pub async fn block_uri(tx: &mut Tx, by: AccountId, target: AccountId) -> Result<Option<String>> {
    let row: Option<(String,)> = fetch_optional!(
        tx,
        sqlx::query_as("SELECT uri FROM block WHERE account_id = $1 AND target_id = $2")
            .bind(by)
            .bind(target)
    );
    Ok(row.map(|(uri,)| uri))
}

pub async fn delete_block(tx: &mut Tx, by: AccountId, target: AccountId) -> Result<()> {
    execute!(
        tx,
        sqlx::query("DELETE FROM block WHERE account_id = $1 AND target_id = $2")
            .bind(by)
            .bind(target)
    );
    Ok(())
}

pub async fn put_mute(
    tx: &mut Tx,
    by: AccountId,
    target: AccountId,
    id: i64,
    mute: Mute,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO mute (account_id, target_id, id, notifications, expires_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (account_id, target_id) DO UPDATE
                 SET notifications = excluded.notifications, expires_at = excluded.expires_at"
        )
        .bind(by)
        .bind(target)
        .bind(id)
        .bind(mute.notifications)
        .bind(mute.until)
    );
    Ok(())
}

pub async fn delete_mute(tx: &mut Tx, by: AccountId, target: AccountId) -> Result<()> {
    execute!(
        tx,
        sqlx::query("DELETE FROM mute WHERE account_id = $1 AND target_id = $2")
            .bind(by)
            .bind(target)
    );
    Ok(())
}

pub async fn relationship(
    tx: &mut Tx,
    viewer: AccountId,
    other: AccountId,
) -> Result<Relationship> {
    Ok(relationships(tx, viewer, &[other]).await?.remove(&other).unwrap_or_default())
}

#[derive(sqlx::FromRow)]
struct Related {
    other: AccountId,
    #[sqlx(flatten)]
    relation: Relationship,
}

/// How `viewer` stands to each of `others`, in one query.
pub async fn relationships(
    tx: &mut Tx,
    viewer: AccountId,
    others: &[AccountId],
) -> Result<HashMap<AccountId, Relationship>> {
    if others.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Related> = run!(tx, |c| {
        let mut query = sqlx::QueryBuilder::new("WITH v AS (SELECT CAST(");
        query.push_bind(viewer).push(
            " AS BIGINT) AS me)
             SELECT a.id AS other,
                 EXISTS (SELECT 1 FROM follow WHERE follower_id = v.me AND followee_id = a.id AND state = 'accepted') AS following,
                 EXISTS (SELECT 1 FROM follow WHERE follower_id = v.me AND followee_id = a.id AND state = 'pending') AS requested,
                 EXISTS (SELECT 1 FROM follow WHERE follower_id = a.id AND followee_id = v.me AND state = 'accepted') AS followed_by,
                 EXISTS (SELECT 1 FROM block WHERE account_id = v.me AND target_id = a.id) AS blocking,
                 EXISTS (SELECT 1 FROM block WHERE account_id = a.id AND target_id = v.me) AS blocked_by,
                 EXISTS (SELECT 1 FROM mute WHERE account_id = v.me AND target_id = a.id) AS muting
             FROM account a, v WHERE a.id IN (",
        );
        let mut list = query.separated(", ");
        for id in others {
            list.push_bind(*id);
        }
        query.push(")");
        query.build_query_as().fetch_all(&mut *c).await?
    });
    Ok(rows.into_iter().map(|r| (r.other, r.relation)).collect())
}

/// True when either of the two has blocked the other.
pub async fn is_blocked_between(tx: &mut Tx, a: AccountId, b: AccountId) -> Result<bool> {
    let row: Option<(i64,)> = fetch_optional!(
        tx,
        sqlx::query_as(
            "SELECT id FROM block WHERE (account_id = $1 AND target_id = $2) OR (account_id = $2 AND target_id = $1) LIMIT 1"
        )
        .bind(a)
        .bind(b)
    );
    Ok(row.is_some())
}

/// Ends every relation of an account that goes, and corrects the counters of the others.
pub async fn delete_relations(tx: &mut Tx, id: AccountId) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE account SET followers_count = followers_count - 1 WHERE id IN (
                 SELECT followee_id FROM follow WHERE follower_id = $1 AND state = 'accepted')"
        )
        .bind(id)
    );
    execute!(
        tx,
        sqlx::query(
            "UPDATE account SET following_count = following_count - 1 WHERE id IN (
                 SELECT follower_id FROM follow WHERE followee_id = $1 AND state = 'accepted')"
        )
        .bind(id)
    );
    execute!(
        tx,
        sqlx::query("DELETE FROM follow WHERE follower_id = $1 OR followee_id = $1").bind(id)
    );
    for sql in [
        "DELETE FROM block WHERE account_id = $1 OR target_id = $1",
        "DELETE FROM mute WHERE account_id = $1 OR target_id = $1",
        "DELETE FROM account_note WHERE account_id = $1 OR target_id = $1",
        "DELETE FROM endorsement WHERE account_id = $1 OR target_id = $1",
        "DELETE FROM host_block WHERE account_id = $1",
        "DELETE FROM followed_tag WHERE account_id = $1",
        "DELETE FROM featured_tag WHERE account_id = $1",
        "DELETE FROM conversation WHERE account_id = $1",
        "DELETE FROM list_entry WHERE list_id IN (SELECT id FROM list WHERE account_id = $1)",
        "DELETE FROM list_member WHERE account_id = $1 OR list_id IN (SELECT id FROM list WHERE account_id = $1)",
        "DELETE FROM list WHERE account_id = $1",
        "DELETE FROM filter_keyword WHERE filter_id IN (SELECT id FROM filter WHERE account_id = $1)",
        "DELETE FROM filter_post WHERE filter_id IN (SELECT id FROM filter WHERE account_id = $1)",
        "DELETE FROM filter WHERE account_id = $1",
    ] {
        execute!(tx, sqlx::query(sql).bind(id));
    }
    execute!(
        tx,
        sqlx::query("DELETE FROM notification WHERE account_id = $1 OR from_id = $1").bind(id)
    );
    execute!(tx, sqlx::query("DELETE FROM home_entry WHERE account_id = $1").bind(id));
    Ok(())
}
