//! The search index: words of posts and profiles, made by `text::tokens`. The one place where the engines' SQL differs.
use crate::{
    db::{Conn, Tx},
    error::Result,
    ids::{AccountId, PostId},
    text::tokens,
};
use sqlx::QueryBuilder;

/// More hits than this are not looked at; one-character words are common.
const MOST_HITS: i64 = 2_000;

/// New posts, each with its words.
pub async fn index_posts(tx: &mut Tx, posts: &[(PostId, String)]) -> Result<()> {
    let rows: Vec<_> = posts.iter().map(|(id, text)| (id.0, text.as_str())).collect();
    put(tx, Index::Posts, &rows).await
}

/// A post whose words have changed.
pub async fn reindex_post(tx: &mut Tx, id: PostId, text: &str) -> Result<()> {
    delete(tx, Index::Posts, id.0).await?;
    put(tx, Index::Posts, &[(id.0, text)]).await
}

pub async fn index_account(tx: &mut Tx, id: AccountId, text: &str) -> Result<()> {
    delete(tx, Index::Accounts, id.0).await?;
    put(tx, Index::Accounts, &[(id.0, text)]).await
}

pub async fn forget_post(tx: &mut Tx, id: PostId) -> Result<()> {
    delete(tx, Index::Posts, id.0).await
}

pub async fn forget_account(tx: &mut Tx, id: AccountId) -> Result<()> {
    delete(tx, Index::Accounts, id.0).await
}

/// Posts that contain all words, newest first, older than `before`.
pub async fn posts(tx: &mut Tx, words: &str, before: PostId) -> Result<Vec<PostId>> {
    Ok(find(tx, Index::Posts, words, before.0).await?.into_iter().map(PostId).collect())
}

pub async fn accounts(tx: &mut Tx, words: &str) -> Result<Vec<AccountId>> {
    Ok(find(tx, Index::Accounts, words, i64::MAX).await?.into_iter().map(AccountId).collect())
}

#[derive(Clone, Copy)]
enum Index {
    Posts,
    Accounts,
}

async fn put(tx: &mut Tx, index: Index, rows: &[(i64, &str)]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let head = match index {
        Index::Posts => "INSERT INTO post_search (rowid, body) ",
        Index::Accounts => "INSERT INTO account_search (rowid, body) ",
    };
    match tx.conn() {
        Conn::Sqlite(c) => {
            let mut query = QueryBuilder::new(head);
            query.push_values(rows, |mut row, (id, text)| {
                row.push_bind(*id).push_bind(tokens::sqlite_document(text));
            });
            query.build().persistent(rows.len() == 1).execute(c).await?;
        }
        Conn::Postgres(c) => {
            let mut query = QueryBuilder::new(head);
            query.push_values(rows, |mut row, (id, text)| {
                row.push_bind(*id).push("CAST(");
                row.push_bind_unseparated(tokens::postgres_document(text));
                row.push_unseparated(" AS TSVECTOR)");
            });
            query.build().persistent(rows.len() == 1).execute(c).await?;
        }
    }
    Ok(())
}

async fn delete(tx: &mut Tx, index: Index, id: i64) -> Result<()> {
    let sql = match index {
        Index::Posts => "DELETE FROM post_search WHERE rowid = $1",
        Index::Accounts => "DELETE FROM account_search WHERE rowid = $1",
    };
    crate::execute!(tx, sqlx::query(sql).bind(id));
    Ok(())
}

async fn find(tx: &mut Tx, index: Index, words: &str, before: i64) -> Result<Vec<i64>> {
    let rows: Vec<(i64,)> = match tx.conn() {
        Conn::Sqlite(c) => {
            let Some(query) = tokens::sqlite_query(words) else { return Ok(Vec::new()) };
            let sql = match index {
                Index::Posts => {
                    "SELECT rowid FROM post_search WHERE body MATCH $1 AND rowid < $2 ORDER BY rowid DESC LIMIT $3"
                }
                Index::Accounts => {
                    "SELECT rowid FROM account_search WHERE body MATCH $1 AND rowid < $2 ORDER BY rowid DESC LIMIT $3"
                }
            };
            sqlx::query_as(sql).bind(query).bind(before).bind(MOST_HITS).fetch_all(c).await?
        }
        Conn::Postgres(c) => {
            let Some(query) = tokens::postgres_query(words) else { return Ok(Vec::new()) };
            // MATERIALIZED: the planner would walk the primary key for rare words.
            let sql = match index {
                Index::Posts => {
                    "WITH h AS MATERIALIZED (SELECT rowid FROM post_search WHERE body @@ CAST($1 AS TSQUERY))
                     SELECT rowid FROM h WHERE rowid < $2 ORDER BY rowid DESC LIMIT $3"
                }
                Index::Accounts => {
                    "WITH h AS MATERIALIZED (SELECT rowid FROM account_search WHERE body @@ CAST($1 AS TSQUERY))
                     SELECT rowid FROM h WHERE rowid < $2 ORDER BY rowid DESC LIMIT $3"
                }
            };
            sqlx::query_as(sql).bind(query).bind(before).bind(MOST_HITS).fetch_all(c).await?
        }
    };
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
