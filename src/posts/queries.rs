//! SQL of posts and what hangs on them. One function, one statement; no rules.
use super::types::{Line, Media, Poll, PollOption, Post, QuoteState};
use crate::{
    accounts::{queries::Listed, types::Account},
    clock::{Timestamp, WEEK},
    db::{Page, Tx},
    error::{Error, Result},
    execute, execute_in, fetch_all, fetch_in, fetch_one, fetch_optional, fetch_page,
    ids::{AccountId, MediaId, PostId},
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
        concat!("(p.deleted_at IS NULL AND ", $crate::meant_for!($who), ")")
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

// threads

/// Replies that arrived before `parent` find it now.
pub async fn adopt_orphans(tx: &mut Tx, parent: &Post) -> Result<Vec<(PostId, PostId)>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "UPDATE post SET in_reply_to_id = $1 WHERE in_reply_to_uri = $2 AND in_reply_to_id IS NULL
             RETURNING id, thread_id"
        )
        .bind(parent.id)
        .bind(&parent.uri)
    ))
}

pub async fn join_thread(tx: &mut Tx, from: PostId, into: PostId) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO thread_mute (account_id, thread_id)
             SELECT account_id, $2 FROM thread_mute WHERE thread_id = $1 ON CONFLICT DO NOTHING"
        )
        .bind(from)
        .bind(into)
    );
    execute!(tx, sqlx::query("DELETE FROM thread_mute WHERE thread_id = $1").bind(from));
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO conversation (account_id, thread_id, last_id, unread)
             SELECT account_id, $2, last_id, unread FROM conversation WHERE thread_id = $1
             ON CONFLICT (account_id, thread_id) DO UPDATE SET last_id = excluded.last_id, unread = excluded.unread
             WHERE conversation.last_id < excluded.last_id"
        )
        .bind(from)
        .bind(into)
    );
    execute!(tx, sqlx::query("DELETE FROM conversation WHERE thread_id = $1").bind(from));
    execute!(
        tx,
        sqlx::query("UPDATE post SET thread_id = $2 WHERE thread_id = $1").bind(from).bind(into)
    );
    Ok(())
}

/// A member wants to hear no more of a conversation, or does again.
pub async fn set_thread_mute(
    tx: &mut Tx,
    member: AccountId,
    thread: PostId,
    muted: bool,
) -> Result<()> {
    let sql = if muted {
        "INSERT INTO thread_mute (account_id, thread_id) VALUES ($1, $2) ON CONFLICT DO NOTHING"
    } else {
        "DELETE FROM thread_mute WHERE account_id = $1 AND thread_id = $2"
    };
    execute!(tx, sqlx::query(sql).bind(member).bind(thread));
    Ok(())
}

/// Those posts of a thread that `viewer` may read, oldest first, and what each answers.
pub async fn thread_of(
    tx: &mut Tx,
    viewer: i64,
    post: PostId,
    limit: i64,
) -> Result<Vec<(PostId, Option<PostId>)>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(concat!(
            "SELECT p.id, p.in_reply_to_id FROM post p
             WHERE p.thread_id = (SELECT o.thread_id FROM post o WHERE o.id = $2) AND ",
            readable!(),
            " ORDER BY p.id LIMIT $3"
        ))
        .bind(viewer)
        .bind(post)
        .bind(limit)
    ))
}

pub async fn thread_has_more_than(tx: &mut Tx, thread: PostId, most: i64) -> Result<bool> {
    let row: Option<(PostId,)> = fetch_optional!(
        tx,
        sqlx::query_as("SELECT id FROM post WHERE thread_id = $1 ORDER BY id LIMIT 1 OFFSET $2")
            .bind(thread)
            .bind(most)
    );
    Ok(row.is_some())
}

/// Ids of open replies to a post, for its `replies` collection.
pub async fn open_replies(
    tx: &mut Tx,
    parent: PostId,
    after: PostId,
    limit: i64,
) -> Result<Vec<(PostId, String)>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT id, uri FROM post WHERE in_reply_to_id = $1 AND id > $2 AND deleted_at IS NULL
               AND audience IN ('public', 'unlisted') ORDER BY id LIMIT $3"
        )
        .bind(parent)
        .bind(after)
        .bind(limit)
    ))
}

/// Ids of the open posts of a thread, for its `context` collection.
pub async fn open_thread(
    tx: &mut Tx,
    thread: PostId,
    after: PostId,
    limit: i64,
) -> Result<Vec<(PostId, String)>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT id, uri FROM post WHERE thread_id = $1 AND id > $2 AND deleted_at IS NULL
               AND audience IN ('public', 'unlisted') ORDER BY id LIMIT $3"
        )
        .bind(thread)
        .bind(after)
        .bind(limit)
    ))
}

// mentions and tags

pub async fn put_mention(
    tx: &mut Tx,
    post: PostId,
    account: AccountId,
    silent: bool,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query("INSERT INTO post_mention (post_id, account_id, silent) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
            .bind(post)
            .bind(account)
            .bind(silent)
    );
    Ok(())
}

/// The accounts a post names, and whether silently.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct MentionRow {
    pub post_id: PostId,
    pub silent: bool,
    #[sqlx(flatten)]
    pub account: Account,
}

pub async fn mentions(tx: &mut Tx, post: PostId) -> Result<Vec<MentionRow>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT m.post_id, m.silent, a.* FROM post_mention m JOIN account a ON a.id = m.account_id
             WHERE m.post_id = $1 ORDER BY a.id LIMIT 200"
        )
        .bind(post)
    ))
}

pub async fn put_tag(tx: &mut Tx, post: PostId, tag: &str) -> Result<()> {
    execute!(
        tx,
        sqlx::query("INSERT INTO post_tag (tag, post_id) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(tag)
            .bind(post)
    );
    Ok(())
}

pub async fn clear_tags(tx: &mut Tx, post: PostId) -> Result<()> {
    execute!(tx, sqlx::query("DELETE FROM post_tag WHERE post_id = $1").bind(post));
    Ok(())
}

pub async fn tags(tx: &mut Tx, post: PostId) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = fetch_all!(
        tx,
        sqlx::query_as("SELECT tag FROM post_tag WHERE post_id = $1 ORDER BY tag LIMIT 100")
            .bind(post)
    );
    Ok(rows.into_iter().map(|(t,)| t).collect())
}

/// Tags that begin with `prefix`, the most used first.
pub async fn complete_tag(tx: &mut Tx, prefix: &str, limit: i64) -> Result<Vec<(String, i64)>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT tag, COUNT(*) FROM (SELECT tag FROM post_tag WHERE tag >= $1 AND tag < $2 LIMIT 5000) t
             GROUP BY tag ORDER BY COUNT(*) DESC, tag LIMIT $3"
        )
        .bind(prefix)
        .bind(format!("{prefix}\u{10FFFF}"))
        .bind(limit)
    ))
}

// media

pub async fn insert_media(tx: &mut Tx, m: &Media, position: i64, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO media (id, account_id, post_id, position, media_type, url, thumbnail_url, width, height,
                 blurhash, description, focus_x, focus_y, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
        )
        .bind(m.id)
        .bind(m.account_id)
        .bind(m.post_id)
        .bind(position)
        .bind(&m.media_type)
        .bind(&m.url)
        .bind(&m.thumbnail_url)
        .bind(m.width)
        .bind(m.height)
        .bind(&m.blurhash)
        .bind(&m.description)
        .bind(m.focus_x)
        .bind(m.focus_y)
        .bind(now)
    );
    Ok(())
}

pub async fn media_by_id(tx: &mut Tx, id: MediaId) -> Result<Media> {
    fetch_optional!(tx, sqlx::query_as("SELECT * FROM media WHERE id = $1").bind(id))
        .ok_or(Error::NotFound)
}

/// Those of `ids` that there are, in no order.
pub async fn media_by_ids(tx: &mut Tx, ids: &[MediaId]) -> Result<Vec<Media>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(fetch_in!(tx, "SELECT * FROM media WHERE id IN", ids, ""))
}

/// The picture at an address, as long as a post shows it.
pub async fn media_by_url(tx: &mut Tx, url: &str) -> Result<Option<Media>> {
    Ok(fetch_optional!(
        tx,
        sqlx::query_as("SELECT * FROM media WHERE url = $1 AND post_id IS NOT NULL LIMIT 1")
            .bind(url)
    ))
}

/// Ties an uploaded file to a post; false when it is not the author's or is used already.
pub async fn attach_media(
    tx: &mut Tx,
    id: MediaId,
    author: AccountId,
    post: PostId,
    position: i64,
) -> Result<bool> {
    Ok(execute!(
        tx,
        sqlx::query(
            "UPDATE media SET post_id = $3, position = $4 WHERE id = $1 AND account_id = $2
               AND (post_id IS NULL OR post_id = $3)"
        )
        .bind(id)
        .bind(author)
        .bind(post)
        .bind(position)
    ) == 1)
}

pub async fn describe_media(tx: &mut Tx, id: MediaId, text: &str, x: f64, y: f64) -> Result<()> {
    execute!(
        tx,
        sqlx::query("UPDATE media SET description = $2, focus_x = $3, focus_y = $4 WHERE id = $1")
            .bind(id)
            .bind(text)
            .bind(x)
            .bind(y)
    );
    Ok(())
}

pub async fn media_of(tx: &mut Tx, posts: &[PostId]) -> Result<Vec<Media>> {
    if posts.is_empty() {
        return Ok(Vec::new());
    }
    Ok(fetch_in!(tx, "SELECT * FROM media WHERE post_id IN", posts, "ORDER BY post_id, position"))
}

pub async fn clear_media(tx: &mut Tx, post: PostId) -> Result<()> {
    execute!(tx, sqlx::query("DELETE FROM media WHERE post_id = $1").bind(post));
    Ok(())
}

/// Uploads without a post are tidied away a day after `at`.
pub async fn date_media(
    tx: &mut Tx,
    ids: &[MediaId],
    author: AccountId,
    at: Timestamp,
) -> Result<()> {
    for id in ids {
        execute!(
            tx,
            sqlx::query(
                "UPDATE media SET created_at = $3 WHERE id = $1 AND account_id = $2 AND post_id IS NULL"
            )
            .bind(*id)
            .bind(author)
            .bind(at)
        );
    }
    Ok(())
}

/// Uploads that never became part of a post.
pub async fn take_unused_media(
    tx: &mut Tx,
    before: Timestamp,
) -> Result<Vec<(String, Option<String>)>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as("DELETE FROM media WHERE post_id IS NULL AND created_at < $1 RETURNING url, thumbnail_url")
            .bind(before)
    ))
}

/// True while any post or profile shows the file.
pub async fn is_media_used(tx: &mut Tx, name: &str) -> Result<bool> {
    let row: Option<(i64,)> = fetch_optional!(
        tx,
        sqlx::query_as(
            "SELECT id FROM media WHERE url = $1 OR thumbnail_url = $1
             UNION ALL SELECT a.id FROM member m JOIN account a ON a.id = m.account_id
                 WHERE a.avatar = $1 OR a.header = $1 LIMIT 1"
        )
        .bind(name)
    );
    Ok(row.is_some())
}

// edits

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

// polls

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

pub async fn put_poll_option(tx: &mut Tx, o: &PollOption) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO poll_option (post_id, position, title, votes) VALUES ($1, $2, $3, $4)
             ON CONFLICT (post_id, position) DO UPDATE SET votes = excluded.votes"
        )
        .bind(o.post_id)
        .bind(o.position)
        .bind(&o.title)
        .bind(o.votes)
    );
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

/// Local voters of a poll, to be told that it has ended; and the remote servers that took part, to be told the result.
pub async fn voters(tx: &mut Tx, post: PostId) -> Result<Vec<Account>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT a.* FROM account a WHERE a.id IN (SELECT account_id FROM poll_vote WHERE post_id = $1) LIMIT 10000"
        )
        .bind(post)
    ))
}

// likes, boosts, bookmarks, pins

pub async fn put_favourite(
    tx: &mut Tx,
    post: PostId,
    account: AccountId,
    id: i64,
    uri: &str,
    emoji: &str,
) -> Result<bool> {
    Ok(execute!(
        tx,
        sqlx::query(
            "INSERT INTO favourite (post_id, account_id, id, uri, emoji) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"
        )
        .bind(post)
        .bind(account)
        .bind(id)
        .bind(uri)
        .bind(emoji)
    ) == 1)
}

/// The id of the Like, so that it can be undone.
pub async fn delete_favourite(
    tx: &mut Tx,
    post: PostId,
    account: AccountId,
    emoji: &str,
) -> Result<Option<String>> {
    let row: Option<(String,)> = fetch_optional!(
        tx,
        sqlx::query_as("DELETE FROM favourite WHERE post_id = $1 AND account_id = $2 AND emoji = $3 RETURNING uri")
            .bind(post)
            .bind(account)
            .bind(emoji)
    );
    Ok(row.map(|(uri,)| uri))
}

pub async fn favourite_by_uri(
    tx: &mut Tx,
    uri: &str,
) -> Result<Option<(PostId, AccountId, String)>> {
    Ok(fetch_optional!(
        tx,
        sqlx::query_as("SELECT post_id, account_id, emoji FROM favourite WHERE uri = $1").bind(uri)
    ))
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Boost {
    pub id: i64,
    pub uri: String,
    pub account_id: AccountId,
    pub post_id: PostId,
    pub audience: super::types::Audience,
    pub created_at: Timestamp,
}

pub async fn insert_boost(tx: &mut Tx, b: &Boost) -> Result<bool> {
    Ok(execute!(
        tx,
        sqlx::query(
            "INSERT INTO boost (id, uri, account_id, post_id, audience, created_at) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT DO NOTHING"
        )
        .bind(b.id)
        .bind(&b.uri)
        .bind(b.account_id)
        .bind(b.post_id)
        .bind(b.audience)
        .bind(b.created_at)
    ) == 1)
}

/// Writes boosts down and returns the ids of those that were new: nothing is done for one whose id, `uri` or post is taken.
pub async fn insert_boosts(tx: &mut Tx, boosts: &[Boost]) -> Result<HashSet<i64>> {
    if boosts.is_empty() {
        return Ok(HashSet::new());
    }
    let rows: Vec<(i64,)> = run!(tx, |c| {
        let mut query = QueryBuilder::new(
            "INSERT INTO boost (id, uri, account_id, post_id, audience, created_at) ",
        );
        query.push_values(boosts, |mut row, b| {
            row.push_bind(b.id)
                .push_bind(&b.uri)
                .push_bind(b.account_id)
                .push_bind(b.post_id)
                .push_bind(b.audience)
                .push_bind(b.created_at);
        });
        query.push(" ON CONFLICT DO NOTHING RETURNING id");
        query.build_query_as().persistent(boosts.len() < 3).fetch_all(&mut *c).await?
    });
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Which of these addresses of boosts are there.
pub async fn known_boosts(tx: &mut Tx, uris: &[String]) -> Result<HashSet<String>> {
    if uris.is_empty() {
        return Ok(HashSet::new());
    }
    let rows: Vec<(String,)> = fetch_in!(tx, "SELECT uri FROM boost WHERE uri IN", uris, "");
    Ok(rows.into_iter().map(|(uri,)| uri).collect())
}

pub async fn boost_of(tx: &mut Tx, account: AccountId, post: PostId) -> Result<Option<Boost>> {
    Ok(fetch_optional!(
        tx,
        sqlx::query_as("SELECT * FROM boost WHERE account_id = $1 AND post_id = $2")
            .bind(account)
            .bind(post)
    ))
}

pub async fn boost_by_uri(tx: &mut Tx, uri: &str) -> Result<Option<Boost>> {
    Ok(fetch_optional!(tx, sqlx::query_as("SELECT * FROM boost WHERE uri = $1").bind(uri)))
}

pub async fn boost_by_id(tx: &mut Tx, id: i64) -> Result<Boost> {
    fetch_optional!(tx, sqlx::query_as("SELECT * FROM boost WHERE id = $1").bind(id))
        .ok_or(Error::NotFound)
}

pub async fn delete_boost(tx: &mut Tx, id: i64) -> Result<()> {
    execute!(tx, sqlx::query("DELETE FROM boost WHERE id = $1").bind(id));
    Ok(())
}

/// Who likes a post; the cursor is the like's id.
pub async fn likers(tx: &mut Tx, post: PostId, page: Page) -> Result<Vec<Listed>> {
    Ok(fetch_page!(
        tx,
        page,
        ("SELECT f.id AS cursor, a.* FROM favourite f JOIN account a ON a.id = f.account_id
          WHERE f.post_id = $1 AND f.emoji = '' AND f.id < $2 AND f.id > $3") by "f.id" limit "$4",
        post,
        page.before,
        page.after,
    ))
}

/// Who boosted a post for everybody to see; the cursor is the boost's id.
pub async fn boosters(tx: &mut Tx, post: PostId, page: Page) -> Result<Vec<Listed>> {
    Ok(fetch_page!(
        tx,
        page,
        ("SELECT b.id AS cursor, a.* FROM boost b JOIN account a ON a.id = b.account_id
          WHERE b.post_id = $1 AND b.audience IN ('public', 'unlisted') AND b.id < $2 AND b.id > $3")
            by "b.id" limit "$4",
        post,
        page.before,
        page.after,
    ))
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

pub async fn put_bookmark(tx: &mut Tx, account: AccountId, post: PostId, id: i64) -> Result<()> {
    execute!(
        tx,
        sqlx::query("INSERT INTO bookmark (account_id, post_id, id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
            .bind(account)
            .bind(post)
            .bind(id)
    );
    Ok(())
}

pub async fn delete_bookmark(tx: &mut Tx, account: AccountId, post: PostId) -> Result<()> {
    execute!(
        tx,
        sqlx::query("DELETE FROM bookmark WHERE account_id = $1 AND post_id = $2")
            .bind(account)
            .bind(post)
    );
    Ok(())
}

pub async fn put_pin(tx: &mut Tx, account: AccountId, post: PostId, id: i64) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO pin (account_id, post_id, id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
        )
        .bind(account)
        .bind(post)
        .bind(id)
    );
    Ok(())
}

pub async fn delete_pin(tx: &mut Tx, account: AccountId, post: PostId) -> Result<u64> {
    Ok(execute!(
        tx,
        sqlx::query("DELETE FROM pin WHERE account_id = $1 AND post_id = $2")
            .bind(account)
            .bind(post)
    ))
}

pub async fn pinned(tx: &mut Tx, account: AccountId) -> Result<Vec<Post>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT p.* FROM pin n JOIN post p ON p.id = n.post_id WHERE n.account_id = $1 AND p.deleted_at IS NULL
               AND p.audience IN ('public', 'unlisted') ORDER BY n.id DESC LIMIT 20"
        )
        .bind(account)
    ))
}

// posts of the network that came too late to be announced one by one

/// Gathers posts for the digest; a repeat changes nothing.
pub async fn put_late(tx: &mut Tx, posts: &[PostId], now: Timestamp) -> Result<()> {
    if posts.is_empty() {
        return Ok(());
    }
    run!(tx, |c| {
        let mut query = QueryBuilder::new("INSERT INTO group_late (post_id, came_at) ");
        query.push_values(posts, |mut row, post| {
            row.push_bind(*post).push_bind(now);
        });
        query.push(" ON CONFLICT DO NOTHING");
        query.build().persistent(false).execute(&mut *c).await?;
    });
    Ok(())
}

/// When the last of them came.
pub async fn last_late(tx: &mut Tx) -> Result<Option<Timestamp>> {
    let row: Option<(Timestamp,)> = fetch_optional!(
        tx,
        sqlx::query_as("SELECT came_at FROM group_late ORDER BY came_at DESC LIMIT 1")
    );
    Ok(row.map(|(at,)| at))
}

/// The web addresses of the newest of them.
pub async fn newest_late(tx: &mut Tx, limit: i64) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT p.url FROM group_late l JOIN post p ON p.id = l.post_id JOIN account a ON a.id = p.account_id
             WHERE a.suspended_at IS NULL ORDER BY l.post_id DESC LIMIT $1"
        )
        .bind(limit)
    );
    Ok(rows.into_iter().map(|(url,)| url).collect())
}

/// Clears those that came up to `last`; how many they were.
pub async fn clear_late(tx: &mut Tx, last: Timestamp) -> Result<u64> {
    Ok(execute!(tx, sqlx::query("DELETE FROM group_late WHERE came_at <= $1").bind(last)))
}

// who must hear of changes

/// Inboxes of all who reacted to a post or are named in it: they may hold a copy.
pub async fn interested_inboxes(tx: &mut Tx, post: PostId) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT DISTINCT COALESCE(a.shared_inbox, a.inbox) FROM account a WHERE a.local = FALSE AND a.id IN (
                 SELECT account_id FROM post_mention WHERE post_id = $1
                 UNION SELECT account_id FROM favourite WHERE post_id = $1
                 UNION SELECT account_id FROM boost WHERE post_id = $1
                 UNION SELECT account_id FROM rsvp WHERE post_id = $1 AND state IN ('queued', 'confirmed', 'waitlisted')
                 UNION SELECT account_id FROM post WHERE in_reply_to_id = $1
                 UNION SELECT account_id FROM post WHERE quote_id = $1
                 UNION SELECT f.follower_id FROM follow f JOIN boost b ON b.account_id = f.followee_id
                       WHERE b.post_id = $1 AND f.state = 'accepted')"
        )
        .bind(post)
    );
    Ok(rows.into_iter().map(|(inbox,)| inbox).collect())
}

// quotes

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

pub async fn put_idempotent(
    tx: &mut Tx,
    account: AccountId,
    key: &str,
    post: PostId,
    now: Timestamp,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO idempotency (account_id, key, post_id, created_at) VALUES ($1, $2, $3, $4)"
        )
        .bind(account)
        .bind(key)
        .bind(post)
        .bind(now)
    );
    Ok(())
}

pub async fn forget_idempotent(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    Ok(execute!(tx, sqlx::query("DELETE FROM idempotency WHERE created_at < $1").bind(before)))
}

/// Public posts of local members, for `NodeInfo`.
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

pub async fn detach_media(tx: &mut Tx, id: MediaId) -> Result<()> {
    execute!(tx, sqlx::query("UPDATE media SET post_id = NULL WHERE id = $1").bind(id));
    Ok(())
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

// drafts of visitors whose session had ended

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
