//! SQL of posts as one reader sees them: what the reader may read and did with it, and what hangs on it.
use super::{
    filters::Filter,
    types::{Media, Poll, PollOption, Post},
};
use crate::{
    clock::Timestamp,
    db::Tx,
    error::Result,
    events::types::{Event, RsvpState},
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

/// Ends in the ids. The counters spare look-ups: they are never smaller than the number of rows they count.
const SEEN: &str = concat!(
    "SELECT p.*, e.*, v.state AS rsvp_state,
         (SELECT parent.account_id FROM post parent WHERE parent.id = p.in_reply_to_id) AS parent_author_id,
         (SELECT COUNT(*) FROM post q WHERE q.quote_id = p.id AND q.quote_state = 'accepted'
             AND q.deleted_at IS NULL AND q.audience IN ('public', 'unlisted')) AS quotes_count,
         CAST(CASE WHEN p.likes_count > 0 AND EXISTS (SELECT 1 FROM favourite s
                    WHERE s.post_id = p.id AND s.account_id = $1) THEN 1 ELSE 0 END
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

/// The ids to end [`SEEN`] in: those of the list, which stands in both places, and of what these posts quote.
const AND_QUOTED: [&str; 3] = [
    "(VALUES ",
    " UNION ALL SELECT i.quote_id FROM post i WHERE i.quote_state = 'accepted' AND i.id IN ",
    ")",
];

/// SQL: the columns of `part`, those that belong to every kind, to media and to options of polls.
const PARTS: &str = "WITH part (kind, post_id, position, account_id, tag,
         id, media_type, url, thumbnail_url, width, height, blurhash, description, focus_x, focus_y,
         title, votes, multiple, ends_at, closed, voters_count, chosen) AS (";

/// SQL: what stands in the columns of media in a row of another kind.
macro_rules! no_media {
    () => {
        "CAST(0 AS BIGINT), '', '', CAST(NULL AS TEXT), CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(NULL AS TEXT), '',
         CAST(0 AS DOUBLE PRECISION), CAST(0 AS DOUBLE PRECISION)"
    };
}

/// SQL: what stands in the columns of options of polls in a row of another kind.
macro_rules! no_choice {
    () => {
        "'', CAST(0 AS BIGINT), FALSE, CAST(NULL AS BIGINT), FALSE, CAST(0 AS BIGINT), FALSE"
    };
}

/// Where the rows of `part` come from, each kind by the sign of a post that has it; each ends in the list of ids.
const KINDS: [(Signs, &str); 4] = [
    (
        Signs::MEDIA,
        concat!(
            "SELECT CAST(16 AS BIGINT), post_id, position, account_id, '', id, media_type, url, thumbnail_url, width, height,
                 blurhash, description, focus_x, focus_y, ",
            no_choice!(),
            " FROM media WHERE post_id IN "
        ),
    ),
    (
        Signs::POLL,
        concat!(
            "SELECT CAST(32 AS BIGINT), o.post_id, o.position, CAST(0 AS BIGINT), '', ",
            no_media!(),
            ", o.title, o.votes, q.multiple, q.ends_at, q.closed, q.voters_count,
                 EXISTS (SELECT 1 FROM poll_vote w
                         WHERE w.post_id = o.post_id AND w.account_id = $1 AND w.position = o.position)
             FROM poll_option o JOIN poll q ON q.post_id = o.post_id WHERE o.post_id IN "
        ),
    ),
    (
        Signs::NAMES,
        concat!(
            "SELECT CAST(64 AS BIGINT), post_id, CAST(0 AS BIGINT), account_id, '', ",
            no_media!(),
            ", ",
            no_choice!(),
            " FROM post_mention WHERE silent = FALSE AND post_id IN "
        ),
    ),
    (
        Signs::NAMES,
        concat!(
            "SELECT CAST(64 AS BIGINT), post_id, CAST(0 AS BIGINT), CAST(0 AS BIGINT), tag, ",
            no_media!(),
            ", ",
            no_choice!(),
            " FROM post_tag WHERE post_id IN "
        ),
    ),
];

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

/// `$2, $3, …` for `n` ids that are bound behind the reader, with this between two of them.
fn numbers(n: usize, between: &str) -> String {
    let mut numbers = String::with_capacity(n * (between.len() + 3));
    for number in 0..n {
        let between = if number == 0 { "" } else { between };
        let _ = write!(numbers, "{between}${}", number + 2);
    }
    numbers
}

/// `($2, $3, …)`: the ids, to be looked up.
fn list(n: usize) -> String {
    format!("({})", numbers(n, ", "))
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

/// Those of `ids` that `viewer` may read, and of what they quote.
pub async fn posts(tx: &mut Tx, viewer: Option<AccountId>, ids: &[PostId]) -> Result<Vec<Seen>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let [values, quoted, end] = AND_QUOTED;
    let (each, all) = (numbers(ids.len(), "), ("), list(ids.len()));
    Ok(fetch_for!(tx, format!("{SEEN}{values}({each}){quoted}{all}{end}"), viewer, ids))
}

/// Something that hangs on a post.
#[derive(Clone, Debug)]
pub enum Part {
    Media(Media),
    Choice(Choice),
    /// An account that it names.
    Account(AccountId),
    Tag(String),
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

/// A row of `part`. What another kind has is empty or 0.
#[derive(sqlx::FromRow)]
struct PartRow {
    kind: Signs,
    post_id: PostId,
    account_id: AccountId,
    tag: String,
    #[sqlx(flatten)]
    media: Media,
    #[sqlx(flatten)]
    choice: Choice,
}

impl PartRow {
    fn part(self) -> (PostId, Part) {
        let part = match self.kind {
            Signs::MEDIA => Part::Media(self.media),
            Signs::POLL => Part::Choice(self.choice),
            _ if self.tag.is_empty() => Part::Account(self.account_id),
            _ => Part::Tag(self.tag),
        };
        (self.post_id, part)
    }
}

/// What hangs on posts, in order: media, options of polls, accounts and tags that they name. Only kinds that one of them has are looked for.
pub async fn parts(
    tx: &mut Tx,
    viewer: Option<AccountId>,
    posts: &[Seen],
) -> Result<Vec<(PostId, Part)>> {
    let kinds: Vec<_> =
        KINDS.iter().filter(|(kind, _)| posts.iter().any(|s| s.signs.has(*kind))).collect();
    let has_parts = |s: &&Seen| kinds.iter().any(|(kind, _)| s.signs.has(*kind));
    let ids: Vec<PostId> = posts.iter().filter(has_parts).map(|s| s.post.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let all = list(ids.len());
    let rows: Vec<String> = kinds.iter().map(|(_, rows)| format!("{rows}{all}")).collect();
    let sql = format!(
        "{PARTS}{}) SELECT * FROM part ORDER BY post_id, position, account_id, tag",
        rows.join(" UNION ALL ")
    );
    let rows: Vec<PartRow> = fetch_for!(tx, sql, viewer, ids);
    Ok(rows.into_iter().map(PartRow::part).collect())
}
