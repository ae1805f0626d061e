//! Who follows whom.
use super::super::types::{Account, FollowState};
use crate::{
    clock::Timestamp, db::Tx, error::Result, execute, fetch_all, fetch_one, fetch_optional,
    ids::AccountId,
};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Follow {
    pub follower_id: AccountId,
    pub followee_id: AccountId,
    pub id: i64,
    pub uri: String,
    pub state: FollowState,
}

pub async fn follow(
    tx: &mut Tx,
    follower: AccountId,
    followee: AccountId,
) -> Result<Option<Follow>> {
    Ok(fetch_optional!(
        tx,
        sqlx::query_as(
            "SELECT follower_id, followee_id, id, uri, state FROM follow WHERE follower_id = $1 AND followee_id = $2"
        )
        .bind(follower)
        .bind(followee)
    ))
}

pub async fn follow_by_uri(tx: &mut Tx, uri: &str) -> Result<Option<Follow>> {
    Ok(fetch_optional!(
        tx,
        sqlx::query_as(
            "SELECT follower_id, followee_id, id, uri, state FROM follow WHERE uri = $1"
        )
        .bind(uri)
    ))
}

pub async fn put_follow(tx: &mut Tx, f: &Follow, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO follow (follower_id, followee_id, id, uri, state, created_at) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (follower_id, followee_id) DO UPDATE SET uri = excluded.uri, state = excluded.state"
        )
        .bind(f.follower_id)
        .bind(f.followee_id)
        .bind(f.id)
        .bind(&f.uri)
        .bind(f.state)
        .bind(now)
    );
    Ok(())
}

pub async fn delete_follow(tx: &mut Tx, follower: AccountId, followee: AccountId) -> Result<u64> {
    Ok(execute!(
        tx,
        sqlx::query("DELETE FROM follow WHERE follower_id = $1 AND followee_id = $2")
            .bind(follower)
            .bind(followee)
    ))
}

/// Adds to both counters when a follow begins (`by` = 1) or ends (-1).
pub async fn count_follow(
    tx: &mut Tx,
    follower: AccountId,
    followee: AccountId,
    by: i64,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE account SET
                 following_count = following_count + CASE WHEN id = $1 THEN $3 ELSE 0 END,
                 followers_count = followers_count + CASE WHEN id = $2 THEN $3 ELSE 0 END
             WHERE id IN ($1, $2)"
        )
        .bind(follower)
        .bind(followee)
        .bind(by)
    );
    Ok(())
}

/// One of the numbers in a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    Followers,
    Following,
    Posts,
}

/// Writes down a number as the account's own server counts; those that are known here are among them in any case.
pub async fn set_number(tx: &mut Tx, of: AccountId, number: Number, total: i64) -> Result<()> {
    let sql = match number {
        Number::Followers => {
            "UPDATE account SET followers_count = (SELECT MAX(n) FROM (
                 SELECT COUNT(*) AS n FROM follow WHERE followee_id = $1 AND state = 'accepted'
                 UNION ALL SELECT CAST($2 AS BIGINT)) counted) WHERE id = $1"
        }
        Number::Following => {
            "UPDATE account SET following_count = (SELECT MAX(n) FROM (
                 SELECT COUNT(*) AS n FROM follow WHERE follower_id = $1 AND state = 'accepted'
                 UNION ALL SELECT CAST($2 AS BIGINT)) counted) WHERE id = $1"
        }
        Number::Posts => {
            "UPDATE account SET posts_count = (SELECT MAX(n) FROM (
                 SELECT COUNT(*) AS n FROM post WHERE account_id = $1 AND deleted_at IS NULL
                 UNION ALL SELECT CAST($2 AS BIGINT)) counted) WHERE id = $1"
        }
    };
    execute!(tx, sqlx::query(sql).bind(of).bind(total));
    Ok(())
}

/// The accounts that follow (or are followed), newest first, with the id to page by.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Listed {
    pub cursor: i64,
    #[sqlx(flatten)]
    pub account: Account,
}

pub async fn followers(
    tx: &mut Tx,
    of: AccountId,
    state: FollowState,
    before: i64,
    limit: i64,
) -> Result<Vec<Listed>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT f.id AS cursor, a.* FROM follow f JOIN account a ON a.id = f.follower_id
             WHERE f.followee_id = $1 AND f.state = $2 AND f.id < $3 ORDER BY f.id DESC LIMIT $4"
        )
        .bind(of)
        .bind(state)
        .bind(before)
        .bind(limit)
    ))
}

pub async fn following(tx: &mut Tx, of: AccountId, before: i64, limit: i64) -> Result<Vec<Listed>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT f.id AS cursor, a.* FROM follow f JOIN account a ON a.id = f.followee_id
             WHERE f.follower_id = $1 AND f.state = 'accepted' AND f.id < $2 ORDER BY f.id DESC LIMIT $3"
        )
        .bind(of)
        .bind(before)
        .bind(limit)
    ))
}

/// The distinct inboxes that reach all remote followers.
pub async fn follower_inboxes(tx: &mut Tx, of: AccountId) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT DISTINCT COALESCE(a.shared_inbox, a.inbox) FROM follow f JOIN account a ON a.id = f.follower_id
             WHERE f.followee_id = $1 AND f.state = 'accepted' AND a.local = FALSE AND a.deleted_at IS NULL"
        )
        .bind(of)
    );
    Ok(rows.into_iter().map(|(inbox,)| inbox).collect())
}

/// True when a member of this node follows the account.
pub async fn has_local_follower(tx: &mut Tx, of: AccountId) -> Result<bool> {
    let row: Option<(i64,)> = fetch_optional!(
        tx,
        sqlx::query_as(
            "SELECT f.id FROM follow f JOIN member m ON m.account_id = f.follower_id WHERE f.followee_id = $1 LIMIT 1"
        )
        .bind(of)
    );
    Ok(row.is_some())
}

/// Local followers of an account that moved.
pub async fn local_followers(tx: &mut Tx, of: AccountId, limit: i64) -> Result<Vec<Account>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT a.* FROM follow f JOIN account a ON a.id = f.follower_id JOIN member m ON m.account_id = a.id
             WHERE f.followee_id = $1 AND f.state = 'accepted' ORDER BY f.id LIMIT $2"
        )
        .bind(of)
        .bind(limit)
    ))
}

/// One inbox of each other server that follows somebody here or is followed, with an account here that it knows. Not of those for which something
/// waits already.
pub async fn acquainted_inboxes(tx: &mut Tx) -> Result<Vec<(AccountId, String)>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT MIN(k.here), MIN(COALESCE(a.shared_inbox, a.inbox))
             FROM (SELECT follower_id AS here, followee_id AS there FROM follow
                   UNION ALL SELECT followee_id, follower_id FROM follow) k
             JOIN account h ON h.id = k.here AND h.local = TRUE AND h.deleted_at IS NULL AND h.suspended_at IS NULL
             JOIN account a ON a.id = k.there AND a.local = FALSE AND a.deleted_at IS NULL
             WHERE NOT EXISTS (SELECT 1 FROM delivery d WHERE d.host = a.host AND d.state = 'waiting')
             GROUP BY a.host ORDER BY a.host LIMIT 10000"
        )
    ))
}

/// Accounts of other servers whom members follow.
pub async fn followed_elsewhere(tx: &mut Tx) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT DISTINCT a.uri FROM follow f JOIN account a ON a.id = f.followee_id
             WHERE f.state = 'accepted' AND a.local = FALSE AND a.deleted_at IS NULL AND a.outbox IS NOT NULL
             ORDER BY a.uri LIMIT 10000"
        )
    );
    Ok(rows.into_iter().map(|(uri,)| uri).collect())
}

/// Requests to follow that wait for a yes, at most 100.
pub async fn count_follow_requests(tx: &mut Tx, of: AccountId) -> Result<i64> {
    let (n,): (i64,) = fetch_one!(
        tx,
        sqlx::query_as(
            "SELECT COUNT(*) FROM (SELECT id FROM follow WHERE followee_id = $1 AND state = 'pending' LIMIT 100) waiting"
        )
        .bind(of)
    );
    Ok(n)
}
