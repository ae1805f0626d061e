//! How events and the wish to attend look on the wire. Shapes only.
//!
//! Events are written as FEP-8a8e says, and so that Mobilizon, Gancio and Mastodon read them: one place, one organiser, plain words.
//! <https://codeberg.org/fediverse/fep/src/branch/main/fep/8a8e/fep-8a8e.md>
#![expect(clippy::indexing_slicing, reason = "a key of a JSON object is put in")]
use super::types::{Event, JoinMode, Rsvp, RsvpState, Status};
use crate::{
    clock::{HOUR, Timestamp},
    federation::context::with_context,
    text::{html, lang::Lang},
};
use jiff::fmt::temporal::DateTimePrinter;
use serde_json::{Value, json};

/// What a cancelled event's name begins with, for those whose software does not know the status.
pub const CANCELLED: &str = "【中止】";

/// Makes the document of a post the document of an event. `name` is the post's title, `lang` its language, `organiser` its author.
pub fn describe(object: &mut Value, event: &Event, name: &str, lang: &str, organiser: &str) {
    let lang = words(lang);
    let end = event.ends_at.unwrap_or_else(|| event.starts_at.plus(2 * HOUR));
    let fields = json!({
        "type": "Event",
        "name": called(event, name),
        "summary": summary(event, lang),
        "actor": organiser,
        "mediaType": "text/html",
        "inLanguage": lang.code(),
        "startTime": local(event, event.starts_at),
        "endTime": local(event, end),
        "displayEndTime": event.ends_at.is_some(),
        "timezone": event.timezone,
        "status": match event.status {
            Status::Confirmed => "CONFIRMED",
            Status::Tentative => "TENTATIVE",
            Status::Cancelled => "CANCELLED",
        },
        "eventStatus": match event.status {
            Status::Confirmed => "EventScheduled",
            Status::Tentative => "EventTentative",
            Status::Cancelled => "EventCancelled",
        },
        "category": "MEETING",
        "isOnline": event.place.is_empty() && event.address.is_empty() && !event.online_url.is_empty(),
        "joinMode": match event.join_mode {
            JoinMode::Free => "free",
            JoinMode::Restricted => "restricted",
            JoinMode::External => "external",
            JoinMode::Closed => "invite",
        },
        "participantCount": event.attending,
        "attendees": {"type": "Collection", "totalItems": event.attending},
        "organizers": {"type": "OrganizersCollection", "totalItems": 1, "items": [organiser]},
        "contacts": [organiser],
        "commentsEnabled": true,
        "repliesModerationOption": "allow_all",
    });
    let optional = [
        ("location", place(event)),
        ("externalParticipationUrl", some(&event.join_url)),
        ("maximumAttendeeCapacity", event.capacity.map(Value::from)),
        ("remainingAttendeeCapacity", event.capacity.map(|n| json!((n - event.attending).max(0)))),
    ];
    let Value::Object(object) = object else { return };
    if let Value::Object(fields) = fields {
        object.extend(fields);
    }
    let optional = optional.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    object.extend(optional);
    // Behind the pictures: some readers take the first of the list for the banner.
    if let (Some(url), Some(Value::Array(list))) =
        (some(&event.online_url), object.get_mut("attachment"))
    {
        list.push(
            json!({"type": "Link", "mediaType": "text/html", "name": "Website", "href": url}),
        );
    }
}

/// Puts our context in front of an event's document or an activity about it.
pub fn in_context(document: Value) -> Value {
    let mut document = with_context(document);
    if let Some(Value::Array(context)) = document.get_mut("@context") {
        context.push(json!({
            "mz": "https://joinmobilizon.org/ns#",
            "ical": "http://www.w3.org/2002/12/cal/ical#",
            "fep8a8e": "https://w3id.org/fep/8a8e#",
            "status": "ical:status",
            "timezone": "mz:timezone",
            "joinMode": "mz:joinMode",
            "participantCount": "mz:participantCount",
            "isOnline": "mz:isOnline",
            "category": "mz:category",
            "contacts": {"@id": "mz:contacts", "@type": "@id"},
            "commentsEnabled": "mz:commentsEnabled",
            "repliesModerationOption": "mz:repliesModerationOption",
            "externalParticipationUrl": "mz:externalParticipationUrl",
            "maximumAttendeeCapacity": "schema:maximumAttendeeCapacity",
            "remainingAttendeeCapacity": "schema:remainingAttendeeCapacity",
            "inLanguage": "schema:inLanguage",
            "address": {"@id": "schema:address", "@type": "@id"},
            "PostalAddress": "schema:PostalAddress",
            "streetAddress": "schema:streetAddress",
            "eventStatus": "fep8a8e:eventStatus",
            "displayEndTime": "fep8a8e:displayEndTime",
            "attendees": "fep8a8e:attendees",
            "organizers": "fep8a8e:organizers",
            "OrganizersCollection": "fep8a8e:OrganizersCollection"
        }));
    }
    document
}

fn some(text: &str) -> Option<Value> {
    (!text.is_empty()).then(|| json!(text))
}

/// By the clock there, with its offset: `2026-06-12T18:30:00+09:00`.
fn local(event: &Event, at: Timestamp) -> String {
    const PRINTER: DateTimePrinter = DateTimePrinter::new();
    let at = at.zoned(&event.zone());
    PRINTER.timestamp_with_offset_to_string(&at.timestamp(), at.offset())
}

fn place(event: &Event) -> Option<Value> {
    if event.place.is_empty() && event.address.is_empty() {
        return None;
    }
    let name = if event.place.is_empty() { &event.address } else { &event.place };
    let mut place = json!({"type": "Place", "name": name});
    if !event.address.is_empty() {
        place["address"] = json!({"type": "PostalAddress", "streetAddress": event.address});
    }
    Some(place)
}

/// In which language it is said when and where: that of the post, if we know its words.
pub fn words(lang: &str) -> Lang {
    if lang == "en" { Lang::En } else { Lang::Ja }
}

/// The name, for those who do not know the status.
pub fn called(event: &Event, name: &str) -> String {
    format!("{}{name}", if event.status == Status::Cancelled { CANCELLED } else { "" })
}

/// The venue and its address in one line; empty where neither is known.
pub fn venue(event: &Event) -> String {
    let parts = [event.place.as_str(), event.address.as_str()];
    parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" ")
}

/// What is read where events are shown as posts: when, where, how many. HTML, as servers read it that follow no links.
fn summary(event: &Event, lang: Lang) -> String {
    lines(event, lang, &html::escape(&event.online_url))
}

/// The same with a link to where one attends online.
pub fn summary_with_link(event: &Event, lang: Lang) -> String {
    let url = html::escape(&event.online_url);
    let link = format!(r#"<a href="{url}" rel="nofollow noopener noreferrer">{url}</a>"#);
    lines(event, lang, &link)
}

fn lines(event: &Event, lang: Lang, online: &str) -> String {
    let mut lines = vec![format!("🗓 {}", times(event, lang))];
    let venue = venue(event);
    if !venue.is_empty() {
        lines.push(format!("📍 {}", html::escape(&venue)));
    }
    if !event.online_url.is_empty() {
        lines.push(format!("🔗 {online}"));
    }
    if let Some(capacity) = event.capacity {
        lines.push(lang.count("event-capacity-of", capacity));
    }
    format!("<p>{}</p>", lines.join("<br>"))
}

/// From when to when, by the clock there: `2026年6月12日(金) 18:30–20:30`.
pub fn times(event: &Event, lang: Lang) -> String {
    let zone = event.zone();
    let start = event.starts_at.zoned(&zone);
    match event.ends_at.map(|end| end.zoned(&zone)) {
        None => lang.date(&start),
        Some(end) if end.date() == start.date() => {
            format!("{}–{}", lang.date(&start), end.strftime("%H:%M"))
        }
        Some(end) => format!("{} – {}", lang.date(&start), lang.date(&end)),
    }
}

/// `Join`, to the organiser alone: who attends is nobody else's business.
pub fn join(rsvp: &Rsvp, guest: &str, event: &str, organiser: &str) -> Value {
    in_context(with_message(
        json!({"id": rsvp.uri, "type": "Join", "actor": guest, "object": event, "to": [organiser]}),
        &rsvp.message,
    ))
}

fn with_message(mut join: Value, message: &str) -> Value {
    if !message.is_empty() {
        join["participationMessage"] = json!(message);
    }
    join
}

/// `Leave`, which takes a `Join` back.
pub fn leave(rsvp: &Rsvp, guest: &str, event: &str, organiser: &str) -> Value {
    with_context(json!({
        "id": format!("{}#leave", rsvp.uri), "type": "Leave", "actor": guest, "object": event, "to": [organiser],
    }))
}

/// The organiser's answer: `Accept`, `Reject`, or `TentativeAccept` for who must wait. `None` where there is nothing to say.
pub fn answer(id: &str, rsvp: &Rsvp, guest: &str, event: &str, organiser: &str) -> Option<Value> {
    let kind = match rsvp.state {
        RsvpState::Confirmed => "Accept",
        RsvpState::Waitlisted => "TentativeAccept",
        RsvpState::Declined => "Reject",
        RsvpState::Queued | RsvpState::Cancelled => return None,
    };
    let join = json!({"id": rsvp.uri, "type": "Join", "actor": guest, "object": event});
    Some(with_context(json!({
        "id": id, "type": kind, "actor": organiser, "to": [guest], "object": join,
    })))
}
