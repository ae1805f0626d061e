//! Attending events: asking for a place, taking it back, and what the organiser's node answers.
//!
//! Only the organiser's node gives places, so that none is given twice; the guest's node says what it knows, and no more. A place that was
//! given is never taken back by the program. Activities about it go between these two nodes and to nobody else.
use super::super::{queries, types::Post};
use crate::{
    accounts::{self, types::Account},
    app::App,
    clock::MINUTE,
    db::Tx,
    error::{Error, Result},
    events::{
        self,
        types::{Event, NewEvent, Rsvp, RsvpState},
        wire,
    },
    federation::outbox::Saying,
    feeds::notifications::{self, Kind, Notice},
    ids::{AccountId, PostId},
    network::say::{Hearing, say},
};
use serde_json::Value;

/// How long guests are gathered until it is said how many attend, ms: forty guests are no forty activities.
const GATHERED: i64 = 5 * MINUTE;
/// Guests who are given a place at a time.
const PROMOTED: i64 = 200;

/// A member asks for a place. Where they stand: at an event of this node with a place or on the waiting list, else `queued` until the
/// organiser's node answers. Who asked already stands where they stood.
///
/// Errors: `event-none`, `event-takes-no-rsvps` (over, cancelled, or by another way), `event-not-allowed` (also to the organiser, who
/// is there anyway), `event-message-too-long`.
pub async fn join(
    app: &App,
    tx: &mut Tx,
    guest: &Account,
    post: &Post,
    message: &str,
) -> Result<RsvpState> {
    if message.chars().count() > Rsvp::MAX_MESSAGE {
        return Err(Error::Invalid("event-message-too-long", Rsvp::MAX_MESSAGE));
    }
    let event = locked(tx, post.id).await?;
    if let Some(known) = live(tx, post.id, guest.id).await? {
        return Ok(known.state);
    }
    if !event.takes_rsvps(app.now()) {
        return Err(Error::invalid("event-takes-no-rsvps"));
    }
    if guest.id == post.account_id
        || accounts::queries::is_blocked_between(tx, guest.id, post.account_id).await?
    {
        return Err(Error::Forbidden("event-not-allowed"));
    }
    let id = app.next_id();
    let rsvp = Rsvp {
        id,
        uri: format!("{}/joins/{id}", guest.uri),
        post_id: post.id,
        account_id: guest.id,
        state: if post.local { event.admit(app.now()) } else { RsvpState::Queued },
        message: message.trim().to_owned(),
        asked_at: app.now(),
    };
    put(app, tx, post, &rsvp).await?;
    if !post.local {
        let organiser = accounts::queries::by_id(tx, post.account_id).await?;
        let join = wire::join(&rsvp, &guest.uri, &post.uri, &organiser.uri);
        tell(app, tx, guest, post, &rsvp.uri, &join, &organiser).await?;
    }
    Ok(rsvp.state)
}

/// A member takes it back; whoever has waited longest gets the place.
pub async fn leave(app: &App, tx: &mut Tx, guest: &Account, post: &Post) -> Result<()> {
    let event = locked(tx, post.id).await?;
    let Some(rsvp) = live(tx, post.id, guest.id).await? else { return Ok(()) };
    cancel(app, tx, post, event, &rsvp).await?;
    if !post.local {
        let organiser = accounts::queries::by_id(tx, post.account_id).await?;
        let leave = wire::leave(&rsvp, &guest.uri, &post.uri, &organiser.uri);
        let id = leave.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        tell(app, tx, guest, post, &id, &leave, &organiser).await?;
    }
    Ok(())
}

/// Somebody of another node asks for a place at an event of this one. They always get an answer; the same question gets the same one.
pub async fn joined(
    app: &App,
    tx: &mut Tx,
    guest: &Account,
    post: &Post,
    uri: &str,
    message: &str,
) -> Result<()> {
    let event = locked(tx, post.id).await?;
    let known = live(tx, post.id, guest.id).await?;
    let is_new = known.is_none();
    let mut rsvp = known.unwrap_or_else(|| Rsvp {
        id: app.next_id(),
        uri: uri.to_owned(),
        post_id: post.id,
        account_id: guest.id,
        state: event.admit(app.now()),
        message: crate::text::html::one_line(message, Rsvp::MAX_MESSAGE),
        asked_at: app.now(),
    });
    if is_new && accounts::queries::is_blocked_between(tx, guest.id, post.account_id).await? {
        rsvp.state = RsvpState::Declined;
    }
    // The place stays, and the answer is to what they asked last.
    uri.clone_into(&mut rsvp.uri);
    let own = (post.id, guest.id);
    let taken = events::queries::rsvp_by_uri(tx, uri).await?;
    if taken.is_some_and(|r| (r.post_id, r.account_id) != own) {
        return Err(Error::Malformed("the id of another Join".into()));
    }
    if is_new {
        put(app, tx, post, &rsvp).await?;
    } else {
        events::queries::put_rsvp(tx, &rsvp).await?;
    }
    let organiser = accounts::queries::by_id(tx, post.account_id).await?;
    answer(app, tx, post, &organiser, guest, &rsvp).await
}

/// Somebody of another node takes it back.
pub async fn left(app: &App, tx: &mut Tx, guest: AccountId, post: &Post) -> Result<()> {
    let event = locked(tx, post.id).await?;
    match live(tx, post.id, guest).await? {
        Some(rsvp) => cancel(app, tx, post, event, &rsvp).await,
        None => Ok(()),
    }
}

/// An account is deleted: its places are free, and nothing of what it told organisers stays.
pub async fn forget(app: &App, tx: &mut Tx, guest: AccountId) -> Result<()> {
    let attended = events::queries::attended_by(tx, guest).await?;
    // All at first, in one order, and before the log: whoever answers for one of them waits for none of the others.
    for id in &attended {
        events::queries::lock(tx, *id).await?;
    }
    for id in attended {
        let post = queries::by_id(tx, id).await?;
        left(app, tx, guest, &post).await?;
    }
    events::queries::delete_rsvps(tx, guest).await
}

/// The organiser's node says where a member of this one stands. False where that answers nothing.
pub async fn answered(
    app: &App,
    tx: &mut Tx,
    organiser: AccountId,
    join: &str,
    state: RsvpState,
) -> Result<bool> {
    let Some(rsvp) = events::queries::rsvp_by_uri(tx, join).await? else { return Ok(false) };
    let post = queries::by_id(tx, rsvp.post_id).await?;
    if post.account_id != organiser || post.local {
        return Ok(false);
    }
    // The guest may be taking it back at this moment.
    locked(tx, post.id).await?;
    let now = events::queries::rsvp_by_uri(tx, join).await?;
    let Some(rsvp) = now else { return Ok(true) };
    // Who cancelled has said the last word.
    if rsvp.state != state && rsvp.state != RsvpState::Cancelled {
        events::queries::set_state(tx, rsvp.id, state).await?;
        tell_guests(app, tx, &post, &[rsvp.account_id]).await?;
    }
    Ok(true)
}

/// The organiser changes when and where: guests are told, and places that were added are given. Nobody loses one.
pub async fn change(
    app: &App,
    tx: &mut Tx,
    post: &Post,
    known: &Event,
    event: &NewEvent,
) -> Result<()> {
    let event = event.of(post.id, known.attending);
    events::queries::put(tx, &event, true).await?;
    if event.differs_for_guests(known) {
        let guests = events::queries::guests_here(tx, post.id).await?;
        tell_guests(app, tx, post, &guests).await?;
    }
    promote(app, tx, post, event).await
}

/// Who has, or may get, a place is told that something changed.
pub async fn tell_guests(app: &App, tx: &mut Tx, post: &Post, guests: &[AccountId]) -> Result<()> {
    let from = post.account_id;
    // The last change counts.
    notifications::take_back_from(tx, Kind::Rsvp, post.id, guests).await?;
    let notices = guests.iter().map(|to| Notice { to: *to, from, post: Some(post.id) });
    notifications::notify_all(app, tx, Kind::Rsvp, &notices.collect::<Vec<_>>()).await
}

/// Says how many attend the events whose guests have changed. Returns how many events.
pub async fn say_counts(app: &App) -> Result<usize> {
    let mut tx = app.db.begin().await?;
    tx.gives_way().await?;
    let counted = events::queries::take_counted(&mut tx, app.now(), 50).await?;
    for (id,) in &counted {
        super::vote::publish_counts(app, &mut tx, *id).await?;
    }
    tx.commit().await?;
    Ok(counted.len())
}

async fn locked(tx: &mut Tx, post: PostId) -> Result<Event> {
    events::queries::lock(tx, post).await?.ok_or(Error::invalid("event-none"))
}

async fn live(tx: &mut Tx, post: PostId, guest: AccountId) -> Result<Option<Rsvp>> {
    Ok(events::queries::rsvp(tx, post, guest).await?.filter(|r| r.state.is_live()))
}

/// Writes down who asks, and tells the organiser, if that is a member of this node.
async fn put(app: &App, tx: &mut Tx, post: &Post, rsvp: &Rsvp) -> Result<()> {
    events::queries::put_rsvp(tx, rsvp).await?;
    if !post.local {
        return Ok(());
    }
    events::queries::count(tx, post.id, app.now().plus(GATHERED)).await?;
    if rsvp.state == RsvpState::Declined {
        return Ok(());
    }
    let (to, by) = (post.account_id, rsvp.account_id);
    notifications::notify(app, tx, to, Kind::Join, by, Some(post.id)).await
}

async fn cancel(app: &App, tx: &mut Tx, post: &Post, event: Event, rsvp: &Rsvp) -> Result<()> {
    events::queries::set_state(tx, rsvp.id, RsvpState::Cancelled).await?;
    if !post.local {
        return Ok(());
    }
    let (to, by) = (post.account_id, rsvp.account_id);
    notifications::take_back(tx, to, Kind::Join, by, Some(post.id)).await?;
    let counted = events::queries::count(tx, post.id, app.now().plus(GATHERED)).await?;
    promote(app, tx, post, counted.unwrap_or(event)).await
}

/// Gives free places to those who wait, in the order in which they asked.
async fn promote(app: &App, tx: &mut Tx, post: &Post, mut event: Event) -> Result<()> {
    loop {
        let places = event.free(app.now(), PROMOTED);
        if places == 0 {
            return Ok(());
        }
        let promoted = events::queries::promote(tx, post.id, places).await?;
        if promoted.is_empty() {
            return Ok(());
        }
        let due = app.now().plus(GATHERED);
        event = events::queries::count(tx, post.id, due).await?.ok_or(Error::NotFound)?;
        let ids: Vec<AccountId> = promoted.iter().map(|rsvp| rsvp.account_id).collect();
        let guests = accounts::queries::by_ids(tx, &ids).await?;
        let here = |id: &AccountId| guests.get(id).is_some_and(|a| a.local);
        let here: Vec<AccountId> = ids.into_iter().filter(here).collect();
        tell_guests(app, tx, post, &here).await?;
        let organiser = accounts::queries::by_id(tx, post.account_id).await?;
        for rsvp in &promoted {
            if let Some(guest) = guests.get(&rsvp.account_id).filter(|a| !a.local) {
                answer(app, tx, post, &organiser, guest, rsvp).await?;
            }
        }
    }
}

async fn answer(
    app: &App,
    tx: &mut Tx,
    post: &Post,
    organiser: &Account,
    guest: &Account,
    rsvp: &Rsvp,
) -> Result<()> {
    let id = format!("{}#rsvps/{}", post.uri, app.next_id());
    match wire::answer(&id, rsvp, &guest.uri, &post.uri, &organiser.uri) {
        Some(answer) => tell(app, tx, organiser, post, &id, &answer, guest).await,
        None => Ok(()),
    }
}

/// Says something about a place to the one whom it concerns, and to nobody else.
async fn tell(
    app: &App,
    tx: &mut Tx,
    by: &Account,
    post: &Post,
    id: &str,
    document: &Value,
    to: &Account,
) -> Result<()> {
    let saying = Saying::new(by.id, id, document, &post.uri);
    say(app, tx, &saying, Hearing::Private, [to.inbox.clone()]).await
}
