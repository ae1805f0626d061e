//! `tsudoi account`: works on the database, with or without a running server.
use super::{say, with_app};
use crate::{
    accounts::{
        actions::{
            create::{self, NewMember},
            roles, sign_in,
            tokens::{self, NewToken},
        },
        queries,
        types::{Account as Person, MemberState, NewPassword, Role},
    },
    app::App,
    config::Config,
    db::{self, Tx},
    error::Error,
    ids::{self, AccountId},
    mail::EmailAddress,
    node,
    scopes::Scopes,
    text::{Lang, LocalName},
};
use clap::Subcommand;
use serde_json::json;
use std::io::{BufRead, Read};

#[derive(Debug, Subcommand)]
pub(super) enum Account {
    /// Create a member, active at once.
    #[command(
        after_help = "Example: echo 'a long password' | tsudoi account create aiko --email aiko@example.jp --password-stdin"
    )]
    Create {
        name: String,
        #[arg(long)]
        email: String,
        #[arg(long, value_enum, default_value_t = Role::Member)]
        role: Role,
        /// Read a password from standard input; without it the member signs in by mailed code.
        #[arg(long)]
        password_stdin: bool,
    },
    /// List the members.
    #[command(after_help = "Example: tsudoi account list --json")]
    List {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Give a member another role.
    #[command(after_help = "Example: tsudoi account set-role aiko admin")]
    SetRole { name: String, role: Role },
    /// Set a new password, read from standard input, and sign the member out everywhere.
    #[command(
        after_help = "Example: echo 'another long password' | tsudoi account reset-password aiko"
    )]
    ResetPassword { name: String },
    /// Print an API token for a member. It is shown once.
    #[command(after_help = "Example: tsudoi account token aiko --scopes 'read write follow push'")]
    Token {
        name: String,
        /// What the token is for, as the member sees it in the settings.
        #[arg(long, default_value = "command line")]
        label: String,
        /// What it opens, as names with spaces between them [default: everything].
        #[arg(long)]
        scopes: Option<String>,
        /// Take a token of your own from standard input instead: 16 to 200 of a–z, A–Z, 0–9, - . _ ~
        #[arg(long)]
        from_stdin: bool,
    },
}

impl Account {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<()> {
        with_app(config, async |app| self.act(app).await).await
    }

    async fn act(self, app: &App) -> anyhow::Result<()> {
        match self {
            Self::Create { name, email, role, password_stdin } => {
                add(app, &name, &email, role, password_stdin).await
            }
            Self::List { json } => list(app, json).await,
            Self::SetRole { name, role } => {
                let mut tx = app.db.begin().await?;
                let account = find(app, &mut tx, &name).await?;
                if role != Role::Owner {
                    let member = queries::member(&mut tx, account.id).await?;
                    roles::keep_an_owner(&mut tx, &member).await?;
                }
                queries::set_role(&mut tx, account.id, role).await?;
                if role == Role::Owner {
                    node::mark_owned(app, &mut tx).await?;
                }
                tx.commit().await?;
                say(&format!("{} is now {}", account.name, role.word()));
                Ok(())
            }
            Self::ResetPassword { name } => {
                let hash = sign_in::hash_password(NewPassword::parse(&stdin_line()?)?).await?;
                let mut tx = app.db.begin().await?;
                let account = find(app, &mut tx, &name).await?;
                queries::set_password(&mut tx, account.id, Some(&hash)).await?;
                sign_in::close_all_sessions(&mut tx, account.id).await?;
                tx.commit().await?;
                say(&format!("{} has a new password and is signed out everywhere", account.name));
                Ok(())
            }
            Self::Token { name, label, scopes, from_stdin } => {
                let scopes = scopes.map_or(Ok(Scopes::all()), |s| Scopes::parse(&s))?;
                let token = if from_stdin { brought()? } else { ids::secret() };
                let mut tx = app.db.begin().await?;
                let account = find(app, &mut tx, &name).await?;
                let new = NewToken { label, app: None, scopes };
                let hash = ids::hash_secret(&token);
                match tokens::put(&mut tx, account.id, &hash, &new, app.now()).await {
                    Err(e) if db::is_taken(&e) => anyhow::bail!("this token is in use already"),
                    other => other?,
                }
                tx.commit().await?;
                say(&token);
                Ok(())
            }
        }
    }
}

async fn add(app: &App, name: &str, email: &str, role: Role, password: bool) -> anyhow::Result<()> {
    let name = LocalName::parse(name)?;
    let email = EmailAddress::parse(email)?;
    let password_hash = if password {
        Some(sign_in::hash_password(NewPassword::parse(&stdin_line()?)?).await?)
    } else {
        None
    };
    create::ensure_instance_actor(app).await?;
    let keys = create::make_keys().await?;
    let new = NewMember {
        display_name: String::new(),
        email,
        password_hash,
        role,
        state: MemberState::Active,
        reason: String::new(),
        lang: Lang::default(),
        name,
    };
    let mut tx = app.db.begin().await?;
    let account = create::create_member(app, &mut tx, new, &keys).await?;
    if role == Role::Owner {
        node::mark_owned(app, &mut tx).await?;
    }
    tx.commit().await?;
    say(&format!("{} ({})", account.handle(), role.word()));
    Ok(())
}

async fn list(app: &App, as_json: bool) -> anyhow::Result<()> {
    for state in [MemberState::Active, MemberState::Pending, MemberState::Suspended] {
        let mut after = AccountId(0);
        loop {
            let mut tx = app.db.read().await?;
            let page = queries::members(&mut tx, state, after, 200).await?;
            drop(tx);
            let Some(last) = page.last() else { break };
            after = last.0;
            for (_, name, email, role, _) in page {
                let state = format!("{state:?}").to_lowercase();
                if as_json {
                    say(
                        &json!({"name": name, "email": email, "role": role.word(), "state": state})
                            .to_string(),
                    );
                } else {
                    say(&format!("{name}\t{email}\t{}\t{state}", role.word()));
                }
            }
        }
    }
    Ok(())
}

async fn find(app: &App, tx: &mut Tx, name: &str) -> anyhow::Result<Person> {
    let account = queries::by_handle(tx, LocalName::parse(name)?.as_str(), app.host()).await?;
    let nobody = || anyhow::anyhow!("there is no member {name:?}");
    let account = account.filter(|a| a.local && !a.is_gone()).ok_or_else(nobody)?;
    // Groups and the node itself have names, too, and nobody signs in as them.
    match queries::member(tx, account.id).await {
        Ok(_) => Ok(account),
        Err(Error::NotFound) => Err(nobody()),
        Err(e) => Err(e.into()),
    }
}

/// The first line of standard input, at most 4 KiB.
fn stdin_line() -> anyhow::Result<String> {
    let mut text = String::new();
    std::io::stdin().lock().take(4_096).read_line(&mut text)?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

/// A secret of the operator's own.
pub(super) fn brought() -> anyhow::Result<String> {
    let secret = stdin_line()?;
    tokens::check_brought(&secret)?;
    Ok(secret)
}
