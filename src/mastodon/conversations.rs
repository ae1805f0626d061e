//! `/api/v1/conversations`: direct posts by thread.
//! <https://docs.joinmastodon.org/methods/conversations/>
use super::{entities, paging::Paged};
use crate::{
    accounts::session::Bearer,
    app::App,
    db::Tx,
    error::{Error, Result},
    feeds::conversations::{self, Conversation},
    http::{
        api::{Api, delete, get_with, post_with},
        described::{Empty, gives},
        path::Path,
    },
    ids::{AccountId, PostId},
    posts::view::{self, PostView},
};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub fn routes() -> Api {
    Api::new()
        .route("/api/v1/conversations", get_with(list, gives::<Vec<Entity>>))
        .route("/api/v1/conversations/{id}", delete(remove))
        .route("/api/v1/conversations/{id}/{mark}", post_with(mark, gives::<Entity>))
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Conversation")]
pub struct Entity<'a> {
    id: PostId,
    unread: bool,
    accounts: Vec<entities::Account<'a>>,
    last_status: entities::Status<'a>,
}

/// A conversation as `me` sees it; `v` is its newest post.
pub fn entity<'a>(app: &App, me: AccountId, c: &Conversation, v: &'a PostView) -> Entity<'a> {
    let mut others: Vec<_> =
        std::iter::once(&v.author).chain(&v.mentions).chain(&v.reply_to).collect();
    others.retain(|a| a.id != me);
    others.sort_by_key(|a| a.id);
    others.dedup_by_key(|a| a.id);
    Entity {
        id: c.thread_id,
        unread: c.unread,
        accounts: others.into_iter().map(|a| entities::account(app, a)).collect(),
        last_status: entities::status(app, v),
    }
}

async fn list(State(app): State<App>, Bearer(me): Bearer, paged: Paged) -> Result<Response> {
    let page = paged.statuses();
    let mut tx = app.db.read().await?;
    let found = conversations::page(&mut tx, me.account.id, page).await?;
    let ids: Vec<PostId> = found.iter().map(|c| c.last_id).collect();
    let views = view::posts(&mut tx, Some(me.account.id), &ids).await?;
    let items: Vec<Entity> = found
        .iter()
        .filter_map(|c| {
            let last = views.iter().find(|v| v.post.id == c.last_id)?;
            Some(entity(&app, me.account.id, c, last))
        })
        .collect();
    let cursors: Vec<i64> = ids.iter().map(|id| id.0).collect();
    Ok(paged.answer(&app, page, &cursors, items))
}

async fn own(tx: &mut Tx, me: AccountId, id: PostId) -> Result<Conversation> {
    conversations::by_thread(tx, me, id).await?.ok_or(Error::NotFound)
}

async fn remove(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<PostId>,
) -> Result<Json<Empty>> {
    let mut tx = app.db.begin().await?;
    let known = own(&mut tx, me.account.id, id).await?;
    conversations::delete(&mut tx, me.account.id, known.thread_id).await?;
    tx.commit().await?;
    Ok(Json(Empty {}))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Mark {
    Read,
    Unread,
}

async fn mark(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path((id, mark)): Path<(PostId, Mark)>,
) -> Result<Response> {
    let unread = mark == Mark::Unread;
    let mut tx = app.db.begin().await?;
    let known = own(&mut tx, me.account.id, id).await?;
    conversations::mark(&mut tx, me.account.id, id, unread).await?;
    let last = view::post(&mut tx, Some(me.account.id), known.last_id).await?;
    tx.commit().await?;
    let now = Conversation { unread, ..known };
    Ok(Json(entity(&app, me.account.id, &now, &last)).into_response())
}
