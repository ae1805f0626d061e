//! Signing up: a form, a mailed code, and where the node wants it the yes of an admin. Nothing is created before the code is right.
use super::{
    create::{self, NewMember},
    sign_in::{self, Letter, NewCode, Purpose},
    tokens::{self, NewToken},
};
use crate::{
    accounts::{
        queries,
        types::{Account, MemberState, Role},
    },
    app::App,
    clock::HOUR,
    config::Signup,
    db::Tx,
    error::{Error, Result},
    execute, fetch_optional,
    ids::{AccountId, AppId},
    mail::EmailAddress,
    node, outgoing_mail,
    scopes::Scopes,
    search,
    signatures::keys::GeneratedKeys,
    text::{LocalName, html, lang::Lang},
};
use serde::{Deserialize, Serialize};

/// A sign-up form that is right in itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Application {
    name: String,
    display_name: String,
    email: String,
    reason: String,
    lang: Lang,
    #[serde(default)]
    password_hash: Option<String>,
    #[serde(default)]
    promise: Option<Promise>,
}

/// The token of the program that somebody signs up with. It works as soon as its member is there and may sign in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Promise {
    pub token_hash: String,
    pub label: String,
    pub app: AppId,
    pub scopes: String,
}

impl Application {
    /// Characters of the line that says why.
    pub const MAX_REASON: usize = 500;

    pub fn new(name: &LocalName, display_name: &str, email: &EmailAddress, lang: Lang) -> Self {
        Self {
            name: name.to_string(),
            display_name: html::one_line(display_name, Account::MAX_DISPLAY_NAME),
            email: email.to_string(),
            reason: String::new(),
            lang,
            password_hash: None,
            promise: None,
        }
    }

    /// Signs up with a password, from within a program.
    #[must_use]
    pub fn by_program(self, password_hash: String, promise: Promise) -> Self {
        Self { password_hash: Some(password_hash), promise: Some(promise), ..self }
    }

    /// Says why, for those who decide.
    #[must_use]
    pub fn because(self, reason: &str) -> Self {
        Self { reason: reason.replace('\0', ""), ..self }
    }

    /// The same with another mail address.
    #[must_use]
    pub fn at(self, email: &EmailAddress) -> Self {
        Self { email: email.to_string(), ..self }
    }

    pub fn email(&self) -> &str {
        &self.email
    }
}

/// A line about oneself: needed where admins decide, at most 500 characters.
pub fn check_reason(reason: &str) -> Result<()> {
    if reason.trim().is_empty() {
        return Err(Error::invalid("reason-missing"));
    }
    if reason.chars().count() > Application::MAX_REASON {
        return Err(Error::Invalid("reason-too-long", Application::MAX_REASON));
    }
    Ok(())
}

/// A name by which the applicant can be called: 1 to 50 characters.
pub fn check_display_name(name: &str) -> Result<()> {
    if html::one_line(name, Account::MAX_DISPLAY_NAME).is_empty() {
        return Err(Error::invalid("display-name-missing"));
    }
    if name.chars().count() > Account::MAX_DISPLAY_NAME {
        return Err(Error::Invalid("display-name-too-long", Account::MAX_DISPLAY_NAME));
    }
    Ok(())
}

/// Refuses when nobody may sign up.
pub fn open(app: &App) -> Result<()> {
    if app.config.signup == Signup::Closed {
        return Err(Error::Forbidden("sign-up-closed"));
    }
    Ok(())
}

/// True while nobody has the name.
pub async fn is_free(app: &App, name: &LocalName) -> Result<bool> {
    let mut tx = app.db.read().await?;
    Ok(queries::holder(&mut tx, name.as_str(), app.host()).await?.is_none())
}

/// Sends the code, or to a known address a mail that says so: the visitor sees no difference. Returns the token for the code page.
pub async fn begin(app: &App, application: &Application, asker: &str) -> Result<String> {
    open(app)?;
    let email = EmailAddress::parse(&application.email)?;
    let mut tx = app.db.begin().await?;
    let known = queries::member_by_email(&mut tx, &email.key()).await?;
    let new = NewCode {
        purpose: Purpose::SignUp,
        email: &email,
        details: &serde_json::to_string(application)?,
        lang: application.lang,
        letter: known.as_ref().map_or(Letter::Code, Letter::AlreadyKnown),
        asker,
    };
    if let Some(promise) = &application.promise {
        forget_wrong_address(&mut tx, &promise.token_hash, &email).await?;
    }
    let token = sign_in::send_code(app, &mut tx, new).await?;
    tx.commit().await?;
    Ok(token)
}

/// A code that went to another address than the right one opens nothing any more: whoever reads that mail would get the program's account.
async fn forget_wrong_address(tx: &mut Tx, token_hash: &str, right: &EmailAddress) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE mail_code SET tries = $1 WHERE purpose = $2 AND email <> $3 AND details LIKE $4"
        )
        .bind(sign_in::CODE_TRIES)
        .bind(Purpose::SignUp)
        .bind(right.key())
        .bind(promise_in_details(token_hash))
    );
    Ok(())
}

/// The pattern of details in which a token was promised.
fn promise_in_details(token_hash: &str) -> String {
    format!("%\"token_hash\":\"{token_hash}\"%")
}

/// What somebody applied with whose program was promised this token (by its hash), until an hour after the code has run out.
pub async fn promised(app: &App, tx: &mut Tx, token_hash: &str) -> Result<Option<Application>> {
    // A walk over the codes of the last hours: few, because each address may ask for few.
    let row: Option<(String,)> = fetch_optional!(
        tx,
        sqlx::query_as(
            "SELECT details FROM mail_code WHERE purpose = $1 AND expires_at > $2 AND details LIKE $3
             ORDER BY id DESC LIMIT 1"
        )
        .bind(Purpose::SignUp)
        .bind(app.now().plus(-HOUR))
        .bind(promise_in_details(token_hash))
    );
    Ok(row.map(|(details,)| serde_json::from_str(&details)).transpose()?)
}

/// What became of an application.
pub enum Outcome {
    /// The account is there, and this is the secret of its first session.
    SignedIn(String),
    /// The admins have been asked.
    Waiting,
}

/// The code was typed: creates the account.
pub async fn finish(app: &App, token: &str, code: &str, user_agent: &str) -> Result<Outcome> {
    open(app)?;
    let typed = sign_in::check_code(app, Purpose::SignUp, token, code).await?;
    let application: Application = serde_json::from_str(&typed.details)?;
    let keys = create::make_keys().await?;
    let mut tx = app.db.begin().await?;
    sign_in::spend(&mut tx, &typed).await?;
    let (id, state) = enter(app, &mut tx, &application, &keys).await?;
    let outcome = if state == MemberState::Active {
        Outcome::SignedIn(sign_in::open_session(app, &mut tx, id, user_agent).await?)
    } else {
        Outcome::Waiting
    };
    tx.commit().await?;
    Ok(outcome)
}

/// Creates the account without a mail that confirms the address: for closed test nets. Errors: `name-taken`, `email-taken`.
pub async fn at_once(app: &App, application: &Application) -> Result<()> {
    open(app)?;
    let keys = create::make_keys().await?;
    let mut tx = app.db.begin().await?;
    enter(app, &mut tx, application, &keys).await?;
    tx.commit().await
}

/// The account, active or waiting for an admin's yes, and the token that its program was promised.
async fn enter(
    app: &App,
    tx: &mut Tx,
    application: &Application,
    keys: &GeneratedKeys,
) -> Result<(AccountId, MemberState)> {
    let waits = app.config.signup == Signup::Approval;
    let state = if waits { MemberState::Pending } else { MemberState::Active };
    let new = NewMember {
        name: LocalName::choose(&application.name)?,
        display_name: application.display_name.clone(),
        email: EmailAddress::parse(&application.email)?,
        password_hash: application.password_hash.clone(),
        role: Role::Member,
        state,
        reason: application.reason.clone(),
        lang: application.lang,
    };
    let id = create::create_member(app, tx, new, keys).await?.id;
    if let Some(Promise { token_hash, label, app: program, scopes }) = &application.promise {
        let scopes = Scopes::parse(scopes)?;
        let new = NewToken { label: label.clone(), app: Some(*program), scopes };
        tokens::put(tx, id, token_hash, &new, app.now()).await?;
    }
    if waits {
        search::forget_account(tx, id).await?;
        queries::set_hidden(tx, id, Some(app.now())).await?;
        tell_admins(app, tx, application).await?;
    }
    Ok((id, state))
}

async fn tell_admins(app: &App, tx: &mut Tx, application: &Application) -> Result<()> {
    for (email, lang) in queries::admin_emails(tx).await? {
        let subject = lang.with("mail-applied-subject", "name", &application.display_name);
        let body = [
            lang.t("mail-applied-body").to_owned(),
            format!("{} (@{})\n{}", application.display_name, application.name, application.email),
            application.reason.clone(),
            app.url("/admin/sign-ups"),
        ]
        .join("\n\n");
        outgoing_mail::enqueue(app, tx, &email, &subject, &body).await?;
    }
    Ok(())
}

/// An admin says yes: the applicant may sign in, can be found, and gets a mail. A repeat does nothing.
pub async fn approve(app: &App, tx: &mut Tx, id: AccountId) -> Result<()> {
    let member = queries::member(tx, id).await?;
    if member.state != MemberState::Pending {
        return Ok(());
    }
    queries::set_state(tx, id, MemberState::Active).await?;
    queries::set_hidden(tx, id, None).await?;
    let account = queries::by_id(tx, id).await?;
    search::index_account(tx, id, &account.searchable()).await?;
    let (lang, node) = (member.lang, node::profile(app).await?);
    let subject = lang.with("mail-approved-subject", "node", &node.name);
    let body = lang.with("mail-approved-body", "link", app.url("/login"));
    outgoing_mail::enqueue(app, tx, &member.email, &subject, &body).await
}

/// An admin says no: the applicant gets a mail, and what they sent is deleted. A repeat does nothing.
pub async fn decline(app: &App, tx: &mut Tx, id: AccountId) -> Result<()> {
    let member = match queries::member(tx, id).await {
        Err(Error::NotFound) => return Ok(()),
        other => other?,
    };
    if member.state != MemberState::Pending {
        return Err(Error::Forbidden("sign-up-decided"));
    }
    queries::delete_member(tx, id).await?;
    queries::forget_account(tx, id).await?;
    let (lang, node) = (member.lang, node::profile(app).await?);
    let subject = lang.with("mail-declined-subject", "node", &node.name);
    outgoing_mail::enqueue(app, tx, &member.email, &subject, lang.t("mail-declined-body")).await
}
