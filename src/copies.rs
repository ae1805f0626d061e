//! Other servers' pictures, shown from our own address: browsers ask nobody else, and pictures stay when their server is down.
//!
//! A picture is fetched when somebody first looks at it, made anew from its pixels like an upload, and kept for a month. Those of member nodes are
//! fetched before ([`ahead`]).
pub mod ahead;

use crate::{
    accounts::{self, session::Visitor, types::Account},
    app::App,
    clock::DAY,
    error::{Error, Result},
    federation::fetch,
    ids::{self, AccountId, MediaId},
    media::{
        MediaStore,
        image::{self, Limits, Picture},
    },
    posts,
    web::assets,
};
use axum::{
    Router,
    extract::{Path, Query, State},
    http::header,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;
use std::time::Duration;
use tokio::task::spawn_blocking;

const ACCEPT: &str = "image/webp,image/png,image/jpeg,image/gif;q=0.9";
const KINDS: [(&str, &str); 2] = [("jpg", "image/jpeg"), ("png", "image/png")];
const KEPT: i64 = 30 * DAY;
/// Bytes of the largest file of which an avatar or header is made; they are shown small.
const MAX_FACE: usize = 8 << 20;

type Shape = fn(&[u8], Limits) -> Result<Picture>;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/copies/pictures/{id}", get(picture))
        .route("/copies/avatars/{id}", get(avatar))
        .route("/copies/headers/{id}", get(header_picture))
        .route(ahead::ORIGINALS, get(original))
}

/// `GET /copies/pictures/{id}`: a picture of a post, for those who may read the post.
async fn picture(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<MediaId>,
) -> Result<Response> {
    let viewer = visitor.who.map_or(0, |who| who.account.id.0);
    let mut tx = app.db.read().await?;
    let media = posts::queries::media_by_id(&mut tx, id).await?;
    let post = media.post_id.filter(|_| !media.is_local() && media.is_image());
    let post = post.ok_or(Error::NotFound)?;
    posts::queries::readable_by(&mut tx, viewer, post).await?.ok_or(Error::NotFound)?;
    drop(tx);
    let limit = app.config.max_media_bytes;
    let name = copy(&app, &media.url, image::process, limit).await.ok_or(Error::NotFound)?;
    show(&app.copies, name).await
}

/// `GET /copies/avatars/{id}`
async fn avatar(State(app): State<App>, Path(id): Path<AccountId>) -> Result<Response> {
    of_account(&app, id, |account| account.avatar, image::avatar, "avatar.svg").await
}

/// `GET /copies/headers/{id}`
async fn header_picture(State(app): State<App>, Path(id): Path<AccountId>) -> Result<Response> {
    of_account(&app, id, |account| account.header, image::header, "header.svg").await
}

#[derive(Deserialize)]
struct Wanted {
    /// The address of the picture at its own node.
    of: String,
}

/// `GET /copies/originals?of=…`: a picture that this node keeps for the others, as its own node gave it. Like there, whoever knows the address sees
/// it, as long as its post is there.
async fn original(State(app): State<App>, Query(wanted): Query<Wanted>) -> Result<Response> {
    let mut tx = app.db.read().await?;
    posts::queries::media_by_url(&mut tx, &wanted.of).await?.ok_or(Error::NotFound)?;
    drop(tx);
    let name = ahead::name(&wanted.of).ok_or(Error::NotFound)?;
    show(&app.originals, name.to_owned()).await
}

/// The copy, or the drawing that stands for nothing.
async fn of_account(
    app: &App,
    id: AccountId,
    which: fn(Account) -> Option<String>,
    shape: Shape,
    ours: &str,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let account = accounts::queries::by_id(&mut tx, id).await?;
    drop(tx);
    let address = Some(account).filter(|a| !a.local).and_then(which).ok_or(Error::NotFound)?;
    let limit = app.config.max_media_bytes.min(MAX_FACE);
    if let Some(name) = copy(app, &address, shape, limit).await {
        return show(&app.copies, name).await;
    }
    let headers = [(header::CACHE_CONTROL, "no-store")];
    Ok((headers, Redirect::temporary(assets::address(ours))).into_response())
}

/// The name of our copy. Several who ask at once wait for one fetch; what failed is not tried again for some minutes.
async fn copy(app: &App, address: &str, shape: Shape, limit: usize) -> Option<String> {
    let fetched = async {
        match kept_or_fetched(app, address, shape, limit).await {
            Ok(name) => Some(name),
            Err(e) => {
                tracing::info!(address, error = %e, "no copy of a picture");
                None
            }
        }
    };
    app.copied.get_with(address.to_owned(), fetched).await
}

async fn kept_or_fetched(app: &App, address: &str, shape: Shape, limit: usize) -> Result<String> {
    let store = app.copies.clone();
    let key = ids::sha256_hex(address.as_bytes());
    let names = KINDS.map(|(extension, _)| MediaStore::name(&key, extension));
    for name in names {
        if tokio::fs::try_exists(store.path(&name)?).await.unwrap_or(false) {
            return Ok(name);
        }
    }
    let turn = app.copies_under_way.acquire().await;
    let _turn = turn.map_err(|e| Error::Internal(e.to_string()))?;
    let file = file(app, address, limit).await?;
    make(app, address, file, shape).await
}

/// The file at an address: from its server or, when that does not answer, from a node that keeps it. Not when there is no room to keep it.
async fn file(app: &App, address: &str, limit: usize) -> Result<Vec<u8>> {
    if !app.copies.has_room()? {
        return Err(Error::Unavailable("the disk is nearly full".into()));
    }
    match fetch::file(app, address, ACCEPT, limit).await {
        Ok(fetched) => Ok(fetched.body),
        Err(e) if e.is_transient() => {
            ahead::from_keepers(app, address, limit).await.map_err(|_nobody| e)
        }
        Err(e) => Err(e),
    }
}

/// Makes the copy of a file from its pixels; its name.
async fn make(app: &App, address: &str, file: Vec<u8>, shape: Shape) -> Result<String> {
    let (store, key) = (app.copies.clone(), ids::sha256_hex(address.as_bytes()));
    let work = move |limits| {
        let picture = shape(&file, limits)?;
        let name = MediaStore::name(&key, picture.extension);
        store.keep(&name, &picture.bytes)?;
        Ok(name)
    };
    app.copying.make(work).await
}

async fn show(store: &MediaStore, name: String) -> Result<Response> {
    let bytes = tokio::fs::read(store.path(&name)?).await.map_err(|_missing| Error::NotFound)?;
    let kind = KINDS.iter().find(|(extension, _)| name.ends_with(extension));
    let headers = [
        (header::CONTENT_TYPE, kind.map_or("image/jpeg", |(_, kind)| kind)),
        (header::CACHE_CONTROL, "private, max-age=604800"),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, bytes).into_response())
}

/// Copies that are a month old go; whoever looks again fetches again.
pub async fn forget_old(app: &App) -> Result<()> {
    ahead::forget(app, app.now().plus(-KEPT)).await?;
    let store = app.copies.clone();
    let month = Duration::from_millis(KEPT.unsigned_abs());
    let work = move || store.forget_older_than(month);
    spawn_blocking(work).await.map_err(|e| Error::Internal(e.to_string()))?
}
