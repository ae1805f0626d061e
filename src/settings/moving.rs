//! Moving house: from another server to here (aliases), and from here to another account.
use super::confirm::{Confirmed, Present};
use crate::{
    accounts::{actions::profile, inbox, queries, session::SignedIn, types::Account},
    app::App,
    error::{Error, Result},
    http::address::ClientAddress,
    text::Handle,
    web::{CheckedForm, Flash, Html, Page, Problems, SeeOther, page},
};
use askama::Template;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;

/// Accounts that one may move here from.
const MAX_ALIASES: usize = 10;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/settings/move", get(show).post(go))
        .route("/settings/move/check", post(check))
        .route("/settings/aliases", post(add))
        .route("/settings/aliases/remove", post(remove))
}

#[derive(Template)]
#[template(path = "settings/move.html")]
struct MovePage {
    page: Page,
    problems: Problems,
    own_name: String,
    moved_to: Option<String>,
    /// Address and, where we know the account, its handle.
    aliases: Vec<(String, String)>,
    is_confirmed: bool,
    form: MoveForm,
    /// The account moved to, to be looked at before it happens.
    target: Option<Account>,
    followers: i64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct MoveForm {
    alias: String,
    target: String,
    /// Of the account's deletion, which stands on the same page.
    confirm: String,
}

impl MovePage {
    async fn new(app: &App, page: Page, who: &SignedIn, is_confirmed: bool) -> Result<Self> {
        let account = &who.account;
        let mut tx = app.db.read().await?;
        let uris = account.aliases();
        let known = queries::by_uris(&mut tx, &uris).await?;
        let handle = |uri: &str| known.iter().find(|a| a.uri == uri).map(Account::handle);
        let aliases =
            uris.into_iter().map(|uri| (handle(&uri).unwrap_or_else(|| uri.clone()), uri));
        Ok(Self {
            page: page.at("", "s-move"),
            problems: Problems::default(),
            own_name: account.name.clone(),
            moved_to: account.moved_to.clone(),
            aliases: aliases.map(|(handle, uri)| (uri, handle)).collect(),
            is_confirmed,
            form: MoveForm::default(),
            target: None,
            followers: account.followers_count,
        })
    }
}

/// The page again, with what was typed and what is wrong with it.
pub(super) async fn with_problem(
    app: &App,
    page: Page,
    who: &SignedIn,
    typed: String,
    problems: Problems,
) -> Result<Response> {
    let mut template = MovePage::new(app, page, who, true).await?;
    template.form.confirm = typed;
    template.problems = problems;
    Ok(page::page(StatusCode::UNPROCESSABLE_ENTITY, &template))
}

/// `GET /settings/move`
async fn show(State(app): State<App>, page: Page, at: Present) -> Result<Html<MovePage>> {
    Ok(Html(MovePage::new(&app, page, &at.who, at.is_confirmed).await?))
}

/// `POST /settings/aliases`: names an account from which this one may take over followers.
async fn add(
    State(app): State<App>,
    page: Page,
    at: Present,
    address: ClientAddress,
    CheckedForm(form): CheckedForm<MoveForm>,
) -> Result<Response> {
    app.limits.sign_in(&address.key())?;
    let mut problems = Problems::default();
    let alias = find_alias(&app, &at.who.account, &form.alias).await;
    if let Some(alias) = problems.note("alias", page.lang, unreachable_is_unknown(alias))? {
        let mut aliases = at.who.account.aliases();
        if !aliases.contains(&alias.uri) {
            aliases.push(alias.uri);
            save(&app, &at.who.account, &aliases).await?;
        }
        return Ok(saved(&app).into_response());
    }
    let mut template = MovePage::new(&app, page, &at.who, at.is_confirmed).await?;
    (template.form, template.problems) = (form, problems);
    Ok(page::page(StatusCode::UNPROCESSABLE_ENTITY, &template))
}

async fn find_alias(app: &App, own: &Account, typed: &str) -> Result<Account> {
    if own.aliases().len() >= MAX_ALIASES {
        return Err(Error::Invalid("alias-too-many", MAX_ALIASES));
    }
    let alias = inbox::by_handle(app, &Handle::parse(typed)?).await?;
    if alias.id == own.id {
        return Err(Error::invalid("move-oneself"));
    }
    Ok(alias)
}

/// For somebody who typed a handle, a server that does not answer and an account that is not there are the same news.
fn unreachable_is_unknown<T>(outcome: Result<T>) -> Result<T> {
    outcome.map_err(|e| match e {
        Error::NotFound | Error::Gone | Error::Unavailable(_) | Error::Malformed(_) => {
            Error::invalid("handle-unknown")
        }
        other => other,
    })
}

#[derive(Deserialize)]
struct Alias {
    uri: String,
}

/// `POST /settings/aliases/remove`
async fn remove(
    State(app): State<App>,
    who: SignedIn,
    CheckedForm(alias): CheckedForm<Alias>,
) -> Result<SeeOther> {
    let mut aliases = who.account.aliases();
    aliases.retain(|uri| *uri != alias.uri);
    save(&app, &who.account, &aliases).await?;
    Ok(saved(&app))
}

async fn save(app: &App, account: &Account, aliases: &[String]) -> Result<()> {
    let mut tx = app.db.begin().await?;
    profile::set_aliases(app, &mut tx, account, aliases).await?;
    tx.commit().await
}

fn saved(app: &App) -> SeeOther {
    SeeOther::to("/settings/move").saying(app, &Flash::new("flash-saved"))
}

/// `POST /settings/move/check`: shows what will happen.
async fn check(
    State(app): State<App>,
    page: Page,
    at: Confirmed,
    address: ClientAddress,
    CheckedForm(form): CheckedForm<MoveForm>,
) -> Result<Response> {
    app.limits.sign_in(&address.key())?;
    let mut problems = Problems::default();
    let target = find_target(&app, &at.who.account, &form.target).await;
    let target = problems.note("target", page.lang, unreachable_is_unknown(target))?;
    let status = if target.is_some() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let mut template = MovePage::new(&app, page, &at.who, true).await?;
    (template.form, template.problems, template.target) = (form, problems, target);
    Ok(page::page(status, &template))
}

/// The new account, as its server describes it now: it must name the old one.
async fn find_target(app: &App, own: &Account, typed: &str) -> Result<Account> {
    let known = inbox::by_handle(app, &Handle::parse(typed)?).await?;
    if known.id == own.id {
        return Err(Error::invalid("move-oneself"));
    }
    let target = if known.local { known } else { inbox::refresh(app, &known.uri).await? };
    if !target.aliases().contains(&own.uri) {
        return Err(Error::Forbidden("move-not-confirmed"));
    }
    Ok(target)
}

/// `POST /settings/move`: followers go to the new account.
async fn go(
    State(app): State<App>,
    at: Confirmed,
    address: ClientAddress,
    CheckedForm(form): CheckedForm<MoveForm>,
) -> Result<SeeOther> {
    app.limits.sign_in(&address.key())?;
    let target = find_target(&app, &at.who.account, &form.target).await?;
    let mut tx = app.db.begin().await?;
    profile::move_to(&app, &mut tx, &at.who.account, &target).await?;
    tx.commit().await?;
    Ok(SeeOther::to("/settings/move").saying(&app, &Flash::new("flash-moved")))
}
