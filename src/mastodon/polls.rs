//! `/api/v1/polls`: a poll has the id of its post.
//! <https://docs.joinmastodon.org/methods/polls/>
use super::entities;
use crate::{
    accounts::session::{Bearer, Reader},
    app::App,
    db::Tx,
    error::{Error, Result},
    http::{
        api::{Api, get_with, post_with},
        described::gives,
        fields::Fields,
        path::Path,
    },
    ids::{AccountId, PostId},
    posts::{actions::vote, queries, view},
};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Deserialize;

pub fn routes() -> Api {
    Api::new()
        .route("/api/v1/polls/{id}", get_with(show, gives::<entities::Poll>))
        .route("/api/v1/polls/{id}/votes", post_with(cast, gives::<entities::Poll>))
}

async fn answer(app: &App, tx: &mut Tx, viewer: Option<AccountId>, id: PostId) -> Result<Response> {
    let view = view::post(tx, viewer, id).await?;
    let poll = view.poll.as_ref().ok_or(Error::NotFound)?;
    Ok(Json(entities::poll(app, poll)).into_response())
}

async fn show(
    State(app): State<App>,
    Reader(me): Reader,
    Path(id): Path<PostId>,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    answer(&app, &mut tx, me, id).await
}

#[derive(Deserialize, JsonSchema)]
struct Ballot {
    /// Positions from 0.
    choices: Vec<i64>,
}

async fn cast(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<PostId>,
    Fields(ballot): Fields<Ballot>,
) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let post = queries::readable_by(&mut tx, me.account.id.0, id).await?.ok_or(Error::NotFound)?;
    vote::vote(&app, &mut tx, &me.account, &post, &ballot.choices).await?;
    let answer = answer(&app, &mut tx, Some(me.account.id), id).await?;
    tx.commit().await?;
    Ok(answer)
}
