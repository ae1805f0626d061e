//! What protects an account: its password, its mail address, and the fresh proof that is asked for before either changes.
use super::sign_in::{self, Letter, NewCode, Purpose, Session};
use crate::{
    accounts::{
        queries,
        types::{Member, NewPassword},
    },
    app::App,
    db,
    error::{Error, Result},
    ids::AccountId,
    mail::EmailAddress,
    outgoing_mail,
};
use serde::{Deserialize, Serialize};

/// Sends a code to the member's own address, by which they prove that it is really them. Returns the token for the form.
pub async fn ask_for_proof(app: &App, member: &Member) -> Result<String> {
    let email = EmailAddress::parse(&member.email)?;
    let details = member.account_id.to_string();
    let mut tx = app.db.begin().await?;
    let new = NewCode {
        purpose: Purpose::Confirm,
        email: &email,
        details: &details,
        lang: member.lang,
        letter: Letter::Code,
        asker: "",
    };
    let token = sign_in::send_code(app, &mut tx, new).await?;
    tx.commit().await?;
    Ok(token)
}

/// The member typed the mailed code: the session counts as confirmed for ten minutes.
pub async fn prove_by_code(app: &App, session: &Session, token: &str, code: &str) -> Result<()> {
    let typed = sign_in::check_code(app, Purpose::Confirm, token, code).await?;
    if typed.details != session.account_id.to_string() {
        return Err(Error::invalid("code-expired"));
    }
    let mut tx = app.db.begin().await?;
    sign_in::spend(&mut tx, &typed).await?;
    sign_in::confirm_session(&mut tx, session, app.now()).await?;
    tx.commit().await
}

/// The member typed the password: the session counts as confirmed for ten minutes.
pub async fn prove_by_password(
    app: &App,
    member: &Member,
    session: &Session,
    password: String,
) -> Result<()> {
    if !sign_in::is_password(Some(member), password).await? {
        return Err(Error::invalid("password-wrong"));
    }
    let mut tx = app.db.begin().await?;
    sign_in::confirm_session(&mut tx, session, app.now()).await?;
    tx.commit().await
}

/// Sets a new password, or with `None` removes it. The mail address is told; every other session and program is signed out.
pub async fn set_password(
    app: &App,
    member: &Member,
    session: &Session,
    password: Option<NewPassword>,
) -> Result<()> {
    let hash = match password {
        Some(password) => Some(sign_in::hash_password(password).await?),
        None => None,
    };
    let mut tx = app.db.begin().await?;
    queries::set_password(&mut tx, member.account_id, hash.as_deref()).await?;
    sign_in::close_other_sessions(&mut tx, session).await?;
    let (subject, body) =
        (member.lang.t("mail-password-subject"), member.lang.t("mail-password-body"));
    outgoing_mail::enqueue(app, &mut tx, &member.email, subject, body).await?;
    tx.commit().await
}

/// What a change of address remembers until its code is typed.
#[derive(Serialize, Deserialize)]
struct NewAddress {
    member: AccountId,
    email: String,
}

/// Sends a code to the new address; the old one stays until it is typed. An address that another member has gets a notice instead,
/// and the member sees no difference. Returns the token for the code page.
pub async fn begin_email_change(app: &App, member: &Member, new: &EmailAddress) -> Result<String> {
    let mut tx = app.db.begin().await?;
    let known = queries::member_by_email(&mut tx, &new.key()).await?;
    let details = NewAddress { member: member.account_id, email: new.to_string() };
    let code = NewCode {
        purpose: Purpose::ChangeEmail,
        email: new,
        details: &serde_json::to_string(&details)?,
        lang: member.lang,
        letter: known.as_ref().map_or(Letter::Code, Letter::AlreadyKnown),
        asker: "",
    };
    let token = sign_in::send_code(app, &mut tx, code).await?;
    tx.commit().await?;
    Ok(token)
}

/// The address to which the code of a change went.
pub fn address_in(details: &str) -> Result<String> {
    Ok(serde_json::from_str::<NewAddress>(details)?.email)
}

/// The code was typed: the new address counts, and the old one gets a notice.
pub async fn finish_email_change(
    app: &App,
    member: &Member,
    token: &str,
    code: &str,
) -> Result<()> {
    let typed = sign_in::check_code(app, Purpose::ChangeEmail, token, code).await?;
    let new: NewAddress = serde_json::from_str(&typed.details)?;
    if new.member != member.account_id {
        return Err(Error::invalid("code-expired"));
    }
    let mut tx = app.db.begin().await?;
    sign_in::spend(&mut tx, &typed).await?;
    let taken = |e: Error| if db::is_taken(&e) { Error::invalid("email-taken") } else { e };
    queries::set_email(&mut tx, member.account_id, &new.email).await.map_err(taken)?;
    let lang = member.lang;
    let body = lang.with("mail-email-changed-body", "email", &new.email);
    let subject = lang.t("mail-email-changed-subject");
    outgoing_mail::enqueue(app, &mut tx, &member.email, subject, &body).await?;
    tx.commit().await
}
