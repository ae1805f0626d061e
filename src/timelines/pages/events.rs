//! Events: those to come, the soonest first, and those that were.
use crate::{
    app::App,
    db::Page as Part,
    error::Result,
    events::queries::{self, EventPage},
    ids::PostId,
    posts::view::{self, PostView},
    web::{Html, Page},
};
use askama::Template;
use axum::{
    Router,
    extract::{Query, State},
    routing::get,
};
use serde::Deserialize;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/events", get(events))
}

#[derive(Template)]
#[template(path = "timelines/events.html")]
struct Events {
    page: Page,
    is_past: bool,
    /// Events by the day on which they begin.
    days: Vec<(String, Vec<PostView>)>,
    /// The page behind this one.
    more: Option<String>,
    is_first: bool,
}

#[derive(Deserialize)]
struct Wanted {
    past: Option<String>,
    /// Behind which one.
    behind: Option<String>,
}

/// `GET /events`: what the reader may come to; with `?past` what was.
async fn events(
    State(app): State<App>,
    page: Page,
    Query(wanted): Query<Wanted>,
) -> Result<Html<Events>> {
    let is_past = wanted.past.is_some();
    let after = wanted.behind.as_deref().map(str::parse).transpose()?;
    let page = page.at("learn", if is_past { "past" } else { "events" });
    let reader = page.me.as_ref().map(|me| me.id);
    let listed = EventPage { now: page.now, past: is_past, after, limit: Part::USUAL };
    let mut tx = app.db.read().await?;
    let found = queries::by_start(&mut tx, reader, listed).await?;
    let ids: Vec<PostId> = found.iter().map(|b| b.post_id).collect();
    let views = view::posts(&mut tx, reader, &ids).await?;
    let is_full = i64::try_from(found.len()).is_ok_and(|n| n >= Part::USUAL);
    let more = found
        .last()
        .filter(|_| is_full)
        .map(|last| format!("/events?{}behind={last}", if is_past { "past&" } else { "" }));
    let mut days: Vec<(String, Vec<PostView>)> = Vec::new();
    for view in views {
        let Some(known) = &view.event else { continue };
        let day = page.day(&known.event.starts_at);
        match days.last_mut().filter(|(last, _)| *last == day) {
            Some((_, events)) => events.push(view),
            None => days.push((day, vec![view])),
        }
    }
    Ok(Html(Events { page, is_past, days, more, is_first: after.is_none() }))
}
