//! SQL of accounts and members. A function asks one thing or changes one thing; no rules.
mod follows;
mod members;
mod relations;
mod reports;
mod suspensions;

pub use self::{follows::*, members::*, relations::*, reports::*, suspensions::*};

use super::{details, types::Account};
use crate::{
    clock::Timestamp,
    db::Tx,
    error::{Error, Result},
    execute, fetch_all, fetch_in, fetch_optional,
    ids::AccountId,
};
use std::collections::HashMap;

/// SQL: the account `a` is nobody who waits for approval; they are not there yet, for nobody who asks.
macro_rules! is_there {
    () => {
        "NOT (a.local = TRUE AND a.suspended_at IS NOT NULL
              AND EXISTS (SELECT 1 FROM member m WHERE m.account_id = a.id AND m.state = 'pending'))"
    };
}

pub async fn by_id(tx: &mut Tx, id: AccountId) -> Result<Account> {
    fetch_optional!(tx, sqlx::query_as("SELECT * FROM account WHERE id = $1").bind(id))
        .ok_or(Error::NotFound)
}

/// The account as it is now; until the transaction ends nobody else changes it.
pub async fn hold(tx: &mut Tx, id: AccountId) -> Result<Account> {
    let sql = "UPDATE account SET refreshed_at = refreshed_at WHERE id = $1 RETURNING *";
    fetch_optional!(tx, sqlx::query_as(sql).bind(id)).ok_or(Error::NotFound)
}

pub async fn by_ids(tx: &mut Tx, ids: &[AccountId]) -> Result<HashMap<AccountId, Account>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Account> = fetch_in!(tx, "SELECT * FROM account WHERE id IN", ids, "");
    Ok(rows.into_iter().map(|a| (a.id, a)).collect())
}

/// Whoever is there: nobody learns, and nothing is written down about one who waits for approval.
pub async fn by_uri(tx: &mut Tx, uri: &str) -> Result<Option<Account>> {
    let sql = concat!("SELECT * FROM account a WHERE uri = $1 AND ", is_there!());
    Ok(fetch_optional!(tx, sqlx::query_as(sql).bind(uri)))
}

pub async fn by_uris(tx: &mut Tx, uris: &[String]) -> Result<Vec<Account>> {
    if uris.is_empty() {
        return Ok(Vec::new());
    }
    Ok(fetch_in!(tx, "SELECT * FROM account a WHERE uri IN", uris, concat!("AND ", is_there!())))
}

/// `name` and `host` in lower case.
pub async fn by_handle(tx: &mut Tx, name: &str, host: &str) -> Result<Option<Account>> {
    Ok(fetch_optional!(
        tx,
        sqlx::query_as(concat!(
            "SELECT * FROM account a WHERE name = $1 AND host = $2 AND ",
            is_there!()
        ))
        .bind(name)
        .bind(host)
    ))
}

/// Whoever has a name on this node, those who wait for approval included: for signing up and in.
pub async fn holder(tx: &mut Tx, name: &str, host: &str) -> Result<Option<AccountId>> {
    let row: Option<(AccountId,)> = fetch_optional!(
        tx,
        sqlx::query_as("SELECT id FROM account WHERE name = $1 AND host = $2")
            .bind(name)
            .bind(host)
    );
    Ok(row.map(|(id,)| id))
}

/// The groups of this node among these names.
pub async fn groups(tx: &mut Tx, names: [&str; 2], host: &str) -> Result<Vec<Account>> {
    let [a, b] = names;
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT * FROM account WHERE host = $1 AND name IN ($2, $3) AND local = TRUE AND kind = 'group'
               AND deleted_at IS NULL ORDER BY id LIMIT 2"
        )
        .bind(host)
        .bind(a)
        .bind(b)
    ))
}

/// Writes a new account down. False, and nothing done, where its id, address or handle is another one's, perhaps since a moment ago.
pub async fn insert(tx: &mut Tx, a: &Account) -> Result<bool> {
    let rows = execute!(
        tx,
        sqlx::query(
            "INSERT INTO account (id, uri, local, kind, name, host, display_name, bio_html, bio_source, url, inbox,
                 shared_inbox, outbox, followers_uri, featured_uri, avatar, header, fields, locked, discoverable,
                 indexable, also_known_as, moved_to, key_id, public_key, proof_key_id, proof_key, followers_count,
                 following_count, posts_count, created_at, refreshed_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
                 $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)
             ON CONFLICT DO NOTHING"
        )
        .bind(a.id)
        .bind(&a.uri)
        .bind(a.local)
        .bind(a.kind)
        .bind(&a.name)
        .bind(&a.host)
        .bind(&a.display_name)
        .bind(&a.bio_html)
        .bind(&a.bio_source)
        .bind(&a.url)
        .bind(&a.inbox)
        .bind(&a.shared_inbox)
        .bind(&a.outbox)
        .bind(&a.followers_uri)
        .bind(&a.featured_uri)
        .bind(&a.avatar)
        .bind(&a.header)
        .bind(&a.fields)
        .bind(a.locked)
        .bind(a.discoverable)
        .bind(a.indexable)
        .bind(&a.also_known_as)
        .bind(&a.moved_to)
        .bind(&a.key_id)
        .bind(&a.public_key)
        .bind(&a.proof_key_id)
        .bind(&a.proof_key)
        .bind(a.followers_count)
        .bind(a.following_count)
        .bind(a.posts_count)
        .bind(a.created_at)
        .bind(a.refreshed_at)
    );
    Ok(rows == 1)
}

/// Writes everything that an actor document or a profile form can change.
pub async fn update(tx: &mut Tx, a: &Account) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE account SET kind = $2, display_name = $3, bio_html = $4, bio_source = $5, url = $6, inbox = $7,
                 shared_inbox = $8, outbox = $9, followers_uri = $10, featured_uri = $11, avatar = $12, header = $13,
                 fields = $14, locked = $15, discoverable = $16, indexable = $17, also_known_as = $18, moved_to = $19,
                 key_id = $20, public_key = $21, proof_key_id = $22, proof_key = $23, refreshed_at = $24,
                 suspended_at = CASE WHEN local = TRUE THEN suspended_at ELSE $25 END
             WHERE id = $1"
        )
        .bind(a.id)
        .bind(a.kind)
        .bind(&a.display_name)
        .bind(&a.bio_html)
        .bind(&a.bio_source)
        .bind(&a.url)
        .bind(&a.inbox)
        .bind(&a.shared_inbox)
        .bind(&a.outbox)
        .bind(&a.followers_uri)
        .bind(&a.featured_uri)
        .bind(&a.avatar)
        .bind(&a.header)
        .bind(&a.fields)
        .bind(a.locked)
        .bind(a.discoverable)
        .bind(a.indexable)
        .bind(&a.also_known_as)
        .bind(&a.moved_to)
        .bind(&a.key_id)
        .bind(&a.public_key)
        .bind(&a.proof_key_id)
        .bind(&a.proof_key)
        .bind(a.refreshed_at)
        .bind(a.suspended_at)
    );
    Ok(())
}

/// Empties the profile, details included, and marks the account as deleted; the row stays, so that the name is not given away again.
pub async fn bury(tx: &mut Tx, id: AccountId, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE account SET deleted_at = $2, display_name = '', bio_html = '', bio_source = '', fields = '[]',
                 avatar = NULL, header = NULL, followers_count = 0, following_count = 0, posts_count = 0 WHERE id = $1"
        )
        .bind(id)
        .bind(now)
    );
    details::queries::delete_all(tx, id).await
}

/// A picture of a profile is nobody's from now on: its file is tidied away like an upload that nobody used.
pub async fn let_go_of_picture(
    tx: &mut Tx,
    of: AccountId,
    file: &str,
    id: i64,
    now: Timestamp,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO media (id, account_id, media_type, url, created_at) VALUES ($1, $2, '', $3, $4)"
        )
        .bind(id)
        .bind(of)
        .bind(file)
        .bind(now)
    );
    Ok(())
}

pub async fn add_key(tx: &mut Tx, id: AccountId, rsa: &str, ed25519: &str) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO account_key (account_id, rsa_private, ed25519_private) VALUES ($1, $2, $3)"
        )
        .bind(id)
        .bind(rsa)
        .bind(ed25519)
    );
    Ok(())
}

/// However the look at a remote account ended: its turn comes again when those of others have come.
pub async fn looked_at(tx: &mut Tx, uri: &str, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query("UPDATE account SET refreshed_at = $2 WHERE uri = $1 AND local = FALSE")
            .bind(uri)
            .bind(now)
    );
    Ok(())
}

/// Accounts that have not been looked at since `before`, that a member follows and that are not asked for yet.
pub async fn stale(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<Vec<(String,)>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT a.uri FROM account a WHERE a.local = FALSE AND a.refreshed_at < $1 AND a.deleted_at IS NULL
               AND EXISTS (SELECT 1 FROM follow f WHERE f.followee_id = a.id)
               AND NOT EXISTS (SELECT 1 FROM wanted w WHERE w.kind = 'actor' AND w.uri = a.uri)
             ORDER BY a.refreshed_at LIMIT $2"
        )
        .bind(before)
        .bind(limit)
    ))
}

/// Names that begin with `prefix` (lower case), for mention completion: people of this node first.
pub async fn complete(tx: &mut Tx, prefix: &str, limit: i64) -> Result<Vec<Account>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT * FROM account WHERE name >= $1 AND name < $2 AND deleted_at IS NULL AND suspended_at IS NULL
             ORDER BY local DESC, followers_count DESC, name LIMIT $3"
        )
        .bind(prefix)
        .bind(format!("{prefix}\u{10FFFF}"))
        .bind(limit)
    ))
}

/// The directory of this node: people who want to be found.
pub async fn directory(tx: &mut Tx, before: i64, limit: i64) -> Result<Vec<Account>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT * FROM account WHERE local = TRUE AND kind = 'person' AND discoverable = TRUE AND deleted_at IS NULL
               AND suspended_at IS NULL AND id < $1 ORDER BY id DESC LIMIT $2"
        )
        .bind(before)
        .bind(limit)
    ))
}

/// Frees the name of a buried account for its successor.
pub async fn rename_buried(tx: &mut Tx, id: AccountId) -> Result<()> {
    execute!(
        tx,
        sqlx::query("UPDATE account SET name = name || '#' || CAST(id AS TEXT) WHERE id = $1")
            .bind(id)
    );
    Ok(())
}

/// One inbox of every host we know, for news that every copy must hear.
pub async fn known_shared_inboxes(tx: &mut Tx) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT DISTINCT shared_inbox FROM account WHERE local = FALSE AND shared_inbox IS NOT NULL
               AND deleted_at IS NULL LIMIT 5000"
        )
    );
    Ok(rows.into_iter().map(|(inbox,)| inbox).collect())
}

pub async fn by_key_id(tx: &mut Tx, key_id: &str) -> Result<Option<Account>> {
    Ok(fetch_optional!(
        tx,
        sqlx::query_as(
            "SELECT * FROM account WHERE local = FALSE AND (key_id = $1 OR proof_key_id = $1) AND deleted_at IS NULL LIMIT 1"
        )
        .bind(key_id)
    ))
}

/// By id or by web page: whoever is there, or else whoever was and is deleted.
pub async fn by_address(tx: &mut Tx, address: &str) -> Result<Option<Account>> {
    Ok(fetch_optional!(
        tx,
        sqlx::query_as(concat!(
            "SELECT * FROM account a WHERE (uri = $1 OR url = $1) AND ",
            is_there!(),
            " ORDER BY CASE WHEN deleted_at IS NULL THEN 0 ELSE 1 END LIMIT 1"
        ))
        .bind(address)
    ))
}

/// Members who can sign in and whose profiles the log of `node`, which is us, does not have yet.
pub async fn not_logged(tx: &mut Tx, node: &str, limit: i64) -> Result<Vec<Account>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT a.* FROM account a JOIN member m ON m.account_id = a.id
             WHERE m.state = 'active' AND a.deleted_at IS NULL AND a.suspended_at IS NULL
               AND NOT EXISTS (SELECT 1 FROM log_entry e WHERE e.obj_id = a.uri AND e.node = $1 AND e.kind = 'ap')
             ORDER BY a.id LIMIT $2"
        )
        .bind(node)
        .bind(limit)
    ))
}
