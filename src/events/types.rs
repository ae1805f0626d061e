//! When and where, who may come: the words and their rules. Pure.
use crate::{
    clock::{DAY, MINUTE, Timestamp},
    error::{Error, Result},
    ids::{AccountId, PostId},
    text::html,
};
use jiff::{civil, tz::TimeZone};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Whether it takes place. <https://codeberg.org/fediverse/fep/src/branch/main/fep/8a8e/fep-8a8e.md>
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, Serialize, Deserialize, schemars::JsonSchema,
)]
#[sqlx(type_name = "TEXT", rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "EventStatus")]
pub enum Status {
    Confirmed,
    Tentative,
    Cancelled,
}

/// How one gets in.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, Serialize, Deserialize, schemars::JsonSchema,
)]
#[sqlx(type_name = "TEXT", rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum JoinMode {
    /// First come, first served, until it is full.
    Free,
    /// The organisers decide on each; this node asks, but organises none of these.
    Restricted,
    /// At the address that the event gives.
    External,
    /// Who was invited, or nobody by way of the network.
    Closed,
}

/// The part of a post that makes it an event.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Event {
    pub post_id: PostId,
    pub starts_at: Timestamp,
    pub ends_at: Option<Timestamp>,
    /// By its IANA name.
    pub timezone: String,
    /// What the venue is called.
    pub place: String,
    pub address: String,
    /// Where those attend who do not come.
    pub online_url: String,
    pub status: Status,
    pub join_mode: JoinMode,
    /// Where to apply when that is elsewhere.
    pub join_url: String,
    pub capacity: Option<i64>,
    /// How many have a place: counted here for events of this node, else as their server says.
    pub attending: i64,
}

/// A place in a list of events, which stand in the order of their starts; as text `MILLISECONDS-ID`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Beginning {
    pub starts_at: Timestamp,
    pub post_id: PostId,
}

impl fmt::Display for Beginning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.starts_at.0, self.post_id)
    }
}

impl FromStr for Beginning {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parts = text.split_once('-').and_then(|(at, id)| {
            Some(Self { starts_at: Timestamp(at.parse().ok()?), post_id: id.parse().ok()? })
        });
        parts.ok_or_else(|| Error::Malformed(format!("no place in a list of events: {text:?}")))
    }
}

/// Where somebody stands who wants to attend.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, Serialize, Deserialize, schemars::JsonSchema,
)]
#[sqlx(type_name = "TEXT", rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum RsvpState {
    /// Asked of the organiser's node, which has not answered.
    Queued,
    Confirmed,
    /// 補欠: gets the next place that becomes free.
    Waitlisted,
    Declined,
    /// By whoever wanted to attend.
    Cancelled,
}

impl RsvpState {
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Confirmed => "confirmed",
            Self::Waitlisted => "waitlisted",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
        }
    }

    /// They have, or may get, a place.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Queued | Self::Confirmed | Self::Waitlisted)
    }
}

/// Somebody's wish to attend.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Rsvp {
    /// The place in the queue.
    pub id: i64,
    /// The id of the `Join`.
    pub uri: String,
    pub post_id: PostId,
    pub account_id: AccountId,
    pub state: RsvpState,
    /// What they told the organiser with it.
    pub message: String,
    pub asked_at: Timestamp,
}

impl Rsvp {
    /// Characters.
    pub const MAX_MESSAGE: usize = 500;
}

impl Event {
    /// Without a stated end it counts as over this long after the start, ms.
    pub const USUAL: i64 = DAY / 4;

    pub fn is_over(&self, now: Timestamp) -> bool {
        self.ends_at.unwrap_or_else(|| self.starts_at.plus(Self::USUAL)) <= now
    }

    pub fn is_full(&self) -> bool {
        self.capacity.is_some_and(|most| self.attending >= most)
    }

    /// Who asks the organiser's node gets an answer.
    pub fn takes_rsvps(&self, now: Timestamp) -> bool {
        matches!(self.join_mode, JoinMode::Free | JoinMode::Restricted)
            && self.status != Status::Cancelled
            && !self.is_over(now)
    }

    /// How many places can be given now, at most `most`.
    pub fn free(&self, now: Timestamp, most: i64) -> i64 {
        match self.admit(now) {
            RsvpState::Confirmed => {
                self.capacity.map_or(most, |all| most.min(all - self.attending))
            }
            _ => 0,
        }
    }

    /// Where somebody stands who asks now.
    pub fn admit(&self, now: Timestamp) -> RsvpState {
        if self.join_mode != JoinMode::Free || !self.takes_rsvps(now) {
            RsvpState::Declined
        } else if self.is_full() {
            RsvpState::Waitlisted
        } else {
            RsvpState::Confirmed
        }
    }

    /// Who attends must know when this changes.
    pub fn differs_for_guests(&self, other: &Self) -> bool {
        let what = |e: &Self| {
            (
                e.starts_at,
                e.ends_at,
                e.status,
                e.place.clone(),
                e.address.clone(),
                e.online_url.clone(),
            )
        };
        what(self) != what(other)
    }

    /// The clock on the wall there.
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.timezone).unwrap_or(TimeZone::UTC)
    }
}

/// An event as a member plans it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewEvent {
    pub name: String,
    pub starts_at: Timestamp,
    pub ends_at: Option<Timestamp>,
    pub timezone: String,
    pub place: String,
    pub address: String,
    pub online_url: String,
    pub status: Status,
    pub join_mode: JoinMode,
    pub join_url: String,
    pub capacity: Option<i64>,
}

/// What a form or a program says of an event, before any rule was applied. Times are `2026-06-12T18:30`, by the clock of the time zone, or
/// RFC 3339 with an offset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EventWords {
    pub name: String,
    pub starts_at: String,
    pub ends_at: String,
    pub timezone: String,
    pub place: String,
    pub address: String,
    pub online_url: String,
    /// `confirmed` where nothing is said.
    pub status: String,
    /// `free` where nothing is said.
    pub join_mode: String,
    pub join_url: String,
    /// Nothing: as many as come.
    pub capacity: String,
}

impl NewEvent {
    pub const MAX_NAME: usize = 200;
    pub const MAX_PLACE: usize = 200;
    pub const MAX_ADDRESS: usize = 500;
    pub const MAX_URL: usize = 1_000;
    pub const MOST_GUESTS: i64 = 100_000;
    /// Events last at most this long, ms.
    pub const LONGEST: i64 = 366 * DAY;

    /// Errors name the field: `event-name`, `event-start`, `event-end`, `event-timezone`, `event-too-long`, `event-url`, `event-capacity`,
    /// `event-word`, `event-join-url`.
    pub fn parse(words: &EventWords) -> Result<Self> {
        let name = line(&words.name, Self::MAX_NAME)?;
        if name.is_empty() {
            return Err(Error::invalid("event-name"));
        }
        let zone = TimeZone::get(words.timezone.trim())
            .ok()
            .filter(|zone| zone.iana_name().is_some())
            .ok_or(Error::invalid("event-timezone"))?;
        let starts_at = moment(&words.starts_at, &zone).ok_or(Error::invalid("event-start"))?;
        let ends_at = match words.ends_at.trim() {
            "" => None,
            end => Some(moment(end, &zone).ok_or(Error::invalid("event-end"))?),
        };
        if ends_at.is_some_and(|end| end <= starts_at || end > starts_at.plus(Self::LONGEST)) {
            return Err(Error::invalid("event-end"));
        }
        let join_url = address(&words.join_url)?;
        let join_mode = match words.join_mode.trim() {
            "" | "free" => JoinMode::Free,
            "closed" => JoinMode::Closed,
            "external" if join_url.is_empty() => return Err(Error::invalid("event-join-url")),
            "external" => JoinMode::External,
            _ => return Err(Error::invalid("event-word")),
        };
        Ok(Self {
            name,
            starts_at,
            ends_at,
            timezone: words.timezone.trim().to_owned(),
            place: line(&words.place, Self::MAX_PLACE)?,
            address: line(&words.address, Self::MAX_ADDRESS)?,
            online_url: address(&words.online_url)?,
            status: match words.status.trim() {
                "" | "confirmed" => Status::Confirmed,
                "tentative" => Status::Tentative,
                "cancelled" => Status::Cancelled,
                _ => return Err(Error::invalid("event-word")),
            },
            join_mode,
            join_url: if join_mode == JoinMode::External { join_url } else { String::new() },
            capacity: match words.capacity.trim() {
                "" => None,
                number => Some(
                    number
                        .parse()
                        .ok()
                        .filter(|n| (1..=Self::MOST_GUESTS).contains(n))
                        .ok_or(Error::invalid("event-capacity"))?,
                ),
            },
        })
    }

    /// The row of the post `post_id`, at which so many have a place already.
    pub fn of(&self, post_id: PostId, attending: i64) -> Event {
        Event {
            post_id,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            timezone: self.timezone.clone(),
            place: self.place.clone(),
            address: self.address.clone(),
            online_url: self.online_url.clone(),
            status: self.status,
            join_mode: self.join_mode,
            join_url: self.join_url.clone(),
            capacity: self.capacity,
            attending,
        }
    }
}

impl EventWords {
    /// The words in which a planned event would be said, by the clock of its time zone.
    pub fn of(name: &str, event: &Event) -> Self {
        let clock = |t: Timestamp| {
            let at = t.zoned(&event.zone());
            let exact = if t.0 % MINUTE == 0 { "%Y-%m-%dT%H:%M" } else { "%Y-%m-%dT%H:%M:%S%.f" };
            at.strftime(exact).to_string()
        };
        let word = |v: serde_json::Value| v.as_str().unwrap_or_default().to_owned();
        Self {
            name: name.to_owned(),
            starts_at: clock(event.starts_at),
            ends_at: event.ends_at.map(clock).unwrap_or_default(),
            timezone: event.timezone.clone(),
            place: event.place.clone(),
            address: event.address.clone(),
            online_url: event.online_url.clone(),
            status: word(serde_json::json!(event.status)),
            join_mode: word(serde_json::json!(event.join_mode)),
            join_url: event.join_url.clone(),
            capacity: event.capacity.map(|n| n.to_string()).unwrap_or_default(),
        }
    }
}

impl EventWords {
    /// The field that a refusal of `NewEvent::parse` is about; none where it is not about the event.
    pub fn field(&self, refusal: &str) -> Option<&'static str> {
        Some(match refusal {
            "event-name" => "name",
            "event-start" => "starts_at",
            "event-end" => "ends_at",
            "event-timezone" => "timezone",
            "event-capacity" => "capacity",
            "event-join-url" => "join_url",
            "event-word" if self.join_mode_is_known() => "status",
            "event-word" => "join_mode",
            "event-url" if address(&self.join_url).is_err() => "join_url",
            "event-url" => "online_url",
            "event-too-long" if line(&self.name, NewEvent::MAX_NAME).is_err() => "name",
            "event-too-long" if line(&self.place, NewEvent::MAX_PLACE).is_err() => "place",
            "event-too-long" => "address",
            _ => return None,
        })
    }

    fn join_mode_is_known(&self) -> bool {
        matches!(self.join_mode.trim(), "" | "free" | "closed" | "external")
    }
}

/// One line of at most `most` characters.
fn line(text: &str, most: usize) -> Result<String> {
    if text.chars().count() > most {
        return Err(Error::Invalid("event-too-long", most));
    }
    Ok(html::one_line(text, most))
}

/// An address of the web, or nothing.
fn address(text: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(String::new());
    }
    let url = url::Url::parse(text).ok().ok_or(Error::invalid("event-url"))?;
    let is_web = matches!(url.scheme(), "https" | "http") && url.host_str().is_some();
    if !is_web || text.len() > NewEvent::MAX_URL {
        return Err(Error::invalid("event-url"));
    }
    Ok(url.into())
}

/// Years are 2000 to 2199: others are slips of the pen.
fn moment(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    let at = match text.parse::<jiff::Timestamp>() {
        Ok(at) => at,
        Err(_) => text.parse::<civil::DateTime>().ok()?.to_zoned(zone.clone()).ok()?.timestamp(),
    };
    let year = at.to_zoned(zone.clone()).year();
    (2000..2200).contains(&year).then(|| Timestamp(at.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> EventWords {
        EventWords {
            name: "第21回 勉強会".into(),
            starts_at: "2026-06-12T18:30".into(),
            ends_at: "2026-06-12T20:30".into(),
            timezone: "Asia/Tokyo".into(),
            capacity: "2".into(),
            ..EventWords::default()
        }
    }

    fn refused(change: impl Fn(&mut EventWords)) -> &'static str {
        let mut words = words();
        change(&mut words);
        match NewEvent::parse(&words) {
            Err(Error::Invalid(key, _)) if words.field(key).is_some() => key,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn times_are_read_by_the_clock_of_the_time_zone() {
        let event = NewEvent::parse(&words()).unwrap();
        assert_eq!(event.starts_at.iso(), "2026-06-12T09:30:00.000Z");
        let told = EventWords::of(&event.name, &event.of(PostId(1), 0));
        assert_eq!(
            (told.starts_at.as_str(), told.ends_at.as_str()),
            ("2026-06-12T18:30", "2026-06-12T20:30")
        );
        assert_eq!(NewEvent::parse(&told).unwrap(), event);
        let exact = EventWords { starts_at: "2026-06-12T18:30:15.25".into(), ..words() };
        let exact = NewEvent::parse(&exact).unwrap();
        let told = EventWords::of(&exact.name, &exact.of(PostId(1), 0));
        assert_eq!(NewEvent::parse(&told).unwrap(), exact);
        let with_offset = EventWords { starts_at: "2026-06-12T09:30:00Z".into(), ..words() };
        assert_eq!(NewEvent::parse(&with_offset).unwrap().starts_at, event.starts_at);
    }

    #[test]
    fn what_cannot_be_an_event_is_refused_by_the_field() {
        assert_eq!(refused(|w| w.name = "  ".into()), "event-name");
        assert_eq!(refused(|w| w.name = "長".repeat(201)), "event-too-long");
        assert_eq!(refused(|w| w.starts_at = "next Sunday".into()), "event-start");
        assert_eq!(refused(|w| w.starts_at = "0026-06-12T18:30".into()), "event-start");
        assert_eq!(refused(|w| w.ends_at = "2026-06-12T18:30".into()), "event-end");
        assert_eq!(refused(|w| w.ends_at = "2028-06-12T18:30".into()), "event-end");
        assert_eq!(refused(|w| w.timezone = "Asia/Nowhere".into()), "event-timezone");
        assert_eq!(refused(|w| w.online_url = "javascript:alert(1)".into()), "event-url");
        assert_eq!(refused(|w| w.capacity = "0".into()), "event-capacity");
        assert_eq!(refused(|w| w.capacity = "many".into()), "event-capacity");
        assert_eq!(refused(|w| w.status = "perhaps".into()), "event-word");
        assert_eq!(refused(|w| w.join_mode = "external".into()), "event-join-url");
    }

    #[test]
    fn a_refusal_stands_beside_the_field_that_it_is_about() {
        let field = |words: &EventWords| {
            let (key, _) = NewEvent::parse(words).unwrap_err().message();
            words.field(key).unwrap()
        };
        let wrong = || "ftp://meet.example".to_owned();
        assert_eq!(field(&EventWords { online_url: wrong(), ..words() }), "online_url");
        assert_eq!(field(&EventWords { join_url: wrong(), ..words() }), "join_url");
        assert_eq!(field(&EventWords { place: "広".repeat(201), ..words() }), "place");
        assert_eq!(field(&EventWords { address: "長".repeat(501), ..words() }), "address");
        assert_eq!(field(&EventWords { status: "perhaps".into(), ..words() }), "status");
        assert_eq!(field(&EventWords { join_mode: "lottery".into(), ..words() }), "join_mode");
        assert_eq!(words().field("post-too-long"), None);
    }

    #[test]
    fn places_are_given_until_it_is_full_and_nobody_gets_into_what_is_over_or_cancelled() {
        let new = NewEvent::parse(&words()).unwrap();
        let before = Timestamp(new.starts_at.0 - DAY);
        assert_eq!(new.of(PostId(1), 1).admit(before), RsvpState::Confirmed);
        assert_eq!(new.of(PostId(1), 2).admit(before), RsvpState::Waitlisted);
        assert_eq!(new.of(PostId(1), 0).admit(new.starts_at.plus(DAY)), RsvpState::Declined);
        let cancelled = Event { status: Status::Cancelled, ..new.of(PostId(1), 0) };
        assert_eq!(cancelled.admit(before), RsvpState::Declined);
        let endless = Event { ends_at: None, ..new.of(PostId(1), 0) };
        assert!(!endless.is_over(new.starts_at.plus(DAY / 8)));
        assert!(endless.is_over(new.starts_at.plus(DAY)));
    }
}
