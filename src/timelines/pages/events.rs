//! Events: those to come, the soonest first, and those that were.
use super::super::queries::{self, Beginning};
use crate::{
    app::App,
    clock::Timestamp,
    db::Page as Part,
    error::{Error, Result},
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
    /// Behind which one: `TIME-ID`.
    behind: Option<String>,
}

impl Wanted {
    fn place(&self) -> Result<Option<Beginning>> {
        let Some(text) = self.behind.as_deref() else { return Ok(None) };
        let numbers = text
            .split_once('-')
            .and_then(|(time, id)| Some((Timestamp(time.parse().ok()?), PostId(id.parse().ok()?))));
        numbers.map(Some).ok_or_else(|| Error::Malformed(format!("no place in a list: {text:?}")))
    }
}

/// `GET /events`: what the reader may come to; with `?past` what was.
async fn events(
    State(app): State<App>,
    page: Page,
    Query(wanted): Query<Wanted>,
) -> Result<Html<Events>> {
    let (place, is_past) = (wanted.place()?, wanted.past.is_some());
    let page = page.at("learn", if is_past { "past" } else { "events" });
    let reader = page.me.as_ref().map(|me| me.id);
    let number = reader.map_or(0, |id| id.0);
    let mut tx = app.db.read().await?;
    let listed = if is_past {
        queries::events_past(&mut tx, number, page.now, place, Part::USUAL).await?
    } else {
        queries::events_to_come(&mut tx, number, page.now, place, Part::USUAL).await?
    };
    let ids: Vec<PostId> = listed.iter().map(|(_, id)| *id).collect();
    let views = view::posts(&mut tx, reader, &ids).await?;
    let is_full = i64::try_from(listed.len()).is_ok_and(|n| n >= Part::USUAL);
    let more = listed.last().filter(|_| is_full).map(|(time, id)| {
        format!("/events?{}behind={}-{id}", if is_past { "past&" } else { "" }, time.0)
    });
    let mut days: Vec<(String, Vec<PostView>)> = Vec::new();
    for view in views {
        let Some(known) = &view.event else { continue };
        let day = page.day(&known.event.starts_at);
        match days.last_mut().filter(|(last, _)| *last == day) {
            Some((_, events)) => events.push(view),
            None => days.push((day, vec![view])),
        }
    }
    Ok(Html(Events { page, is_past, days, more, is_first: place.is_none() }))
}
