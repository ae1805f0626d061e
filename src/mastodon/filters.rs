//! `/api/v2/filters` with their keywords and posts, and `/api/v1/filters` to read.
//! <https://docs.joinmastodon.org/methods/filters/>
use crate::{
    accounts::session::Bearer,
    app::App,
    clock::{SECOND, Timestamp},
    db::Tx,
    error::{Error, Result},
    feeds::live::{self, Told},
    http::{
        api::{Api, get_with},
        described::{Empty, gives},
        fields::Fields,
        path::Path,
    },
    ids::{AccountId, PostId},
    posts::{
        filters::{self, Context, Filter, FilterAction, FilteredPost, Hit, Keyword},
        queries,
    },
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
        .route("/api/v1/filters", get_with(old, gives::<Vec<OldFilter>>))
        .route(
            "/api/v2/filters",
            get_with(all, gives::<Vec<FilterEntity>>).post_with(create, gives::<FilterEntity>),
        )
        .route(
            "/api/v2/filters/{id}",
            get_with(show, gives::<FilterEntity>)
                .put_with(update, gives::<FilterEntity>)
                .delete(delete),
        )
        .route(
            "/api/v2/filters/{id}/keywords",
            get_with(keywords, gives::<Vec<KeywordEntity>>)
                .post_with(add_keyword, gives::<KeywordEntity>),
        )
        .route(
            "/api/v2/filters/keywords/{id}",
            get_with(keyword, gives::<KeywordEntity>)
                .put_with(update_keyword, gives::<KeywordEntity>)
                .delete(delete_keyword),
        )
        .route(
            "/api/v2/filters/{id}/statuses",
            get_with(posts, gives::<Vec<PostEntity>>).post_with(add_post, gives::<PostEntity>),
        )
        .route(
            "/api/v2/filters/statuses/{id}",
            get_with(post, gives::<PostEntity>).delete(delete_post),
        )
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Filter")]
struct FilterEntity<'a> {
    id: String,
    title: &'a str,
    context: Vec<Context>,
    expires_at: Option<String>,
    filter_action: FilterAction,
    #[serde(skip_serializing_if = "Option::is_none")]
    keywords: Option<Vec<KeywordEntity>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    statuses: Option<Vec<PostEntity>>,
}

fn bare(f: &Filter) -> FilterEntity<'_> {
    FilterEntity {
        id: f.id.to_string(),
        title: &f.title,
        context: f.contexts(),
        expires_at: f.expires_at.map(Timestamp::iso),
        filter_action: f.action,
        keywords: None,
        statuses: None,
    }
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FilterKeyword")]
struct KeywordEntity {
    id: String,
    keyword: String,
    whole_word: bool,
}

fn keyword_entity(k: &Keyword) -> KeywordEntity {
    KeywordEntity { id: k.id.to_string(), keyword: k.keyword.clone(), whole_word: k.whole_word }
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FilterStatus")]
struct PostEntity {
    id: String,
    status_id: PostId,
}

fn post_entity(p: &FilteredPost) -> PostEntity {
    PostEntity { id: p.id.to_string(), status_id: p.post_id }
}

/// <https://docs.joinmastodon.org/entities/FilterResult/>
#[derive(Serialize, JsonSchema)]
pub struct FilterResult<'a> {
    filter: FilterEntity<'a>,
    keyword_matches: &'a [String],
    status_matches: Vec<PostId>,
}

/// The filters that a post meets and that are not over.
pub fn results<'a>(app: &App, post: PostId, hits: &'a [Hit]) -> Vec<FilterResult<'a>> {
    let result = |h: &'a Hit| FilterResult {
        filter: bare(&h.filter),
        keyword_matches: &h.keywords,
        status_matches: h.chosen.then_some(post).into_iter().collect(),
    };
    hits.iter().filter(|h| !h.filter.is_over(app.now())).map(result).collect()
}

/// Filters with all that is in them.
async fn dress<'a>(
    tx: &mut Tx,
    me: AccountId,
    list: &'a [Filter],
) -> Result<Vec<FilterEntity<'a>>> {
    let keywords = filters::keywords(tx, me).await?;
    let posts = filters::posts(tx, me).await?;
    let whole = |f| {
        let mut entity = bare(f);
        let of_it = keywords.iter().filter(|k| k.filter_id == f.id);
        entity.keywords = Some(of_it.map(keyword_entity).collect());
        let of_it = posts.iter().filter(|p| p.filter_id == f.id);
        entity.statuses = Some(of_it.map(post_entity).collect());
        entity
    };
    Ok(list.iter().map(whole).collect())
}

async fn dressed(tx: &mut Tx, filter: Filter) -> Result<Response> {
    let whole = dress(tx, filter.account_id, std::slice::from_ref(&filter)).await?;
    Ok(Json(whole.first()).into_response())
}

async fn own(tx: &mut Tx, me: AccountId, id: i64) -> Result<Filter> {
    filters::by_id(tx, me, id).await?.ok_or(Error::NotFound)
}

async fn all(State(app): State<App>, Bearer(me): Bearer) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let list = filters::all(&mut tx, me.account.id).await?;
    Ok(Json(dress(&mut tx, me.account.id, &list).await?).into_response())
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "V1Filter")]
struct OldFilter<'a> {
    id: String,
    phrase: &'a str,
    context: Vec<Context>,
    whole_word: bool,
    expires_at: Option<String>,
    irreversible: bool,
}

/// Each keyword as a filter of its own, for old programs.
async fn old(State(app): State<App>, Bearer(me): Bearer) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let list = filters::all(&mut tx, me.account.id).await?;
    let keywords = filters::keywords(&mut tx, me.account.id).await?;
    let entities = keywords.iter().filter_map(|k| {
        let f = list.iter().find(|f| f.id == k.filter_id)?;
        Some(OldFilter {
            id: k.id.to_string(),
            phrase: &k.keyword,
            context: f.contexts(),
            whole_word: k.whole_word,
            expires_at: f.expires_at.map(Timestamp::iso),
            irreversible: f.action == FilterAction::Hide,
        })
    });
    Ok(Json(entities.collect::<Vec<_>>()).into_response())
}

async fn show(State(app): State<App>, Bearer(me): Bearer, Path(id): Path<i64>) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let filter = own(&mut tx, me.account.id, id).await?;
    dressed(&mut tx, filter).await
}

/// What is not named stays as it is.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "NewFilter")]
struct Sent {
    title: Option<String>,
    context: Option<Vec<Context>>,
    filter_action: Option<FilterAction>,
    /// Seconds; an empty text takes the end away.
    expires_in: Option<String>,
    keywords_attributes: Vec<SentKeyword>,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "NewFilterKeyword")]
struct SentKeyword {
    #[schemars(with = "Option<PostId>")]
    id: Option<i64>,
    keyword: Option<String>,
    whole_word: Option<bool>,
    #[serde(rename = "_destroy")]
    destroy: bool,
}

impl Sent {
    async fn save(self, app: &App, tx: &mut Tx, mut filter: Filter) -> Result<Filter> {
        filter.title = self.title.unwrap_or(filter.title);
        if let Some(contexts) = &self.context {
            filter.set_contexts(contexts);
        }
        filter.action = self.filter_action.unwrap_or(filter.action);
        if let Some(seconds) = &self.expires_in {
            filter.expires_at = ends(app, seconds)?;
        }
        filters::save(tx, &filter).await?;
        for sent in self.keywords_attributes {
            sent.save(app, tx, &filter).await?;
        }
        Ok(filter)
    }
}

fn ends(app: &App, seconds: &str) -> Result<Option<Timestamp>> {
    if seconds.is_empty() {
        return Ok(None);
    }
    let seconds: u32 = seconds.parse().map_err(|e| Error::Malformed(format!("expires_in: {e}")))?;
    Ok(Some(app.now().plus(i64::from(seconds) * SECOND)))
}

impl SentKeyword {
    async fn save(self, app: &App, tx: &mut Tx, filter: &Filter) -> Result<Keyword> {
        let keyword = match self.id {
            Some(id) => {
                let known = filters::keyword(tx, filter.account_id, id).await?;
                known.filter(|k| k.filter_id == filter.id).ok_or(Error::NotFound)?
            }
            None => Keyword {
                id: app.next_id(),
                filter_id: filter.id,
                keyword: String::new(),
                whole_word: false,
            },
        };
        self.put(tx, keyword).await
    }

    async fn put(self, tx: &mut Tx, mut keyword: Keyword) -> Result<Keyword> {
        if self.destroy {
            filters::delete_keyword(tx, keyword.id).await?;
            return Ok(keyword);
        }
        keyword.keyword = self.keyword.unwrap_or(keyword.keyword);
        keyword.whole_word = self.whole_word.unwrap_or(keyword.whole_word);
        filters::save_keyword(tx, &keyword).await?;
        Ok(keyword)
    }
}

/// The end of every change: programs that listen ask for the filters again.
async fn changed(app: &App, mut tx: Tx, me: AccountId) -> Result<()> {
    live::tell(app, &mut tx, &[Told::Filters(me)]).await?;
    tx.commit().await
}

async fn create(
    State(app): State<App>,
    Bearer(me): Bearer,
    Fields(sent): Fields<Sent>,
) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let new = Filter::new(app.next_id(), me.account.id);
    let filter = sent.save(&app, &mut tx, new).await?;
    let answer = dressed(&mut tx, filter).await?;
    changed(&app, tx, me.account.id).await?;
    Ok(answer)
}

async fn update(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<i64>,
    Fields(sent): Fields<Sent>,
) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let known = own(&mut tx, me.account.id, id).await?;
    let filter = sent.save(&app, &mut tx, known).await?;
    let answer = dressed(&mut tx, filter).await?;
    changed(&app, tx, me.account.id).await?;
    Ok(answer)
}

async fn delete(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<i64>,
) -> Result<Json<Empty>> {
    let mut tx = app.db.begin().await?;
    let filter = own(&mut tx, me.account.id, id).await?;
    filters::delete(&mut tx, filter.id).await?;
    changed(&app, tx, me.account.id).await?;
    Ok(Json(Empty {}))
}

async fn keywords(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<i64>,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let filter = own(&mut tx, me.account.id, id).await?;
    let all = filters::keywords(&mut tx, me.account.id).await?;
    let of_it = all.iter().filter(|k| k.filter_id == filter.id);
    Ok(Json(of_it.map(keyword_entity).collect::<Vec<_>>()).into_response())
}

async fn add_keyword(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<i64>,
    Fields(sent): Fields<SentKeyword>,
) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let filter = own(&mut tx, me.account.id, id).await?;
    let keyword = SentKeyword { id: None, ..sent }.save(&app, &mut tx, &filter).await?;
    changed(&app, tx, me.account.id).await?;
    Ok(Json(keyword_entity(&keyword)).into_response())
}

async fn own_keyword(tx: &mut Tx, me: AccountId, id: i64) -> Result<Keyword> {
    filters::keyword(tx, me, id).await?.ok_or(Error::NotFound)
}

async fn keyword(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<i64>,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    Ok(Json(keyword_entity(&own_keyword(&mut tx, me.account.id, id).await?)).into_response())
}

async fn update_keyword(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<i64>,
    Fields(sent): Fields<SentKeyword>,
) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let known = own_keyword(&mut tx, me.account.id, id).await?;
    let keyword = sent.put(&mut tx, known).await?;
    changed(&app, tx, me.account.id).await?;
    Ok(Json(keyword_entity(&keyword)).into_response())
}

async fn delete_keyword(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<i64>,
) -> Result<Json<Empty>> {
    let mut tx = app.db.begin().await?;
    let known = own_keyword(&mut tx, me.account.id, id).await?;
    filters::delete_keyword(&mut tx, known.id).await?;
    changed(&app, tx, me.account.id).await?;
    Ok(Json(Empty {}))
}

async fn posts(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<i64>,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let filter = own(&mut tx, me.account.id, id).await?;
    let all = filters::posts(&mut tx, me.account.id).await?;
    let of_it = all.iter().filter(|p| p.filter_id == filter.id);
    Ok(Json(of_it.map(post_entity).collect::<Vec<_>>()).into_response())
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "NewFilterStatus")]
struct SentPost {
    status_id: PostId,
}

async fn add_post(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<i64>,
    Fields(sent): Fields<SentPost>,
) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let filter = own(&mut tx, me.account.id, id).await?;
    let post = queries::readable_by(&mut tx, me.account.id.0, sent.status_id).await?;
    let post_id = post.ok_or(Error::NotFound)?.id;
    let row = FilteredPost { id: app.next_id(), filter_id: filter.id, post_id };
    let row = filters::put_post(&mut tx, &row).await?;
    changed(&app, tx, me.account.id).await?;
    Ok(Json(post_entity(&row)).into_response())
}

async fn own_post(tx: &mut Tx, me: AccountId, id: i64) -> Result<FilteredPost> {
    filters::post(tx, me, id).await?.ok_or(Error::NotFound)
}

async fn post(State(app): State<App>, Bearer(me): Bearer, Path(id): Path<i64>) -> Result<Response> {
    let mut tx = app.db.read().await?;
    Ok(Json(post_entity(&own_post(&mut tx, me.account.id, id).await?)).into_response())
}

async fn delete_post(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<i64>,
) -> Result<Json<Empty>> {
    let mut tx = app.db.begin().await?;
    let known = own_post(&mut tx, me.account.id, id).await?;
    filters::delete_post(&mut tx, known.id).await?;
    changed(&app, tx, me.account.id).await?;
    Ok(Json(Empty {}))
}
