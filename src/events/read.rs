//! Reading other servers' events, leniently. Pure.
#![expect(clippy::indexing_slicing, reason = "a missing key of a JSON value reads as null")]
use super::{
    types::{JoinMode, NewEvent, Status},
    wire::CANCELLED,
};
use crate::{clock::Timestamp, federation::json, text::html};
use jiff::{civil, tz::TimeZone};
use serde_json::Value;

/// When, where and for how many, and how many have a place. `None` for what says no time.
pub fn event(object: &Value) -> Option<(NewEvent, i64)> {
    if !json::is(object, "Event") {
        return None;
    }
    let timezone = json::text(&object["timezone"]).filter(|name| TimeZone::get(name).is_ok());
    let zone = timezone.and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC);
    let starts_at = moment(&object["startTime"], &zone)?;
    let has_end = object["displayEndTime"] != Value::Bool(false);
    let ends_at = moment(&object["endTime"], &zone).filter(|end| has_end && *end > starts_at);
    let status = status(object);
    let name = json::text_and_lang(object, "name").0.unwrap_or_default();
    let name = if status == Status::Cancelled { name.trim_start_matches(CANCELLED) } else { name };
    let (place, address) = place(&object["location"]);
    let capacity = json::count(&object["maximumAttendeeCapacity"]).filter(|n| *n > 0);
    let attending = json::count(&object["participantCount"])
        .or_else(|| json::count(&object["attendees"]["totalItems"]));
    let event = NewEvent {
        name: html::one_line(name, NewEvent::MAX_NAME),
        starts_at,
        ends_at,
        timezone: timezone.unwrap_or("UTC").to_owned(),
        place,
        address,
        online_url: website(object),
        status,
        join_mode: join_mode(object),
        join_url: url(&object["externalParticipationUrl"]),
        capacity,
    };
    Some((event, attending.unwrap_or(0)))
}

/// With an offset, or by the clock of the event's time zone.
fn moment(value: &Value, zone: &TimeZone) -> Option<Timestamp> {
    let at = json::time(value).or_else(|| {
        let at: civil::DateTime = json::text(value)?.trim().parse().ok()?;
        Some(Timestamp(at.to_zoned(zone.clone()).ok()?.timestamp().as_millisecond()))
    });
    at.filter(|at| at.0 > 0)
}

fn status(object: &Value) -> Status {
    let word = ["eventStatus", "status", "ical:status"];
    let word = word.iter().find_map(|key| json::text(&object[*key])).unwrap_or_default();
    match word.to_ascii_lowercase() {
        word if word.contains("cancel") => Status::Cancelled,
        word if word.contains("tentative") || word.contains("postponed") => Status::Tentative,
        _ => Status::Confirmed,
    }
}

fn join_mode(object: &Value) -> JoinMode {
    match json::text(&object["joinMode"]) {
        Some("free") => JoinMode::Free,
        Some("restricted") => JoinMode::Restricted,
        Some("external") => JoinMode::External,
        _ => JoinMode::Closed,
    }
}

/// The first place: its name, and its address in one line, whether that was written as a text or in parts.
fn place(location: &Value) -> (String, String) {
    let Some(place) = json::many(location).iter().find(|l| !json::is(l, "VirtualLocation")) else {
        return Default::default();
    };
    let name = json::text(&place["name"]).unwrap_or_default();
    let address = &place["address"];
    let parts = ["postalCode", "addressRegion", "addressLocality", "streetAddress"];
    let parts = parts.iter().filter_map(|part| json::text(&address[*part]));
    let address = match address {
        Value::String(text) => text.clone(),
        _ => parts.filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" "),
    };
    (html::one_line(name, NewEvent::MAX_PLACE), html::one_line(&address, NewEvent::MAX_ADDRESS))
}

/// Where to attend online: a place that is none, or the page that Mobilizon calls so.
fn website(object: &Value) -> String {
    let virtual_place =
        json::many(&object["location"]).iter().find(|l| json::is(l, "VirtualLocation"));
    let link = json::many(&object["attachment"])
        .iter()
        .find(|a| json::is(a, "Link") && json::text(&a["name"]) == Some("Website"));
    virtual_place.map(|l| url(&l["url"])).or(link.map(|l| url(&l["href"]))).unwrap_or_default()
}

fn url(value: &Value) -> String {
    let url = json::web_url(value).filter(|url| url.len() <= NewEvent::MAX_URL);
    url.and_then(|url| url::Url::parse(url).ok()).map(String::from).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{super::wire, *};
    use crate::{events::types::EventWords, ids::PostId};
    use serde_json::json;

    #[test]
    fn what_we_write_is_what_we_read() {
        let words = EventWords {
            name: "雪かきの相談".into(),
            starts_at: "2026-12-12T18:30".into(),
            timezone: "Asia/Tokyo".into(),
            place: "見本町公民館".into(),
            address: "見本県見本町1-1".into(),
            online_url: "https://meet.example/yuki".into(),
            capacity: "40".into(),
            ..EventWords::default()
        };
        for (ends_at, status) in [
            ("", "confirmed"),
            ("2026-12-12T20:00", "cancelled"),
            ("2026-12-13T12:00", "tentative"),
        ] {
            let words =
                EventWords { ends_at: ends_at.into(), status: status.into(), ..words.clone() };
            let planned = NewEvent::parse(&words).unwrap();
            let mut object = json!({"attachment": []});
            let row = planned.of(PostId(1), 7);
            wire::describe(&mut object, &row, &planned.name, "ja", "https://a.example/users/hana");
            assert_eq!(event(&object), Some((planned, 7)), "{object:#}");
        }
    }

    #[test]
    fn events_of_other_software_are_read() {
        let mobilizon = json!({
            "type": "Event", "name": "Night walk", "startTime": "2026-06-12T18:30:00+09:00", "endTime": null,
            "timezone": "Asia/Tokyo", "status": "CONFIRMED", "ical:status": "CONFIRMED", "joinMode": "restricted",
            "maximumAttendeeCapacity": 0, "participantCount": 3, "isOnline": false,
            "location": {"type": "Place", "name": "Library", "address": {"type": "PostalAddress",
                "streetAddress": "1-1", "postalCode": "980-0000", "addressLocality": "Sample", "addressRegion": ""}},
            "attachment": [{"type": "Link", "href": "https://walk.example/", "mediaType": "text/html", "name": "Website"}],
        });
        let (read, attending) = event(&mobilizon).unwrap();
        assert_eq!(
            (read.place.as_str(), read.address.as_str()),
            ("Library", "980-0000 Sample 1-1")
        );
        assert_eq!((read.join_mode, read.capacity, attending), (JoinMode::Restricted, None, 3));
        assert_eq!((read.ends_at, read.online_url.as_str()), (None, "https://walk.example/"));
        let gancio = json!({
            "type": "Event", "name": "Concert", "startTime": "2026-06-12T18:30:00.000+09:00",
            "location": [{"type": "Place", "name": "Hall", "address": "one line"},
                {"type": "VirtualLocation", "url": "https://hall.example/live"}],
        });
        let (read, _) = event(&gancio).unwrap();
        assert_eq!((read.address.as_str(), read.join_mode), ("one line", JoinMode::Closed));
        assert_eq!(read.online_url, "https://hall.example/live");
        let by_the_wall_clock =
            json!({"type": "Event", "startTime": "2026-06-12T18:30:00", "timezone": "Asia/Tokyo"});
        let (read, _) = event(&by_the_wall_clock).unwrap();
        assert_eq!(read.starts_at.iso(), "2026-06-12T09:30:00.000Z");
        assert_eq!(event(&json!({"type": "Event", "name": "some day"})), None);
        assert_eq!(event(&json!({"type": "Note", "startTime": "2026-06-12T18:30:00Z"})), None);
    }
}
