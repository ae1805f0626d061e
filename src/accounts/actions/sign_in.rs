//! Signing up and in: mailed six-digit codes, passwords, sessions.
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
    execute, fetch_all, fetch_one, fetch_optional,
    ids::{self, AccountId},
    mail::EmailAddress,
    outgoing_mail,
    text::{Handle, LocalName, lang::Lang},
};
use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;
use tokio::sync::Semaphore;

pub const CODE_LIFE: i64 = 10 * MINUTE;
pub const CODE_TRIES: i64 = 5;
/// How long a fresh proof of identity counts.
const CONFIRMED_FOR: i64 = 10 * MINUTE;
/// Codes that one asker may have sent to one mail address in an hour, and all askers together: a member whose name others abuse still gets hers.
const CODES_AN_HOUR: i64 = 5;
const MOST_CODES_AN_HOUR: i64 = 20;

/// What a code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Purpose {
    SignIn,
    SignUp,
    ChangeEmail,
    /// Proof, by somebody who is signed in, that it is really them.
    Confirm,
}

impl Purpose {
    /// The page that asks for the code.
    pub fn path(self) -> &'static str {
        match self {
            Self::SignIn => "/login/code",
            Self::SignUp => "/sign-up/code",
            Self::ChangeEmail => "/settings/email/code",
            Self::Confirm => "/settings/confirm",
        }
    }

    /// What the mail is about.
    fn words(self, lang: Lang) -> &'static str {
        match self {
            Self::SignIn => lang.t("mail-code-sign-in"),
            Self::SignUp => lang.t("mail-code-sign-up"),
            Self::ChangeEmail => lang.t("mail-code-change-email"),
            Self::Confirm => lang.t("mail-code-confirm"),
        }
    }
}

/// A code to be made.
pub struct NewCode<'a> {
    pub purpose: Purpose,
    pub email: &'a EmailAddress,
    /// Kept until the code is typed; handed back then.
    pub details: &'a str,
    pub lang: Lang,
    pub letter: Letter<'a>,
    /// From where it was asked for, if that counts.
    pub asker: &'a str,
}

/// What goes to the address. Whoever asked for the code sees no difference.
pub enum Letter<'a> {
    Code,
    /// To a member whose address it is: that somebody wanted to use it again.
    AlreadyKnown(&'a Member),
    None,
}

/// Makes a code and writes the mail. Returns the token for the form that asks for the code.
///
/// Nothing goes to an address that has had its mails of this hour, and nobody is told: the mails that somebody caused by a member's name
/// would give away the address. Members who prove that it is them have five of their own, which no visitor uses up, and are told: `code-too-many`.
pub async fn send_code(app: &App, tx: &mut Tx, new: NewCode<'_>) -> Result<String> {
    let asker = if new.asker.is_empty() { String::new() } else { ids::hash_secret(new.asker) };
    let (by_asker, by_all) = recent(tx, &new, &asker, app.now()).await?;
    let is_full = by_asker >= CODES_AN_HOUR || by_all >= MOST_CODES_AN_HOUR;
    if is_full && new.purpose == Purpose::Confirm {
        return Err(Error::Invalid("code-too-many", usize::try_from(CODES_AN_HOUR).unwrap_or(0)));
    }
    let (token, code) = (ids::secret(), format!("{:06}", rand::random_range(0..1_000_000)));
    let is_sent = !is_full && matches!(new.letter, Letter::Code);
    // What nobody was told is not to be guessed, either.
    let code_hash = if is_sent { hash_code(&token, &code) } else { String::new() };
    let counted_for = if is_full { String::new() } else { new.email.key() };
    let now = app.now();
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO mail_code (id, token_hash, purpose, email, code_hash, details, expires_at, asker)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        )
        .bind(ids::new_id(now))
        .bind(ids::hash_secret(&token))
        .bind(new.purpose)
        .bind(counted_for)
        .bind(code_hash)
        .bind(new.details)
        .bind(now.plus(CODE_LIFE))
        .bind(asker)
    );
    match new.letter {
        Letter::AlreadyKnown(member) if !is_full => already_known(app, tx, member).await?,
        _ if is_sent => mail_code(app, tx, &new, &token, &code).await?,
        _ => {}
    }
    Ok(token)
}

fn hash_code(token: &str, code: &str) -> String {
    ids::hash_secret(&format!("{token}:{code}"))
}

/// How many mails the address has had in this hour because of `asker`, and because of anybody.
async fn recent(tx: &mut Tx, new: &NewCode<'_>, asker: &str, now: Timestamp) -> Result<(i64, i64)> {
    Ok(fetch_one!(
        tx,
        sqlx::query_as(
            "SELECT CAST(COALESCE(SUM(CASE WHEN asker = $4 THEN 1 ELSE 0 END), 0) AS BIGINT), COUNT(*) FROM mail_code
             WHERE email = $1 AND expires_at > $2 AND (purpose = 'confirm') = $3"
        )
        .bind(new.email.key())
        .bind(now.plus(CODE_LIFE - HOUR))
        .bind(new.purpose == Purpose::Confirm)
        .bind(asker)
    ))
}

async fn mail_code(
    app: &App,
    tx: &mut Tx,
    new: &NewCode<'_>,
    token: &str,
    code: &str,
) -> Result<()> {
    let (lang, purpose) = (new.lang, new.purpose);
    let link = app.url(&format!("{}?token={token}&code={code}", purpose.path()));
    let body = [
        purpose.words(lang).to_owned(),
        code.to_owned(),
        lang.t("mail-code-life").to_owned(),
        lang.with("mail-code-link", "link", &link),
        lang.t("mail-code-not-you").to_owned(),
    ]
    .join("\n\n");
    let subject = lang.with("mail-code-subject", "code", code);
    outgoing_mail::enqueue(app, tx, &new.email.to_string(), &subject, &body).await
}

/// Tells the owner of an address that somebody wanted to use it again.
async fn already_known(app: &App, tx: &mut Tx, member: &Member) -> Result<()> {
    let lang = member.lang;
    let body = lang.with("mail-known-body", "link", app.url("/login"));
    outgoing_mail::enqueue(app, tx, &member.email, lang.t("mail-known-subject"), &body).await
}

/// What a token's code is for, while it can still be typed: for the page that asks for it.
pub async fn asked(
    app: &App,
    tx: &mut Tx,
    purpose: Purpose,
    token: &str,
) -> Result<Option<String>> {
    let row: Option<(String,)> = fetch_optional!(
        tx,
        sqlx::query_as(
            "SELECT details FROM mail_code WHERE token_hash = $1 AND purpose = $2 AND expires_at > $3"
        )
        .bind(ids::hash_secret(token))
        .bind(purpose)
        .bind(app.now())
    );
    Ok(row.map(|(details,)| details))
}

/// A code that was typed right, to be [spent](spend) with what it is for.
pub struct Typed {
    id: i64,
    pub email: String,
    pub details: String,
}

/// Checks a typed code. Wrong: `code-wrong` with the tries that are left; after five tries or ten minutes `code-expired`.
///
/// Works in a transaction of its own, because a wrong try counts although it fails.
pub async fn check_code(app: &App, purpose: Purpose, token: &str, code: &str) -> Result<Typed> {
    let mut tx = app.db.begin().await?;
    let outcome = try_code(app, &mut tx, purpose, token, code).await;
    tx.commit().await?;
    outcome
}

/// Uses a code up, in the transaction that does what it is for: whoever hears nothing of that can type it again. Errors: `code-expired` when it is
/// used up already. It is still counted among this hour's mails.
pub async fn spend(tx: &mut Tx, typed: &Typed) -> Result<()> {
    let sql = "UPDATE mail_code SET tries = $2 WHERE id = $1 AND tries < $2";
    match execute!(tx, sqlx::query(sql).bind(typed.id).bind(CODE_TRIES)) {
        1 => Ok(()),
        _ => Err(Error::invalid("code-expired")),
    }
}

async fn try_code(
    app: &App,
    tx: &mut Tx,
    purpose: Purpose,
    token: &str,
    code: &str,
) -> Result<Typed> {
    let code: String = code
        .chars()
        .filter_map(|c| c.to_digit(10).or(full_width_digit(c)))
        .map(|d| d.to_string())
        .collect();
    let row: Option<(i64, String, String, String, i64)> = fetch_optional!(
        tx,
        sqlx::query_as(
            "UPDATE mail_code SET tries = tries + 1
             WHERE token_hash = $1 AND purpose = $2 AND expires_at > $3 AND tries < $4
             RETURNING id, email, code_hash, details, tries"
        )
        .bind(ids::hash_secret(token))
        .bind(purpose)
        .bind(app.now())
        .bind(CODE_TRIES)
    );
    let Some((id, email, hash, details, tries)) = row else {
        return Err(Error::invalid("code-expired"));
    };
    if !same(&hash, &hash_code(token, &code)) {
        return Err(match usize::try_from(CODE_TRIES - tries) {
            Ok(left) if left > 0 => Error::Invalid("code-wrong", left),
            _ => Error::invalid("code-expired"),
        });
    }
    // A right one is no try: it can be typed again until it is spent.
    execute!(tx, sqlx::query("UPDATE mail_code SET tries = tries - 1 WHERE id = $1").bind(id));
    Ok(Typed { id, email, details })
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

/// True when `password` is this member's. Nobody, and members without a password, take as long as a wrong password.
pub async fn is_password(member: Option<&Member>, password: String) -> Result<bool> {
    static NOBODY: LazyLock<String> = LazyLock::new(|| {
        Argon2::default()
            .hash_password(b"nobody has this password")
            .map(|h| h.to_string())
            .unwrap_or_default()
    });
    let hash = member.and_then(|m| m.password_hash.clone());
    let somebody = hash.is_some();
    let right = blocking(move || {
        let hash = hash.as_ref().unwrap_or(&NOBODY);
        PasswordHash::new(hash)
            .is_ok_and(|h| Argon2::default().verify_password(password.as_bytes(), &h).is_ok())
    })
    .await?;
    Ok(right && somebody)
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
        MemberState::Suspended => Err(Error::Forbidden("sign-in-suspended")),
    }
}

/// What a sign-in code's row remembers.
#[derive(Serialize, Deserialize)]
pub struct Entering {
    /// What was typed, to be shown again.
    pub who: String,
    /// A computer that others use, too.
    pub shared: bool,
}

/// The member whom a visitor means: by mail address, or by name on this node, alone or as a handle.
pub async fn find(app: &App, tx: &mut Tx, typed: &str) -> Result<Option<Member>> {
    if let Ok(email) = EmailAddress::parse(typed)
        && let Some(member) = queries::member_by_email(tx, &email.key()).await?
    {
        return Ok(Some(member));
    }
    let name = typed.trim().trim_start_matches('@');
    let handle = Handle::parse(name).ok().filter(|handle| handle.host() == app.host());
    let name = handle.as_ref().map_or(name, |handle| handle.name());
    let Ok(name) = LocalName::parse(name) else { return Ok(None) };
    match queries::holder(tx, name.as_str(), app.host()).await? {
        Some(id) => queries::member(tx, id).await.map(Some).or_else(none_if_not_found),
        None => Ok(None),
    }
}

/// The instance actor has a name, but nobody signs in as it.
fn none_if_not_found(error: Error) -> Result<Option<Member>> {
    if matches!(error, Error::NotFound) { Ok(None) } else { Err(error) }
}

/// Sends a sign-in code to whomever the visitor means, who asks from `asker`. Returns the token, also when that is nobody.
pub async fn begin(app: &App, entering: &Entering, lang: Lang, asker: &str) -> Result<String> {
    let mut tx = app.db.begin().await?;
    let member = find(app, &mut tx, &entering.who).await?;
    let email = match &member {
        Some(member) => EmailAddress::parse(&member.email)?,
        None => nobodys_address(&entering.who)?,
    };
    let new = NewCode {
        purpose: Purpose::SignIn,
        email: &email,
        details: &serde_json::to_string(entering)?,
        lang: member.as_ref().map_or(lang, |m| m.lang),
        letter: if member.is_some() { Letter::Code } else { Letter::None },
        asker,
    };
    let token = send_code(app, &mut tx, new).await?;
    tx.commit().await?;
    Ok(token)
}

/// An unknown name gets a place that no mail can reach.
fn nobodys_address(typed: &str) -> Result<EmailAddress> {
    EmailAddress::parse(typed)
        .or_else(|_| EmailAddress::parse(&format!("{}@invalid", &ids::hash_secret(typed))))
}

/// By what somebody comes in.
pub enum Proof {
    Code(Typed),
    /// The password was right that the member had when it was checked.
    Password,
}

/// The member who typed the right code, and what they wanted.
pub async fn by_code(app: &App, token: &str, code: &str) -> Result<(Member, Proof, Entering)> {
    let typed = check_code(app, Purpose::SignIn, token, code).await?;
    let entering = serde_json::from_str(&typed.details)?;
    let mut tx = app.db.read().await?;
    let member = queries::member_by_email(&mut tx, &typed.email).await?;
    let member = admitted(member.ok_or(Error::invalid("code-expired"))?)?;
    Ok((member, Proof::Code(typed), entering))
}

/// The member with this name or address and password. Wrong, unknown and without a password are all `sign-in-wrong`.
pub async fn by_password(app: &App, who: &str, password: String) -> Result<(Member, Proof)> {
    let mut tx = app.db.read().await?;
    let member = find(app, &mut tx, who).await?;
    drop(tx);
    let right = is_password(member.as_ref(), password).await?;
    let member = admitted(member.filter(|_| right).ok_or(Error::invalid("sign-in-wrong"))?)?;
    Ok((member, Proof::Password))
}

/// Opens a session for somebody who has just proved who they are, if the proof still counts: a password takes a moment to check, and may be another
/// one by then. Returns the cookie's secret.
pub async fn enter(app: &App, member: &Member, proof: Proof, user_agent: &str) -> Result<String> {
    let mut tx = app.db.begin().await?;
    match proof {
        Proof::Code(typed) => spend(&mut tx, &typed).await?,
        Proof::Password => {
            if !queries::hold_password(&mut tx, member).await? {
                return Err(Error::invalid("sign-in-wrong"));
            }
        }
    }
    let secret = open_session(app, &mut tx, member.account_id, user_agent).await?;
    tx.commit().await?;
    Ok(secret)
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
    /// When the member last proved anew who they are.
    pub confirmed_at: Timestamp,
}

impl Session {
    /// For ten minutes after a proof, the mail address, the password and the account itself may be changed.
    pub fn is_confirmed(&self, now: Timestamp) -> bool {
        self.confirmed_at.plus(CONFIRMED_FOR) > now
    }
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
            "SELECT token_hash, account_id, csrf, user_agent, created_at, last_seen_at, confirmed_at FROM session
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
    queries::set_seen(&mut tx, session.account_id, now).await?;
    tx.commit().await
}

/// A member's sessions, newest first.
pub async fn sessions(tx: &mut Tx, member: AccountId) -> Result<Vec<Session>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT token_hash, account_id, csrf, user_agent, created_at, last_seen_at, confirmed_at FROM session
             WHERE account_id = $1 ORDER BY last_seen_at DESC LIMIT 50"
        )
        .bind(member)
    ))
}

/// Whether the session is still open; until the transaction ends it stays so.
pub async fn hold_session(tx: &mut Tx, session: &Session) -> Result<bool> {
    let sql = "UPDATE session SET last_seen_at = last_seen_at WHERE token_hash = $1";
    Ok(execute!(tx, sqlx::query(sql).bind(&session.token_hash)) == 1)
}

/// The member proved who they are.
pub async fn confirm_session(tx: &mut Tx, session: &Session, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query("UPDATE session SET confirmed_at = $2 WHERE token_hash = $1")
            .bind(&session.token_hash)
            .bind(now)
    );
    Ok(())
}

/// Ends one session of a member.
pub async fn close_session(tx: &mut Tx, member: AccountId, token_hash: &str) -> Result<()> {
    execute!(
        tx,
        sqlx::query("DELETE FROM session WHERE account_id = $1 AND token_hash = $2")
            .bind(member)
            .bind(token_hash)
    );
    Ok(())
}

/// Signs the member out everywhere else, programs included.
pub async fn close_other_sessions(tx: &mut Tx, session: &Session) -> Result<()> {
    execute!(
        tx,
        sqlx::query("DELETE FROM session WHERE account_id = $1 AND token_hash <> $2")
            .bind(session.account_id)
            .bind(&session.token_hash)
    );
    queries::delete_tokens(tx, session.account_id).await
}

/// Signs the member out everywhere, programs included.
pub async fn close_all_sessions(tx: &mut Tx, member: AccountId) -> Result<()> {
    execute!(tx, sqlx::query("DELETE FROM session WHERE account_id = $1").bind(member));
    queries::delete_tokens(tx, member).await
}

/// Removes codes and sessions that are over.
pub async fn forget_expired(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    let codes = execute!(
        tx,
        sqlx::query("DELETE FROM mail_code WHERE expires_at < $1").bind(now.plus(-HOUR))
    );
    Ok(codes + execute!(tx, sqlx::query("DELETE FROM session WHERE expires_at < $1").bind(now)))
}
