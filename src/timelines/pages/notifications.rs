//! What happened to a member: the list, reading it off, and the number that changes while a page is open.
use super::{
    super::{
        notices::{self, Wanted},
        reading::NotificationView,
        types::Pager,
    },
    Place,
};
use crate::{
    accounts::session::SignedIn,
    app::App,
    error::Result,
    feeds::notifications::{self, Kind},
    ids::AccountId,
    web::{CheckedForm, Html, Page, SeeOther},
};
use askama::Template;
use axum::{
    Router,
    extract::{Query, State},
    response::sse::{Event, KeepAlive, Sse},
    routing::{get, post},
};
use futures::{Stream, StreamExt, stream};
use serde::Deserialize;
use std::{convert::Infallible, time::Duration};
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// Other processes ring no bell here; so the number is looked up now and then.
const POLL: Duration = Duration::from_secs(20);

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/notifications", get(list))
        .route("/notifications/read", post(mark_read))
        .route("/notifications/stream", get(unread_stream))
}

#[derive(Template)]
#[template(path = "timelines/notifications.html")]
struct Notifications {
    page: Page,
    kind: &'static str,
    notices: Vec<NotificationView>,
    /// The newest that was read already.
    read_until: i64,
    pager: Pager,
}

#[derive(Deserialize)]
struct Shown {
    kind: Option<String>,
    before: Option<String>,
}

/// `GET /notifications`: newest first. Looking does not mark as read; the button does.
async fn list(
    State(app): State<App>,
    who: SignedIn,
    page: Page,
    Query(shown): Query<Shown>,
) -> Result<Html<Notifications>> {
    let part = Place { before: shown.before.clone() }.part()?;
    let me = who.account.id;
    let mut tx = app.db.read().await?;
    let (kind, wanted) = match shown.kind.as_deref() {
        Some("mention") => ("mention", Wanted::of(&[Kind::Mention, Kind::Reply, Kind::Quote])),
        Some("follow") => ("follow", Wanted::of(&[Kind::Follow, Kind::FollowRequest])),
        _ => ("", Wanted::of(&Kind::ALL)),
    };
    let (notices, ids) = notices::list(&mut tx, me, &wanted, part).await?;
    let pager = Pager::of("/notifications", &[("kind", kind)], part, &ids);
    let read_until = notifications::read_until(&mut tx, me).await?;
    let page = page.at("", "notifications");
    Ok(Html(Notifications { page, kind, notices, read_until, pager }))
}

impl NotificationView {
    fn icon(&self) -> &'static str {
        match self.kind {
            Kind::Mention | Kind::Reply => "reply",
            Kind::Follow | Kind::FollowRequest => "meet",
            Kind::Like => "like",
            Kind::Boost => "boost",
            Kind::Quote => "talk",
            Kind::Poll => "poll",
            Kind::Status => "bell",
            Kind::Join | Kind::Rsvp => "learn",
        }
    }

    fn asks_to_follow(&self) -> bool {
        self.kind == Kind::FollowRequest
    }

    fn at(&self) -> crate::clock::Timestamp {
        crate::clock::Timestamp(self.id >> 16)
    }
}

#[derive(Deserialize)]
struct Until {
    until: i64,
}

/// `POST /notifications/read`: everything up to what the page showed.
async fn mark_read(
    State(app): State<App>,
    who: SignedIn,
    CheckedForm(form): CheckedForm<Until>,
) -> Result<SeeOther> {
    let mut tx = app.db.begin().await?;
    notifications::mark_read(&mut tx, who.account.id, form.until).await?;
    tx.commit().await?;
    let _ = app.live.send(who.account.id); // other pages of the member show it too
    Ok(SeeOther::to("/notifications"))
}

/// `GET /notifications/stream`: the number of unread notifications as event `unread`, now and whenever it changes.
async fn unread_stream(
    State(app): State<App>,
    who: SignedIn,
) -> Sse<impl Stream<Item = std::result::Result<Event, Infallible>>> {
    let bell = app.live.subscribe();
    let stopping = app.stopping.clone().cancelled_owned();
    let watch = Watch { app, me: who.account.id, bell, said: None };
    let events = stream::unfold(watch, |mut watch| async move {
        let n = watch.next().await?;
        Some((Ok(Event::default().event("unread").data(n.to_string())), watch))
    });
    Sse::new(events.take_until(stopping))
        .keep_alive(KeepAlive::new().interval(Duration::from_secs(25)))
}

struct Watch {
    app: App,
    me: AccountId,
    bell: Receiver<AccountId>,
    said: Option<i64>,
}

impl Watch {
    /// The number, once it differs from what was said last. None ends the stream; browsers come back by themselves.
    async fn next(&mut self) -> Option<i64> {
        loop {
            let mut tx = self.app.db.read().await.ok()?;
            let n = notifications::unread(&mut tx, self.me).await.ok()?;
            drop(tx);
            if self.said != Some(n) {
                self.said = Some(n);
                return Some(n);
            }
            let _ = tokio::time::timeout(POLL, ring_for(&mut self.bell, self.me)).await;
        }
    }
}

/// Waits until `me` is rung for, or so many rang that it may have been missed.
async fn ring_for(bell: &mut Receiver<AccountId>, me: AccountId) {
    loop {
        match bell.recv().await {
            Ok(id) if id != me => {}
            Ok(_) | Err(RecvError::Lagged(_) | RecvError::Closed) => return,
        }
    }
}
