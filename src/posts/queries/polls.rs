//! Polls, their options and votes.
use super::super::types::{Poll, PollOption};
use crate::{
    clock::Timestamp,
    db::Tx,
    error::Result,
    execute, fetch_all, fetch_in, fetch_optional,
    ids::{AccountId, PostId},
    readable, run,
};
use sqlx::QueryBuilder;

pub async fn put_poll(tx: &mut Tx, p: &Poll) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO poll (post_id, multiple, ends_at, closed, voters_count) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (post_id) DO UPDATE SET closed = excluded.closed, voters_count = excluded.voters_count,
                 ends_at = excluded.ends_at"
        )
        .bind(p.post_id)
        .bind(p.multiple)
        .bind(p.ends_at)
        .bind(p.closed)
        .bind(p.voters_count)
    );
    Ok(())
}

/// The options of a poll, of which there is at least one, each position once.
pub async fn put_poll_options(tx: &mut Tx, options: &[PollOption]) -> Result<()> {
    run!(tx, |c| {
        let mut query =
            QueryBuilder::new("INSERT INTO poll_option (post_id, position, title, votes) ");
        query.push_values(options, |mut row, o| {
            row.push_bind(o.post_id).push_bind(o.position).push_bind(&o.title).push_bind(o.votes);
        });
        query.push(" ON CONFLICT (post_id, position) DO UPDATE SET votes = excluded.votes");
        query.build().execute(&mut *c).await?;
    });
    Ok(())
}

/// Removes a poll with its options and votes.
pub async fn delete_poll(tx: &mut Tx, post: PostId) -> Result<()> {
    for table in [
        "DELETE FROM poll_vote WHERE post_id = $1",
        "DELETE FROM poll_option WHERE post_id = $1",
        "DELETE FROM poll WHERE post_id = $1",
    ] {
        execute!(tx, sqlx::query(table).bind(post));
    }
    Ok(())
}

pub async fn polls(tx: &mut Tx, posts: &[PostId]) -> Result<Vec<Poll>> {
    if posts.is_empty() {
        return Ok(Vec::new());
    }
    Ok(fetch_in!(tx, "SELECT * FROM poll WHERE post_id IN", posts, ""))
}

pub async fn poll_options(tx: &mut Tx, posts: &[PostId]) -> Result<Vec<PollOption>> {
    if posts.is_empty() {
        return Ok(Vec::new());
    }
    Ok(fetch_in!(
        tx,
        "SELECT * FROM poll_option WHERE post_id IN",
        posts,
        "ORDER BY post_id, position"
    ))
}

/// Locks the poll for counting.
pub async fn lock_poll(tx: &mut Tx, post: PostId) -> Result<Option<Poll>> {
    Ok(fetch_optional!(
        tx,
        sqlx::query_as("UPDATE poll SET post_id = post_id WHERE post_id = $1 RETURNING *")
            .bind(post)
    ))
}

pub async fn votes_of(tx: &mut Tx, post: PostId, account: AccountId) -> Result<Vec<i64>> {
    let rows: Vec<(i64,)> = fetch_all!(
        tx,
        sqlx::query_as("SELECT position FROM poll_vote WHERE post_id = $1 AND account_id = $2 ORDER BY position")
            .bind(post)
            .bind(account)
    );
    Ok(rows.into_iter().map(|(p,)| p).collect())
}

pub async fn put_vote(
    tx: &mut Tx,
    post: PostId,
    account: AccountId,
    position: i64,
) -> Result<bool> {
    Ok(execute!(
        tx,
        sqlx::query("INSERT INTO poll_vote (post_id, account_id, position) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
            .bind(post)
            .bind(account)
            .bind(position)
    ) == 1)
}

pub async fn count_vote(tx: &mut Tx, post: PostId, position: i64, new_voter: bool) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE poll_option SET votes = votes + 1 WHERE post_id = $1 AND position = $2"
        )
        .bind(post)
        .bind(position)
    );
    if new_voter {
        execute!(
            tx,
            sqlx::query("UPDATE poll SET voters_count = voters_count + 1 WHERE post_id = $1")
                .bind(post)
        );
    }
    Ok(())
}

/// Takes the polls that have ended and were not announced yet.
pub async fn take_ended_polls(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<(PostId,)>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "UPDATE poll SET announced = TRUE, closed = TRUE, counts_due = NULL WHERE announced = FALSE AND post_id IN (
                 SELECT post_id FROM poll WHERE announced = FALSE AND ends_at <= $1 ORDER BY ends_at LIMIT $2)
             RETURNING post_id"
        )
        .bind(now)
        .bind(limit)
    ))
}

/// Somebody voted in a poll of ours: its counts are to be said by `due`, or earlier.
pub async fn note_counts(tx: &mut Tx, poll: PostId, due: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query("UPDATE poll SET counts_due = COALESCE(counts_due, $2) WHERE post_id = $1")
            .bind(poll)
            .bind(due)
    );
    Ok(())
}

/// Polls whose counts are to be said now; they are not any more.
pub async fn take_counted_polls(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<(PostId,)>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "UPDATE poll SET counts_due = NULL WHERE counts_due IS NOT NULL AND post_id IN (
                 SELECT post_id FROM poll WHERE counts_due <= $1 ORDER BY counts_due LIMIT $2)
             RETURNING post_id"
        )
        .bind(now)
        .bind(limit)
    ))
}

/// Members who voted in a poll and may still read it, to be told that it has ended.
pub async fn voters_here(tx: &mut Tx, post: PostId) -> Result<Vec<AccountId>> {
    let rows: Vec<(AccountId,)> = fetch_all!(
        tx,
        sqlx::query_as(concat!(
            "SELECT DISTINCT v.account_id FROM poll_vote v JOIN member m ON m.account_id = v.account_id
             JOIN post p ON p.id = v.post_id WHERE v.post_id = $1 AND ",
            readable!("v.account_id"),
            " LIMIT 10000"
        ))
        .bind(post)
    );
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
