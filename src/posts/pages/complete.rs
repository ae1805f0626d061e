//! Names and tags for what is being typed.
use super::super::{queries, read::tag_key};
use crate::{accounts, accounts::session::SignedIn, app::App, error::Result};
use axum::{
    Json, Router,
    extract::{Query, State},
    routing::get,
};
use serde::{Deserialize, Serialize};

const MOST: i64 = 8;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/complete", get(complete))
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    q: String,
}

/// `text` is put into the post, `name` is shown beside it.
#[derive(Serialize)]
struct Suggestion {
    text: String,
    name: String,
}

/// `GET /complete?q=@ta`: accounts we know, or tags for `#…`.
async fn complete(
    State(app): State<App>,
    who: SignedIn,
    Query(Typed { q }): Query<Typed>,
) -> Result<Json<Vec<Suggestion>>> {
    let mut tx = app.db.read().await?;
    if let Some(tag) = q.strip_prefix(['#', '＃']).filter(|t| !t.is_empty()) {
        let found = queries::complete_tag(&mut tx, who.account.id, &tag_key(tag), MOST).await?;
        let tags = found
            .into_iter()
            .map(|(tag, _)| Suggestion { text: format!("#{tag}"), name: String::new() });
        return Ok(Json(tags.collect()));
    }
    let Some(name) = q.strip_prefix(['@', '＠']).filter(|n| !n.is_empty()) else {
        return Ok(Json(Vec::new()));
    };
    let name = name.to_lowercase();
    let (name, host) = name.split_once('@').unwrap_or((name.as_str(), ""));
    let found = accounts::queries::complete(&mut tx, name, 4 * MOST).await?;
    let fitting = found.iter().filter(|a| host.is_empty() || a.host.starts_with(host));
    let people = fitting
        .take(8)
        .map(|a| Suggestion { text: format!("@{}", a.acct()), name: a.shown_name().to_owned() });
    Ok(Json(people.collect()))
}
