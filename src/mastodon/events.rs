//! `/api/tsudoi/v1/events`: ours, because Mastodon's API knows no events. An event is a status, and has its id.
use super::{
    entities::{self, Status},
    paging::Onward,
    statuses::shown,
    writing,
};
use crate::{
    accounts::{
        self,
        session::{Bearer, Reader, SignedIn},
    },
    app::App,
    clock::Timestamp,
    db::Tx,
    error::{Error, Result},
    events::{
        queries::{self, EventPage},
        types::{Event, EventWords, NewEvent, RsvpState},
    },
    http::{
        api::{Api, get_with, post_with},
        described::gives,
        fields::{Asked, Fields},
        path::Path,
    },
    ids::{AccountId, MediaId, PostId},
    posts::{
        actions::{attend, change, publish},
        types::Draft,
        view::{self, PostView},
    },
};
use axum::{extract::State, http::HeaderMap, response::Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub fn routes() -> Api {
    Api::new()
        .route(
            "/api/tsudoi/v1/events",
            get_with(list, gives::<Vec<Status>>).post_with(create, gives::<Status>),
        )
        .route(
            "/api/tsudoi/v1/events/{id}",
            get_with(show, gives::<Status>).put_with(edit, gives::<Status>),
        )
        .route("/api/tsudoi/v1/events/{id}/join", post_with(join, gives::<Status>))
        .route("/api/tsudoi/v1/events/{id}/leave", post_with(leave, gives::<Status>))
        .route("/api/tsudoi/v1/events/{id}/guests", get_with(guests, gives::<Vec<Guest>>))
}

/// The post with its event, if the viewer may read it and it is one.
async fn event(tx: &mut Tx, viewer: Option<AccountId>, id: PostId) -> Result<(PostView, Event)> {
    let v = view::post(tx, viewer, id).await?;
    let event = v.event.as_ref().map(|e| e.event.clone()).ok_or(Error::NotFound)?;
    Ok((v, event))
}

/// The same for who organises it.
async fn own(tx: &mut Tx, me: &SignedIn, id: PostId) -> Result<(PostView, Event)> {
    let found = event(tx, Some(me.account.id), id).await?;
    if found.0.post.account_id == me.account.id { Ok(found) } else { Err(Error::NotFound) }
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Which {
    /// Those that are over, the latest first; else those that are not, the soonest first.
    past: bool,
}

async fn list(
    State(app): State<App>,
    Reader(me): Reader,
    onward: Onward,
    Asked(which): Asked<Which>,
) -> Result<Response> {
    let page = EventPage {
        now: app.now(),
        past: which.past,
        after: onward.after(|text| text.parse().ok())?,
        limit: onward.limit(),
    };
    let mut tx = app.db.read().await?;
    let found = queries::by_start(&mut tx, me, page).await?;
    let ids: Vec<PostId> = found.iter().map(|b| b.post_id).collect();
    let views = view::posts(&mut tx, me, &ids).await?;
    let places: Vec<String> = found.iter().map(ToString::to_string).collect();
    Ok(onward.answer(&app, &places, entities::statuses(&app, &views)))
}

async fn show(
    State(app): State<App>,
    Reader(me): Reader,
    Path(id): Path<PostId>,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    event(&mut tx, me, id).await?;
    drop(tx);
    shown(&app, me, id).await
}

/// A new event, or what is to be changed of one: what is not named stays, and an empty text takes away.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct EventFields {
    name: Option<String>,
    /// RFC 3339, or `2026-06-12T18:30` by the clock of the time zone.
    starts_at: Option<String>,
    ends_at: Option<String>,
    /// By its IANA name; the node's own where nothing is said.
    timezone: Option<String>,
    place: Option<String>,
    address: Option<String>,
    online_url: Option<String>,
    /// `confirmed`, `tentative` or `cancelled`.
    status: Option<String>,
    /// `free`, `external` or `closed`.
    join_mode: Option<String>,
    /// Where one applies, where it is `external`.
    join_url: Option<String>,
    /// 0: as many as come.
    capacity: Option<i64>,
    /// What the status says about it.
    text: Option<String>,
    language: Option<String>,
    media_ids: Option<Vec<MediaId>>,
    /// Who may read it, as of statuses; does not change any more.
    visibility: Option<String>,
}

impl EventFields {
    fn over(&self, known: EventWords) -> Result<NewEvent> {
        let word = |new: &Option<String>, known| new.clone().unwrap_or(known);
        let capacity = self.capacity.map(|n| if n == 0 { String::new() } else { n.to_string() });
        NewEvent::parse(&EventWords {
            name: word(&self.name, known.name),
            starts_at: word(&self.starts_at, known.starts_at),
            ends_at: word(&self.ends_at, known.ends_at),
            timezone: word(&self.timezone, known.timezone),
            place: word(&self.place, known.place),
            address: word(&self.address, known.address),
            online_url: word(&self.online_url, known.online_url),
            status: word(&self.status, known.status),
            join_mode: word(&self.join_mode, known.join_mode),
            join_url: word(&self.join_url, known.join_url),
            capacity: capacity.unwrap_or(known.capacity),
        })
    }
}

async fn create(
    State(app): State<App>,
    Bearer(me): Bearer,
    headers: HeaderMap,
    Fields(sent): Fields<EventFields>,
) -> Result<Response> {
    let zone = app.config.timezone.0.iana_name().unwrap_or("UTC").to_owned();
    let event = sent.over(EventWords { timezone: zone, ..EventWords::default() })?;
    let draft = Draft {
        event: Some(event),
        audience: writing::audience(&me, sent.visibility.as_deref())?,
        text: sent.text.unwrap_or_default(),
        sensitive: me.member.default_sensitive,
        lang: sent.language.unwrap_or_else(|| me.member.writes_in().to_owned()),
        media: sent.media_ids.unwrap_or_default(),
        ..Draft::default()
    };
    writing::once(&app, &me, &headers, draft, || Ok(None)).await
}

async fn edit(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<PostId>,
    Fields(sent): Fields<EventFields>,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let (v, event) = own(&mut tx, &me, id).await?;
    // To the millisecond, so that what is not named does not move.
    let known = EventWords {
        starts_at: event.starts_at.iso(),
        ends_at: event.ends_at.map(Timestamp::iso).unwrap_or_default(),
        ..EventWords::of(&v.post.title, &event)
    };
    let event = sent.over(known)?;
    let media = writing::pictures(&mut tx, &v, sent.media_ids, &[]).await?;
    drop(tx);
    let edit = change::Edit {
        text: sent.text.unwrap_or(v.post.source),
        summary: v.post.summary,
        sensitive: v.post.sensitive,
        lang: sent.language.unwrap_or(v.post.lang),
        media,
        event: Some(event),
    };
    let named = publish::resolve_mentions(&app, &edit.text).await;
    let mut tx = app.db.begin().await?;
    change::edit(&app, &mut tx, &me.account, id, edit, &named).await?;
    tx.commit().await?;
    shown(&app, Some(me.account.id), id).await
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Asking {
    /// A word to the organiser; up to 500 characters.
    message: String,
}

async fn join(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<PostId>,
    Fields(Asking { message }): Fields<Asking>,
) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let (v, _) = event(&mut tx, Some(me.account.id), id).await?;
    attend::join(&app, &mut tx, &me.account, &v.post, &message).await?;
    tx.commit().await?;
    shown(&app, Some(me.account.id), id).await
}

async fn leave(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<PostId>,
) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let (v, _) = event(&mut tx, Some(me.account.id), id).await?;
    attend::leave(&app, &mut tx, &me.account, &v.post).await?;
    tx.commit().await?;
    shown(&app, Some(me.account.id), id).await
}

/// Somebody who asked for a place.
#[derive(Serialize, JsonSchema)]
struct Guest<'a> {
    account: entities::Account<'a>,
    state: RsvpState,
    message: &'a str,
    asked_at: String,
}

/// Who asked for a place and did not take it back, in that order.
async fn guests(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<PostId>,
    onward: Onward,
) -> Result<Response> {
    let after = onward.after(|text| text.parse().ok())?.unwrap_or(0);
    let mut tx = app.db.read().await?;
    own(&mut tx, &me, id).await?;
    let rsvps = queries::rsvps(&mut tx, id, after, onward.limit()).await?;
    let ids: Vec<AccountId> = rsvps.iter().map(|r| r.account_id).collect();
    let found = accounts::queries::by_ids(&mut tx, &ids).await?;
    let guests = rsvps.iter().filter_map(|r| {
        let account = found.get(&r.account_id).filter(|a| a.is_shown())?;
        Some(Guest {
            account: entities::account(&app, account),
            state: r.state,
            message: &r.message,
            asked_at: r.asked_at.iso(),
        })
    });
    let places: Vec<i64> = rsvps.iter().map(|r| r.id).collect();
    Ok(onward.answer(&app, &places, guests.collect::<Vec<_>>()))
}
