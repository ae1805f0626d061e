//! `/api/v1/timelines`, the posts of an account, what the member kept, and search.
use super::{entities, paging::Paged};
use crate::{
    accounts::session::{Bearer, Reader},
    app::App,
    db::{Page, Tx},
    error::{Error, Result},
    http::{
        api::{Api, get_with},
        described::gives,
        fields::Asked,
        path::Path,
    },
    ids::AccountId,
    posts::{
        read::tag_key,
        types::Line,
        view::{self, PostView},
    },
    remote::{self, Resolved},
    timelines::{
        queries::{self, Shown, Wanted},
        reading::{self, Found},
        tagged::{self, Tagged},
    },
};
use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub fn routes() -> Api {
    Api::new()
        .route("/api/v1/timelines/home", get_with(home, gives::<Vec<entities::Status>>))
        .route("/api/v1/timelines/public", get_with(public, gives::<Vec<entities::Status>>))
        .route("/api/v1/timelines/tag/{tag}", get_with(tag, gives::<Vec<entities::Status>>))
        .route(
            "/api/v1/accounts/{id}/statuses",
            get_with(by_account, gives::<Vec<entities::Status>>),
        )
        .route("/api/v1/bookmarks", get_with(bookmarks, gives::<Vec<entities::Status>>))
        .route("/api/v1/favourites", get_with(favourites, gives::<Vec<entities::Status>>))
        .route("/api/v2/search", get_with(search, gives::<Results>))
}

pub(super) async fn statuses(
    app: &App,
    mut tx: Tx,
    me: Option<AccountId>,
    (paged, page): (&Paged, Page),
    lines: &[Line],
) -> Result<Response> {
    let views = view::lines(&mut tx, me, lines).await?;
    let cursors: Vec<i64> = lines.iter().map(|l| l.id).collect();
    Ok(paged.answer(app, page, &cursors, entities::statuses(app, &views)))
}

async fn home(State(app): State<App>, Bearer(me): Bearer, paged: Paged) -> Result<Response> {
    let (mut tx, page) = (app.db.read().await?, paged.statuses());
    let lines = queries::home(&mut tx, me.account.id, page).await?;
    statuses(&app, tx, Some(me.account.id), (&paged, page), &lines).await
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Filter {
    local: bool,
    remote: bool,
    only_media: bool,
}

async fn public(
    State(app): State<App>,
    Reader(me): Reader,
    paged: Paged,
    Asked(filter): Asked<Filter>,
) -> Result<Response> {
    let (mut tx, page) = (app.db.read().await?, paged.statuses());
    let (member, only_media) = (me.map_or(0, |me| me.0), filter.only_media);
    let wanted = Wanted { only_remote: filter.remote, only_media };
    // What others say is shown to members alone, as on the pages.
    let lines = match me {
        None if filter.remote => Vec::new(),
        Some(_) if !filter.local => queries::known(&mut tx, member, wanted, page).await?,
        _ => queries::local(&mut tx, member, only_media, page).await?,
    };
    statuses(&app, tx, me, (&paged, page), &lines).await
}

/// At most four tags each.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct OfTag {
    any: Vec<String>,
    all: Vec<String>,
    none: Vec<String>,
    local: bool,
    remote: bool,
    only_media: bool,
}

async fn tag(
    State(app): State<App>,
    Reader(me): Reader,
    Path(tag): Path<String>,
    paged: Paged,
    Asked(beside): Asked<OfTag>,
) -> Result<Response> {
    let mut wanted = Tagged::new(&tag).with(&beside.any, &beside.all, &beside.none)?;
    wanted.only_local = beside.local;
    wanted.only_remote = beside.remote;
    wanted.only_media = beside.only_media;
    let (mut tx, page) = (app.db.read().await?, paged.statuses());
    let lines = tagged::timeline(&mut tx, me.map_or(0, |me| me.0), &wanted, page).await?;
    statuses(&app, tx, me, (&paged, page), &lines).await
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct OfAccount {
    exclude_replies: bool,
    exclude_reblogs: bool,
    only_media: bool,
    pinned: bool,
    tagged: String,
}

async fn by_account(
    State(app): State<App>,
    Reader(me): Reader,
    Path(id): Path<AccountId>,
    paged: Paged,
    Asked(of): Asked<OfAccount>,
) -> Result<Response> {
    let (mut tx, page) = (app.db.read().await?, paged.statuses());
    crate::accounts::queries::by_id(&mut tx, id).await?.may_speak()?;
    if of.pinned {
        let pinned = crate::posts::queries::pinned(&mut tx, id).await?;
        let ids: Vec<_> = pinned.iter().map(|p| p.id).collect();
        let views = view::posts(&mut tx, me, &ids).await?;
        return Ok(Json(entities::statuses(&app, &views)).into_response());
    }
    let shown = Shown {
        replies: !of.exclude_replies,
        boosts: !of.exclude_reblogs,
        only_media: of.only_media,
        tag: &tag_key(&of.tagged),
    };
    let lines = queries::profile(&mut tx, me.map_or(0, |me| me.0), id, shown, page).await?;
    statuses(&app, tx, me, (&paged, page), &lines).await
}

async fn bookmarks(State(app): State<App>, Bearer(me): Bearer, paged: Paged) -> Result<Response> {
    let (mut tx, page) = (app.db.read().await?, paged.statuses());
    let lines = queries::bookmarks(&mut tx, me.account.id, page).await?;
    statuses(&app, tx, Some(me.account.id), (&paged, page), &lines).await
}

async fn favourites(State(app): State<App>, Bearer(me): Bearer, paged: Paged) -> Result<Response> {
    let (mut tx, page) = (app.db.read().await?, paged.statuses());
    let lines = queries::likes(&mut tx, me.account.id, page).await?;
    statuses(&app, tx, Some(me.account.id), (&paged, page), &lines).await
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Search {
    q: String,
    #[serde(default)]
    resolve: bool,
    limit: Option<i64>,
    #[serde(default)]
    offset: i64,
    /// `accounts`, `hashtags` or `statuses`: only these.
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Serialize, JsonSchema)]
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
    let page = Page { limit: query.limit.unwrap_or(Page::USUAL).clamp(1, 40), ..Page::first() };
    let mut found = match resolved {
        // There is one page: whoever asks for another has seen all.
        _ if query.offset > 0 => Found::default(),
        Some(found) => found,
        None => reading::search(&app, me.account.id, &query.q, page).await?,
    };
    match query.kind.as_deref() {
        Some("accounts") => found = Found { accounts: found.accounts, ..Found::default() },
        Some("statuses") => found = Found { posts: found.posts, ..Found::default() },
        Some("hashtags") => found = Found { tags: found.tags, ..Found::default() },
        _ => {}
    }
    let results = Json(Results {
        accounts: found.accounts.iter().map(|a| entities::account(&app, a)).collect(),
        statuses: entities::statuses(&app, &found.posts),
        hashtags: found.tags.iter().map(|t| entities::tag(&app, t)).collect(),
    });
    // Another server was asked: the next request asks it again.
    let not_kept = [(header::CACHE_CONTROL, "private, no-store")];
    Ok(if query.resolve { (not_kept, results).into_response() } else { results.into_response() })
}

async fn resolve(app: &App, me: AccountId, words: &str) -> Result<Option<Found>> {
    Ok(match elsewhere(app, me, words).await? {
        Some(Resolved::Account(account)) => {
            Some(Found { accounts: vec![*account], ..Found::default() })
        }
        Some(Resolved::Post(post)) => {
            let mut tx = app.db.read().await?;
            let view: PostView = view::post(&mut tx, Some(me), post.id).await?;
            Some(Found { posts: vec![view], ..Found::default() })
        }
        None => None,
    })
}

/// What stands at another server under these words. Where it does not answer, nothing does: what is known here is found all the same.
pub(super) async fn elsewhere(app: &App, me: AccountId, words: &str) -> Result<Option<Resolved>> {
    match remote::resolve(app, me, words).await {
        Err(Error::NotFound | Error::Gone | Error::Malformed(_) | Error::Unavailable(_)) => {
            Ok(None)
        }
        other => other,
    }
}
