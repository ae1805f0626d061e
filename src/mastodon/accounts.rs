//! `/api/v1/accounts`: oneself and others, one by one, by their names and by words.
use super::{entities, profile, timelines::elsewhere};
use crate::{
    accounts::{page::by_acct, queries, relations, session::Bearer, types::Account},
    app::App,
    error::{Error, Result},
    http::{
        api::{Api, get_with},
        described::gives,
        fields::Asked,
        path::Path,
    },
    ids::AccountId,
    remote::Resolved,
    search,
};
use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Deserialize;

pub fn routes() -> Api {
    Api::new()
        .route("/api/v1/accounts/verify_credentials", get_with(me, gives::<entities::Account>))
        .route("/api/v1/accounts/lookup", get_with(lookup, gives::<entities::Account>))
        .route("/api/v1/accounts/search", get_with(find, gives::<Vec<entities::Account>>))
        .route("/api/v1/accounts", get_with(many, gives::<Vec<entities::Account>>))
        .route("/api/v1/accounts/{id}", get_with(show, gives::<entities::Account>))
}

async fn me(State(app): State<App>, Bearer(me): Bearer) -> Result<Response> {
    profile::own(&app, &me).await
}

#[derive(Deserialize, JsonSchema)]
struct Lookup {
    acct: String,
}

async fn lookup(State(app): State<App>, Asked(query): Asked<Lookup>) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let account = by_acct(&app, &mut tx, query.acct.trim_start_matches('@')).await?;
    if !account.is_shown() {
        return Err(Error::NotFound);
    }
    Ok(Json(entities::account(&app, &account)).into_response())
}

async fn show(State(app): State<App>, Path(id): Path<AccountId>) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let account = queries::by_id(&mut tx, id).await?;
    account.may_speak()?;
    Ok(Json(entities::account(&app, &account)).into_response())
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Which {
    id: Vec<AccountId>,
}

/// Several at once, in the order in which they were asked for; at most 40.
async fn many(State(app): State<App>, Asked(which): Asked<Which>) -> Result<Response> {
    let ids = which.id.get(..40).unwrap_or(&which.id);
    let mut tx = app.db.read().await?;
    let known = queries::by_ids(&mut tx, ids).await?;
    let shown = ids.iter().filter_map(|id| known.get(id)).filter(|a| a.is_shown());
    Ok(Json(shown.map(|a| entities::account(&app, a)).collect::<Vec<_>>()).into_response())
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Search {
    q: String,
    resolve: bool,
    following: bool,
    limit: Option<usize>,
    offset: usize,
}

/// Who has these words in name or profile; with `resolve` a handle or address is looked up at its own server.
async fn find(
    State(app): State<App>,
    Bearer(me): Bearer,
    Asked(query): Asked<Search>,
) -> Result<Response> {
    let words = query.q.trim();
    if words.chars().count() > 500 {
        return Err(Error::Invalid("search-too-long", 500));
    }
    let resolved = if query.resolve && query.offset == 0 {
        elsewhere(&app, me.account.id, words).await?
    } else {
        None
    };
    let mut tx = app.db.read().await?;
    let mut ids = search::accounts(&mut tx, words).await?;
    if query.following {
        ids = relations::followed_of(&mut tx, me.account.id, &ids).await?;
    }
    ids.truncate(400);
    let mut found: Vec<Account> =
        queries::by_ids(&mut tx, &ids).await?.into_values().filter(Account::is_shown).collect();
    found.sort_by_key(|a| (!a.local, std::cmp::Reverse(a.followers_count), a.id));
    if let Some(Resolved::Account(resolved)) = resolved {
        found.retain(|a| a.id != resolved.id);
        found.insert(0, *resolved);
    }
    let limit = query.limit.unwrap_or(40).clamp(1, 80);
    let shown = found.iter().skip(query.offset).take(limit);
    let list = Json(shown.map(|a| entities::account(&app, a)).collect::<Vec<_>>());
    // Another server was asked: the next request asks it again.
    let not_kept = [(header::CACHE_CONTROL, "private, no-store")];
    Ok(if query.resolve { (not_kept, list).into_response() } else { list.into_response() })
}
