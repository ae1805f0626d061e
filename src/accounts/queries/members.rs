//! Those who sign in here: their role, state and settings.
use super::super::types::{Account, Member, MemberState, Role, Token};
use crate::{
    clock::{Timestamp, WEEK},
    db::Tx,
    error::{Error, Result},
    execute, fetch_all, fetch_one, fetch_optional,
    ids::AccountId,
};

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

/// Whether the member's password is still the one of `member`; until the transaction ends it stays so.
pub async fn hold_password(tx: &mut Tx, member: &Member) -> Result<bool> {
    let sql = "UPDATE member SET last_seen_at = last_seen_at WHERE account_id = $1 AND password_hash = $2";
    Ok(execute!(tx, sqlx::query(sql).bind(member.account_id).bind(&member.password_hash)) == 1)
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
