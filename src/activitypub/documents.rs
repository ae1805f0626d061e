//! `GET` of actors, posts and collections in `application/activity+json`. Browsers that ask for the same address are sent to the page.
use crate::{
    accounts::{
        self,
        collections::{self as people, Side},
        details::{self, types::Audience},
        types::Account,
    },
    app::App,
    authenticate::{self, Request as Signed},
    db::Tx,
    error::{Error, Result},
    http::negotiate::{ActivityJson, wants_activity_json},
    ids::PostId,
    posts::{self, collections as documents, types::Post},
};
use axum::{
    Router,
    extract::{FromRequestParts, OriginalUri, Path, Query, State},
    http::{HeaderMap, Method, request::Parts},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;
use serde_json::Value;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/actor", get(instance_actor))
        .route("/actor/outbox", get(instance_outbox))
        .route("/users/{name}", get(actor))
        .route("/users/{name}/main-key", get(actor))
        .route("/users/{name}/followers", get(followers))
        .route("/users/{name}/following", get(following))
        .route("/users/{name}/followers_synchronization", get(followers_synchronization))
        .route("/users/{name}/outbox", get(outbox))
        .route("/users/{name}/featured", get(featured))
        .route("/users/{name}/boosts/{id}", get(boost))
        .route("/users/{name}/announces/{digest}", get(announce))
        .route("/users/{name}/posts/{id}", get(post))
        .route("/users/{name}/posts/{id}/activity", get(create))
        .route("/users/{name}/posts/{id}/replies", get(replies))
        .route("/users/{name}/posts/{id}/likes", get(likes))
        .route("/users/{name}/posts/{id}/shares", get(shares))
        .route("/users/{name}/posts/{id}/quotes", get(stamp))
        .route("/contexts/{id}", get(context))
}

/// Who reads: checked by signature where there is one, and required to sign where the node asks for it.
pub(super) struct Reader(pub(super) Option<Account>);

impl FromRequestParts<App> for Reader {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let original =
            parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |OriginalUri(uri)| uri);
        let signed = Signed {
            method: &Method::GET,
            path_and_query: original
                .path_and_query()
                .map_or("/", axum::http::uri::PathAndQuery::as_str),
            headers: &parts.headers,
            authority: original.authority().map(axum::http::uri::Authority::as_str),
            body: None,
        };
        authenticate::reader(app, &signed).await.map(Self)
    }
}

#[derive(Deserialize)]
struct Paging {
    page: Option<String>,
}

impl Paging {
    /// None: the collection itself. `true` is how many servers ask for the first page.
    fn position(&self, first: i64) -> Result<Option<i64>> {
        match self.page.as_deref() {
            None => Ok(None),
            Some("true") => Ok(Some(first)),
            Some(number) => {
                number.parse().map(Some).map_err(|e| Error::Malformed(format!("page: {e}")))
            }
        }
    }
}

async fn instance_actor(State(app): State<App>) -> Result<ActivityJson> {
    people::instance_actor(&app).await.map(ActivityJson)
}

async fn instance_outbox(State(app): State<App>) -> ActivityJson {
    ActivityJson(crate::federation::context::with_context(serde_json::json!({
        "id": app.url("/actor/outbox"), "type": "OrderedCollection", "totalItems": 0, "orderedItems": [],
    })))
}

/// The actor document. Where requests must be signed, an unsigned one gets the key alone, so that signatures can be checked at all.
async fn actor(State(app): State<App>, Path(name): Path<String>, parts: Parts) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let account = people::local(&app, &mut tx, &name).await?;
    let public = details::queries::seen_by(&mut tx, Audience::Public, account.id).await?;
    drop(tx);
    if !wants_activity_json(&parts.headers) {
        return Ok(Redirect::to(&account.path()).into_response());
    }
    let mut parts = parts;
    let document = match Reader::from_request_parts(&mut parts, &app).await {
        Ok(_) => accounts::wire::actor(&app, &account.as_strangers_see_it(), &public),
        Err(Error::Signature(_)) if !is_signed(&parts.headers) => {
            accounts::wire::key_stub(&account)
        }
        Err(e) => return Err(e),
    };
    Ok(ActivityJson(document).into_response())
}

fn is_signed(headers: &HeaderMap) -> bool {
    headers.contains_key("signature") || headers.contains_key("signature-input")
}

async fn followers(
    State(app): State<App>,
    _: Reader,
    Path(name): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<ActivityJson> {
    follows(&app, &name, Side::Followers, &paging).await
}

async fn following(
    State(app): State<App>,
    _: Reader,
    Path(name): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<ActivityJson> {
    follows(&app, &name, Side::Following, &paging).await
}

async fn follows(app: &App, name: &str, side: Side, paging: &Paging) -> Result<ActivityJson> {
    let mut tx = app.db.read().await?;
    let account = people::local(app, &mut tx, name).await?;
    people::follows(&mut tx, &account, side, paging.position(i64::MAX)?).await.map(ActivityJson)
}

async fn followers_synchronization(
    State(app): State<App>,
    Reader(reader): Reader,
    Path(name): Path<String>,
) -> Result<ActivityJson> {
    let reader =
        reader.ok_or_else(|| Error::Signature("this list is for the signer's server".into()))?;
    let mut tx = app.db.read().await?;
    let account = people::local(&app, &mut tx, &name).await?;
    people::followers_synchronization(&mut tx, &account, &reader).await.map(ActivityJson)
}

async fn outbox(
    State(app): State<App>,
    _: Reader,
    Path(name): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<ActivityJson> {
    let mut tx = app.db.read().await?;
    let author = people::speaking(&app, &mut tx, &name).await?;
    documents::outbox(&app, &mut tx, &author, paging.position(i64::MAX)?).await.map(ActivityJson)
}

async fn featured(
    State(app): State<App>,
    _: Reader,
    Path(name): Path<String>,
) -> Result<ActivityJson> {
    let mut tx = app.db.read().await?;
    let author = people::speaking(&app, &mut tx, &name).await?;
    documents::featured(&app, &mut tx, &author).await.map(ActivityJson)
}

async fn boost(
    State(app): State<App>,
    _: Reader,
    Path((name, id)): Path<(String, i64)>,
) -> Result<ActivityJson> {
    let mut tx = app.db.read().await?;
    let booster = people::speaking(&app, &mut tx, &name).await?;
    documents::announce(&mut tx, &booster, id).await.map(ActivityJson)
}

async fn announce(
    State(app): State<App>,
    _: Reader,
    Path((name, digest)): Path<(String, String)>,
) -> Result<ActivityJson> {
    let mut tx = app.db.read().await?;
    let group = people::speaking(&app, &mut tx, &name).await?;
    documents::announced_once(&mut tx, &group, &digest).await.map(ActivityJson)
}

/// The author and a post that the reader may read.
async fn found(
    app: &App,
    tx: &mut Tx,
    reader: Option<&Account>,
    name: &str,
    id: PostId,
) -> Result<(Account, Post)> {
    let author = people::speaking(app, tx, name).await?;
    let post = documents::local(tx, &author, id, reader).await?;
    Ok((author, post))
}

async fn post(
    State(app): State<App>,
    Path((name, id)): Path<(String, PostId)>,
    parts: Parts,
) -> Result<Response> {
    if !wants_activity_json(&parts.headers) {
        return Ok(Redirect::to(&format!("/@{name}/{id}")).into_response());
    }
    let mut parts = parts;
    let Reader(reader) = Reader::from_request_parts(&mut parts, &app).await?;
    let mut tx = app.db.read().await?;
    let (author, post) = found(&app, &mut tx, reader.as_ref(), &name, id).await?;
    let note = documents::note(&app, &mut tx, author, post).await?;
    Ok(ActivityJson(note).into_response())
}

async fn create(
    State(app): State<App>,
    Reader(reader): Reader,
    Path((name, id)): Path<(String, PostId)>,
) -> Result<ActivityJson> {
    let mut tx = app.db.read().await?;
    let (author, post) = found(&app, &mut tx, reader.as_ref(), &name, id).await?;
    documents::create(&app, &mut tx, author, post).await.map(ActivityJson)
}

async fn replies(
    State(app): State<App>,
    Reader(reader): Reader,
    Path((name, id)): Path<(String, PostId)>,
    Query(paging): Query<Paging>,
) -> Result<ActivityJson> {
    let mut tx = app.db.read().await?;
    let (_, post) = found(&app, &mut tx, reader.as_ref(), &name, id).await?;
    let after = paging.position(0)?.map(PostId);
    documents::replies(&mut tx, &post, after).await.map(ActivityJson)
}

async fn likes(
    State(app): State<App>,
    Reader(reader): Reader,
    Path((name, id)): Path<(String, PostId)>,
) -> Result<ActivityJson> {
    let mut tx = app.db.read().await?;
    let (_, post) = found(&app, &mut tx, reader.as_ref(), &name, id).await?;
    Ok(ActivityJson(documents::counted(&post, "likes", post.likes_count)))
}

async fn shares(
    State(app): State<App>,
    Reader(reader): Reader,
    Path((name, id)): Path<(String, PostId)>,
) -> Result<ActivityJson> {
    let mut tx = app.db.read().await?;
    let (_, post) = found(&app, &mut tx, reader.as_ref(), &name, id).await?;
    Ok(ActivityJson(documents::counted(&post, "shares", post.boosts_count)))
}

#[derive(Deserialize)]
struct By {
    by: String,
}

async fn stamp(
    State(app): State<App>,
    Reader(reader): Reader,
    Path((name, id)): Path<(String, PostId)>,
    Query(By { by }): Query<By>,
) -> Result<ActivityJson> {
    let mut tx = app.db.read().await?;
    let (author, quoted) = found(&app, &mut tx, reader.as_ref(), &name, id).await?;
    documents::stamp(&mut tx, &author, &quoted, &by).await.map(ActivityJson)
}

async fn context(
    State(app): State<App>,
    _: Reader,
    Path(id): Path<PostId>,
    Query(paging): Query<Paging>,
) -> Result<ActivityJson> {
    let mut tx = app.db.read().await?;
    let after = paging.position(0)?.map(PostId);
    let document: Value = posts::collections::context(&app, &mut tx, id, after).await?;
    Ok(ActivityJson(document))
}
