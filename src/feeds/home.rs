//! Home timelines and lists are filled when a post arrives, so that reading one is a walk over an index, not a look through years of home.
use super::notifications::Notice;
use crate::{
    db::Tx,
    error::Result,
    execute, fetch_all, fetch_one,
    ids::{AccountId, PostId},
    run,
};
use sqlx::QueryBuilder;

/// Lines that the home timeline of a member keeps, and a list.
const KEPT: i64 = 800;

/// Where a post or boost goes.
pub struct Entry {
    /// The post's id, or the boost's.
    pub id: i64,
    pub post: PostId,
    pub author: AccountId,
    pub booster: Option<AccountId>,
    /// For a reply: whose post it answers. Followers see it only if they follow that account too.
    pub reply_to: Option<AccountId>,
}

/// A statement over entries, which it finds as the table `e`: `source` is who brings one, `reply_to` is 0 where it is no reply.
macro_rules! over {
    ($entries:expr, $sql:expr) => {{
        let mut query =
            QueryBuilder::new("WITH e (id, post_id, author_id, booster_id, source, reply_to) AS (");
        query.push_values($entries, |mut row, e| {
            row.push_bind(e.id)
                .push_bind(e.post)
                .push_bind(e.author)
                .push_bind(e.booster)
                .push_bind(e.booster.unwrap_or(e.author))
                .push_bind(e.reply_to.map_or(0, |a| a.0));
        });
        query.push($sql);
        query
    }};
}

macro_rules! execute_for {
    ($tx:expr, $entries:expr, $sql:expr) => {
        run!($tx, |c| {
            let mut query = over!($entries, $sql);
            query.build().persistent($entries.len() == 1).execute(&mut *c).await?;
        })
    };
}

/// SQL: the follow `f` wants the entry `e`: its boost, its language.
macro_rules! wants_entry {
    () => {
        "(f.boosts = TRUE OR e.booster_id IS NULL)
         AND (f.langs = '' OR EXISTS (SELECT 1 FROM post p
             WHERE p.id = e.post_id AND (p.lang = '' OR f.langs LIKE '%,' || p.lang || ',%')))"
    };
}

// CROSS: SQLite joins in the order that is written.

const TO_FOLLOWERS: &str = concat!(
    ") INSERT INTO home_entry (account_id, id, post_id, author_id, booster_id)
     SELECT f.follower_id, e.id, e.post_id, e.author_id, e.booster_id
     FROM e CROSS JOIN follow f CROSS JOIN member m
     WHERE f.followee_id = e.source AND f.state = 'accepted' AND m.account_id = f.follower_id
       AND (e.reply_to = 0 OR e.reply_to = e.source OR e.reply_to = f.follower_id OR EXISTS (
           SELECT 1 FROM follow g WHERE g.follower_id = f.follower_id AND g.followee_id = e.reply_to AND g.state = 'accepted'))
       AND NOT EXISTS (SELECT 1 FROM home_entry h WHERE h.post_id = e.post_id AND h.account_id = f.follower_id)
       AND NOT EXISTS (SELECT 1 FROM list_member x JOIN list l ON l.id = x.list_id
                       WHERE x.account_id = e.source AND l.account_id = f.follower_id AND l.exclusive = TRUE)
       AND ",
    wants_entry!(),
    " AND ",
    wants!("f.follower_id", "e.author_id"),
    " AND NOT EXISTS (SELECT 1 FROM mute um WHERE um.account_id = f.follower_id AND um.target_id = e.source)",
    " ON CONFLICT DO NOTHING"
);

const TO_LISTS: &str = concat!(
    ") INSERT INTO list_entry (list_id, id, post_id, author_id, booster_id)
     SELECT l.id, e.id, e.post_id, e.author_id, e.booster_id
     FROM e CROSS JOIN list_member x CROSS JOIN list l CROSS JOIN follow f
     WHERE x.account_id = e.source AND l.id = x.list_id
       AND f.follower_id = l.account_id AND f.followee_id = e.source AND f.state = 'accepted'
       AND (e.reply_to = 0 OR e.reply_to = e.source OR e.reply_to = l.account_id
           OR (l.replies = 'list' AND EXISTS (
               SELECT 1 FROM list_member y WHERE y.list_id = l.id AND y.account_id = e.reply_to))
           OR (l.replies = 'followed' AND EXISTS (
               SELECT 1 FROM follow g WHERE g.follower_id = l.account_id AND g.followee_id = e.reply_to AND g.state = 'accepted')))
       AND NOT EXISTS (SELECT 1 FROM list_entry h WHERE h.post_id = e.post_id AND h.list_id = l.id)
       AND ",
    wants_entry!(),
    " AND ",
    wants!("l.account_id", "e.author_id"),
    " AND NOT EXISTS (SELECT 1 FROM mute um WHERE um.account_id = l.account_id AND um.target_id = e.source)",
    " ON CONFLICT DO NOTHING"
);

const TO_READERS_OF_TAGS: &str = concat!(
    ") INSERT INTO home_entry (account_id, id, post_id, author_id, booster_id)
     SELECT DISTINCT g.account_id, e.id, e.post_id, e.author_id, e.booster_id
     FROM e CROSS JOIN post_tag t CROSS JOIN followed_tag g CROSS JOIN post p
     WHERE e.booster_id IS NULL AND t.post_id = e.post_id AND g.tag = t.tag AND p.id = e.post_id AND p.audience = 'public'
       AND NOT EXISTS (SELECT 1 FROM home_entry h WHERE h.post_id = e.post_id AND h.account_id = g.account_id)
       AND ",
    wants!("g.account_id", "e.author_id"),
    " ON CONFLICT DO NOTHING"
);

const TO_TELL: &str = concat!(
    ") SELECT f.follower_id, e.author_id, e.post_id
     FROM e CROSS JOIN follow f CROSS JOIN member m
     WHERE f.followee_id = e.author_id AND f.state = 'accepted' AND f.tells = TRUE AND m.account_id = f.follower_id
       AND e.booster_id IS NULL AND e.reply_to IN (0, e.author_id)
       AND NOT EXISTS (SELECT 1 FROM post_mention x
                       WHERE x.post_id = e.post_id AND x.account_id = f.follower_id AND x.silent = FALSE)
       AND NOT EXISTS (SELECT 1 FROM post p CROSS JOIN post q
                       WHERE p.id = e.post_id AND q.id = p.quote_id AND q.account_id = f.follower_id
                         AND p.quote_state = 'accepted' AND p.audience NOT IN ('network', 'chapter'))
       AND ",
    wants_entry!(),
    " AND ",
    wants!("f.follower_id", "e.author_id")
);

/// Who of the members that follow an author wants to be told of each of these posts, which they may read: neither of boosts nor of answers to
/// others, nor where the post names or quotes them, because they are told that. (Quotes that do not leave the network are told nobody.)
pub async fn tells(tx: &mut Tx, entries: &[Entry]) -> Result<Vec<Notice>> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(AccountId, AccountId, PostId)> = run!(tx, |c| {
        let mut query = over!(entries, TO_TELL);
        query.build_query_as().persistent(entries.len() == 1).fetch_all(&mut *c).await?
    });
    let notice = |(to, from, post)| Notice { to, from, post: Some(post) };
    Ok(rows.into_iter().map(notice).collect())
}

/// Puts entries into the home timelines of all members who follow their author (or booster) or one of their tags, and into the lists on which
/// the author (or booster) is. A post that is there already is not shown again; among the entries each post is there once.
pub async fn fan_out(tx: &mut Tx, entries: &[Entry]) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    execute_for!(tx, entries, TO_FOLLOWERS);
    let (lists, tags): (bool, bool) = fetch_one!(
        tx,
        sqlx::query_as(
            "SELECT EXISTS (SELECT 1 FROM list_member), EXISTS (SELECT 1 FROM followed_tag)"
        )
    );
    if lists {
        execute_for!(tx, entries, TO_LISTS);
    }
    if tags && entries.iter().any(|e| e.booster.is_none()) {
        execute_for!(tx, entries, TO_READERS_OF_TAGS);
    }
    Ok(())
}

/// Puts an entry into one member's home timeline: their own posts, and those that name them, unless they want to see nothing of their author.
pub async fn add(tx: &mut Tx, member: AccountId, entry: &Entry) -> Result<()> {
    execute!(
        tx,
        sqlx::query(concat!(
            "INSERT INTO home_entry (account_id, id, post_id, author_id, booster_id)
             SELECT m.account_id, $2, $3, $4, CAST($5 AS BIGINT) FROM member m WHERE m.account_id = $1 AND ",
            wants!("$1", "$4"),
            " ON CONFLICT DO NOTHING"
        ))
        .bind(member)
        .bind(entry.id)
        .bind(entry.post)
        .bind(entry.author)
        .bind(entry.booster)
    );
    Ok(())
}

/// SQL: what begins a timeline that shows `$2` from now on, as `p`: the newest posts that are not answers.
macro_rules! newest_of_author {
    () => {
        "(SELECT id, account_id FROM post WHERE account_id = $2 AND deleted_at IS NULL
              AND audience IN ('public', 'unlisted', 'followers') AND in_reply_to_uri IS NULL
          ORDER BY id DESC LIMIT 40) p"
    };
}

/// Fills the timeline of a member who has just begun to follow `followee` with its newest posts.
pub async fn back_fill(tx: &mut Tx, member: AccountId, followee: AccountId) -> Result<()> {
    execute!(
        tx,
        sqlx::query(concat!(
            "INSERT INTO home_entry (account_id, id, post_id, author_id, booster_id)
             SELECT $1, p.id, p.id, p.account_id, NULL FROM ",
            newest_of_author!(),
            " WHERE NOT EXISTS (SELECT 1 FROM home_entry h WHERE h.post_id = p.id AND h.account_id = $1)
             ON CONFLICT DO NOTHING"
        ))
        .bind(member)
        .bind(followee)
    );
    Ok(())
}

/// Fills a list on which `author` has just been put with their newest posts.
pub async fn back_fill_list(tx: &mut Tx, list: i64, author: AccountId) -> Result<()> {
    execute!(
        tx,
        sqlx::query(concat!(
            "INSERT INTO list_entry (list_id, id, post_id, author_id, booster_id)
             SELECT $1, p.id, p.id, p.account_id, NULL FROM ",
            newest_of_author!(),
            " WHERE NOT EXISTS (SELECT 1 FROM list_entry h WHERE h.post_id = p.id AND h.list_id = $1)
             ON CONFLICT DO NOTHING"
        ))
        .bind(list)
        .bind(author)
    );
    Ok(())
}

/// What those on a list say is no longer in the member's home timeline.
pub async fn leave_to_list(tx: &mut Tx, member: AccountId, list: i64) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "DELETE FROM home_entry WHERE account_id = $1
               AND COALESCE(booster_id, author_id) IN (SELECT account_id FROM list_member WHERE list_id = $2)"
        )
        .bind(member)
        .bind(list)
    );
    Ok(())
}

/// The post or boost is gone.
pub async fn remove(tx: &mut Tx, id: i64) -> Result<()> {
    for sql in
        ["DELETE FROM home_entry WHERE post_id = $1", "DELETE FROM list_entry WHERE post_id = $1"]
    {
        execute!(tx, sqlx::query(sql).bind(id));
    }
    Ok(())
}

/// A boost was taken back.
pub async fn remove_boost(tx: &mut Tx, post: PostId, boost: i64) -> Result<()> {
    for sql in [
        "DELETE FROM home_entry WHERE post_id = $1 AND id = $2",
        "DELETE FROM list_entry WHERE post_id = $1 AND id = $2",
    ] {
        execute!(tx, sqlx::query(sql).bind(post).bind(boost));
    }
    Ok(())
}

/// `member` no longer wants to read `source`.
pub async fn forget_author(tx: &mut Tx, member: AccountId, source: AccountId) -> Result<()> {
    for sql in [
        "DELETE FROM home_entry WHERE account_id = $1 AND (booster_id = $2 OR (author_id = $2 AND booster_id IS NULL))",
        "DELETE FROM list_entry WHERE list_id IN (SELECT id FROM list WHERE account_id = $1)
           AND (booster_id = $2 OR (author_id = $2 AND booster_id IS NULL))",
    ] {
        execute!(tx, sqlx::query(sql).bind(member).bind(source));
    }
    Ok(())
}

/// `member` no longer wants to read anybody of `host`.
pub async fn forget_host(tx: &mut Tx, member: AccountId, host: &str) -> Result<()> {
    for sql in [
        "DELETE FROM home_entry WHERE account_id = $1 AND EXISTS (
             SELECT 1 FROM account a WHERE a.host = $2 AND a.id IN (home_entry.author_id, home_entry.booster_id))",
        "DELETE FROM list_entry WHERE list_id IN (SELECT id FROM list WHERE account_id = $1) AND EXISTS (
             SELECT 1 FROM account a WHERE a.host = $2 AND a.id IN (list_entry.author_id, list_entry.booster_id))",
    ] {
        execute!(tx, sqlx::query(sql).bind(member).bind(host));
    }
    Ok(())
}

/// Entries beyond the newest 800 of each member and of each list are dropped.
///
/// The lines are numbered once; asking for each line which one is the 800th cost seconds of the one writer.
pub async fn trim(tx: &mut Tx) -> Result<()> {
    for sql in [
        "DELETE FROM home_entry WHERE (account_id, id) IN (SELECT account_id, id FROM (
             SELECT account_id, id, ROW_NUMBER() OVER (PARTITION BY account_id ORDER BY id DESC) AS nth FROM home_entry) numbered
         WHERE nth > $1)",
        "DELETE FROM list_entry WHERE (list_id, id) IN (SELECT list_id, id FROM (
             SELECT list_id, id, ROW_NUMBER() OVER (PARTITION BY list_id ORDER BY id DESC) AS nth FROM list_entry) numbered
         WHERE nth > $1)",
    ] {
        execute!(tx, sqlx::query(sql).bind(KEPT));
    }
    Ok(())
}

/// Lists in which a post stands: as the line `id`, or in any way.
pub async fn lists_holding(tx: &mut Tx, post: PostId, id: Option<i64>) -> Result<Vec<i64>> {
    let rows: Vec<(i64,)> = fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT DISTINCT list_id FROM list_entry WHERE post_id = $1 AND ($2 = 0 OR id = $2)"
        )
        .bind(post)
        .bind(id.unwrap_or(0))
    );
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Members in whose home timeline a post stands: as the line `id`, or in any way.
pub async fn holders(tx: &mut Tx, post: PostId, id: Option<i64>) -> Result<Vec<AccountId>> {
    let rows: Vec<(AccountId,)> = fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT DISTINCT account_id FROM home_entry WHERE post_id = $1 AND ($2 = 0 OR id = $2)"
        )
        .bind(post)
        .bind(id.unwrap_or(0))
    );
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
