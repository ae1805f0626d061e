//! Likes, boosts, bookmarks and pins.
use super::super::types::{Audience, Post};
use crate::{
    accounts::queries::Listed,
    clock::Timestamp,
    db::{Page, Tx},
    error::{Error, Result},
    execute, fetch_all, fetch_in, fetch_optional, fetch_page,
    ids::{AccountId, PostId},
    run,
};
use sqlx::QueryBuilder;
use std::collections::HashSet;

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

/// Whether somebody likes a post, with whatever emoji.
pub async fn likes(tx: &mut Tx, post: PostId, account: AccountId) -> Result<bool> {
    let row: Option<(i64,)> = fetch_optional!(
        tx,
        sqlx::query_as("SELECT id FROM favourite WHERE post_id = $1 AND account_id = $2 LIMIT 1")
            .bind(post)
            .bind(account)
    );
    Ok(row.is_some())
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
    pub audience: Audience,
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

/// Who likes a post, each once; the cursor is the id of their first like.
pub async fn likers(tx: &mut Tx, post: PostId, page: Page) -> Result<Vec<Listed>> {
    Ok(fetch_page!(
        tx,
        page,
        ("SELECT f.id AS cursor, a.* FROM favourite f JOIN account a ON a.id = f.account_id
          WHERE f.post_id = $1 AND f.id < $2 AND f.id > $3 AND NOT EXISTS (SELECT 1 FROM favourite g
              WHERE g.post_id = f.post_id AND g.account_id = f.account_id AND g.id < f.id)")
            by "f.id" limit "$4",
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
