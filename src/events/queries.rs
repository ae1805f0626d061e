//! SQL of events and of who attends. One function, one statement; no rules.
use super::types::{Beginning, Event, NewEvent, Rsvp, RsvpState};
use crate::{
    clock::Timestamp,
    db::Tx,
    error::Result,
    execute, fetch_all, fetch_in, fetch_optional,
    ids::{AccountId, PostId},
    readable, wants,
};

/// Writes the event down, over what was known of it. How many attend is counted here for events of this node.
pub async fn put(tx: &mut Tx, e: &Event, counted_here: bool) -> Result<()> {
    let sql = if counted_here { PUT_OWN } else { PUT_TOLD };
    execute!(
        tx,
        sqlx::query(sql)
            .bind(e.post_id)
            .bind(e.starts_at)
            .bind(e.ends_at)
            .bind(&e.timezone)
            .bind(&e.place)
            .bind(&e.address)
            .bind(&e.online_url)
            .bind(e.status)
            .bind(e.join_mode)
            .bind(&e.join_url)
            .bind(e.capacity)
            .bind(e.attending)
    );
    Ok(())
}

macro_rules! put {
    ($attending:literal) => {
        concat!(
            "INSERT INTO event (post_id, starts_at, ends_at, timezone, place, address, online_url, status, join_mode,
                 join_url, capacity, attending)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
             ON CONFLICT (post_id) DO UPDATE SET starts_at = excluded.starts_at, ends_at = excluded.ends_at,
                 timezone = excluded.timezone, place = excluded.place, address = excluded.address,
                 online_url = excluded.online_url, status = excluded.status, join_mode = excluded.join_mode,
                 join_url = excluded.join_url, capacity = excluded.capacity, attending = ",
            $attending
        )
    };
}
const PUT_OWN: &str = put!("event.attending");
const PUT_TOLD: &str = put!("excluded.attending");

pub async fn of(tx: &mut Tx, posts: &[PostId]) -> Result<Vec<Event>> {
    if posts.is_empty() {
        return Ok(Vec::new());
    }
    Ok(fetch_in!(tx, "SELECT * FROM event WHERE post_id IN", posts, ""))
}

/// The event, locked until commit, so that two guests cannot take the last place.
pub async fn lock(tx: &mut Tx, post: PostId) -> Result<Option<Event>> {
    let sql = "UPDATE event SET post_id = post_id WHERE post_id = $1 RETURNING *";
    Ok(fetch_optional!(tx, sqlx::query_as(sql).bind(post)))
}

/// Counts the places that are given, and returns the event as it is then.
pub async fn count(tx: &mut Tx, post: PostId, due: Timestamp) -> Result<Option<Event>> {
    Ok(fetch_optional!(
        tx,
        sqlx::query_as(
            "UPDATE event SET counts_due = COALESCE(counts_due, $2), attending = (
                 SELECT COUNT(*) FROM rsvp r WHERE r.post_id = $1 AND r.state = 'confirmed')
             WHERE post_id = $1 RETURNING *"
        )
        .bind(post)
        .bind(due)
    ))
}

/// Events of which it is to be said how many attend; it is not any more.
pub async fn take_counted(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<(PostId,)>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "UPDATE event SET counts_due = NULL WHERE counts_due IS NOT NULL AND post_id IN (
                 SELECT post_id FROM event WHERE counts_due <= $1 ORDER BY counts_due LIMIT $2)
             RETURNING post_id"
        )
        .bind(now)
        .bind(limit)
    ))
}

/// Which events a reader asks for.
#[derive(Clone, Copy, Debug)]
pub struct EventPage {
    pub now: Timestamp,
    /// Those that are over, the latest first; else those that are not, the soonest first.
    pub past: bool,
    /// Behind this one.
    pub after: Option<Beginning>,
    pub limit: i64,
}

/// SQL: events in the order in which they start, as far as `$1` may read them and wants to. What is unlisted is found by who has its address; of strangers, what a
/// member follows or attends: else anybody could put a line on everybody's page.
// CROSS: SQLite joins in the order that is written, here along the index of starts.
macro_rules! by_start {
    ($behind:literal, $ends:literal, $order:literal) => {
        concat!(
            "SELECT e.starts_at, e.post_id FROM event e CROSS JOIN post p
             WHERE p.id = e.post_id AND (e.starts_at, e.post_id) ",
            $behind,
            " ($3, $4)
               AND COALESCE(e.ends_at, e.starts_at + $5) ",
            $ends,
            " $2
               AND (p.audience <> 'unlisted' OR p.account_id = $1)
               AND (p.local = TRUE OR EXISTS (SELECT 1 FROM log_entry l WHERE l.obj_id = p.uri)
                    OR EXISTS (SELECT 1 FROM rsvp r WHERE r.post_id = p.id AND r.account_id = $1)
                    OR EXISTS (SELECT 1 FROM follow f WHERE f.follower_id = $1 AND f.followee_id = p.account_id
                               AND f.state = 'accepted')) AND ",
            readable!(),
            " AND ",
            wants!("$1", "p.account_id"),
            " ORDER BY e.starts_at ",
            $order,
            ", e.post_id ",
            $order,
            " LIMIT $6"
        )
    };
}

/// Events that the viewer may read, by when they start. What began more than a year ago is not looked at, however long it goes on.
pub async fn by_start(
    tx: &mut Tx,
    viewer: Option<AccountId>,
    page: EventPage,
) -> Result<Vec<Beginning>> {
    let (sql, begin) = if page.past {
        (by_start!("<", "<=", "DESC"), page.now)
    } else {
        (by_start!(">", ">", "ASC"), page.now.plus(-NewEvent::LONGEST))
    };
    let after = page.after.unwrap_or(Beginning { starts_at: begin, post_id: PostId(0) });
    Ok(fetch_all!(
        tx,
        sqlx::query_as(sql)
            .bind(viewer.map_or(0, |v| v.0))
            .bind(page.now)
            .bind(after.starts_at)
            .bind(after.post_id)
            .bind(Event::USUAL)
            .bind(page.limit)
    ))
}

pub async fn rsvp(tx: &mut Tx, post: PostId, account: AccountId) -> Result<Option<Rsvp>> {
    let sql = "SELECT * FROM rsvp WHERE post_id = $1 AND account_id = $2";
    Ok(fetch_optional!(tx, sqlx::query_as(sql).bind(post).bind(account)))
}

pub async fn rsvp_by_uri(tx: &mut Tx, uri: &str) -> Result<Option<Rsvp>> {
    let sql = "SELECT * FROM rsvp WHERE uri = $1";
    Ok(fetch_optional!(tx, sqlx::query_as(sql).bind(uri)))
}

/// Writes down where somebody stands, over where they stood.
pub async fn put_rsvp(tx: &mut Tx, r: &Rsvp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO rsvp (post_id, account_id, id, uri, state, message, asked_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (post_id, account_id) DO UPDATE SET id = excluded.id, uri = excluded.uri, state = excluded.state,
                 message = excluded.message, asked_at = excluded.asked_at"
        )
        .bind(r.post_id)
        .bind(r.account_id)
        .bind(r.id)
        .bind(&r.uri)
        .bind(r.state)
        .bind(&r.message)
        .bind(r.asked_at)
    );
    Ok(())
}

pub async fn set_state(tx: &mut Tx, id: i64, state: RsvpState) -> Result<()> {
    execute!(tx, sqlx::query("UPDATE rsvp SET state = $2 WHERE id = $1").bind(id).bind(state));
    Ok(())
}

/// Gives a place to the `places` who have waited longest, and returns them in the order in which they asked.
pub async fn promote(tx: &mut Tx, post: PostId, places: i64) -> Result<Vec<Rsvp>> {
    let mut promoted: Vec<Rsvp> = fetch_all!(
        tx,
        sqlx::query_as(
            "UPDATE rsvp SET state = 'confirmed' WHERE id IN (
                 SELECT id FROM rsvp WHERE post_id = $1 AND state = 'waitlisted' ORDER BY id LIMIT $2)
             RETURNING *"
        )
        .bind(post)
        .bind(places)
    );
    promoted.sort_by_key(|rsvp| rsvp.id);
    Ok(promoted)
}

/// Members of this node who have, or may get, a place; at most 10,000.
pub async fn guests_here(tx: &mut Tx, post: PostId) -> Result<Vec<AccountId>> {
    let rows: Vec<(AccountId,)> = fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT r.account_id FROM rsvp r JOIN member m ON m.account_id = r.account_id
             WHERE r.post_id = $1 AND r.state IN ('queued', 'confirmed', 'waitlisted') LIMIT 10000"
        )
        .bind(post)
    );
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The events at which an account has, or may get, a place.
pub async fn attended_by(tx: &mut Tx, account: AccountId) -> Result<Vec<PostId>> {
    let rows: Vec<(PostId,)> = fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT post_id FROM rsvp WHERE account_id = $1 AND state IN ('queued', 'confirmed', 'waitlisted') ORDER BY post_id"
        )
        .bind(account)
    );
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

pub async fn delete_rsvps(tx: &mut Tx, account: AccountId) -> Result<()> {
    execute!(tx, sqlx::query("DELETE FROM rsvp WHERE account_id = $1").bind(account));
    Ok(())
}

/// Who asked to attend and did not take it back, in the order of the queue; behind `after`, at most `limit`.
pub async fn rsvps(tx: &mut Tx, post: PostId, after: i64, limit: i64) -> Result<Vec<Rsvp>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT * FROM rsvp WHERE post_id = $1 AND id > $2 AND state <> 'cancelled' ORDER BY id LIMIT $3"
        )
        .bind(post)
        .bind(after)
        .bind(limit)
    ))
}
