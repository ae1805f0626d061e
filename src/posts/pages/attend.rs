//! Events: asking for a place and taking it back, the organiser's list of guests, and the event for one's calendar.
use super::{
    super::{actions::attend, queries, view::PostView},
    react::{At, answered},
    readable, shown,
};
use crate::{
    accounts::{self, session::SignedIn, types::Account},
    app::App,
    error::{Error, Result},
    events::{
        self,
        types::{Rsvp, RsvpState},
    },
    ids::PostId,
    text::html,
    web::{CheckedForm, Html, Page, csrf::NoFields},
};
use askama::Template;
use axum::{
    Router,
    extract::{Path, Query, State},
    http::header,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/@{acct}/{id}/join", post(join))
        .route("/@{acct}/{id}/leave", post(leave))
        .route("/@{acct}/{id}/guests", get(guests))
        .route("/@{acct}/{id}/event.ics", get(calendar))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    message: String,
}

/// `POST …/join`: asks for a place, perhaps with a word to the organiser.
async fn join(
    State(app): State<App>,
    who: SignedIn,
    page: Page,
    at: At,
    CheckedForm(Asked { message }): CheckedForm<Asked>,
) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let post = readable(&app, &mut tx, who.account.id.0, &at.acct, at.id).await?;
    match attend::join(&app, &mut tx, &who.account, &post, &message).await {
        Ok(_) => answered(&app, tx, &page, &at, None).await,
        // It was over or cancelled while it was looked at: back to the post, which shows how it stands.
        Err(Error::Invalid(..)) if !at.is_swap => {
            answered(&app, tx, &page, &at, Some("flash-join-failed")).await
        }
        Err(e) => Err(e),
    }
}

/// `POST …/leave`: takes it back.
async fn leave(
    State(app): State<App>,
    who: SignedIn,
    page: Page,
    at: At,
    CheckedForm(NoFields {}): CheckedForm<NoFields>,
) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let post = readable(&app, &mut tx, who.account.id.0, &at.acct, at.id).await?;
    attend::leave(&app, &mut tx, &who.account, &post).await?;
    answered(&app, tx, &page, &at, None).await
}

/// Guests on one page of the list.
const GUESTS: i64 = 100;

#[derive(Template)]
#[template(path = "posts/guests.html")]
struct Guests {
    page: Page,
    v: PostView,
    asked: Vec<(Rsvp, Account)>,
    /// Those behind the last one of a full page.
    more: Option<String>,
    is_first: bool,
}

#[derive(Deserialize)]
struct Behind {
    after: Option<i64>,
}

/// `GET …/guests`: who asked to attend, in the order of the queue. The organiser's; for everybody else there is no such page.
async fn guests(
    State(app): State<App>,
    _: SignedIn,
    page: Page,
    Path((acct, id)): Path<(String, PostId)>,
    Query(Behind { after }): Query<Behind>,
) -> Result<Html<Guests>> {
    let mut tx = app.db.read().await?;
    let v = shown(&app, &mut tx, page.me.as_ref(), &acct, id).await?;
    if !page.is_me(&v.author.id) || v.event.is_none() {
        return Err(Error::NotFound);
    }
    let rows = events::queries::rsvps(&mut tx, id, after.unwrap_or(0), GUESTS).await?;
    let is_full = i64::try_from(rows.len()).is_ok_and(|n| n >= GUESTS);
    let last = rows.last().filter(|_| is_full);
    let more = last.map(|r| format!("{}/guests?after={}", v.path(), r.id));
    let ids: Vec<_> = rows.iter().map(|r| r.account_id).collect();
    let accounts = accounts::queries::by_ids(&mut tx, &ids).await?;
    let asked = rows.into_iter().filter_map(|r| {
        let account = accounts.get(&r.account_id)?.clone();
        Some((r, account))
    });
    let asked = asked.collect();
    let page = page.at("learn", "guests");
    Ok(Html(Guests { page, v, asked, more, is_first: after.is_none() }))
}

/// `GET …/event.ics`: for whoever may read the post.
async fn calendar(
    State(app): State<App>,
    page: Page,
    Path((acct, id)): Path<(String, PostId)>,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let v = shown(&app, &mut tx, page.me.as_ref(), &acct, id).await?;
    let Some(known) = &v.event else { return Err(Error::NotFound) };
    let changes = queries::count_edits(&mut tx, id).await?;
    let text = html::plain_text(&v.post.content_html);
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"event.ics\""),
        (header::CACHE_CONTROL, "private, no-cache"),
    ];
    Ok((headers, v.told(&known.event, &text, changes).icalendar()).into_response())
}

/// The message key of where a guest stands, as the organiser says it.
fn state(rsvp: &Rsvp) -> &'static str {
    match rsvp.state {
        RsvpState::Confirmed => "guest-confirmed",
        RsvpState::Waitlisted => "guest-waitlisted",
        RsvpState::Declined => "guest-declined",
        RsvpState::Queued => "guest-queued",
        RsvpState::Cancelled => "guest-cancelled",
    }
}
