//! Signing up and in: mailed six-digit codes, passwords, sessions, API tokens.
//!
//! A code lives 10 minutes, bears 5 tries and works once. It belongs to a random token in the visitor's form, so that knowing an address is not
//! enough to use up its tries; how many mails one address gets is bounded separately.
use super::super::{
    queries,
    types::{Member, MemberState, NewPassword},
};
use crate::{
    app::App,
    clock::{DAY, HOUR, MINUTE, Timestamp},
    db::Tx,
    error::{Error, Result},
    execute, fetch_all, fetch_optional,
    ids::{self, AccountId},
    mail::EmailAddress,
    outgoing_mail,
    text::lang::Lang,
};
use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use std::sync::LazyLock;
use tokio::sync::Semaphore;

pub const CODE_LIFE: i64 = 10 * MINUTE;
pub const CODE_TRIES: i64 = 5;
/// Codes one address may be sent in an hour.
const CODES_AN_HOUR: i64 = 5;

/// What a code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Purpose {
    SignIn,
    SignUp,
    ChangeEmail,
}

/// Makes a code for `email` and writes the mail. Returns the token for the form that asks for the code.
///
/// The answer is the same whether an account exists or not: for an unknown address `send` is false and nothing is mailed.
pub async fn send_code(
    app: &App,
    tx: &mut Tx,
    purpose: Purpose,
    email: &EmailAddress,
    details: &str,
    lang: Lang,
    send: bool,
) -> Result<String> {
    let now = app.now();
    let recent: Option<(i64,)> = fetch_optional!(
        tx,
        sqlx::query_as("SELECT COUNT(*) FROM mail_code WHERE email = $1 AND expires_at > $2")
            .bind(email.key())
            .bind(now.plus(CODE_LIFE - HOUR))
    );
    if recent.is_some_and(|(n,)| n >= CODES_AN_HOUR) {
        return Err(Error::TooMany);
    }
    let token = ids::secret();
    let code = format!("{:06}", rand::random_range(0..1_000_000));
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO mail_code (id, token_hash, purpose, email, code_hash, details, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        )
        .bind(ids::new_unique_id(now))
        .bind(ids::hash_secret(&token))
        .bind(purpose)
        .bind(email.key())
        .bind(ids::hash_secret(&format!("{token}:{code}")))
        .bind(details)
        .bind(now.plus(CODE_LIFE))
    );
    if send {
        let subject = lang.with("mail-code-subject", "code", &code);
        let body = lang.with("mail-code-body", "code", &code);
        outgoing_mail::enqueue(app, tx, &email.to_string(), &subject, &body).await?;
    }
    Ok(token)
}

/// Checks a typed code. Right: its address and details, once. Wrong: `code-wrong`, and after five tries or ten minutes `code-expired`.
///
/// The count of tries must be committed by the caller even when this fails.
pub async fn use_code(
    app: &App,
    tx: &mut Tx,
    purpose: Purpose,
    token: &str,
    code: &str,
) -> Result<(String, String)> {
    let code: String = code
        .chars()
        .filter_map(|c| c.to_digit(10).or(full_width_digit(c)))
        .map(|d| d.to_string())
        .collect();
    let row: Option<(i64, String, String, String)> = fetch_optional!(
        tx,
        sqlx::query_as(
            "UPDATE mail_code SET tries = tries + 1
             WHERE token_hash = $1 AND purpose = $2 AND expires_at > $3 AND tries < $4
             RETURNING id, email, code_hash, details"
        )
        .bind(ids::hash_secret(token))
        .bind(purpose)
        .bind(app.now())
        .bind(CODE_TRIES)
    );
    let Some((id, email, hash, details)) = row else { return Err(Error::invalid("code-expired")) };
    if !same(&hash, &ids::hash_secret(&format!("{token}:{code}"))) {
        return Err(Error::invalid("code-wrong"));
    }
    // Used up, but still counted among this hour's mails.
    execute!(
        tx,
        sqlx::query("UPDATE mail_code SET tries = $2 WHERE id = $1").bind(id).bind(CODE_TRIES)
    );
    Ok((email, details))
}

/// People type the code with a Japanese keyboard, too.
fn full_width_digit(c: char) -> Option<u32> {
    let digit = u32::from(c).checked_sub(u32::from('０'))?;
    (digit < 10).then_some(digit)
}

/// Compares in constant time.
fn same(a: &str, b: &str) -> bool {
    use subtle::ConstantTimeEq;
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

// passwords

/// At most two at a time: each takes 19 MiB.
static HASHERS: Semaphore = Semaphore::const_new(2);

pub async fn hash_password(password: NewPassword) -> Result<String> {
    blocking(move || {
        Argon2::default()
            .hash_password(password.as_str().as_bytes())
            .map(|h| h.to_string())
            .map_err(|e| Error::Internal(e.to_string()))
    })
    .await?
}

/// The member whose address and password these are. A wrong address takes as long as a wrong password.
pub async fn check_password(app: &App, email: &EmailAddress, password: String) -> Result<Member> {
    static NOBODY: LazyLock<String> = LazyLock::new(|| {
        Argon2::default()
            .hash_password(b"nobody has this password")
            .map(|h| h.to_string())
            .unwrap_or_default()
    });
    let mut tx = app.db.read().await?;
    let member = queries::member_by_email(&mut tx, &email.key()).await?;
    drop(tx);
    let hash = member.as_ref().and_then(|m| m.password_hash.clone());
    let right = blocking(move || {
        let hash = hash.as_ref().unwrap_or(&NOBODY);
        PasswordHash::new(hash)
            .is_ok_and(|h| Argon2::default().verify_password(password.as_bytes(), &h).is_ok())
    })
    .await?;
    match member {
        Some(member) if right && member.password_hash.is_some() => admitted(member),
        _ => Err(Error::invalid("sign-in-wrong")),
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let _turn = HASHERS.acquire().await.map_err(|e| Error::Internal(e.to_string()))?;
    tokio::task::spawn_blocking(work).await.map_err(|e| Error::Internal(e.to_string()))
}

/// Only active members come in.
pub fn admitted(member: Member) -> Result<Member> {
    match member.state {
        MemberState::Active => Ok(member),
        MemberState::Pending => Err(Error::Forbidden("sign-in-pending")),
        MemberState::Disabled => Err(Error::Forbidden("sign-in-disabled")),
    }
}

// sessions

/// A browser that has signed in.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Session {
    pub token_hash: String,
    pub account_id: AccountId,
    pub csrf: String,
    pub user_agent: String,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
}

/// Opens a session and returns the cookie's secret.
pub async fn open_session(
    app: &App,
    tx: &mut Tx,
    member: AccountId,
    user_agent: &str,
) -> Result<String> {
    let (now, secret) = (app.now(), ids::secret());
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO session (token_hash, account_id, csrf, user_agent, created_at, last_seen_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $5, $6)"
        )
        .bind(ids::hash_secret(&secret))
        .bind(member)
        .bind(ids::secret())
        .bind(user_agent.chars().take(200).collect::<String>())
        .bind(now)
        .bind(now.plus(i64::from(app.config.session_days) * DAY))
    );
    Ok(secret)
}

/// The live session behind a cookie.
pub async fn session(tx: &mut Tx, secret: &str, now: Timestamp) -> Result<Option<Session>> {
    Ok(fetch_optional!(
        tx,
        sqlx::query_as(
            "SELECT token_hash, account_id, csrf, user_agent, created_at, last_seen_at FROM session
             WHERE token_hash = $1 AND expires_at > $2"
        )
        .bind(ids::hash_secret(secret))
        .bind(now)
    ))
}

/// Used once an hour at most: prolongs the session and notes that the member is active.
pub async fn touch_session(app: &App, session: &Session) -> Result<()> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    execute!(
        &mut tx,
        sqlx::query("UPDATE session SET last_seen_at = $2, expires_at = $3 WHERE token_hash = $1")
            .bind(&session.token_hash)
            .bind(now)
            .bind(now.plus(i64::from(app.config.session_days) * DAY))
    );
    execute!(
        &mut tx,
        sqlx::query("UPDATE member SET last_seen_at = $2 WHERE account_id = $1")
            .bind(session.account_id)
            .bind(now)
    );
    tx.commit().await
}

/// A member's sessions, newest first.
pub async fn sessions(tx: &mut Tx, member: AccountId) -> Result<Vec<Session>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT token_hash, account_id, csrf, user_agent, created_at, last_seen_at FROM session
             WHERE account_id = $1 ORDER BY last_seen_at DESC LIMIT 50"
        )
        .bind(member)
    ))
}

pub async fn close_session(tx: &mut Tx, token_hash: &str) -> Result<()> {
    execute!(tx, sqlx::query("DELETE FROM session WHERE token_hash = $1").bind(token_hash));
    Ok(())
}

/// Signs the member out everywhere, programs included.
pub async fn close_all_sessions(tx: &mut Tx, member: AccountId) -> Result<()> {
    execute!(tx, sqlx::query("DELETE FROM session WHERE account_id = $1").bind(member));
    execute!(tx, sqlx::query("DELETE FROM api_token WHERE account_id = $1").bind(member));
    Ok(())
}

// API tokens

/// A token for a program that speaks for the member; shown once, kept as a hash.
pub async fn issue_token(app: &App, tx: &mut Tx, member: AccountId, label: &str) -> Result<String> {
    let (now, token) = (app.now(), ids::secret());
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO api_token (token_hash, account_id, label, created_at, last_used_at) VALUES ($1, $2, $3, $4, $4)"
        )
        .bind(ids::hash_secret(&token))
        .bind(member)
        .bind(label)
        .bind(now)
    );
    Ok(token)
}

/// Whose token it is.
pub async fn token_owner(tx: &mut Tx, token: &str) -> Result<Option<AccountId>> {
    let row: Option<(AccountId,)> = fetch_optional!(
        tx,
        sqlx::query_as("SELECT account_id FROM api_token WHERE token_hash = $1")
            .bind(ids::hash_secret(token))
    );
    Ok(row.map(|(id,)| id))
}

/// Removes codes and sessions that are over.
pub async fn forget_expired(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    let codes = execute!(
        tx,
        sqlx::query("DELETE FROM mail_code WHERE expires_at < $1").bind(now.plus(-HOUR))
    );
    Ok(codes + execute!(tx, sqlx::query("DELETE FROM session WHERE expires_at < $1").bind(now)))
}
