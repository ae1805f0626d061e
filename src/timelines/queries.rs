//! SQL of timelines: each is a walk over one index, a page at a time.
use super::types::Page;
use crate::{
    db::Tx,
    error::Result,
    feeds::notifications::Kind,
    fetch_all, from_somebody,
    ids::{AccountId, PostId},
    posts::types::Line,
    readable,
};

/// SQL: nobody whom `$1` mutes or blocks wrote the post `p`.
macro_rules! wants_author {
    () => {
        "NOT EXISTS (SELECT 1 FROM mute u WHERE u.account_id = $1 AND u.target_id = p.account_id)
         AND NOT EXISTS (SELECT 1 FROM block b WHERE b.account_id = $1 AND b.target_id = p.account_id)"
    };
}

pub async fn home(tx: &mut Tx, member: AccountId, page: Page) -> Result<Vec<Line>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT id, post_id, booster_id FROM home_entry WHERE account_id = $1 AND id < $2 AND id > $3
             ORDER BY id DESC LIMIT $4"
        )
        .bind(member)
        .bind(page.before)
        .bind(page.after)
        .bind(page.limit)
    ))
}

/// Public posts of this node.
pub async fn local(tx: &mut Tx, page: Page) -> Result<Vec<Line>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT id, id AS post_id, NULL AS booster_id FROM post
             WHERE local = TRUE AND audience = 'public' AND deleted_at IS NULL AND in_reply_to_uri IS NULL
               AND id < $1 AND id > $2 ORDER BY id DESC LIMIT $3"
        )
        .bind(page.before)
        .bind(page.after)
        .bind(page.limit)
    ))
}

/// What members of this node said to each other and to everybody.
pub async fn chapter(tx: &mut Tx, page: Page) -> Result<Vec<Line>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT id, id AS post_id, NULL AS booster_id FROM post
             WHERE local = TRUE AND audience IN ('public', 'chapter') AND deleted_at IS NULL
               AND in_reply_to_uri IS NULL AND id < $1 AND id > $2 ORDER BY id DESC LIMIT $3"
        )
        .bind(page.before)
        .bind(page.after)
        .bind(page.limit)
    ))
}

/// What members of all the network's nodes say to each other and to everybody.
pub async fn network(tx: &mut Tx, member: AccountId, page: Page) -> Result<Vec<Line>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(concat!(
            "SELECT p.id, p.id AS post_id, NULL AS booster_id FROM network_timeline n JOIN post p ON p.id = n.post_id
             WHERE p.deleted_at IS NULL AND n.post_id < $2 AND n.post_id > $3 AND ",
            wants_author!(),
            " ORDER BY n.post_id DESC LIMIT $4"
        ))
        .bind(member)
        .bind(page.before)
        .bind(page.after)
        .bind(page.limit)
    ))
}

/// All public posts this node has a copy of.
pub async fn known(tx: &mut Tx, member: AccountId, page: Page) -> Result<Vec<Line>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(concat!(
            "SELECT p.id, p.id AS post_id, NULL AS booster_id FROM post p
             WHERE p.audience = 'public' AND p.deleted_at IS NULL AND p.id < $2 AND p.id > $3 AND ",
            wants_author!(),
            " ORDER BY p.id DESC LIMIT $4"
        ))
        .bind(member)
        .bind(page.before)
        .bind(page.after)
        .bind(page.limit)
    ))
}

pub async fn tag(tx: &mut Tx, tag: &str, page: Page) -> Result<Vec<Line>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT p.id, p.id AS post_id, NULL AS booster_id FROM post_tag t JOIN post p ON p.id = t.post_id
             WHERE t.tag = $1 AND t.post_id < $2 AND t.post_id > $3 AND p.audience = 'public' AND p.deleted_at IS NULL
             ORDER BY t.post_id DESC LIMIT $4"
        )
        .bind(tag)
        .bind(page.before)
        .bind(page.after)
        .bind(page.limit)
    ))
}

/// Which posts of a profile are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// Posts and boosts, without replies to others.
    Posts,
    Replies,
    Media,
}

pub async fn profile(
    tx: &mut Tx,
    viewer: i64,
    of: AccountId,
    tab: Tab,
    page: Page,
) -> Result<Vec<Line>> {
    let sql = match tab {
        Tab::Posts => concat!(
            "SELECT id, post_id, booster_id FROM (
                 SELECT * FROM (SELECT p.id, p.id AS post_id, CAST(NULL AS BIGINT) AS booster_id FROM post p
                   WHERE p.account_id = $2 AND p.id < $3 AND p.id > $4 AND p.in_reply_to_uri IS NULL AND ",
            readable!(),
            " ORDER BY p.id DESC LIMIT $5) own
                 UNION ALL SELECT * FROM (SELECT b.id, b.post_id, b.account_id AS booster_id FROM boost b
                   WHERE b.account_id = $2 AND b.id < $3 AND b.id > $4 AND b.audience IN ('public', 'unlisted')
                   ORDER BY b.id DESC LIMIT $5) boosts) lines
             ORDER BY id DESC LIMIT $5"
        ),
        Tab::Replies => concat!(
            "SELECT p.id, p.id AS post_id, CAST(NULL AS BIGINT) AS booster_id FROM post p
             WHERE p.account_id = $2 AND p.id < $3 AND p.id > $4 AND ",
            readable!(),
            " ORDER BY p.id DESC LIMIT $5"
        ),
        Tab::Media => concat!(
            "SELECT p.id, p.id AS post_id, CAST(NULL AS BIGINT) AS booster_id FROM post p
             WHERE p.account_id = $2 AND p.id < $3 AND p.id > $4
               AND EXISTS (SELECT 1 FROM media m WHERE m.post_id = p.id) AND ",
            readable!(),
            " ORDER BY p.id DESC LIMIT $5"
        ),
    };
    Ok(fetch_all!(
        tx,
        sqlx::query_as(sql)
            .bind(viewer)
            .bind(of)
            .bind(page.before)
            .bind(page.after)
            .bind(page.limit)
    ))
}

pub async fn bookmarks(tx: &mut Tx, member: AccountId, page: Page) -> Result<Vec<Line>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT id, post_id, NULL AS booster_id FROM bookmark WHERE account_id = $1 AND id < $2 AND id > $3
             ORDER BY id DESC LIMIT $4"
        )
        .bind(member)
        .bind(page.before)
        .bind(page.after)
        .bind(page.limit)
    ))
}

pub async fn likes(tx: &mut Tx, member: AccountId, page: Page) -> Result<Vec<Line>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT id, post_id, NULL AS booster_id FROM favourite WHERE account_id = $1 AND emoji = '' AND id < $2 AND id > $3
             ORDER BY id DESC LIMIT $4"
        )
        .bind(member)
        .bind(page.before)
        .bind(page.after)
        .bind(page.limit)
    ))
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct NotificationRow {
    pub id: i64,
    pub kind: Kind,
    pub from_id: AccountId,
    pub post_id: Option<PostId>,
}

pub async fn notifications(
    tx: &mut Tx,
    member: AccountId,
    page: Page,
) -> Result<Vec<NotificationRow>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            concat!(
                "SELECT id, kind, from_id, post_id FROM notification n WHERE account_id = $1 AND id < $2 AND id > $3 AND ",
                from_somebody!(),
                " ORDER BY id DESC LIMIT $4"
            )
        )
        .bind(member)
        .bind(page.before)
        .bind(page.after)
        .bind(page.limit)
    ))
}

/// Those of a few kinds.
pub async fn notifications_of(
    tx: &mut Tx,
    member: AccountId,
    kinds: [Kind; 3],
    page: Page,
) -> Result<Vec<NotificationRow>> {
    let [a, b, c] = kinds;
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            concat!(
                "SELECT id, kind, from_id, post_id FROM notification n WHERE account_id = $1 AND id < $2 AND id > $3
                   AND kind IN ($4, $5, $6) AND ",
                from_somebody!(),
                " ORDER BY id DESC LIMIT $7"
            )
        )
        .bind(member)
        .bind(page.before)
        .bind(page.after)
        .bind(a)
        .bind(b)
        .bind(c)
        .bind(page.limit)
    ))
}
