//! SQL of posts as one reader sees them: what the reader may read and did with it, and what hangs on it.
use super::{
    filters::Filter,
    types::{Poll, PollOption, Post},
};
use crate::{
    clock::Timestamp,
    db::Tx,
    error::Result,
    events::types::{Event, RsvpState},
    fetch_in,
    ids::{AccountId, PostId},
    readable,
};
use std::fmt::Write;

/// A post that the reader may read.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Seen {
    #[sqlx(flatten)]
    pub post: Post,
    #[sqlx(flatten)]
    pub event: Attended,
    /// Who wrote what it answers.
    pub parent_author_id: Option<AccountId>,
    pub quotes_count: i64,
    pub signs: Signs,
}

/// The event that a post is, if it is one, and where the reader stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attended(pub Option<(Event, Option<RsvpState>)>);

impl<'r, R> sqlx::FromRow<'r, R> for Attended
where
    R: sqlx::Row,
    Event: sqlx::FromRow<'r, R>,
    for<'c> &'c str: sqlx::ColumnIndex<R>,
    Option<Timestamp>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    Option<RsvpState>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        Ok(Self(match row.try_get::<Option<Timestamp>, _>("starts_at")? {
            Some(_) => Some((Event::from_row(row)?, row.try_get("rsvp_state")?)),
            None => None,
        }))
    }
}

/// What the reader did with a post and what else there is to read for it, a bit each: most posts need no further statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct Signs(i64);

impl Signs {
    pub const LIKED: Self = Self(1);
    pub const BOOSTED: Self = Self(2);
    pub const BOOKMARKED: Self = Self(4);
    pub const PINNED: Self = Self(8);
    pub const MEDIA: Self = Self(16);
    pub const POLL: Self = Self(32);
    /// It names accounts or tags.
    pub const NAMES: Self = Self(64);
    /// The reader wants to hear no more of its conversation.
    pub const MUTED: Self = Self(128);
    /// The reader has filters.
    pub const FILTERED: Self = Self(256);

    pub fn has(self, sign: Self) -> bool {
        self.0 & sign.0 != 0
    }
}

/// Ends in the list of ids, `$2` and on. The counters spare look-ups: they are never smaller than the number of rows they count.
const SEEN: &str = concat!(
    "SELECT p.*, e.*, v.state AS rsvp_state,
         (SELECT parent.account_id FROM post parent WHERE parent.id = p.in_reply_to_id) AS parent_author_id,
         (SELECT COUNT(*) FROM post q WHERE q.quote_id = p.id AND q.quote_state = 'accepted'
             AND q.deleted_at IS NULL AND q.audience IN ('public', 'unlisted')) AS quotes_count,
         CAST(CASE WHEN p.likes_count > 0 AND EXISTS (SELECT 1 FROM favourite s
                    WHERE s.post_id = p.id AND s.account_id = $1 AND s.emoji = '') THEN 1 ELSE 0 END
            + CASE WHEN p.boosts_count > 0 AND EXISTS (SELECT 1 FROM boost s
                    WHERE s.account_id = $1 AND s.post_id = p.id) THEN 2 ELSE 0 END
            + CASE WHEN EXISTS (SELECT 1 FROM bookmark s
                    WHERE s.account_id = $1 AND s.post_id = p.id) THEN 4 ELSE 0 END
            + CASE WHEN p.account_id = $1 AND EXISTS (SELECT 1 FROM pin s
                    WHERE s.account_id = $1 AND s.post_id = p.id) THEN 8 ELSE 0 END
            + CASE WHEN EXISTS (SELECT 1 FROM media s WHERE s.post_id = p.id) THEN 16 ELSE 0 END
            + CASE WHEN EXISTS (SELECT 1 FROM poll s WHERE s.post_id = p.id) THEN 32 ELSE 0 END
            + CASE WHEN EXISTS (SELECT 1 FROM post_tag s WHERE s.post_id = p.id)
                     OR EXISTS (SELECT 1 FROM post_mention s WHERE s.post_id = p.id AND s.silent = FALSE)
                   THEN 64 ELSE 0 END
            + CASE WHEN EXISTS (SELECT 1 FROM thread_mute s
                    WHERE s.account_id = $1 AND s.thread_id = p.thread_id) THEN 128 ELSE 0 END
            + CASE WHEN EXISTS (SELECT 1 FROM filter s WHERE s.account_id = $1) THEN 256 ELSE 0 END
         AS BIGINT) AS signs
     FROM post p LEFT JOIN event e ON e.post_id = p.id
         LEFT JOIN rsvp v ON v.post_id = e.post_id AND v.account_id = $1 WHERE ",
    readable!(),
    " AND p.id IN "
);

/// Options of polls with what the reader chose; ends in the list of ids.
const CHOICES: &str = "SELECT o.post_id, o.position, o.title, o.votes, q.multiple, q.ends_at, q.closed, q.voters_count,
         EXISTS (SELECT 1 FROM poll_vote w
                 WHERE w.post_id = o.post_id AND w.account_id = $1 AND w.position = o.position) AS chosen
     FROM poll_option o JOIN poll q ON q.post_id = o.post_id WHERE o.post_id IN ";

/// What the reader's filters look for: words, and some of the posts whose ids the list, which is between the two, names.
const TESTS: [&str; 2] = [
    "SELECT * FROM (
         SELECT f.*, k.keyword, k.whole_word, CAST(NULL AS BIGINT) AS post_id, k.id AS sought_id
         FROM filter f JOIN filter_keyword k ON k.filter_id = f.id
         WHERE f.account_id = $1 ORDER BY k.id LIMIT 2000) words
     UNION ALL
     SELECT f.*, NULL, NULL, p.post_id, p.id
     FROM filter f JOIN filter_post p ON p.filter_id = f.id
     WHERE f.account_id = $1 AND p.post_id IN ",
    " ORDER BY id, sought_id",
];

/// `($2, $3, …)` for `n` ids that are bound behind the reader.
fn list(n: usize) -> String {
    let mut list = String::with_capacity(n * 5 + 2);
    list.push('(');
    for number in 0..n {
        let comma = if number == 0 { "" } else { ", " };
        let _ = write!(list, "{comma}${}", number + 2);
    }
    list.push(')');
    list
}

macro_rules! fetch_for {
    ($tx:expr, $sql:expr, $viewer:expr, $ids:expr) => {{
        let sql = $sql;
        crate::run!($tx, |c| {
            let query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind($viewer.map_or(0, |v| v.0));
            $ids.iter().fold(query, |query, id| query.bind(*id)).fetch_all(&mut *c).await?
        })
    }};
}

/// Those of `ids` that `viewer` may read.
pub async fn posts(tx: &mut Tx, viewer: Option<AccountId>, ids: &[PostId]) -> Result<Vec<Seen>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(fetch_for!(tx, format!("{SEEN}{}", list(ids.len())), viewer, ids))
}

/// One option of a poll, with the poll.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Choice {
    #[sqlx(flatten)]
    pub poll: Poll,
    #[sqlx(flatten)]
    pub option: PollOption,
    /// By the reader.
    pub chosen: bool,
}

/// What one of the reader's filters looks for.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Test {
    #[sqlx(flatten)]
    pub filter: Filter,
    pub keyword: Option<String>,
    pub whole_word: Option<bool>,
    /// One of the posts, which it names.
    pub post_id: Option<PostId>,
}

/// What the filters of `viewer` look for in these posts, filter by filter.
pub async fn tests(tx: &mut Tx, viewer: AccountId, posts: &[PostId]) -> Result<Vec<Test>> {
    if posts.is_empty() {
        return Ok(Vec::new());
    }
    let [words, end] = TESTS;
    Ok(fetch_for!(tx, format!("{words}{}{end}", list(posts.len())), Some(viewer), posts))
}

/// The polls of posts, option by option in order.
pub async fn choices(
    tx: &mut Tx,
    viewer: Option<AccountId>,
    posts: &[PostId],
) -> Result<Vec<Choice>> {
    if posts.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("{CHOICES}{} ORDER BY o.post_id, o.position", list(posts.len()));
    Ok(fetch_for!(tx, sql, viewer, posts))
}

/// An account or a tag that a post names.
pub type Named = (PostId, Option<AccountId>, Option<String>);

pub async fn names(tx: &mut Tx, posts: &[PostId]) -> Result<Vec<Named>> {
    if posts.is_empty() {
        return Ok(Vec::new());
    }
    Ok(fetch_in!(
        tx,
        "SELECT post_id, account_id, tag FROM (
             SELECT post_id, account_id, CAST(NULL AS TEXT) AS tag FROM post_mention WHERE silent = FALSE
             UNION ALL SELECT post_id, CAST(NULL AS BIGINT), tag FROM post_tag) r WHERE post_id IN",
        posts,
        "ORDER BY post_id, account_id, tag"
    ))
}
