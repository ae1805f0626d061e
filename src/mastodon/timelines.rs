//! `/api/v1/timelines`, `/api/v1/notifications` and search: pages with `Link` headers.
use super::entities;
use crate::{
    accounts::session::Bearer,
    app::App,
    error::{Error, Result},
    http::fields::Asked,
    ids::AccountId,
    posts::{
        types::Line,
        view::{self, PostView},
    },
    remote::{self, Resolved},
    timelines::{
        queries::{self, Tab},
        reading::{self, Found},
        types::Page,
    },
};
use axum::{
    Json, Router,
    extract::{OriginalUri, Path, State},
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::{Deserialize, Serialize};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/timelines/home", get(home))
        .route("/api/v1/timelines/public", get(public))
        .route("/api/v1/timelines/tag/{tag}", get(tag))
        .route("/api/v1/accounts/{id}/statuses", get(by_account))
        .route("/api/v1/notifications", get(notifications))
        .route("/api/v2/search", get(search))
}

#[derive(Debug, Default, Deserialize)]
struct Paging {
    max_id: Option<String>,
    since_id: Option<String>,
    min_id: Option<String>,
    limit: Option<String>,
    #[serde(default)]
    local: bool,
}

impl Paging {
    fn page(&self) -> Result<Page> {
        let after = self.min_id.as_deref().or(self.since_id.as_deref());
        Page::parse(self.max_id.as_deref(), after, self.limit.as_deref())
    }
}

/// The items with the addresses of the pages before and after.
fn page_of<T: Serialize>(
    app: &App,
    path: &str,
    cursors: (Option<i64>, Option<i64>),
    items: Vec<T>,
) -> Response {
    let mut response = Json(items).into_response();
    if let (Some(newest), Some(oldest)) = cursors {
        let base = app.url(path);
        let link = format!(
            r#"<{base}?max_id={oldest}>; rel="next", <{base}?min_id={newest}>; rel="prev""#
        );
        if let Ok(value) = link.parse() {
            response.headers_mut().insert(header::LINK, value);
        }
    }
    response
}

fn statuses(app: &App, path: &str, lines: &[Line], views: &[PostView]) -> Response {
    let items = views.iter().map(|v| entities::status(app, v)).collect();
    page_of(app, path, (lines.first().map(|l| l.id), lines.last().map(|l| l.id)), items)
}

async fn home(
    State(app): State<App>,
    Bearer(me): Bearer,
    OriginalUri(uri): OriginalUri,
    Asked(paging): Asked<Paging>,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let lines = queries::home(&mut tx, me.account.id, paging.page()?).await?;
    let views = view::lines(&mut tx, Some(me.account.id), &lines).await?;
    Ok(statuses(&app, uri.path(), &lines, &views))
}

async fn public(
    State(app): State<App>,
    Bearer(me): Bearer,
    OriginalUri(uri): OriginalUri,
    Asked(paging): Asked<Paging>,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let lines = if paging.local {
        queries::local(&mut tx, paging.page()?).await?
    } else {
        queries::known(&mut tx, me.account.id, paging.page()?).await?
    };
    let views = view::lines(&mut tx, Some(me.account.id), &lines).await?;
    Ok(statuses(&app, uri.path(), &lines, &views))
}

async fn tag(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(tag): Path<String>,
    OriginalUri(uri): OriginalUri,
    Asked(paging): Asked<Paging>,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let key = crate::posts::read::tag_key(&tag);
    let lines = queries::tag(&mut tx, &key, paging.page()?).await?;
    let views = view::lines(&mut tx, Some(me.account.id), &lines).await?;
    Ok(statuses(&app, uri.path(), &lines, &views))
}

async fn by_account(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<crate::ids::AccountId>,
    OriginalUri(uri): OriginalUri,
    Asked(paging): Asked<Paging>,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let lines =
        queries::profile(&mut tx, me.account.id.0, id, Tab::Replies, paging.page()?).await?;
    let views = view::lines(&mut tx, Some(me.account.id), &lines).await?;
    Ok(statuses(&app, uri.path(), &lines, &views))
}

async fn notifications(
    State(app): State<App>,
    Bearer(me): Bearer,
    OriginalUri(uri): OriginalUri,
    Asked(paging): Asked<Paging>,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let found = reading::notifications(&mut tx, me.account.id, paging.page()?).await?;
    let items = found.iter().map(|n| entities::notification(&app, n)).collect();
    let cursors = (found.first().map(|n| n.id), found.last().map(|n| n.id));
    Ok(page_of(&app, uri.path(), cursors, items))
}

#[derive(Debug, Deserialize)]
struct Search {
    q: String,
    #[serde(default)]
    resolve: bool,
}

#[derive(Serialize)]
struct Results<'a> {
    accounts: Vec<entities::Account<'a>>,
    statuses: Vec<entities::Status<'a>>,
    hashtags: Vec<entities::Tag<'a>>,
}

/// Finds accounts, tags and posts; with `resolve=true` a handle or address is looked up at its own server.
async fn search(
    State(app): State<App>,
    Bearer(me): Bearer,
    Asked(query): Asked<Search>,
) -> Result<Response> {
    if query.q.chars().count() > 500 {
        return Err(Error::Invalid("search-too-long", 500));
    }
    let resolved = if query.resolve { resolve(&app, me.account.id, &query.q).await? } else { None };
    let found = match resolved {
        Some(found) => found,
        None => reading::search(&app, me.account.id, &query.q, Page::first()).await?,
    };
    let results = Json(Results {
        accounts: found.accounts.iter().map(|a| entities::account(&app, a)).collect(),
        statuses: found.posts.iter().map(|p| entities::status(&app, p)).collect(),
        hashtags: found.tags.iter().map(|t| entities::tag(&app, t)).collect(),
    });
    // Another server was asked: the next request asks it again.
    let not_kept = [(header::CACHE_CONTROL, "private, no-store")];
    Ok(if query.resolve { (not_kept, results).into_response() } else { results.into_response() })
}

async fn resolve(app: &App, me: AccountId, words: &str) -> Result<Option<Found>> {
    match remote::resolve(app, me, words).await {
        Ok(Some(Resolved::Account(account))) => {
            Ok(Some(Found { accounts: vec![*account], ..Found::default() }))
        }
        Ok(Some(Resolved::Post(post))) => {
            let mut tx = app.db.read().await?;
            let view = view::post(&mut tx, Some(me), post.id).await?;
            Ok(Some(Found { posts: vec![view], ..Found::default() }))
        }
        Ok(None) | Err(Error::NotFound | Error::Malformed(_)) => Ok(None),
        Err(e) => Err(e),
    }
}
