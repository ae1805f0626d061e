//! SQL of timelines: each is a walk over one index, a page at a time.
use crate::{
    db::{Page, Tx},
    error::Result,
    feeds::notifications::Kind,
    fetch_all, fetch_page,
    ids::{AccountId, PostId},
    posts::types::Line,
    readable, wants,
};

/// SQL: `$1` wants to see who wrote the post `p`.
macro_rules! wants_author {
    () => {
        wants!("$1", "p.account_id")
    };
}

pub async fn home(tx: &mut Tx, member: AccountId, page: Page) -> Result<Vec<Line>> {
    Ok(fetch_page!(
        tx,
        page,
        ("SELECT id, post_id, booster_id FROM home_entry WHERE account_id = $1 AND id < $2 AND id > $3")
            by "id" limit "$4",
        member,
        page.before,
        page.after,
    ))
}

/// Public posts of this node. `member` is 0 for a visitor.
pub async fn local(tx: &mut Tx, member: i64, only_media: bool, page: Page) -> Result<Vec<Line>> {
    Ok(fetch_page!(
        tx,
        page,
        (
            "SELECT p.id, p.id AS post_id, NULL AS booster_id FROM post p
             WHERE p.local = TRUE AND p.audience = 'public' AND p.deleted_at IS NULL AND p.in_reply_to_uri IS NULL
               AND p.id < $2 AND p.id > $3
               AND ($4 = FALSE OR EXISTS (SELECT 1 FROM media m WHERE m.post_id = p.id)) AND ",
            wants_author!(),
        ) by "p.id" limit "$5",
        member,
        page.before,
        page.after,
        only_media,
    ))
}

/// What members of this node said to each other and to everybody.
pub async fn chapter(tx: &mut Tx, member: AccountId, page: Page) -> Result<Vec<Line>> {
    Ok(fetch_page!(
        tx,
        page,
        (
            "SELECT p.id, p.id AS post_id, NULL AS booster_id FROM post p
             WHERE p.local = TRUE AND p.audience IN ('public', 'chapter') AND p.deleted_at IS NULL
               AND p.in_reply_to_uri IS NULL AND p.id < $2 AND p.id > $3 AND ",
            wants_author!(),
        ) by "p.id" limit "$4",
        member,
        page.before,
        page.after,
    ))
}

/// What members of all the network's nodes say to each other and to everybody.
pub async fn network(tx: &mut Tx, member: AccountId, page: Page) -> Result<Vec<Line>> {
    Ok(fetch_page!(
        tx,
        page,
        (
            "SELECT p.id, p.id AS post_id, NULL AS booster_id FROM network_timeline n JOIN post p ON p.id = n.post_id
             WHERE p.deleted_at IS NULL AND n.post_id < $2 AND n.post_id > $3 AND ",
            wants_author!(),
        ) by "n.post_id" limit "$4",
        member,
        page.before,
        page.after,
    ))
}

/// Public posts that a reader asks for, among all that this node has a copy of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    pub only_remote: bool,
    pub only_media: bool,
}

/// All public posts this node has a copy of. `member` is 0 for a visitor.
pub async fn known(tx: &mut Tx, member: i64, wanted: Wanted, page: Page) -> Result<Vec<Line>> {
    Ok(fetch_page!(
        tx,
        page,
        (
            "SELECT p.id, p.id AS post_id, NULL AS booster_id FROM post p
             WHERE p.audience = 'public' AND p.deleted_at IS NULL AND p.id < $2 AND p.id > $3
               AND ($4 = FALSE OR p.local = FALSE)
               AND ($5 = FALSE OR EXISTS (SELECT 1 FROM media m WHERE m.post_id = p.id)) AND ",
            wants_author!(),
        ) by "p.id" limit "$6",
        member,
        page.before,
        page.after,
        wanted.only_remote,
        wanted.only_media,
    ))
}

/// Which posts of a profile are shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shown<'a> {
    pub replies: bool,
    pub boosts: bool,
    pub only_media: bool,
    /// Only with this tag; empty for all.
    pub tag: &'a str,
}

/// SQL: own posts and boosts of `$2`, a page of each, so that both are a walk over an index.
macro_rules! of_profile {
    ($direction:literal) => {
        concat!(
            "SELECT id, post_id, booster_id FROM (
                 SELECT * FROM (SELECT p.id, p.id AS post_id, CAST(NULL AS BIGINT) AS booster_id FROM post p
                   WHERE p.account_id = $2 AND p.id < $3 AND p.id > $4 AND ($5 = TRUE OR p.in_reply_to_uri IS NULL)
                     AND ($6 = FALSE OR EXISTS (SELECT 1 FROM media m WHERE m.post_id = p.id))
                     AND ($7 = '' OR EXISTS (SELECT 1 FROM post_tag t WHERE t.post_id = p.id AND t.tag = $7)) AND ",
            readable!(),
            " ORDER BY p.id ", $direction, " LIMIT $9) own
                 UNION ALL SELECT * FROM (SELECT b.id, b.post_id, b.account_id AS booster_id FROM boost b
                   WHERE $8 = TRUE AND b.account_id = $2 AND b.id < $3 AND b.id > $4
                     AND b.audience IN ('public', 'unlisted') ORDER BY b.id ", $direction, " LIMIT $9) boosts) lines
             ORDER BY id ", $direction, " LIMIT $9"
        )
    };
}

/// What an account posted and boosted. `viewer` is 0 for a visitor.
pub async fn profile(
    tx: &mut Tx,
    viewer: i64,
    of: AccountId,
    shown: Shown<'_>,
    page: Page,
) -> Result<Vec<Line>> {
    let sql = if page.from_below { of_profile!("ASC") } else { of_profile!("DESC") };
    let mut lines: Vec<Line> = fetch_all!(
        tx,
        sqlx::query_as(sql)
            .bind(viewer)
            .bind(of)
            .bind(page.before)
            .bind(page.after)
            .bind(shown.replies)
            .bind(shown.only_media)
            .bind(shown.tag)
            .bind(shown.boosts && !shown.only_media && shown.tag.is_empty())
            .bind(page.limit)
    );
    if page.from_below {
        lines.reverse();
    }
    Ok(lines)
}

pub async fn bookmarks(tx: &mut Tx, member: AccountId, page: Page) -> Result<Vec<Line>> {
    Ok(fetch_page!(
        tx,
        page,
        ("SELECT id, post_id, NULL AS booster_id FROM bookmark WHERE account_id = $1 AND id < $2 AND id > $3")
            by "id" limit "$4",
        member,
        page.before,
        page.after,
    ))
}

pub async fn likes(tx: &mut Tx, member: AccountId, page: Page) -> Result<Vec<Line>> {
    Ok(fetch_page!(
        tx,
        page,
        ("SELECT id, post_id, NULL AS booster_id FROM favourite
          WHERE account_id = $1 AND id < $2 AND id > $3") by "id" limit "$4",
        member,
        page.before,
        page.after,
    ))
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct NotificationRow {
    pub id: i64,
    pub kind: Kind,
    pub from_id: AccountId,
    pub post_id: Option<PostId>,
}

/// The timeline of a list.
pub async fn list(tx: &mut Tx, list: i64, page: Page) -> Result<Vec<Line>> {
    Ok(fetch_page!(
        tx,
        page,
        ("SELECT id, post_id, booster_id FROM list_entry WHERE list_id = $1 AND id < $2 AND id > $3")
            by "id" limit "$4",
        list,
        page.before,
        page.after,
    ))
}
