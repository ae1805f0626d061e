//! Pages and forms of single posts: writing, changing, deleting, reacting. A handler parses, calls actions, answers.
mod attend;
mod change;
mod complete;
mod lost;
mod pictures;
mod react;
mod write;

use crate::{
    accounts::page::by_acct,
    app::App,
    db::Tx,
    error::{Error, Result},
    ids::PostId,
    posts::{
        queries,
        types::Post,
        view::{self, PostView},
    },
    web::Me,
};
use axum::Router;

pub fn routes(app: &App) -> Router<App> {
    Router::new()
        .merge(write::routes(app))
        .merge(change::routes(app))
        .merge(react::routes())
        .merge(attend::routes())
        .merge(complete::routes())
}

/// The post of the address `/@acct/id`, if `viewer` may read it.
async fn readable(app: &App, tx: &mut Tx, viewer: i64, acct: &str, id: PostId) -> Result<Post> {
    let author = by_acct(app, tx, acct).await?;
    let post = queries::readable_by(tx, viewer, id).await?;
    post.filter(|p| p.account_id == author.id).ok_or(Error::NotFound)
}

/// The same, with its surroundings.
async fn shown(
    app: &App,
    tx: &mut Tx,
    me: Option<&Me>,
    acct: &str,
    id: PostId,
) -> Result<PostView> {
    let viewer = me.map(|me| me.id);
    let post = readable(app, tx, viewer.map_or(0, |v| v.0), acct, id).await?;
    view::post(tx, viewer, post.id).await
}
