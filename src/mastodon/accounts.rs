//! `/api/v1/accounts`: oneself, others, and how one stands to them.
use super::entities;
use crate::{
    accounts::{
        actions::follow,
        queries,
        session::{Bearer, SignedIn},
        types::Account,
    },
    app::App,
    db::Tx,
    error::{Error, Result},
    http::fields::Asked,
    ids::AccountId,
};
use axum::{
    Json, Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/accounts/verify_credentials", get(me))
        .route("/api/v1/accounts/lookup", get(lookup))
        .route("/api/v1/accounts/{id}", get(show))
        .route("/api/v1/accounts/{id}/{relation}", post(relate))
        .route("/api/v1/follow_requests", get(requests))
        .route("/api/v1/follow_requests/{id}/{answer}", post(answer))
}

async fn me(State(app): State<App>, Bearer(me): Bearer) -> Response {
    Json(entities::own_account(&app, &me.account, &me.member)).into_response()
}

#[derive(Deserialize)]
struct Lookup {
    acct: String,
}

async fn lookup(State(app): State<App>, Asked(query): Asked<Lookup>) -> Result<Response> {
    let acct = query.acct.trim_start_matches('@').to_lowercase();
    let (name, host) = acct.split_once('@').unwrap_or((&acct, app.host()));
    let mut tx = app.db.read().await?;
    let account = queries::by_handle(&mut tx, name, host).await?.filter(Account::is_shown);
    let account = account.ok_or(Error::NotFound)?;
    Ok(Json(entities::account(&app, &account)).into_response())
}

async fn show(State(app): State<App>, Path(id): Path<AccountId>) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let account = queries::by_id(&mut tx, id).await?;
    account.may_speak()?;
    Ok(Json(entities::account(&app, &account)).into_response())
}

async fn relationship(tx: &mut Tx, me: &SignedIn, other: AccountId) -> Result<Json<Value>> {
    let r = queries::relationship(tx, me.account.id, other).await?;
    Ok(Json(json!({
        "id": other, "following": r.following, "requested": r.requested, "followed_by": r.followed_by,
        "blocking": r.blocking, "blocked_by": r.blocked_by, "muting": r.muting, "muting_notifications": r.muting,
        "showing_reblogs": r.following, "notifying": false, "domain_blocking": false, "endorsed": false, "note": "",
        "requested_by": false, "languages": null,
    })))
}

async fn relate(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path((id, relation)): Path<(AccountId, String)>,
) -> Result<Json<Value>> {
    let mut tx = app.db.begin().await?;
    let other: Account = queries::by_id(&mut tx, id).await?;
    match relation.as_str() {
        "follow" => drop(follow::follow(&app, &mut tx, &me.account, &other, None).await?),
        "unfollow" => follow::unfollow(&app, &mut tx, &me.account, &other).await?,
        "block" => follow::block(&app, &mut tx, &me.account, &other, None).await?,
        "unblock" => follow::unblock(&app, &mut tx, &me.account, &other).await?,
        "mute" => follow::mute(&app, &mut tx, &me.account, &other).await?,
        "unmute" => queries::delete_mute(&mut tx, me.account.id, id).await?,
        "remove_from_followers" => follow::reject(&app, &mut tx, &me.account, &other).await?,
        _ => return Err(Error::NotFound),
    }
    let answer = relationship(&mut tx, &me, id).await?;
    tx.commit().await?;
    Ok(answer)
}

async fn requests(State(app): State<App>, Bearer(me): Bearer) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let pending = crate::accounts::types::FollowState::Pending;
    let listed = queries::followers(&mut tx, me.account.id, pending, i64::MAX, 80).await?;
    let accounts: Vec<_> = listed.iter().map(|l| entities::account(&app, &l.account)).collect();
    Ok(Json(accounts).into_response())
}

async fn answer(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path((id, answer)): Path<(AccountId, String)>,
) -> Result<Json<Value>> {
    let mut tx = app.db.begin().await?;
    let follower = queries::by_id(&mut tx, id).await?;
    match answer.as_str() {
        "authorize" => follow::accept(&app, &mut tx, &me.account, &follower).await?,
        "reject" => follow::reject(&app, &mut tx, &me.account, &follower).await?,
        _ => return Err(Error::NotFound),
    }
    let answer = relationship(&mut tx, &me, id).await?;
    tx.commit().await?;
    Ok(answer)
}
