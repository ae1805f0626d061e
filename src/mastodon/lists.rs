//! `/api/v1/lists`: the member's lists of accounts, who is on them, and their timelines.
//! <https://docs.joinmastodon.org/methods/lists/>
use super::{entities, paging::Paged, people, timelines::statuses};
use crate::{
    accounts::{
        actions,
        lists::{self, List, Replies},
        session::Bearer,
    },
    app::App,
    db::{Page, Tx},
    error::{Error, Result},
    http::{
        api::{Api, get_with},
        described::{Empty, gives},
        fields::{Asked, Fields},
        path::Path,
    },
    ids::AccountId,
    timelines::queries,
};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Accounts that one request may name.
const MOST: usize = 200;

pub fn routes() -> Api {
    Api::new()
        .route(
            "/api/v1/lists",
            get_with(all, gives::<Vec<Entity>>).post_with(create, gives::<Entity>),
        )
        .route(
            "/api/v1/lists/{id}",
            get_with(show, gives::<Entity>).put_with(update, gives::<Entity>).delete(delete),
        )
        .route(
            "/api/v1/lists/{id}/accounts",
            get_with(accounts, gives::<Vec<entities::Account>>).post(add).delete(remove),
        )
        .route("/api/v1/accounts/{id}/lists", get_with(with, gives::<Vec<Entity>>))
        .route("/api/v1/timelines/list/{id}", get_with(timeline, gives::<Vec<entities::Status>>))
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "List")]
struct Entity<'a> {
    id: String,
    title: &'a str,
    replies_policy: Replies,
    exclusive: bool,
}

fn entity(l: &List) -> Entity<'_> {
    Entity {
        id: l.id.to_string(),
        title: &l.title,
        replies_policy: l.replies,
        exclusive: l.exclusive,
    }
}

fn entities_of(lists: &[List]) -> Response {
    Json(lists.iter().map(entity).collect::<Vec<_>>()).into_response()
}

async fn own(tx: &mut Tx, me: AccountId, id: i64) -> Result<List> {
    lists::list(tx, me, id).await?.ok_or(Error::NotFound)
}

async fn all(State(app): State<App>, Bearer(me): Bearer) -> Result<Response> {
    let mut tx = app.db.read().await?;
    Ok(entities_of(&lists::lists(&mut tx, me.account.id).await?))
}

async fn with(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<AccountId>,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    Ok(entities_of(&lists::lists_with(&mut tx, me.account.id, id).await?))
}

async fn show(State(app): State<App>, Bearer(me): Bearer, Path(id): Path<i64>) -> Result<Response> {
    let mut tx = app.db.read().await?;
    Ok(Json(entity(&own(&mut tx, me.account.id, id).await?)).into_response())
}

/// What is not named stays as it is.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "NewList")]
struct Sent {
    title: Option<String>,
    replies_policy: Option<Replies>,
    exclusive: Option<bool>,
}

impl Sent {
    fn put(self, list: List) -> List {
        List {
            title: self.title.unwrap_or(list.title),
            replies: self.replies_policy.unwrap_or(list.replies),
            exclusive: self.exclusive.unwrap_or(list.exclusive),
            ..list
        }
    }
}

async fn create(
    State(app): State<App>,
    Bearer(me): Bearer,
    Fields(sent): Fields<Sent>,
) -> Result<Response> {
    let new = List {
        id: app.next_id(),
        account_id: me.account.id,
        title: String::new(),
        replies: Replies::List,
        exclusive: false,
    };
    let mut tx = app.db.begin().await?;
    let list = actions::lists::save(&mut tx, sent.put(new)).await?;
    tx.commit().await?;
    Ok(Json(entity(&list)).into_response())
}

async fn update(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<i64>,
    Fields(sent): Fields<Sent>,
) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let known = own(&mut tx, me.account.id, id).await?;
    let list = actions::lists::save(&mut tx, sent.put(known)).await?;
    tx.commit().await?;
    Ok(Json(entity(&list)).into_response())
}

async fn delete(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<i64>,
) -> Result<Json<Empty>> {
    let mut tx = app.db.begin().await?;
    let list = own(&mut tx, me.account.id, id).await?;
    lists::delete(&mut tx, list.id).await?;
    tx.commit().await?;
    Ok(Json(Empty {}))
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Limit {
    limit: Option<i64>,
}

/// `limit=0` asks for all of them.
async fn accounts(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<i64>,
    Asked(asked): Asked<Limit>,
    paged: Paged,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let list = own(&mut tx, me.account.id, id).await?;
    let page = if asked.limit == Some(0) {
        Page { limit: List::MAX_ACCOUNTS, ..Page::first() }
    } else {
        paged.accounts()
    };
    let listed = lists::accounts(&mut tx, list.id, page).await?;
    Ok(people::page_of(&app, &paged, page, &listed))
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Who {
    account_ids: Vec<AccountId>,
}

impl Who {
    fn ids(mut self) -> Result<Vec<AccountId>> {
        self.account_ids.sort_unstable();
        self.account_ids.dedup();
        if self.account_ids.len() > MOST {
            return Err(Error::Malformed(format!("account_ids: at most {MOST}")));
        }
        Ok(self.account_ids)
    }
}

async fn add(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<i64>,
    Fields(who): Fields<Who>,
) -> Result<Json<Empty>> {
    let who = who.ids()?;
    let mut tx = app.db.begin().await?;
    let list = own(&mut tx, me.account.id, id).await?;
    actions::lists::add(&app, &mut tx, &me.account, &list, &who).await?;
    tx.commit().await?;
    Ok(Json(Empty {}))
}

async fn remove(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<i64>,
    Fields(who): Fields<Who>,
) -> Result<Json<Empty>> {
    let who = who.ids()?;
    let mut tx = app.db.begin().await?;
    let list = own(&mut tx, me.account.id, id).await?;
    lists::remove(&mut tx, list.id, &who).await?;
    tx.commit().await?;
    Ok(Json(Empty {}))
}

async fn timeline(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<i64>,
    paged: Paged,
) -> Result<Response> {
    let page = paged.statuses();
    let mut tx = app.db.read().await?;
    let list = own(&mut tx, me.account.id, id).await?;
    let lines = queries::list(&mut tx, list.id, page).await?;
    statuses(&app, tx, Some(me.account.id), (&paged, page), &lines).await
}
