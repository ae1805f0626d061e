//! Events for calendars and search engines: iCalendar (RFC 5545) and schema.org. Pure.
use super::types::{Event, JoinMode, Status};
use crate::clock::Timestamp;
use serde_json::{Value, json};

/// What is said of an event besides when and where.
pub struct Told<'a> {
    pub event: &'a Event,
    pub name: &'a str,
    /// Without markup.
    pub text: &'a str,
    /// The address of the post's document: it stays the same for ever.
    pub uri: &'a str,
    /// Its page.
    pub url: &'a str,
    pub organiser: &'a str,
    /// When it was written last.
    pub written_at: Timestamp,
    /// How often it was changed.
    pub changes: i64,
}

impl Told<'_> {
    /// One event as a calendar: `text/calendar`.
    pub fn icalendar(&self) -> String {
        let e = self.event;
        let mut text = self.text.to_owned();
        if !e.online_url.is_empty() {
            text = format!("{text}\n{}", e.online_url);
        }
        let place = [e.place.as_str(), e.address.as_str()];
        let place: Vec<&str> = place.into_iter().filter(|p| !p.is_empty()).collect();
        let place = if place.is_empty() { e.online_url.clone() } else { place.join(" ") };
        let status = match e.status {
            Status::Confirmed => "CONFIRMED",
            Status::Tentative => "TENTATIVE",
            Status::Cancelled => "CANCELLED",
        };
        let lines = [
            ("BEGIN", "VCALENDAR".to_owned()),
            ("VERSION", "2.0".to_owned()),
            ("PRODID", "-//Tsudoi//Tsudoi//EN".to_owned()),
            ("METHOD", "PUBLISH".to_owned()),
            ("BEGIN", "VEVENT".to_owned()),
            ("UID", escape(self.uri)),
            ("DTSTAMP", utc(self.written_at)),
            ("SEQUENCE", self.changes.to_string()),
            ("DTSTART", utc(e.starts_at)),
            ("DTEND", e.ends_at.map(utc).unwrap_or_default()),
            ("SUMMARY", escape(self.name)),
            ("LOCATION", escape(&place)),
            ("URL", self.url.to_owned()),
            ("DESCRIPTION", escape(text.trim())),
            ("STATUS", status.to_owned()),
            ("END", "VEVENT".to_owned()),
            ("END", "VCALENDAR".to_owned()),
        ];
        let said = lines.into_iter().filter(|(_, value)| !value.is_empty());
        // An address of another server may hold anything: nothing in a value begins a line of its own.
        let value = |value: String| value.replace(char::is_control, "");
        said.map(|(name, said)| folded(&format!("{name}:{}", value(said)))).collect()
    }

    /// <https://schema.org/Event>, as search engines read it in a page.
    pub fn schema_org(&self) -> Value {
        let e = self.event;
        let mut said = json!({
            "@context": "https://schema.org",
            "@type": "Event",
            "name": self.name,
            "url": self.url,
            "startDate": e.starts_at.iso_seconds(),
            "eventStatus": if e.status == Status::Cancelled {
                "https://schema.org/EventCancelled"
            } else {
                "https://schema.org/EventScheduled"
            },
            "organizer": {"@type": "Person", "name": self.organiser},
        });
        let is_somewhere = !e.place.is_empty() || !e.address.is_empty();
        let place = json!({"@type": "Place", "name": e.place, "address": e.address});
        let online = json!({"@type": "VirtualLocation", "url": e.online_url});
        let mode = |name: &str| json!(format!("https://schema.org/{name}EventAttendanceMode"));
        let (location, mode) = match (is_somewhere, !e.online_url.is_empty()) {
            (true, true) => (json!([place, online]), mode("Mixed")),
            (true, false) => (place, mode("Offline")),
            (false, true) => (online, mode("Online")),
            (false, false) => (Value::Null, Value::Null),
        };
        let free = e.join_mode == JoinMode::Free;
        let optional = [
            ("endDate", e.ends_at.map(|end| json!(end.iso_seconds()))),
            ("description", Some(json!(self.text)).filter(|_| !self.text.is_empty())),
            ("location", Some(location).filter(|l| !l.is_null())),
            ("eventAttendanceMode", Some(mode).filter(|m| !m.is_null())),
            ("maximumAttendeeCapacity", e.capacity.map(Value::from)),
            (
                "remainingAttendeeCapacity",
                e.capacity.filter(|_| free).map(|n| json!((n - e.attending).max(0))),
            ),
        ];
        if let Value::Object(said) = &mut said {
            let known = optional.into_iter().filter_map(|(key, v)| Some((key.to_owned(), v?)));
            said.extend(known);
        }
        said
    }
}

/// `20260612T093000Z`.
fn utc(at: Timestamp) -> String {
    at.iso_seconds().chars().filter(|c| !matches!(c, '-' | ':')).collect()
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => escaped.extend(['\\', c]),
            '\n' => escaped.push_str("\\n"),
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// Lines are at most 75 octets; what is longer goes on behind a space in the next one.
fn folded(line: &str) -> String {
    const MOST: usize = 75;
    let mut folded = String::with_capacity(line.len() + 4);
    let mut room = MOST;
    for c in line.chars() {
        if c.len_utf8() > room {
            folded.push_str("\r\n ");
            room = MOST - 1;
        }
        folded.push(c);
        room -= c.len_utf8();
    }
    folded.push_str("\r\n");
    folded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        events::types::{EventWords, NewEvent},
        ids::PostId,
    };

    fn event(change: impl FnOnce(&mut EventWords)) -> Event {
        let mut words = EventWords {
            name: "雪かきの相談".into(),
            starts_at: "2026-12-12T18:30".into(),
            ends_at: "2026-12-12T20:00".into(),
            timezone: "Asia/Tokyo".into(),
            place: "見本町公民館".into(),
            address: "見本県見本町1-1".into(),
            capacity: "40".into(),
            ..EventWords::default()
        };
        change(&mut words);
        NewEvent::parse(&words).unwrap().of(PostId(1), 28)
    }

    fn told<'a>(event: &'a Event, name: &'a str, text: &'a str) -> Told<'a> {
        Told {
            event,
            name,
            text,
            uri: "https://a.example/users/hana/posts/1",
            url: "https://a.example/@hana/1",
            organiser: "見本はな",
            written_at: Timestamp::parse("2026-11-22T04:30:00Z").unwrap(),
            changes: 2,
        }
    }

    #[test]
    fn a_calendar_reads_times_in_utc_and_text_without_ambiguity() {
        let event = event(|w| w.status = "cancelled".into());
        let calendar = told(&event, "雪かき; 相談, ほか", "持ち物\n\\ 軍手").icalendar();
        let expected = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Tsudoi//Tsudoi//EN\r\nMETHOD:PUBLISH\r\n\
            BEGIN:VEVENT\r\nUID:https://a.example/users/hana/posts/1\r\nDTSTAMP:20261122T043000Z\r\nSEQUENCE:2\r\n\
            DTSTART:20261212T093000Z\r\nDTEND:20261212T110000Z\r\nSUMMARY:雪かき\\; 相談\\, ほか\r\n\
            LOCATION:見本町公民館 見本県見本町1-1\r\nURL:https://a.example/@hana/1\r\nDESCRIPTION:持ち物\\n\\\\ 軍手\r\n\
            STATUS:CANCELLED\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        assert_eq!(calendar, expected);
    }

    #[test]
    fn long_lines_are_folded_between_letters_and_lose_nothing() {
        let event = event(|w| w.ends_at = String::new());
        let text = "あいうえお".repeat(40);
        let calendar = told(&event, &text, "").icalendar();
        assert!(calendar.split("\r\n").all(|line| line.len() <= 75), "{calendar}");
        assert!(calendar.replace("\r\n ", "").contains(&format!("SUMMARY:{text}\r\n")));
        assert!(!calendar.contains("DTEND") && !calendar.contains("DESCRIPTION"), "{calendar}");
    }

    #[test]
    fn nothing_in_a_text_can_begin_a_line_of_the_calendar() {
        let event = event(|_| {});
        let calendar = told(&event, "a\r\nATTENDEE:x", "b\rc").icalendar();
        assert!(calendar.contains("SUMMARY:a\\nATTENDEE:x\r\n"), "{calendar}");
        assert!(calendar.contains("DESCRIPTION:bc\r\n"), "{calendar}");
        let url = "https://a.example/x\r\nATTACH:y";
        let calendar = Told { url, ..told(&event, "a", "b") }.icalendar();
        assert!(calendar.contains("URL:https://a.example/xATTACH:y\r\n"), "{calendar}");
    }

    #[test]
    fn search_engines_read_when_where_and_how_many_places_are_left() {
        let event = event(|w| w.online_url = "https://meet.example/yuki".into());
        let said = told(&event, "雪かきの相談", "").schema_org();
        assert_eq!(said["startDate"], "2026-12-12T09:30:00Z");
        assert_eq!(said["remainingAttendeeCapacity"], 12);
        assert_eq!(said["location"][1]["url"], "https://meet.example/yuki");
        assert_eq!(said["eventAttendanceMode"], "https://schema.org/MixedEventAttendanceMode");
        assert_eq!(said["description"], Value::Null);
    }
}
