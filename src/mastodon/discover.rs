//! What a member may not know yet: people of this node, what is talked about.
use super::{entities, tags};
use crate::{
    accounts::{queries, related, session::Bearer},
    app::App,
    clock::{DAY, Timestamp},
    error::Result,
    http::{
        api::{Api, get, get_with},
        described::gives,
        fields::Asked,
    },
    ids::PostId,
    posts::{trends, view},
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
        .route("/api/v1/directory", get_with(directory, gives::<Vec<entities::Account>>))
        .route("/api/v1/suggestions", get_with(old_suggestions, gives::<Vec<entities::Account>>))
        .route("/api/v2/suggestions", get_with(suggestions, gives::<Vec<Suggestion>>))
        .route("/api/v1/trends", get_with(trending_tags, gives::<Vec<tags::Entity>>))
        .route("/api/v1/trends/tags", get_with(trending_tags, gives::<Vec<tags::Entity>>))
        .route(
            "/api/v1/trends/statuses",
            get_with(trending_statuses, gives::<Vec<entities::Status>>),
        )
        .route("/api/v1/trends/links", get(nothing))
}

/// This node does not look at links.
async fn nothing() -> Json<[(); 0]> {
    Json([])
}

#[derive(Default, Deserialize, JsonSchema)]
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

#[derive(Serialize, JsonSchema)]
struct Suggestion<'a> {
    source: &'static str,
    sources: [&'static str; 1],
    account: entities::Account<'a>,
}

/// Members of this node whom one does not follow yet.
async fn suggestions(
    State(app): State<App>,
    Bearer(me): Bearer,
    Asked(part): Asked<Part>,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let people = related::not_followed(&mut tx, me.account.id).await?;
    let suggestion = |a| Suggestion {
        source: "global",
        sources: ["most_followed"],
        account: entities::account(&app, a),
    };
    let shown: Vec<_> = part.of(&people, 40, 80).map(suggestion).collect();
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
    let entity = |t: &trends::Tag| tags::Entity {
        history: vec![tags::Day {
            day: (today.0 / 1_000).to_string(),
            uses: t.posts.to_string(),
            accounts: t.people.to_string(),
        }],
        ..tags::entity(&app, &t.tag)
    };
    let shown: Vec<_> = part.of(&found.tags, 10, 20).map(entity).collect();
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
