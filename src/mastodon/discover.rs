//! What a member may not know yet: people of this node, what is talked about.
use super::{entities, tags};
use crate::{
    accounts::{queries, related, session::Bearer},
    app::App,
    clock::{DAY, Timestamp},
    error::Result,
    http::fields::Asked,
    ids::PostId,
    posts::{trends, view},
};
use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use serde_json::{Value, json};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/directory", get(directory))
        .route("/api/v1/suggestions", get(old_suggestions))
        .route("/api/v2/suggestions", get(suggestions))
        .route("/api/v1/trends", get(trending_tags))
        .route("/api/v1/trends/tags", get(trending_tags))
        .route("/api/v1/trends/statuses", get(trending_statuses))
        .route("/api/v1/trends/links", get(nothing))
}

/// This node does not look at links.
async fn nothing() -> Response {
    Json(json!([])).into_response()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Part {
    limit: Option<usize>,
    offset: usize,
}

impl Part {
    /// The items asked for, at most `most`.
    fn of<'a, T>(&self, items: &'a [T], usual: usize, most: usize) -> impl Iterator<Item = &'a T> {
        items.iter().skip(self.offset).take(self.limit.unwrap_or(usual).clamp(1, most))
    }
}

/// Members of this node who want to be found, the newest first; the first thousand.
async fn directory(State(app): State<App>, Asked(part): Asked<Part>) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let people = queries::directory(&mut tx, i64::MAX, 1_000).await?;
    let shown = part.of(&people, 40, 80).map(|a| entities::account(&app, a));
    Ok(Json(shown.collect::<Vec<_>>()).into_response())
}

/// Members of this node whom one does not follow yet.
async fn suggestions(
    State(app): State<App>,
    Bearer(me): Bearer,
    Asked(part): Asked<Part>,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let people = related::not_followed(&mut tx, me.account.id).await?;
    let suggestion = |a| {
        let account = entities::account(&app, a);
        json!({"source": "global", "sources": ["most_followed"], "account": account})
    };
    let shown: Vec<Value> = part.of(&people, 40, 80).map(suggestion).collect();
    Ok(Json(shown).into_response())
}

async fn old_suggestions(
    State(app): State<App>,
    Bearer(me): Bearer,
    Asked(part): Asked<Part>,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let people = related::not_followed(&mut tx, me.account.id).await?;
    let shown = part.of(&people, 40, 80).map(|a| entities::account(&app, a));
    Ok(Json(shown.collect::<Vec<_>>()).into_response())
}

async fn trending_tags(State(app): State<App>, Asked(part): Asked<Part>) -> Result<Response> {
    let found = trends::now(&app).await?;
    let today = Timestamp(app.now().0 / DAY * DAY);
    let entity = |t: &trends::Tag| {
        let mut entity = tags::entity(&app, &t.tag);
        if let Some(fields) = entity.as_object_mut() {
            let day = (today.0 / 1_000).to_string();
            let history = json!([
                {"day": day, "uses": t.posts.to_string(), "accounts": t.people.to_string()}
            ]);
            fields.insert("history".into(), history);
        }
        entity
    };
    let shown: Vec<Value> = part.of(&found.tags, 10, 20).map(entity).collect();
    Ok(Json(shown).into_response())
}

async fn trending_statuses(
    State(app): State<App>,
    Bearer(me): Bearer,
    Asked(part): Asked<Part>,
) -> Result<Response> {
    let found = trends::now(&app).await?;
    let ids: Vec<PostId> = part.of(&found.posts, 20, 40).copied().collect();
    let mut tx = app.db.read().await?;
    let views = view::posts(&mut tx, Some(me.account.id), &ids).await?;
    Ok(Json(entities::statuses(&app, &views)).into_response())
}
