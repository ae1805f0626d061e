//! Lists of people, a page at a time: followers, whom somebody follows, whom the member mutes, blocks, has to answer.
use super::{entities, paging::Paged};
use crate::{
    accounts::{
        queries::{self, Listed},
        related::{self, Muted},
        session::{Bearer, Reader},
    },
    app::App,
    clock::Timestamp,
    db::Page,
    error::Result,
    http::{
        api::{Api, get_with},
        described::gives,
        path::Path,
    },
    ids::AccountId,
};
use axum::{extract::State, response::Response};
use schemars::JsonSchema;
use serde::Serialize;

pub fn routes() -> Api {
    Api::new()
        .route(
            "/api/v1/accounts/{id}/followers",
            get_with(followers, gives::<Vec<entities::Account>>),
        )
        .route(
            "/api/v1/accounts/{id}/following",
            get_with(following, gives::<Vec<entities::Account>>),
        )
        .route(
            "/api/v1/accounts/{id}/endorsements",
            get_with(endorsements, gives::<Vec<entities::Account>>),
        )
        .route("/api/v1/endorsements", get_with(own_endorsements, gives::<Vec<entities::Account>>))
        .route("/api/v1/mutes", get_with(mutes, gives::<Vec<MutedAccount>>))
        .route("/api/v1/blocks", get_with(blocks, gives::<Vec<entities::Account>>))
        .route("/api/v1/follow_requests", get_with(requests, gives::<Vec<entities::Account>>))
}

/// Accounts with the addresses of the pages before and after.
pub fn page_of(app: &App, paged: &Paged, page: Page, listed: &[Listed]) -> Response {
    let cursors: Vec<i64> = listed.iter().map(|l| l.cursor).collect();
    let accounts: Vec<_> = listed.iter().map(|l| entities::account(app, &l.account)).collect();
    paged.answer(app, page, &cursors, accounts)
}

/// Whose people are asked for.
enum Whose {
    Followers,
    Followed,
    Endorsed,
}

async fn of(
    app: &App,
    me: Option<AccountId>,
    id: AccountId,
    paged: &Paged,
    whose: Whose,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    queries::by_id(&mut tx, id).await?.may_speak()?;
    if !related::are_shown_to(&mut tx, id, me).await? {
        return Ok(page_of(app, paged, paged.accounts(), &[]));
    }
    let page = paged.accounts();
    let listed = match whose {
        Whose::Followers => related::followers(&mut tx, id, page).await?,
        Whose::Followed => related::following(&mut tx, id, page).await?,
        Whose::Endorsed => related::endorsed(&mut tx, id, page).await?,
    };
    Ok(page_of(app, paged, page, &listed))
}

async fn followers(
    State(app): State<App>,
    Reader(me): Reader,
    Path(id): Path<AccountId>,
    paged: Paged,
) -> Result<Response> {
    of(&app, me, id, &paged, Whose::Followers).await
}

async fn following(
    State(app): State<App>,
    Reader(me): Reader,
    Path(id): Path<AccountId>,
    paged: Paged,
) -> Result<Response> {
    of(&app, me, id, &paged, Whose::Followed).await
}

async fn endorsements(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<AccountId>,
    paged: Paged,
) -> Result<Response> {
    of(&app, Some(me.account.id), id, &paged, Whose::Endorsed).await
}

async fn own_endorsements(
    State(app): State<App>,
    Bearer(me): Bearer,
    paged: Paged,
) -> Result<Response> {
    of(&app, Some(me.account.id), me.account.id, &paged, Whose::Endorsed).await
}

/// <https://docs.joinmastodon.org/entities/Account/#MutedAccount>
#[derive(Serialize, JsonSchema)]
struct MutedAccount<'a> {
    #[serde(flatten)]
    account: entities::Account<'a>,
    mute_expires_at: Option<String>,
}

fn muted<'a>(app: &App, m: &'a Muted) -> MutedAccount<'a> {
    let account = entities::account(app, &m.listed.account);
    MutedAccount { account, mute_expires_at: m.expires_at.map(Timestamp::iso) }
}

/// With when each mute ends by itself.
async fn mutes(State(app): State<App>, Bearer(me): Bearer, paged: Paged) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let found = related::muted(&mut tx, me.account.id, paged.accounts()).await?;
    let cursors: Vec<i64> = found.iter().map(|m| m.listed.cursor).collect();
    let accounts: Vec<_> = found.iter().map(|m| muted(&app, m)).collect();
    Ok(paged.answer(&app, paged.accounts(), &cursors, accounts))
}

async fn blocks(State(app): State<App>, Bearer(me): Bearer, paged: Paged) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let listed = related::blocked(&mut tx, me.account.id, paged.accounts()).await?;
    Ok(page_of(&app, &paged, paged.accounts(), &listed))
}

async fn requests(State(app): State<App>, Bearer(me): Bearer, paged: Paged) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let listed = related::requests(&mut tx, me.account.id, paged.accounts()).await?;
    Ok(page_of(&app, &paged, paged.accounts(), &listed))
}
