//! Tags: which the member follows, and which stand on a profile.
//! <https://docs.joinmastodon.org/methods/tags/>
use super::paging::Paged;
use crate::{
    accounts::{
        queries, related,
        relations::{self, FeaturedTag},
        session::Bearer,
        types::Account,
    },
    app::App,
    clock::Timestamp,
    db::Tx,
    error::{Error, Result},
    http::{
        api::{Api, delete, get, get_with, post},
        described::{Empty, gives},
        fields::Fields,
        path::Path,
    },
    ids::AccountId,
    posts::{read::tag_key, wire::tag_url},
};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const MOST_FOLLOWED: usize = 500;
pub(super) const MOST_FEATURED: usize = 10;

pub fn routes() -> Api {
    Api::new()
        .route("/api/v1/tags/{tag}", get(show))
        .route("/api/v1/tags/{tag}/{verb}", post(act))
        .route("/api/v1/followed_tags", get_with(followed, gives::<Vec<Entity>>))
        .route("/api/v1/featured_tags", get_with(featured, gives::<Vec<Featured>>).post(feature))
        .route("/api/v1/featured_tags/suggestions", get_with(suggested, gives::<Vec<Entity>>))
        .route("/api/v1/featured_tags/{id}", delete(unfeature))
        .route("/api/v1/accounts/{id}/featured_tags", get_with(of_account, gives::<Vec<Featured>>))
}

/// <https://docs.joinmastodon.org/entities/Tag/>
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Tag")]
pub struct Entity {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) url: String,
    pub(super) history: Vec<Day>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) following: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) featuring: Option<bool>,
}

/// How often a tag was used.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TagHistory")]
pub struct Day {
    /// Seconds since 1970 to its beginning (UTC).
    pub day: String,
    pub uses: String,
    pub accounts: String,
}

/// A tag without how the member stands to it.
pub fn entity(app: &App, tag: &str) -> Entity {
    Entity {
        id: tag.to_owned(),
        name: tag.to_owned(),
        url: tag_url(app, tag),
        history: Vec::new(),
        following: None,
        featuring: None,
    }
}

fn standing(app: &App, tag: &str, following: bool, featuring: bool) -> Entity {
    Entity { following: Some(following), featuring: Some(featuring), ..entity(app, tag) }
}

/// A tag as it is kept. Errors: `tag-not-a-tag`.
fn key(text: &str) -> Result<String> {
    let key = tag_key(text.trim().trim_start_matches(['#', '＃']));
    let is_tag = !key.is_empty()
        && key.chars().count() <= 100
        && !key.contains(|c: char| c.is_whitespace() || matches!(c, '/' | '#' | '?'));
    if is_tag { Ok(key) } else { Err(Error::invalid("tag-not-a-tag")) }
}

async fn show(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(tag): Path<String>,
) -> Result<Json<Entity>> {
    let tag = key(&tag)?;
    let mut tx = app.db.read().await?;
    let (following, featuring) = relations::tag_standing(&mut tx, me.account.id, &tag).await?;
    Ok(Json(standing(&app, &tag, following, featuring)))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Verb {
    Follow,
    Unfollow,
    Feature,
    Unfeature,
}

async fn act(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path((tag, verb)): Path<(String, Verb)>,
) -> Result<Json<Entity>> {
    let (tag, id) = (key(&tag)?, me.account.id);
    let mut tx = app.db.begin().await?;
    match verb {
        Verb::Follow => {
            relations::follow_tag(&mut tx, id, &tag, app.next_id()).await?;
            let count = relations::count_followed_tags(&mut tx, id).await?;
            if usize::try_from(count).is_ok_and(|n| n > MOST_FOLLOWED) {
                return Err(Error::Invalid("tags-too-many-followed", MOST_FOLLOWED));
            }
        }
        Verb::Unfollow => relations::unfollow_tag(&mut tx, id, &tag).await?,
        Verb::Feature => drop(put(&app, &mut tx, &me.account, &tag).await?),
        Verb::Unfeature => relations::unfeature_tag(&mut tx, id, &tag).await?,
    }
    let (following, featuring) = relations::tag_standing(&mut tx, id, &tag).await?;
    tx.commit().await?;
    Ok(Json(standing(&app, &tag, following, featuring)))
}

async fn followed(State(app): State<App>, Bearer(me): Bearer, paged: Paged) -> Result<Response> {
    let page = paged.page(100, 200);
    let mut tx = app.db.read().await?;
    let tags = related::followed_tags(&mut tx, me.account.id, page).await?;
    let cursors: Vec<i64> = tags.iter().map(|t| t.id).collect();
    let items: Vec<_> = tags.iter().map(|t| standing(&app, &t.word, true, false)).collect();
    Ok(paged.answer(&app, page, &cursors, items))
}

/// <https://docs.joinmastodon.org/entities/FeaturedTag/>
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FeaturedTag")]
struct Featured {
    id: String,
    name: String,
    url: String,
    statuses_count: String,
    last_status_at: Option<String>,
}

fn featured_entity(app: &App, t: &FeaturedTag) -> Featured {
    Featured {
        id: t.id.to_string(),
        name: t.tag.clone(),
        url: tag_url(app, &t.tag),
        statuses_count: t.posts.to_string(),
        last_status_at: t.last_post.map(|id| Timestamp(id >> 16).iso_date()),
    }
}

async fn list(app: &App, tx: &mut Tx, of: &Account) -> Result<Response> {
    let tags = relations::featured_tags(tx, of.id).await?;
    let items: Vec<_> = tags.iter().map(|t| featured_entity(app, t)).collect();
    Ok(Json(items).into_response())
}

async fn featured(State(app): State<App>, Bearer(me): Bearer) -> Result<Response> {
    list(&app, &mut app.db.read().await?, &me.account).await
}

async fn of_account(State(app): State<App>, Path(id): Path<AccountId>) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let account = queries::by_id(&mut tx, id).await?;
    account.may_speak()?;
    list(&app, &mut tx, &account).await
}

async fn put(app: &App, tx: &mut Tx, me: &Account, tag: &str) -> Result<Option<FeaturedTag>> {
    relations::feature_tag(tx, me.id, tag, app.next_id()).await?;
    let tags = relations::featured_tags(tx, me.id).await?;
    if tags.len() > MOST_FEATURED {
        return Err(Error::Invalid("tags-too-many-featured", MOST_FEATURED));
    }
    Ok(tags.into_iter().find(|t| t.tag == tag))
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "NewFeaturedTag")]
struct Sent {
    name: String,
}

async fn feature(
    State(app): State<App>,
    Bearer(me): Bearer,
    Fields(sent): Fields<Sent>,
) -> Result<Json<Featured>> {
    let tag = key(&sent.name)?;
    let mut tx = app.db.begin().await?;
    let made = put(&app, &mut tx, &me.account, &tag).await?.ok_or(Error::NotFound)?;
    tx.commit().await?;
    Ok(Json(featured_entity(&app, &made)))
}

async fn unfeature(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<i64>,
) -> Result<Json<Empty>> {
    let mut tx = app.db.begin().await?;
    let tag = relations::featured_tag(&mut tx, me.account.id, id).await?.ok_or(Error::NotFound)?;
    relations::unfeature_tag(&mut tx, me.account.id, &tag).await?;
    tx.commit().await?;
    Ok(Json(Empty {}))
}

async fn suggested(State(app): State<App>, Bearer(me): Bearer) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let tags = relations::tags_to_feature(&mut tx, me.account.id).await?;
    let items: Vec<_> = tags.iter().map(|(tag, _)| entity(&app, tag)).collect();
    Ok(Json(items).into_response())
}
