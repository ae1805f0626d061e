//! Whom a post mentions, and its hashtags.
use crate::{
    accounts::types::Account,
    db::Tx,
    error::Result,
    execute, fetch_all,
    ids::{AccountId, PostId},
    run,
};
use sqlx::QueryBuilder;

/// Rows in one INSERT; both engines allow far more values.
const CHUNK: usize = 500;

/// Names an account in a post, silently or aloud.
#[derive(Clone, Copy, Debug)]
pub struct Naming {
    pub post: PostId,
    pub account: AccountId,
    pub silent: bool,
}

/// Names accounts in posts, each at most once in one; who was addressed silently is from now on named aloud, if that is how they are named.
pub async fn put_mentions(tx: &mut Tx, namings: &[Naming]) -> Result<()> {
    for some in namings.chunks(CHUNK) {
        run!(tx, |c| {
            let mut query =
                QueryBuilder::new("INSERT INTO post_mention (post_id, account_id, silent) ");
            query.push_values(some, |mut row, n| {
                row.push_bind(n.post).push_bind(n.account).push_bind(n.silent);
            });
            query.push(
                " ON CONFLICT (post_id, account_id) DO UPDATE SET silent = excluded.silent WHERE excluded.silent = FALSE",
            );
            query.build().persistent(some.len() == 1).execute(&mut *c).await?;
        });
    }
    Ok(())
}

/// An account that a post names, and whether silently.
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

pub async fn put_tags(tx: &mut Tx, tags: &[(PostId, &str)]) -> Result<()> {
    for some in tags.chunks(CHUNK) {
        run!(tx, |c| {
            let mut query = QueryBuilder::new("INSERT INTO post_tag (tag, post_id) ");
            query.push_values(some, |mut row, (post, tag)| {
                row.push_bind(*tag).push_bind(*post);
            });
            query.push(" ON CONFLICT DO NOTHING");
            query.build().persistent(some.len() == 1).execute(&mut *c).await?;
        });
    }
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

/// Tags that begin with `prefix`, the most used first: of public posts, and the member's own.
pub async fn complete_tag(
    tx: &mut Tx,
    member: AccountId,
    prefix: &str,
    limit: i64,
) -> Result<Vec<(String, i64)>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT tag, COUNT(*) FROM (
                 SELECT t.tag FROM post_tag t JOIN post p ON p.id = t.post_id
                 WHERE t.tag >= $1 AND t.tag < $2 AND p.deleted_at IS NULL
                   AND (p.audience = 'public' OR p.account_id = $4) LIMIT 5000) used
             GROUP BY tag ORDER BY COUNT(*) DESC, tag LIMIT $3"
        )
        .bind(prefix)
        .bind(format!("{prefix}\u{10FFFF}"))
        .bind(limit)
        .bind(member)
    ))
}
