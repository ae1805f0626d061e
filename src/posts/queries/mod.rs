//! SQL of posts and what hangs on them. A function asks one thing or changes one thing; no rules.
mod drafts;
mod late;
mod media;
mod polls;
mod reactions;
mod tags;
mod threads;

pub use self::{drafts::*, late::*, media::*, polls::*, reactions::*, tags::*, threads::*};

use super::{
    read::Numbers,
    types::{Line, Post, QuoteState},
};
use crate::{
    clock::{Timestamp, WEEK},
    db::{Page, Tx},
    error::{Error, Result},
    execute, execute_in, fetch_all, fetch_in, fetch_one, fetch_optional, fetch_page,
    ids::{AccountId, PostId},
    run, wants,
};
use sqlx::QueryBuilder;
use std::collections::{HashMap, HashSet};

/// The condition "the member bound as `$1` (or in a column) may read `p`": the one place where audiences meet SQL. `$1` = 0 is a visitor.
#[macro_export]
macro_rules! readable {
    () => {
        $crate::readable!("$1")
    };
    ($who:literal) => {
        concat!(
            "(p.deleted_at IS NULL AND ",
            $crate::meant_for!($who),
            " AND NOT EXISTS (SELECT 1 FROM account rd WHERE rd.id = p.account_id AND rd.deleted_at IS NOT NULL))"
        )
    };
}

/// [`readable!`], but for the question whether `p` is still there.
#[macro_export]
macro_rules! meant_for {
    ($who:literal) => {
        concat!(
            "((p.audience IN ('public', 'unlisted') OR (", $who, " <> 0 AND (p.account_id = ", $who,
            " OR (p.audience IN ('chapter', 'network') AND EXISTS (SELECT 1 FROM member rm WHERE rm.account_id = ", $who, "))
            OR EXISTS (SELECT 1 FROM post_mention rp WHERE rp.post_id = p.id AND rp.account_id = ", $who, ")
            OR (p.audience = 'followers' AND EXISTS (SELECT 1 FROM follow rf WHERE rf.follower_id = ", $who, "
                AND rf.followee_id = p.account_id AND rf.state = 'accepted')))))
          AND NOT EXISTS (SELECT 1 FROM block rb WHERE rb.account_id = p.account_id AND rb.target_id = ", $who, ")
          AND NOT EXISTS (SELECT 1 FROM account ra WHERE ra.id = p.account_id AND ra.suspended_at IS NOT NULL))"
        )
    };
}

pub async fn by_id(tx: &mut Tx, id: PostId) -> Result<Post> {
    fetch_optional!(tx, sqlx::query_as("SELECT * FROM post WHERE id = $1").bind(id))
        .ok_or(Error::NotFound)
}

/// The post of this author, if it is there; until the transaction ends nobody else changes it.
pub async fn hold_own(tx: &mut Tx, author: AccountId, id: PostId) -> Result<Option<Post>> {
    let sql = "UPDATE post SET refreshed_at = refreshed_at
               WHERE id = $1 AND account_id = $2 AND deleted_at IS NULL RETURNING *";
    Ok(fetch_optional!(tx, sqlx::query_as(sql).bind(id).bind(author)))
}

pub async fn by_uri(tx: &mut Tx, uri: &str) -> Result<Option<Post>> {
    Ok(fetch_optional!(tx, sqlx::query_as("SELECT * FROM post WHERE uri = $1").bind(uri)))
}

pub async fn by_uris(tx: &mut Tx, uris: &[String]) -> Result<HashMap<String, Post>> {
    if uris.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Post> = fetch_in!(tx, "SELECT * FROM post WHERE uri IN", uris, "");
    Ok(rows.into_iter().map(|p| (p.uri.clone(), p)).collect())
}

/// The post, if `viewer` (0 for a visitor) may read it.
pub async fn readable_by(tx: &mut Tx, viewer: i64, id: PostId) -> Result<Option<Post>> {
    Ok(fetch_optional!(
        tx,
        sqlx::query_as(concat!("SELECT p.* FROM post p WHERE ", readable!(), " AND p.id = $2"))
            .bind(viewer)
            .bind(id)
    ))
}

/// Runs `$sql`, which begins behind the list of accounts `v (id)`; the post is `$1`.
macro_rules! among {
    ($tx:expr, $post:expr, $accounts:expr, $sql:expr) => {{
        let mut found = HashSet::new();
        for chunk in $accounts.chunks(500) {
            let rows: Vec<(AccountId,)> = run!($tx, |c| {
                let mut query = QueryBuilder::new("WITH q (id) AS (SELECT CAST(");
                query.push_bind($post).push(" AS BIGINT)), v (id) AS (");
                query.push_values(chunk, |mut row, account| {
                    row.push_bind(*account);
                });
                query.push($sql).build_query_as().persistent(false).fetch_all(&mut *c).await?
            });
            found.extend(rows.into_iter().map(|(id,)| id));
        }
        found
    }};
}

/// Those of `accounts` who may read a post, and want to hear of its author.
pub async fn readers(
    tx: &mut Tx,
    post: PostId,
    accounts: &[AccountId],
) -> Result<HashSet<AccountId>> {
    Ok(among!(
        tx,
        post,
        accounts,
        concat!(
            ") SELECT v.id FROM v CROSS JOIN q JOIN post p ON p.id = q.id WHERE ",
            readable!("v.id"),
            " AND ",
            wants!("v.id", "p.account_id")
        )
    ))
}

/// Those of `accounts` who might have read a post before it was deleted.
pub async fn former_readers(
    tx: &mut Tx,
    post: PostId,
    accounts: &[AccountId],
) -> Result<HashSet<AccountId>> {
    Ok(among!(
        tx,
        post,
        accounts,
        concat!(
            ") SELECT v.id FROM v CROSS JOIN q JOIN post p ON p.id = q.id WHERE ",
            meant_for!("v.id")
        )
    ))
}

/// Who made a boost, if it is still there.
pub async fn booster(tx: &mut Tx, boost: i64) -> Result<Option<AccountId>> {
    let sql = "SELECT account_id FROM boost WHERE id = $1";
    let row: Option<(AccountId,)> = fetch_optional!(tx, sqlx::query_as(sql).bind(boost));
    Ok(row.map(|(id,)| id))
}

/// The web addresses of posts, whoever may read them: for moderators.
pub async fn addresses(tx: &mut Tx, ids: &[PostId]) -> Result<Vec<(PostId, String)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(fetch_in!(tx, "SELECT id, url FROM post WHERE id IN", ids, ""))
}

/// Writes posts down and returns the `uri`s of those that were new: nothing is done for one whose id or `uri` is taken.
pub async fn insert(tx: &mut Tx, posts: &[&Post]) -> Result<HashSet<String>> {
    if posts.is_empty() {
        return Ok(HashSet::new());
    }
    let rows: Vec<(String,)> = run!(tx, |c| {
        let mut query = QueryBuilder::new(
            "INSERT INTO post (id, uri, account_id, local, audience, title, content_html, source, summary, sensitive, lang,
                 url, in_reply_to_uri, in_reply_to_id, thread_id, quote_uri, quote_id, quote_state,
                 quote_stamp, quote_policy, published_at, edited_at, refreshed_at) ",
        );
        query.push_values(posts, |mut row, p| {
            row.push_bind(p.id)
                .push_bind(&p.uri)
                .push_bind(p.account_id)
                .push_bind(p.local)
                .push_bind(p.audience)
                .push_bind(&p.title)
                .push_bind(&p.content_html)
                .push_bind(&p.source)
                .push_bind(&p.summary)
                .push_bind(p.sensitive)
                .push_bind(&p.lang)
                .push_bind(&p.url)
                .push_bind(&p.in_reply_to_uri)
                .push_bind(p.in_reply_to_id)
                .push_bind(p.thread_id)
                .push_bind(&p.quote_uri)
                .push_bind(p.quote_id)
                .push_bind(p.quote_state)
                .push_bind(&p.quote_stamp)
                .push_bind(p.quote_policy)
                .push_bind(p.published_at)
                .push_bind(p.edited_at)
                .push_bind(p.refreshed_at);
        });
        query.push(" ON CONFLICT DO NOTHING RETURNING uri");
        query.build_query_as().persistent(posts.len() == 1).fetch_all(&mut *c).await?
    });
    Ok(rows.into_iter().map(|(uri,)| uri).collect())
}

/// Writes what an edit can change.
pub async fn update(tx: &mut Tx, p: &Post) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE post SET title = $2, content_html = $3, source = $4, summary = $5, sensitive = $6, lang = $7,
                 quote_policy = $8, edited_at = $9, refreshed_at = $10 WHERE id = $1"
        )
        .bind(p.id)
        .bind(&p.title)
        .bind(&p.content_html)
        .bind(&p.source)
        .bind(&p.summary)
        .bind(p.sensitive)
        .bind(&p.lang)
        .bind(p.quote_policy)
        .bind(p.edited_at)
        .bind(p.refreshed_at)
    );
    Ok(())
}

/// Empties a post; the row stays for the thread and answers 410. Files of ours are nobody's then, and are tidied away.
pub async fn bury(tx: &mut Tx, id: PostId, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE post SET deleted_at = $2, title = '', content_html = '', source = '', summary = '' WHERE id = $1"
        )
        .bind(id)
        .bind(now)
    );
    for sql in [
        "DELETE FROM post_tag WHERE post_id = $1",
        "DELETE FROM post_edit WHERE post_id = $1",
        "DELETE FROM poll_vote WHERE post_id = $1",
        "DELETE FROM poll_option WHERE post_id = $1",
        "DELETE FROM poll WHERE post_id = $1",
        "DELETE FROM rsvp WHERE post_id = $1",
        "DELETE FROM event WHERE post_id = $1",
        "DELETE FROM favourite WHERE post_id = $1",
        "DELETE FROM boost WHERE post_id = $1",
        "DELETE FROM group_late WHERE post_id = $1",
        "DELETE FROM bookmark WHERE post_id = $1",
        "DELETE FROM pin WHERE post_id = $1",
        "DELETE FROM media WHERE post_id = $1 AND url LIKE '%://%'",
    ] {
        execute!(tx, sqlx::query(sql).bind(id));
    }
    // The files go a day later, with those that nobody used.
    let let_go = "UPDATE media SET post_id = NULL, created_at = $2 WHERE post_id = $1";
    execute!(tx, sqlx::query(let_go).bind(id).bind(now));
    Ok(())
}

pub async fn put_tombstone(tx: &mut Tx, uri: &str, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO tombstone (uri, deleted_at) VALUES ($1, $2) ON CONFLICT DO NOTHING"
        )
        .bind(uri)
        .bind(now)
    );
    Ok(())
}

pub async fn has_tombstone(tx: &mut Tx, uri: &str) -> Result<bool> {
    let row: Option<(i64,)> = fetch_optional!(
        tx,
        sqlx::query_as("SELECT deleted_at FROM tombstone WHERE uri = $1").bind(uri)
    );
    Ok(row.is_some())
}

/// What we know of a post before it is taken in.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Standing {
    pub uri: String,
    pub deleted: bool,
    pub known: bool,
    /// It was fetched, and nobody was shown it.
    pub quiet: bool,
    /// Replies to it came first.
    pub awaited: bool,
    /// A member follows its author.
    pub followed: bool,
}

/// How posts (their `uri` and author) stand.
pub async fn standings(
    tx: &mut Tx,
    posts: &[(&str, AccountId)],
) -> Result<HashMap<String, Standing>> {
    if posts.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Standing> = run!(tx, |c| {
        let mut query = QueryBuilder::new("WITH w (uri, author) AS (");
        query.push_values(posts, |mut row, (uri, author)| {
            row.push_bind(*uri).push_bind(*author);
        });
        query.push(
            ") SELECT w.uri,
                 EXISTS (SELECT 1 FROM tombstone t WHERE t.uri = w.uri) AS deleted,
                 EXISTS (SELECT 1 FROM post p WHERE p.uri = w.uri) AS known,
                 EXISTS (SELECT 1 FROM post p WHERE p.uri = w.uri AND p.quiet = TRUE) AS quiet,
                 EXISTS (SELECT 1 FROM post p WHERE p.in_reply_to_uri = w.uri AND p.in_reply_to_id IS NULL) AS awaited,
                 EXISTS (SELECT 1 FROM follow f JOIN member m ON m.account_id = f.follower_id
                         WHERE f.followee_id = w.author) AS followed
               FROM w",
        );
        query.build_query_as().persistent(posts.len() == 1).fetch_all(&mut *c).await?
    });
    Ok(rows.into_iter().map(|s| (s.uri.clone(), s)).collect())
}

/// Says that posts were shown to nobody, or that they are shown now.
pub async fn set_quiet(tx: &mut Tx, posts: &[PostId], quiet: bool) -> Result<()> {
    let sql = if quiet {
        "UPDATE post SET quiet = TRUE WHERE id IN"
    } else {
        "UPDATE post SET quiet = FALSE WHERE id IN"
    };
    execute_in!(tx, sql, posts);
    Ok(())
}

/// Adds to the numbers of posts of accounts: each account once, how many, and when the newest of them was written.
pub async fn count_posts(tx: &mut Tx, counts: &[(AccountId, i64, Timestamp)]) -> Result<()> {
    if counts.is_empty() {
        return Ok(());
    }
    run!(tx, |c| {
        let mut query = QueryBuilder::new("WITH n (id, posts, newest) AS (");
        query.push_values(counts, |mut row, (account, posts, newest)| {
            row.push_bind(*account).push_bind(*posts).push_bind(*newest);
        });
        query.push(
            ") UPDATE account SET posts_count = posts_count + n.posts,
                 last_post_at = CASE WHEN n.posts > 0 AND COALESCE(last_post_at, 0) < n.newest THEN n.newest ELSE last_post_at END
               FROM n WHERE account.id = n.id",
        );
        query.build().persistent(counts.len() == 1).execute(&mut *c).await?;
    });
    Ok(())
}

#[derive(Clone, Copy)]
pub enum Counter {
    Replies,
    Likes,
    Boosts,
}

pub async fn count(tx: &mut Tx, post: PostId, counter: Counter, by: i64) -> Result<()> {
    let sql = match counter {
        Counter::Replies => "UPDATE post SET replies_count = replies_count + $2 WHERE id = $1",
        Counter::Likes => "UPDATE post SET likes_count = likes_count + $2 WHERE id = $1",
        Counter::Boosts => "UPDATE post SET boosts_count = boosts_count + $2 WHERE id = $1",
    };
    execute!(tx, sqlx::query(sql).bind(post).bind(by));
    Ok(())
}

/// Writes down how many people like and boost a post at its own server; those that are known here are among them in any case.
pub async fn set_numbers(tx: &mut Tx, post: PostId, numbers: Numbers) -> Result<()> {
    let likes = "UPDATE post SET likes_count = (SELECT MAX(n) FROM (
             SELECT COUNT(DISTINCT account_id) AS n FROM favourite WHERE post_id = $1
             UNION ALL SELECT CAST($2 AS BIGINT)) counted) WHERE id = $1";
    let boosts = "UPDATE post SET boosts_count = (SELECT MAX(n) FROM (
             SELECT COUNT(*) AS n FROM boost b JOIN account a ON a.id = b.account_id
             WHERE b.post_id = $1 AND a.kind <> 'group'
             UNION ALL SELECT CAST($2 AS BIGINT)) counted) WHERE id = $1";
    for (sql, number) in [(likes, numbers.likes), (boosts, numbers.boosts)] {
        if let Some(number) = number {
            execute!(tx, sqlx::query(sql).bind(post).bind(number));
        }
    }
    Ok(())
}

pub async fn insert_edit(tx: &mut Tx, p: &Post, version: i64, written_at: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO post_edit (post_id, version, content_html, summary, written_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT DO NOTHING"
        )
        .bind(p.id)
        .bind(version)
        .bind(&p.content_html)
        .bind(&p.summary)
        .bind(written_at)
    );
    Ok(())
}

/// Former versions, oldest first: HTML, warning, time.
pub async fn edits(tx: &mut Tx, post: PostId) -> Result<Vec<(String, String, Timestamp)>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT content_html, summary, written_at FROM post_edit WHERE post_id = $1 ORDER BY version LIMIT 200"
        )
        .bind(post)
    ))
}

pub async fn count_edits(tx: &mut Tx, post: PostId) -> Result<i64> {
    let (n,): (i64,) = fetch_one!(
        tx,
        sqlx::query_as("SELECT COUNT(*) FROM post_edit WHERE post_id = $1").bind(post)
    );
    Ok(n)
}

/// The posts that quote `quoted` with its author's consent, newest first.
pub async fn quoting(tx: &mut Tx, quoted: PostId, page: Page) -> Result<Vec<PostId>> {
    let rows: Vec<(PostId,)> = fetch_page!(
        tx,
        page,
        ("SELECT id FROM post WHERE quote_id = $1 AND quote_state = 'accepted' AND deleted_at IS NULL
          AND id < $2 AND id > $3") by "id" limit "$4",
        quoted,
        page.before,
        page.after,
    );
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

macro_rules! interested {
    () => {
        "SELECT DISTINCT COALESCE(a.shared_inbox, a.inbox) FROM account a JOIN post p ON p.id = $1
         WHERE a.local = FALSE AND a.id IN (
             SELECT account_id FROM post_mention WHERE post_id = $1
             UNION SELECT account_id FROM favourite WHERE post_id = $1
             UNION SELECT account_id FROM boost WHERE post_id = $1
             UNION SELECT account_id FROM poll_vote WHERE post_id = $1
             UNION SELECT account_id FROM rsvp WHERE post_id = $1 AND state IN ('queued', 'confirmed', 'waitlisted')
             UNION SELECT account_id FROM post WHERE in_reply_to_id = $1
             UNION SELECT account_id FROM post WHERE quote_id = $1
             UNION SELECT f.follower_id FROM follow f JOIN boost b ON b.account_id = f.followee_id
                   WHERE b.post_id = $1 AND f.state = 'accepted')"
    };
}

/// Inboxes of all who reacted to a post, voted in it or are named in it: they may hold a copy. With `reads_it` of those alone who may read it
/// now, so that nobody is sent a new version of what is not for them any more.
pub async fn interested_inboxes(tx: &mut Tx, post: PostId, reads_it: bool) -> Result<Vec<String>> {
    let readers = concat!(interested!(), " AND ", readable!("a.id"));
    let sql = if reads_it { readers } else { interested!() };
    let rows: Vec<(String,)> = fetch_all!(tx, sqlx::query_as(sql).bind(post));
    Ok(rows.into_iter().map(|(inbox,)| inbox).collect())
}

pub async fn set_quote(
    tx: &mut Tx,
    post: PostId,
    quoted: Option<PostId>,
    state: QuoteState,
    stamp: Option<&str>,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE post SET quote_id = COALESCE($2, quote_id), quote_state = $3, quote_stamp = $4 WHERE id = $1"
        )
        .bind(post)
        .bind(quoted)
        .bind(state)
        .bind(stamp)
    );
    Ok(())
}

pub async fn by_stamp(tx: &mut Tx, stamp: &str) -> Result<Option<Post>> {
    Ok(fetch_optional!(
        tx,
        sqlx::query_as("SELECT * FROM post WHERE quote_stamp = $1 LIMIT 1").bind(stamp)
    ))
}

/// Posts by an account, to be removed with it.
pub async fn all_by(tx: &mut Tx, account: AccountId, limit: i64) -> Result<Vec<Post>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT * FROM post WHERE account_id = $1 AND deleted_at IS NULL ORDER BY id LIMIT $2"
        )
        .bind(account)
        .bind(limit)
    ))
}

/// The post a retried request made, if it was made.
pub async fn idempotent(tx: &mut Tx, account: AccountId, key: &str) -> Result<Option<PostId>> {
    let row: Option<(PostId,)> = fetch_optional!(
        tx,
        sqlx::query_as("SELECT post_id FROM idempotency WHERE account_id = $1 AND key = $2")
            .bind(account)
            .bind(key)
    );
    Ok(row.map(|(id,)| id))
}

/// The post that a request has made: `post`, which this transaction makes, or the one of the same request that was committed while this one was on
/// its way. Then this transaction must not be committed.
pub async fn put_idempotent(
    tx: &mut Tx,
    account: AccountId,
    key: &str,
    post: PostId,
    now: Timestamp,
) -> Result<PostId> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO idempotency (account_id, key, post_id, created_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT DO NOTHING"
        )
        .bind(account)
        .bind(key)
        .bind(post)
        .bind(now)
    );
    idempotent(tx, account, key).await?.ok_or(Error::NotFound)
}

pub async fn forget_idempotent(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    Ok(execute!(tx, sqlx::query("DELETE FROM idempotency WHERE created_at < $1").bind(before)))
}

/// Posts of local members, whoever may read them, for `NodeInfo`.
pub async fn count_local(tx: &mut Tx) -> Result<i64> {
    let (n,): (i64,) = fetch_one!(
        tx,
        sqlx::query_as(
            "SELECT CAST(COALESCE(SUM(posts_count), 0) AS BIGINT) FROM account WHERE local = TRUE"
        )
    );
    Ok(n)
}

/// How many of this node's public posts were written in each week from `first` on, by its place: 0 is the week that begins there. Ids hold the
/// time, so that an index alone answers.
pub async fn written_by_week(tx: &mut Tx, first: Timestamp) -> Result<Vec<(i64, i64)>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT (id - $1) / $2, COUNT(*) FROM post
             WHERE local = TRUE AND audience = 'public' AND deleted_at IS NULL AND id >= $1 GROUP BY 1 LIMIT 60"
        )
        .bind(first.0 << 16)
        .bind(WEEK << 16)
    ))
}

/// By id or by web page.
pub async fn by_address(tx: &mut Tx, address: &str) -> Result<Option<Post>> {
    Ok(fetch_optional!(
        tx,
        sqlx::query_as(
            "SELECT * FROM post WHERE (uri = $1 OR url = $1) AND deleted_at IS NULL LIMIT 1"
        )
        .bind(address)
    ))
}

/// Open posts and boosts by an account, newest first, for its outbox.
pub async fn open_lines(
    tx: &mut Tx,
    account: AccountId,
    before: i64,
    limit: i64,
) -> Result<Vec<Line>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT id, post_id, booster_id FROM (
                 SELECT * FROM (SELECT id, id AS post_id, CAST(NULL AS BIGINT) AS booster_id FROM post
                   WHERE account_id = $1 AND id < $2 AND deleted_at IS NULL AND audience IN ('public', 'unlisted')
                   ORDER BY id DESC LIMIT $3) own
                 UNION ALL SELECT * FROM (SELECT id, post_id, account_id AS booster_id FROM boost
                   WHERE account_id = $1 AND id < $2 AND audience IN ('public', 'unlisted')
                   ORDER BY id DESC LIMIT $3) boosts) lines
             ORDER BY id DESC LIMIT $3"
        )
        .bind(account)
        .bind(before)
        .bind(limit)
    ))
}

/// Open posts of members (not the groups' own, nor of the suspended) that the log of `node`, which is us, does not have yet, oldest first.
pub async fn not_logged(tx: &mut Tx, node: &str, limit: i64) -> Result<Vec<Post>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT p.* FROM post p WHERE p.local = TRUE AND p.deleted_at IS NULL AND p.audience IN ('public', 'unlisted')
               AND NOT EXISTS (SELECT 1 FROM account a WHERE a.id = p.account_id
                   AND (a.kind = 'group' OR a.suspended_at IS NOT NULL))
               AND NOT EXISTS (SELECT 1 FROM log_entry e WHERE e.obj_id = p.uri AND e.node = $1
                   AND substr(e.ap_id, 1, length(p.uri)) = p.uri)
             ORDER BY p.id LIMIT $2"
        )
        .bind(node)
        .bind(limit)
    ))
}
