//! Timelines: home, this node, everything known, a hashtag, bookmarks, likes.
use super::{
    super::{
        queries::{self, Wanted},
        tagged::{self, Tagged},
        types::Pager,
    },
    Place,
};
use crate::{
    accounts::session::SignedIn,
    app::App,
    db::{Page as Part, Tx},
    error::{Error, Result},
    posts::{
        article::Article,
        composer::{Composer, ComposerForm, Purpose},
        types::{Audience, Line},
        view::{self, PostView},
    },
    web::{Html, Page},
};
use askama::Template;
use axum::{
    Router,
    extract::{Path, Query, State},
    routing::get,
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/home", get(home))
        .route("/local", get(local))
        .route("/network/posts", get(network))
        .route("/known", get(known))
        .route("/tags/{tag}", get(tag))
        .route("/bookmarks", get(bookmarks))
        .route("/likes", get(likes))
}

#[derive(Template)]
#[template(path = "timelines/list.html")]
struct List {
    page: Page,
    title: String,
    /// What to do when nothing is there.
    empty: &'static str,
    composer: Option<Composer>,
    posts: Vec<PostView>,
    pager: Pager,
    /// Not for search engines: it changes all the time.
    is_hidden: bool,
}

impl List {
    async fn of(
        tx: &mut Tx,
        page: Page,
        part: Part,
        lines: &[Line],
        (title, empty): (String, &'static str),
    ) -> Result<Html<Self>> {
        let posts = view::lines(tx, page.me.as_ref().map(|me| me.id), lines).await?;
        let path = page.path.split('?').next().unwrap_or("/").to_owned();
        let ids: Vec<i64> = lines.iter().map(|l| l.id).collect();
        let pager = Pager::of(&path, &[], part, &ids);
        let is_hidden = pager.newest.is_some() || page.me.is_some();
        Ok(Html(Self { page, title, empty, composer: None, posts, pager, is_hidden }))
    }
}

/// The form for a new post, which stands on the first page of a list.
fn new_post(app: &App, page: &Page, place: &Place) -> Option<Composer> {
    let me = page.me.as_ref().filter(|_| place.before.is_none())?;
    Some(Composer::new(me, Purpose::New, page.lang.code(), app.config.max_post_chars))
}

/// `GET /home`: whom the member follows, and the form to write in.
async fn home(
    State(app): State<App>,
    who: SignedIn,
    page: Page,
    Query(place): Query<Place>,
) -> Result<Html<List>> {
    let part = place.part()?;
    let page = page.at("talk", "home");
    let mut tx = app.db.read().await?;
    let lines = queries::home(&mut tx, who.account.id, part).await?;
    let composer = new_post(&app, &page, &place);
    let words = (page.t("nav-home").to_owned(), "empty-home");
    let Html(list) = List::of(&mut tx, page, part, &lines, words).await?;
    Ok(Html(List { composer, ..list }))
}

/// `GET /local`: what this node's members say; to visitors only what is public.
async fn local(
    State(app): State<App>,
    page: Page,
    Query(place): Query<Place>,
) -> Result<Html<List>> {
    let part = place.part()?;
    let mut tx = app.db.read().await?;
    let lines = match &page.me {
        Some(me) => queries::chapter(&mut tx, me.id, part).await?,
        None => queries::local(&mut tx, 0, false, part).await?,
    };
    let words = (page.t("nav-local").to_owned(), "empty-local");
    List::of(&mut tx, page.at("talk", "local"), part, &lines, words).await
}

/// `GET /network/posts`: what members of all nodes say, and the form to say something to them.
async fn network(
    State(app): State<App>,
    who: SignedIn,
    page: Page,
    Query(place): Query<Place>,
) -> Result<Html<List>> {
    let part = place.part()?;
    let page = page.at("talk", "network");
    let name = page.network.as_ref().ok_or(Error::NotFound)?.roster.name.clone();
    let mut tx = app.db.read().await?;
    let lines = queries::network(&mut tx, who.account.id, part).await?;
    let to_network = |empty| Composer { audience: Audience::Network, ..empty };
    let composer = new_post(&app, &page, &place).map(to_network);
    let Html(list) = List::of(&mut tx, page, part, &lines, (name, "empty-network")).await?;
    Ok(Html(List { composer, ..list }))
}

/// `GET /known`: every public post of which this node has a copy.
async fn known(
    State(app): State<App>,
    who: SignedIn,
    page: Page,
    Query(place): Query<Place>,
) -> Result<Html<List>> {
    let part = place.part()?;
    let mut tx = app.db.read().await?;
    let lines = queries::known(&mut tx, who.account.id.0, Wanted::default(), part).await?;
    let words = (page.t("nav-known-long").to_owned(), "empty-known");
    List::of(&mut tx, page.at("talk", "known"), part, &lines, words).await
}

/// `GET /tags/{tag}`.
async fn tag(
    State(app): State<App>,
    page: Page,
    Path(tag): Path<String>,
    Query(place): Query<Place>,
) -> Result<Html<List>> {
    let part = place.part()?;
    let mut tx = app.db.read().await?;
    let reader = page.me.as_ref().map_or(0, |me| me.id.0);
    let lines = tagged::timeline(&mut tx, reader, &Tagged::new(&tag), part).await?;
    let words = (format!("#{tag}"), "empty-tag");
    List::of(&mut tx, page.at("talk", "tag"), part, &lines, words).await
}

async fn bookmarks(
    State(app): State<App>,
    who: SignedIn,
    page: Page,
    Query(place): Query<Place>,
) -> Result<Html<List>> {
    let part = place.part()?;
    let mut tx = app.db.read().await?;
    let lines = queries::bookmarks(&mut tx, who.account.id, part).await?;
    let words = (page.t("nav-bookmarks").to_owned(), "empty-bookmarks");
    List::of(&mut tx, page.at("talk", "bookmarks"), part, &lines, words).await
}

async fn likes(
    State(app): State<App>,
    who: SignedIn,
    page: Page,
    Query(place): Query<Place>,
) -> Result<Html<List>> {
    let part = place.part()?;
    let mut tx = app.db.read().await?;
    let lines = queries::likes(&mut tx, who.account.id, part).await?;
    let words = (page.t("nav-likes").to_owned(), "empty-likes");
    List::of(&mut tx, page.at("talk", "likes"), part, &lines, words).await
}
