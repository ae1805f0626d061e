//! SQL of accounts and members. One function, one statement; no rules.
use super::{
    details,
    types::{Account, FollowState, Member, MemberState, Mute, Relationship, Role, Token},
};
use crate::{
    clock::{Timestamp, WEEK},
    db::Tx,
    error::{Error, Result},
    execute, fetch_all, fetch_in, fetch_one, fetch_optional,
    ids::AccountId,
    run,
};
use sqlx::QueryBuilder;
use std::collections::{HashMap, HashSet};

pub async fn by_id(tx: &mut Tx, id: AccountId) -> Result<Account> {
    fetch_optional!(tx, sqlx::query_as("SELECT * FROM account WHERE id = $1").bind(id))
        .ok_or(Error::NotFound)
}

pub async fn by_ids(tx: &mut Tx, ids: &[AccountId]) -> Result<HashMap<AccountId, Account>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Account> = fetch_in!(tx, "SELECT * FROM account WHERE id IN", ids, "");
    Ok(rows.into_iter().map(|a| (a.id, a)).collect())
}

pub async fn by_uri(tx: &mut Tx, uri: &str) -> Result<Option<Account>> {
    Ok(fetch_optional!(tx, sqlx::query_as("SELECT * FROM account WHERE uri = $1").bind(uri)))
}

pub async fn by_uris(tx: &mut Tx, uris: &[String]) -> Result<Vec<Account>> {
    if uris.is_empty() {
        return Ok(Vec::new());
    }
    Ok(fetch_in!(tx, "SELECT * FROM account WHERE uri IN", uris, ""))
}

/// SQL: the account `a` is nobody who waits for approval; they are not there yet, for nobody who asks.
macro_rules! is_there {
    () => {
        "NOT (a.local = TRUE AND a.suspended_at IS NOT NULL
              AND EXISTS (SELECT 1 FROM member m WHERE m.account_id = a.id AND m.state = 'pending'))"
    };
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

pub async fn insert(tx: &mut Tx, a: &Account) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO account (id, uri, local, kind, name, host, display_name, bio_html, bio_source, url, inbox,
                 shared_inbox, outbox, followers_uri, featured_uri, avatar, header, fields, locked, discoverable,
                 indexable, also_known_as, moved_to, key_id, public_key, proof_key_id, proof_key, followers_count,
                 following_count, posts_count, created_at, refreshed_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
                 $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)"
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
    Ok(())
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

/// Accounts that have not been looked at since `before` and that a member follows.
pub async fn stale(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<Vec<(String,)>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT a.uri FROM account a WHERE a.local = FALSE AND a.refreshed_at < $1 AND a.deleted_at IS NULL
               AND EXISTS (SELECT 1 FROM follow f WHERE f.followee_id = a.id) ORDER BY a.refreshed_at LIMIT $2"
        )
        .bind(before)
        .bind(limit)
    ))
}

// members

pub async fn insert_member(tx: &mut Tx, m: &Member) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO member (account_id, email, email_key, password_hash, role, state, reason, lang, created_at, last_seen_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        )
        .bind(m.account_id)
        .bind(&m.email)
        .bind(m.email.to_lowercase())
        .bind(&m.password_hash)
        .bind(m.role)
        .bind(m.state)
        .bind(&m.reason)
        .bind(m.lang)
        .bind(m.created_at)
        .bind(m.last_seen_at)
    );
    Ok(())
}

pub async fn member(tx: &mut Tx, id: AccountId) -> Result<Member> {
    fetch_optional!(tx, sqlx::query_as("SELECT * FROM member WHERE account_id = $1").bind(id))
        .ok_or(Error::NotFound)
}

/// A member with the account, in one row. Both are made at the same time, so that one `created_at` stands for both.
#[derive(sqlx::FromRow)]
struct Holder {
    #[sqlx(flatten)]
    account: Account,
    #[sqlx(flatten)]
    member: Member,
}

macro_rules! holder {
    ($more:literal, $how:literal) => {
        concat!(
            "SELECT a.*, m.account_id, m.email, m.password_hash, m.role, m.state, m.reason, m.lang, m.default_audience,
                 m.default_sensitive, m.post_lang, m.last_seen_at",
            $more,
            " FROM member m JOIN account a ON a.id = m.account_id ",
            $how
        )
    };
}

/// The account and its member.
pub async fn holder_by_id(tx: &mut Tx, id: AccountId) -> Result<(Account, Member)> {
    let sql = holder!("", "WHERE m.account_id = $1");
    let row: Option<Holder> = fetch_optional!(tx, sqlx::query_as(sql).bind(id));
    row.map(|h| (h.account, h.member)).ok_or(Error::NotFound)
}

#[derive(sqlx::FromRow)]
struct TokenHolder {
    #[sqlx(flatten)]
    holder: Holder,
    #[sqlx(flatten)]
    token: Token,
}

/// Who holds an API token, by its hash.
pub async fn holder_by_token(
    tx: &mut Tx,
    token_hash: &str,
) -> Result<Option<(Account, Member, Token)>> {
    let sql = holder!(
        ", t.token_hash, t.app_id, t.scopes, t.last_used_at",
        "JOIN api_token t ON t.account_id = m.account_id WHERE t.token_hash = $1"
    );
    let row: Option<TokenHolder> = fetch_optional!(tx, sqlx::query_as(sql).bind(token_hash));
    Ok(row.map(|TokenHolder { holder, token }| (holder.account, holder.member, token)))
}

/// The token of a program that speaks for no member, by its hash.
pub async fn app_token(tx: &mut Tx, token_hash: &str) -> Result<Option<Token>> {
    Ok(fetch_optional!(
        tx,
        sqlx::query_as(
            "SELECT token_hash, app_id, scopes, created_at AS last_used_at FROM app_token WHERE token_hash = $1"
        )
        .bind(token_hash)
    ))
}

/// The member was here.
pub async fn set_seen(tx: &mut Tx, id: AccountId, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query("UPDATE member SET last_seen_at = $2 WHERE account_id = $1").bind(id).bind(now)
    );
    Ok(())
}

pub async fn member_by_email(tx: &mut Tx, email: &str) -> Result<Option<Member>> {
    Ok(fetch_optional!(
        tx,
        sqlx::query_as("SELECT * FROM member WHERE email_key = $1").bind(email.to_lowercase())
    ))
}

pub async fn count_members(tx: &mut Tx) -> Result<i64> {
    let (n,): (i64,) =
        fetch_one!(tx, sqlx::query_as("SELECT COUNT(*) FROM member WHERE state = 'active'"));
    Ok(n)
}

pub async fn active_since(tx: &mut Tx, since: Timestamp) -> Result<i64> {
    let (n,): (i64,) = fetch_one!(
        tx,
        sqlx::query_as("SELECT COUNT(*) FROM member WHERE state = 'active' AND last_seen_at >= $1")
            .bind(since)
    );
    Ok(n)
}

/// How many members joined in each week from `first` on, by its place: 0 is the week that begins there.
pub async fn joined_by_week(tx: &mut Tx, first: Timestamp) -> Result<Vec<(i64, i64)>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT (created_at - $1) / $2, COUNT(*) FROM member
             WHERE state = 'active' AND created_at >= $1 GROUP BY 1 LIMIT 60"
        )
        .bind(first)
        .bind(WEEK)
    ))
}

pub async fn members(
    tx: &mut Tx,
    state: MemberState,
    after: AccountId,
    limit: i64,
) -> Result<Vec<(AccountId, String, String, Role, String)>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT m.account_id, a.name, m.email, m.role, m.reason FROM member m JOIN account a ON a.id = m.account_id
             WHERE m.state = $1 AND m.account_id > $2 ORDER BY m.account_id LIMIT $3"
        )
        .bind(state)
        .bind(after)
        .bind(limit)
    ))
}

/// A line of the members' list.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct MemberRow {
    pub account_id: AccountId,
    pub name: String,
    pub display_name: String,
    pub email: String,
    pub role: Role,
    pub state: MemberState,
    pub reason: String,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
}

/// Members in `state` (or, for `Active`, also suspended ones), oldest first, whose name or address contains `word` (lower case).
pub async fn member_rows(
    tx: &mut Tx,
    pending: bool,
    word: &str,
    after: AccountId,
    limit: i64,
) -> Result<Vec<MemberRow>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT m.account_id, a.name, a.display_name, m.email, m.role, m.state, m.reason, m.created_at, m.last_seen_at
             FROM member m JOIN account a ON a.id = m.account_id
             WHERE (m.state = 'pending') = $1 AND m.account_id > $2
               AND ($3 = '' OR LOWER(a.name || ' ' || a.display_name || ' ' || m.email) LIKE $4 ESCAPE '!')
             ORDER BY m.account_id LIMIT $5"
        )
        .bind(pending)
        .bind(after)
        .bind(word)
        .bind(format!("%{}%", word.replace('!', "!!").replace('%', "!%").replace('_', "!_")))
        .bind(limit)
    ))
}

pub async fn count_pending(tx: &mut Tx) -> Result<i64> {
    let (n,): (i64,) =
        fetch_one!(tx, sqlx::query_as("SELECT COUNT(*) FROM member WHERE state = 'pending'"));
    Ok(n)
}

/// The addresses of those who decide about sign-ups, and the languages they read.
pub async fn admin_emails(tx: &mut Tx) -> Result<Vec<(String, crate::text::lang::Lang)>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT email, lang FROM member WHERE role IN ('admin', 'owner') AND state = 'active' ORDER BY account_id LIMIT 20"
        )
    ))
}

pub async fn set_role(tx: &mut Tx, id: AccountId, role: Role) -> Result<()> {
    execute!(
        tx,
        sqlx::query("UPDATE member SET role = $2 WHERE account_id = $1").bind(id).bind(role)
    );
    Ok(())
}

pub async fn count_owners(tx: &mut Tx) -> Result<i64> {
    let (n,): (i64,) = fetch_one!(
        tx,
        sqlx::query_as("SELECT COUNT(*) FROM member WHERE role = 'owner' AND state = 'active'")
    );
    Ok(n)
}

/// The owner who has been one of the members for longest.
pub async fn first_owner(tx: &mut Tx) -> Result<Option<Account>> {
    Ok(fetch_optional!(
        tx,
        sqlx::query_as(
            "SELECT a.* FROM member m JOIN account a ON a.id = m.account_id
             WHERE m.role = 'owner' AND m.state = 'active' ORDER BY m.account_id LIMIT 1"
        )
    ))
}

/// Counts the owners who can sign in, and holds them until the transaction ends, so that two of them cannot step down at once.
pub async fn hold_owners(tx: &mut Tx) -> Result<u64> {
    Ok(execute!(
        tx,
        sqlx::query("UPDATE member SET role = role WHERE role = 'owner' AND state = 'active'")
    ))
}

pub async fn set_state(tx: &mut Tx, id: AccountId, state: MemberState) -> Result<()> {
    execute!(
        tx,
        sqlx::query("UPDATE member SET state = $2 WHERE account_id = $1").bind(id).bind(state)
    );
    Ok(())
}

pub async fn set_password(tx: &mut Tx, id: AccountId, hash: Option<&str>) -> Result<()> {
    execute!(
        tx,
        sqlx::query("UPDATE member SET password_hash = $2 WHERE account_id = $1")
            .bind(id)
            .bind(hash)
    );
    Ok(())
}

pub async fn set_email(tx: &mut Tx, id: AccountId, email: &str) -> Result<()> {
    execute!(
        tx,
        sqlx::query("UPDATE member SET email = $2, email_key = $3 WHERE account_id = $1")
            .bind(id)
            .bind(email)
            .bind(email.to_lowercase())
    );
    Ok(())
}

pub async fn set_preferences(
    tx: &mut Tx,
    id: AccountId,
    lang: crate::text::lang::Lang,
    default_audience: &str,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query("UPDATE member SET lang = $2, default_audience = $3 WHERE account_id = $1")
            .bind(id)
            .bind(lang)
            .bind(default_audience)
    );
    Ok(())
}

/// Hides a local account, or shows it again.
pub async fn set_hidden(tx: &mut Tx, id: AccountId, since: Option<Timestamp>) -> Result<()> {
    execute!(
        tx,
        sqlx::query("UPDATE account SET suspended_at = $2 WHERE id = $1").bind(id).bind(since)
    );
    Ok(())
}

/// Removes an account that nobody ever saw, with its keys; its name is free again.
pub async fn forget_account(tx: &mut Tx, id: AccountId) -> Result<()> {
    execute!(tx, sqlx::query("DELETE FROM account_key WHERE account_id = $1").bind(id));
    execute!(tx, sqlx::query("DELETE FROM account WHERE id = $1").bind(id));
    Ok(())
}

/// Ends what the member allowed programs.
pub async fn delete_tokens(tx: &mut Tx, id: AccountId) -> Result<()> {
    execute!(tx, sqlx::query("DELETE FROM oauth_code WHERE account_id = $1").bind(id));
    execute!(tx, sqlx::query("DELETE FROM api_token WHERE account_id = $1").bind(id));
    Ok(())
}

/// Removes everything that signs in.
pub async fn delete_member(tx: &mut Tx, id: AccountId) -> Result<()> {
    execute!(tx, sqlx::query("DELETE FROM session WHERE account_id = $1").bind(id));
    delete_tokens(tx, id).await?;
    execute!(tx, sqlx::query("DELETE FROM member WHERE account_id = $1").bind(id));
    Ok(())
}

// follows, blocks, mutes

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Follow {
    pub follower_id: AccountId,
    pub followee_id: AccountId,
    pub id: i64,
    pub uri: String,
    pub state: FollowState,
}

pub async fn follow(
    tx: &mut Tx,
    follower: AccountId,
    followee: AccountId,
) -> Result<Option<Follow>> {
    Ok(fetch_optional!(
        tx,
        sqlx::query_as(
            "SELECT follower_id, followee_id, id, uri, state FROM follow WHERE follower_id = $1 AND followee_id = $2"
        )
        .bind(follower)
        .bind(followee)
    ))
}

pub async fn follow_by_uri(tx: &mut Tx, uri: &str) -> Result<Option<Follow>> {
    Ok(fetch_optional!(
        tx,
        sqlx::query_as(
            "SELECT follower_id, followee_id, id, uri, state FROM follow WHERE uri = $1"
        )
        .bind(uri)
    ))
}

pub async fn put_follow(tx: &mut Tx, f: &Follow, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO follow (follower_id, followee_id, id, uri, state, created_at) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (follower_id, followee_id) DO UPDATE SET uri = excluded.uri, state = excluded.state"
        )
        .bind(f.follower_id)
        .bind(f.followee_id)
        .bind(f.id)
        .bind(&f.uri)
        .bind(f.state)
        .bind(now)
    );
    Ok(())
}

pub async fn delete_follow(tx: &mut Tx, follower: AccountId, followee: AccountId) -> Result<u64> {
    Ok(execute!(
        tx,
        sqlx::query("DELETE FROM follow WHERE follower_id = $1 AND followee_id = $2")
            .bind(follower)
            .bind(followee)
    ))
}

/// Adds to both counters when a follow begins (`by` = 1) or ends (-1).
pub async fn count_follow(
    tx: &mut Tx,
    follower: AccountId,
    followee: AccountId,
    by: i64,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE account SET
                 following_count = following_count + CASE WHEN id = $1 THEN $3 ELSE 0 END,
                 followers_count = followers_count + CASE WHEN id = $2 THEN $3 ELSE 0 END
             WHERE id IN ($1, $2)"
        )
        .bind(follower)
        .bind(followee)
        .bind(by)
    );
    Ok(())
}

/// The accounts that follow (or are followed), newest first, with the id to page by.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Listed {
    pub cursor: i64,
    #[sqlx(flatten)]
    pub account: Account,
}

pub async fn followers(
    tx: &mut Tx,
    of: AccountId,
    state: FollowState,
    before: i64,
    limit: i64,
) -> Result<Vec<Listed>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT f.id AS cursor, a.* FROM follow f JOIN account a ON a.id = f.follower_id
             WHERE f.followee_id = $1 AND f.state = $2 AND f.id < $3 ORDER BY f.id DESC LIMIT $4"
        )
        .bind(of)
        .bind(state)
        .bind(before)
        .bind(limit)
    ))
}

pub async fn following(tx: &mut Tx, of: AccountId, before: i64, limit: i64) -> Result<Vec<Listed>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT f.id AS cursor, a.* FROM follow f JOIN account a ON a.id = f.followee_id
             WHERE f.follower_id = $1 AND f.state = 'accepted' AND f.id < $2 ORDER BY f.id DESC LIMIT $3"
        )
        .bind(of)
        .bind(before)
        .bind(limit)
    ))
}

/// The distinct inboxes that reach all remote followers.
pub async fn follower_inboxes(tx: &mut Tx, of: AccountId) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT DISTINCT COALESCE(a.shared_inbox, a.inbox) FROM follow f JOIN account a ON a.id = f.follower_id
             WHERE f.followee_id = $1 AND f.state = 'accepted' AND a.local = FALSE AND a.deleted_at IS NULL"
        )
        .bind(of)
    );
    Ok(rows.into_iter().map(|(inbox,)| inbox).collect())
}

/// True when a member of this node follows the account.
pub async fn has_local_follower(tx: &mut Tx, of: AccountId) -> Result<bool> {
    let row: Option<(i64,)> = fetch_optional!(
        tx,
        sqlx::query_as(
            "SELECT f.id FROM follow f JOIN member m ON m.account_id = f.follower_id WHERE f.followee_id = $1 LIMIT 1"
        )
        .bind(of)
    );
    Ok(row.is_some())
}

/// Local followers of an account that moved.
pub async fn local_followers(tx: &mut Tx, of: AccountId, limit: i64) -> Result<Vec<Account>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT a.* FROM follow f JOIN account a ON a.id = f.follower_id JOIN member m ON m.account_id = a.id
             WHERE f.followee_id = $1 AND f.state = 'accepted' ORDER BY f.id LIMIT $2"
        )
        .bind(of)
        .bind(limit)
    ))
}

pub async fn put_block(
    tx: &mut Tx,
    by: AccountId,
    target: AccountId,
    id: i64,
    uri: &str,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO block (account_id, target_id, id, uri) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
        )
        .bind(by)
        .bind(target)
        .bind(id)
        .bind(uri)
    );
    Ok(())
}

/// Which of `accounts` block which of `targets`.
pub async fn blocks_among(
    tx: &mut Tx,
    accounts: &[AccountId],
    targets: &[AccountId],
) -> Result<HashSet<(AccountId, AccountId)>> {
    if accounts.is_empty() || targets.is_empty() {
        return Ok(HashSet::new());
    }
    let rows: Vec<(AccountId, AccountId)> = run!(tx, |c| {
        let mut query =
            QueryBuilder::new("SELECT account_id, target_id FROM block WHERE target_id IN (");
        let mut list = query.separated(", ");
        for target in targets {
            list.push_bind(*target);
        }
        query.push(") AND account_id IN (");
        let mut list = query.separated(", ");
        for account in accounts {
            list.push_bind(*account);
        }
        query.push(")");
        query.build_query_as().persistent(accounts.len() == 1).fetch_all(&mut *c).await?
    });
    Ok(rows.into_iter().collect())
}

pub async fn block_uri(tx: &mut Tx, by: AccountId, target: AccountId) -> Result<Option<String>> {
    let row: Option<(String,)> = fetch_optional!(
        tx,
        sqlx::query_as("SELECT uri FROM block WHERE account_id = $1 AND target_id = $2")
            .bind(by)
            .bind(target)
    );
    Ok(row.map(|(uri,)| uri))
}

pub async fn delete_block(tx: &mut Tx, by: AccountId, target: AccountId) -> Result<()> {
    execute!(
        tx,
        sqlx::query("DELETE FROM block WHERE account_id = $1 AND target_id = $2")
            .bind(by)
            .bind(target)
    );
    Ok(())
}

pub async fn put_mute(
    tx: &mut Tx,
    by: AccountId,
    target: AccountId,
    id: i64,
    mute: Mute,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO mute (account_id, target_id, id, notifications, expires_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (account_id, target_id) DO UPDATE
                 SET notifications = excluded.notifications, expires_at = excluded.expires_at"
        )
        .bind(by)
        .bind(target)
        .bind(id)
        .bind(mute.notifications)
        .bind(mute.until)
    );
    Ok(())
}

pub async fn delete_mute(tx: &mut Tx, by: AccountId, target: AccountId) -> Result<()> {
    execute!(
        tx,
        sqlx::query("DELETE FROM mute WHERE account_id = $1 AND target_id = $2")
            .bind(by)
            .bind(target)
    );
    Ok(())
}

pub async fn relationship(
    tx: &mut Tx,
    viewer: AccountId,
    other: AccountId,
) -> Result<Relationship> {
    Ok(relationships(tx, viewer, &[other]).await?.remove(&other).unwrap_or_default())
}

#[derive(sqlx::FromRow)]
struct Related {
    other: AccountId,
    #[sqlx(flatten)]
    relation: Relationship,
}

/// How `viewer` stands to each of `others`, in one query.
pub async fn relationships(
    tx: &mut Tx,
    viewer: AccountId,
    others: &[AccountId],
) -> Result<HashMap<AccountId, Relationship>> {
    if others.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Related> = run!(tx, |c| {
        let mut query = sqlx::QueryBuilder::new("WITH v AS (SELECT CAST(");
        query.push_bind(viewer).push(
            " AS BIGINT) AS me)
             SELECT a.id AS other,
                 EXISTS (SELECT 1 FROM follow WHERE follower_id = v.me AND followee_id = a.id AND state = 'accepted') AS following,
                 EXISTS (SELECT 1 FROM follow WHERE follower_id = v.me AND followee_id = a.id AND state = 'pending') AS requested,
                 EXISTS (SELECT 1 FROM follow WHERE follower_id = a.id AND followee_id = v.me AND state = 'accepted') AS followed_by,
                 EXISTS (SELECT 1 FROM block WHERE account_id = v.me AND target_id = a.id) AS blocking,
                 EXISTS (SELECT 1 FROM block WHERE account_id = a.id AND target_id = v.me) AS blocked_by,
                 EXISTS (SELECT 1 FROM mute WHERE account_id = v.me AND target_id = a.id) AS muting
             FROM account a, v WHERE a.id IN (",
        );
        let mut list = query.separated(", ");
        for id in others {
            list.push_bind(*id);
        }
        query.push(")");
        query.build_query_as().fetch_all(&mut *c).await?
    });
    Ok(rows.into_iter().map(|r| (r.other, r.relation)).collect())
}

/// True when either of the two has blocked the other.
pub async fn is_blocked_between(tx: &mut Tx, a: AccountId, b: AccountId) -> Result<bool> {
    let row: Option<(i64,)> = fetch_optional!(
        tx,
        sqlx::query_as(
            "SELECT id FROM block WHERE (account_id = $1 AND target_id = $2) OR (account_id = $2 AND target_id = $1) LIMIT 1"
        )
        .bind(a)
        .bind(b)
    );
    Ok(row.is_some())
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

/// One inbox of each other server that follows somebody here or is followed, with an account here that it knows. Not of those for which something
/// waits already.
pub async fn acquainted_inboxes(tx: &mut Tx) -> Result<Vec<(AccountId, String)>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT MIN(k.here), MIN(COALESCE(a.shared_inbox, a.inbox))
             FROM (SELECT follower_id AS here, followee_id AS there FROM follow
                   UNION ALL SELECT followee_id, follower_id FROM follow) k
             JOIN account h ON h.id = k.here AND h.local = TRUE AND h.deleted_at IS NULL AND h.suspended_at IS NULL
             JOIN account a ON a.id = k.there AND a.local = FALSE AND a.deleted_at IS NULL
             WHERE NOT EXISTS (SELECT 1 FROM delivery d WHERE d.host = a.host AND d.state = 'waiting')
             GROUP BY a.host ORDER BY a.host LIMIT 10000"
        )
    ))
}

/// Accounts of other servers whom members follow.
pub async fn followed_elsewhere(tx: &mut Tx) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT DISTINCT a.uri FROM follow f JOIN account a ON a.id = f.followee_id
             WHERE f.state = 'accepted' AND a.local = FALSE AND a.deleted_at IS NULL AND a.outbox IS NOT NULL
             ORDER BY a.uri LIMIT 10000"
        )
    );
    Ok(rows.into_iter().map(|(uri,)| uri).collect())
}

/// SQL: of the suspension of member `m`, or of their return, nobody has been told.
macro_rules! untold {
    () => {
        "(m.state = 'suspended') <> m.suspension_said"
    };
}

/// Members of whose suspension, or of whose return, nobody has been told.
pub async fn suspensions_not_said(tx: &mut Tx, limit: i64) -> Result<Vec<Account>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(concat!(
            "SELECT a.* FROM member m JOIN account a ON a.id = m.account_id WHERE ",
            untold!(),
            " LIMIT $1"
        ))
        .bind(limit)
    ))
}

pub async fn is_suspension_unsaid(tx: &mut Tx, id: AccountId) -> Result<bool> {
    let row: Option<(AccountId,)> = fetch_optional!(
        tx,
        sqlx::query_as(concat!(
            "SELECT m.account_id FROM member m WHERE m.account_id = $1 AND ",
            untold!()
        ))
        .bind(id)
    );
    Ok(row.is_some())
}

pub async fn note_suspension_said(tx: &mut Tx, id: AccountId, suspended: bool) -> Result<()> {
    execute!(
        tx,
        sqlx::query("UPDATE member SET suspension_said = $2 WHERE account_id = $1")
            .bind(id)
            .bind(suspended)
    );
    Ok(())
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

/// Ends every relation of an account that goes, and corrects the counters of the others.
pub async fn delete_relations(tx: &mut Tx, id: AccountId) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE account SET followers_count = followers_count - 1 WHERE id IN (
                 SELECT followee_id FROM follow WHERE follower_id = $1 AND state = 'accepted')"
        )
        .bind(id)
    );
    execute!(
        tx,
        sqlx::query(
            "UPDATE account SET following_count = following_count - 1 WHERE id IN (
                 SELECT follower_id FROM follow WHERE followee_id = $1 AND state = 'accepted')"
        )
        .bind(id)
    );
    execute!(
        tx,
        sqlx::query("DELETE FROM follow WHERE follower_id = $1 OR followee_id = $1").bind(id)
    );
    for sql in [
        "DELETE FROM block WHERE account_id = $1 OR target_id = $1",
        "DELETE FROM mute WHERE account_id = $1 OR target_id = $1",
        "DELETE FROM account_note WHERE account_id = $1 OR target_id = $1",
        "DELETE FROM endorsement WHERE account_id = $1 OR target_id = $1",
        "DELETE FROM host_block WHERE account_id = $1",
        "DELETE FROM followed_tag WHERE account_id = $1",
        "DELETE FROM featured_tag WHERE account_id = $1",
        "DELETE FROM conversation WHERE account_id = $1",
        "DELETE FROM list_entry WHERE list_id IN (SELECT id FROM list WHERE account_id = $1)",
        "DELETE FROM list_member WHERE account_id = $1 OR list_id IN (SELECT id FROM list WHERE account_id = $1)",
        "DELETE FROM list WHERE account_id = $1",
        "DELETE FROM filter_keyword WHERE filter_id IN (SELECT id FROM filter WHERE account_id = $1)",
        "DELETE FROM filter_post WHERE filter_id IN (SELECT id FROM filter WHERE account_id = $1)",
        "DELETE FROM filter WHERE account_id = $1",
    ] {
        execute!(tx, sqlx::query(sql).bind(id));
    }
    execute!(
        tx,
        sqlx::query("DELETE FROM notification WHERE account_id = $1 OR from_id = $1").bind(id)
    );
    execute!(tx, sqlx::query("DELETE FROM home_entry WHERE account_id = $1").bind(id));
    Ok(())
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

/// By id or by web page.
pub async fn by_address(tx: &mut Tx, address: &str) -> Result<Option<Account>> {
    Ok(fetch_optional!(
        tx,
        sqlx::query_as(concat!(
            "SELECT * FROM account a WHERE (uri = $1 OR url = $1) AND deleted_at IS NULL AND ",
            is_there!(),
            " LIMIT 1"
        ))
        .bind(address)
    ))
}

/// A report (`Flag`), kept for the moderators.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Report {
    pub id: i64,
    pub uri: String,
    pub reporter_id: AccountId,
    pub target_id: AccountId,
    /// JSON list of post ids.
    pub posts: String,
    pub comment: String,
}

pub async fn insert_report(tx: &mut Tx, r: &Report, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO report (id, uri, reporter_id, target_id, posts, comment, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING"
        )
        .bind(r.id)
        .bind(&r.uri)
        .bind(r.reporter_id)
        .bind(r.target_id)
        .bind(&r.posts)
        .bind(&r.comment)
        .bind(now)
    );
    Ok(())
}

/// A report as the moderators read it, with the two accounts.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ReportRow {
    pub id: i64,
    /// JSON list of post ids.
    pub posts: String,
    pub comment: String,
    pub created_at: Timestamp,
    pub reporter_name: String,
    pub reporter_host: String,
    pub target_name: String,
    pub target_host: String,
}

/// Reports, newest first.
pub async fn reports(tx: &mut Tx, before: i64, limit: i64) -> Result<Vec<ReportRow>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT r.id, r.posts, r.comment, r.created_at, f.name AS reporter_name, f.host AS reporter_host,
                 t.name AS target_name, t.host AS target_host
             FROM report r JOIN account f ON f.id = r.reporter_id JOIN account t ON t.id = r.target_id
             WHERE r.id < $1 ORDER BY r.id DESC LIMIT $2"
        )
        .bind(before)
        .bind(limit)
    ))
}

/// Requests to follow that wait for a yes, at most 100.
pub async fn count_follow_requests(tx: &mut Tx, of: AccountId) -> Result<i64> {
    let (n,): (i64,) = fetch_one!(
        tx,
        sqlx::query_as(
            "SELECT COUNT(*) FROM (SELECT id FROM follow WHERE followee_id = $1 AND state = 'pending' LIMIT 100) waiting"
        )
        .bind(of)
    );
    Ok(n)
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
