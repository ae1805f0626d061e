//! `/api/v1/statuses/{id}`: reading, reacting, deleting.
//! <https://docs.joinmastodon.org/methods/statuses/>
use super::{
    entities::{self, Status},
    paging::Paged,
};
use crate::{
    accounts::{
        self,
        session::{Bearer, Reader, SignedIn},
    },
    app::App,
    db::{Page, Tx},
    error::{Error, Result},
    http::{
        api::{Api, get, get_with, post, post_with, put_with},
        described::gives,
        fields::{Asked, Fields},
        path::Path,
    },
    ids::{AccountId, MediaId, PostId},
    posts::{
        actions::{change, quote, react},
        queries,
        types::{Line, Post, QuotePolicy},
        view,
    },
    remote,
    timelines::reading,
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
        .route("/api/v1/statuses", get_with(some, gives::<Vec<Status>>))
        .route(
            "/api/v1/statuses/{id}",
            get_with(show, gives::<Status>).delete_with(delete, gives::<Status>),
        )
        .route("/api/v1/statuses/{id}/context", get_with(context, gives::<Context>))
        .route("/api/v1/statuses/{id}/source", get(source))
        .route("/api/v1/statuses/{id}/history", get_with(history, gives::<Vec<entities::Version>>))
        .route(
            "/api/v1/statuses/{id}/favourited_by",
            get_with(favourited_by, gives::<Vec<entities::Account>>),
        )
        .route(
            "/api/v1/statuses/{id}/reblogged_by",
            get_with(reblogged_by, gives::<Vec<entities::Account>>),
        )
        .route("/api/v1/statuses/{id}/quotes", get_with(quotes, gives::<Vec<Status>>))
        .route(
            "/api/v1/statuses/{id}/quotes/{quote}/revoke",
            post_with(revoke_quote, gives::<Status>),
        )
        .route(
            "/api/v1/statuses/{id}/interaction_policy",
            put_with(interaction_policy, gives::<Status>),
        )
        .route("/api/v1/statuses/{id}/translate", post(translate))
        .route("/api/v1/statuses/{id}/{reaction}", post_with(reaction, gives::<Status>))
}

/// The answer of most calls: the post as the member sees it.
pub(super) async fn shown(app: &App, viewer: Option<AccountId>, id: PostId) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let view = view::post(&mut tx, viewer, id).await?;
    Ok(Json(entities::status(app, &view)).into_response())
}

async fn readable(tx: &mut Tx, viewer: Option<AccountId>, id: PostId) -> Result<Post> {
    queries::readable_by(tx, viewer.map_or(0, |v| v.0), id).await?.ok_or(Error::NotFound)
}

async fn own(tx: &mut Tx, me: &SignedIn, id: PostId) -> Result<Post> {
    let post = readable(tx, Some(me.account.id), id).await?;
    if post.account_id == me.account.id { Ok(post) } else { Err(Error::NotFound) }
}

#[derive(Deserialize, JsonSchema)]
struct Ids {
    #[serde(default)]
    id: Vec<PostId>,
}

/// Several posts; those that the member may not read are left out.
async fn some(
    State(app): State<App>,
    Reader(me): Reader,
    Asked(Ids { id }): Asked<Ids>,
) -> Result<Response> {
    const MOST: usize = 40;
    if id.len() > MOST {
        return Err(Error::Malformed(format!("id: at most {MOST}")));
    }
    let mut tx = app.db.read().await?;
    let views = view::posts(&mut tx, me, &id).await?;
    Ok(Json(entities::statuses(&app, &views)).into_response())
}

async fn show(
    State(app): State<App>,
    Reader(me): Reader,
    Path(id): Path<PostId>,
) -> Result<Response> {
    shown(&app, me, id).await
}

#[derive(Serialize, JsonSchema)]
struct Context<'a> {
    ancestors: Vec<Status<'a>>,
    descendants: Vec<Status<'a>>,
}

async fn context(
    State(app): State<App>,
    Reader(me): Reader,
    Path(id): Path<PostId>,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let thread = reading::conversation(&mut tx, me, id, None).await?;
    drop(tx);
    remote::look_for_replies(&app, &thread.post.post).await?;
    let status = |v| entities::status(&app, v);
    let context = Context {
        ancestors: thread.before.iter().map(status).collect(),
        descendants: thread.after.iter().map(|(_, v)| status(v)).collect(),
    };
    Ok(Json(context).into_response())
}

#[derive(Serialize, JsonSchema)]
struct StatusSource {
    id: PostId,
    text: String,
    spoiler_text: String,
}

/// What the author wrote, to be edited.
async fn source(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<PostId>,
) -> Result<Json<StatusSource>> {
    let mut tx = app.db.read().await?;
    let post = own(&mut tx, &me, id).await?;
    Ok(Json(StatusSource { id: post.id, text: post.source, spoiler_text: post.summary }))
}

/// Every version, oldest first.
async fn history(
    State(app): State<App>,
    Reader(me): Reader,
    Path(id): Path<PostId>,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let v = view::post(&mut tx, me, id).await?;
    let former = queries::edits(&mut tx, id).await?;
    let former =
        former.iter().map(|(html, warning, at)| entities::version(&app, &v, html, warning, *at));
    let present =
        entities::version(&app, &v, &v.post.content_html, &v.post.summary, *v.post.last_written());
    let versions: Vec<_> = former.chain([present]).collect();
    Ok(Json(versions).into_response())
}

async fn delete(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<PostId>,
) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    own(&mut tx, &me, id).await?;
    let view = view::post(&mut tx, Some(me.account.id), id).await?;
    // Programs write the post anew with the same pictures; otherwise they are tidied away after a day.
    let pictures: Vec<MediaId> = view.media.iter().map(|m| m.id).collect();
    for picture in &pictures {
        queries::detach_media(&mut tx, *picture).await?;
    }
    queries::date_media(&mut tx, &pictures, me.account.id, app.now()).await?;
    change::delete(&app, &mut tx, &me.account, id).await?;
    tx.commit().await?;
    Ok(Json(entities::deleted_status(&app, &view)).into_response())
}

/// Accounts that did something with a post that the member may read.
async fn by_whom<F>(
    app: &App,
    me: Option<AccountId>,
    id: PostId,
    paged: &Paged,
    list: F,
) -> Result<Response>
where
    F: AsyncFn(&mut Tx, PostId, Page) -> Result<Vec<accounts::queries::Listed>>,
{
    let (mut tx, page) = (app.db.read().await?, paged.accounts());
    readable(&mut tx, me, id).await?;
    let listed = list(&mut tx, id, page).await?;
    let cursors: Vec<i64> = listed.iter().map(|l| l.cursor).collect();
    let shown = listed.iter().filter(|l| l.account.is_shown());
    let items: Vec<_> = shown.map(|l| entities::account(app, &l.account)).collect();
    Ok(paged.answer(app, page, &cursors, items))
}

async fn favourited_by(
    State(app): State<App>,
    Reader(me): Reader,
    Path(id): Path<PostId>,
    paged: Paged,
) -> Result<Response> {
    by_whom(&app, me, id, &paged, queries::likers).await
}

async fn reblogged_by(
    State(app): State<App>,
    Reader(me): Reader,
    Path(id): Path<PostId>,
    paged: Paged,
) -> Result<Response> {
    by_whom(&app, me, id, &paged, queries::boosters).await
}

/// The posts that quote this one, as far as the member may read them.
async fn quotes(
    State(app): State<App>,
    Reader(me): Reader,
    Path(id): Path<PostId>,
    paged: Paged,
) -> Result<Response> {
    let (mut tx, page) = (app.db.read().await?, paged.statuses());
    readable(&mut tx, me, id).await?;
    let ids = queries::quoting(&mut tx, id, page).await?;
    let views = view::posts(&mut tx, me, &ids).await?;
    let cursors: Vec<i64> = ids.iter().map(|id| id.0).collect();
    Ok(paged.answer(&app, page, &cursors, entities::statuses(&app, &views)))
}

async fn revoke_quote(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path((id, quoting)): Path<(PostId, PostId)>,
) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let post = readable(&mut tx, Some(me.account.id), quoting).await?;
    if post.quote_id != Some(id) {
        return Err(Error::NotFound);
    }
    quote::revoke(&app, &mut tx, &me.account, &post).await?;
    tx.commit().await?;
    shown(&app, Some(me.account.id), quoting).await
}

/// Nothing is translated here: who may read the post is told so as Mastodon does where no translator is set up.
async fn translate(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<PostId>,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    readable(&mut tx, Some(me.account.id), id).await?;
    Err(Error::NotFound)
}

#[derive(Deserialize, JsonSchema)]
struct Interaction {
    quote_approval_policy: QuotePolicy,
}

/// Who may quote the post from now on.
async fn interaction_policy(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<PostId>,
    Fields(wanted): Fields<Interaction>,
) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    quote::set_policy(&app, &mut tx, &me.account, id, wanted.quote_approval_policy).await?;
    tx.commit().await?;
    shown(&app, Some(me.account.id), id).await
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Reaction {
    Favourite,
    Unfavourite,
    Reblog,
    Unreblog,
    Bookmark,
    Unbookmark,
    Pin,
    Unpin,
    Mute,
    Unmute,
}

async fn reaction(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path((id, what)): Path<(PostId, Reaction)>,
) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let post = readable(&mut tx, Some(me.account.id), id).await?;
    match what {
        Reaction::Favourite => react::like(&app, &mut tx, &me.account, &post, None, "").await?,
        Reaction::Unfavourite => react::unlike(&app, &mut tx, &me.account, &post, "").await?,
        Reaction::Reblog => return reblog(&app, tx, &me, &post).await,
        Reaction::Unreblog => react::unboost(&app, &mut tx, &me.account, &post).await?,
        Reaction::Bookmark => react::bookmark(&app, &mut tx, &me.account, &post, true).await?,
        Reaction::Unbookmark => react::bookmark(&app, &mut tx, &me.account, &post, false).await?,
        Reaction::Pin => change::pin(&app, &mut tx, &me.account, id, true).await?,
        Reaction::Unpin => change::pin(&app, &mut tx, &me.account, id, false).await?,
        Reaction::Mute => mute(&mut tx, me.account.id, &post, true).await?,
        Reaction::Unmute => mute(&mut tx, me.account.id, &post, false).await?,
    }
    tx.commit().await?;
    shown(&app, Some(me.account.id), id).await
}

async fn mute(tx: &mut Tx, me: AccountId, post: &Post, muted: bool) -> Result<()> {
    queries::set_thread_mute(tx, me, post.thread_id, muted).await
}

/// Answers with the boost, and what is boosted inside it.
async fn reblog(app: &App, mut tx: Tx, me: &SignedIn, post: &Post) -> Result<Response> {
    react::boost(app, &mut tx, &me.account, post, None).await?;
    let boost = queries::boost_of(&mut tx, me.account.id, post.id).await?.ok_or(Error::NotFound)?;
    tx.commit().await?;
    let mut tx = app.db.read().await?;
    let line = Line { id: boost.id, post_id: post.id, booster_id: Some(me.account.id) };
    let views = view::lines(&mut tx, Some(me.account.id), &[line]).await?;
    let view = views.first().ok_or(Error::NotFound)?;
    Ok(Json(entities::status(app, view)).into_response())
}
