//! `/api/v1/instance/…`: what the node says about itself and about what it keeps, and the weeks behind it.
//! <https://docs.joinmastodon.org/methods/instance/>
use crate::{
    accounts,
    app::App,
    clock::WEEK,
    error::{Error, Result},
    http::{
        api::{Api, get},
        path::Path,
    },
    node, posts,
    text::Lang,
    timelines::privacy::{PrivacyText, WRITTEN_ON},
};
use askama::Template;
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, header},
};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::HashMap;

pub fn routes() -> Api {
    Api::new()
        .route("/api/v1/instance/extended_description", get(extended_description))
        .route("/api/v1/instance/privacy_policy", get(privacy_policy))
        .route("/api/v1/instance/terms_of_service", get(no_terms))
        .route("/api/v1/instance/terms_of_service/{date}", get(no_terms_of))
        .route("/api/v1/instance/activity", get(activity))
}

#[derive(Serialize, JsonSchema)]
struct ExtendedDescription {
    updated_at: String,
    content: String,
}

async fn extended_description(State(app): State<App>) -> Result<Json<ExtendedDescription>> {
    let profile = node::profile(&app).await?;
    let html = crate::text::html::escape(&profile.description).replace('\n', "<br>");
    let content = format!("<p>{html}</p>");
    Ok(Json(ExtendedDescription { updated_at: app.now().iso(), content }))
}

#[derive(Serialize, JsonSchema)]
struct PrivacyPolicy {
    updated_at: String,
    content: String,
}

/// What `/privacy` says, in the language that is asked for.
async fn privacy_policy(State(app): State<App>, headers: HeaderMap) -> Result<Json<PrivacyPolicy>> {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok());
    let lang = Lang::from_accept_language(wanted.unwrap_or_default());
    let text = PrivacyText::new(lang, app.config.session_days).render();
    let content = text.map_err(|e| Error::Internal(format!("template: {e}")))?;
    let updated_at = format!("{WRITTEN_ON}T00:00:00.000Z");
    Ok(Json(PrivacyPolicy { updated_at, content }))
}

/// Terms of its own no node has yet: what its organisers want to say stands in the description.
async fn no_terms() -> Error {
    Error::NotFound
}

async fn no_terms_of(Path(_date): Path<String>) -> Error {
    Error::NotFound
}

/// A week in numbers, which are strings for programs.
#[derive(Serialize, JsonSchema)]
struct Activity {
    /// When it began, in seconds since 1970.
    week: String,
    statuses: String,
    logins: String,
    registrations: String,
}

/// This week and the eleven before it, the newest first. Who was here is known of this week alone: of a member only the last visit is kept.
async fn activity(State(app): State<App>) -> Result<Json<Vec<Activity>>> {
    const WEEKS: i64 = 12;
    let this = app.now().week();
    let first = this.plus((1 - WEEKS) * WEEK);
    let mut tx = app.db.read().await?;
    let written = posts::queries::written_by_week(&mut tx, first).await?;
    let joined = accounts::queries::joined_by_week(&mut tx, first).await?;
    let here = accounts::queries::active_since(&mut tx, this).await?;
    let (written, joined): (HashMap<i64, i64>, HashMap<i64, i64>) =
        (written.into_iter().collect(), joined.into_iter().collect());
    let week = |nth: i64| {
        let count = |by_week: &HashMap<i64, i64>| by_week.get(&nth).copied().unwrap_or(0);
        Activity {
            week: (first.plus(nth * WEEK).0 / 1_000).to_string(),
            statuses: count(&written).to_string(),
            logins: if nth == WEEKS - 1 { here } else { 0 }.to_string(),
            registrations: count(&joined).to_string(),
        }
    };
    Ok(Json((0..WEEKS).rev().map(week).collect()))
}
