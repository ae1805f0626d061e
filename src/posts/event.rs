//! An event in its post: when and where, for how many, and how one gets in.
use super::view::{EventView, PostView};
use crate::{
    events::{
        calendar::Told,
        types::{Event, JoinMode, RsvpState, Status},
        wire,
    },
    web::Page,
};
use askama::Template;

/// When, where and for how many: for everybody who reads the post.
#[derive(Template)]
#[template(path = "posts/event.html")]
pub struct Facts<'a> {
    page: &'a Page,
    e: &'a EventView,
}

impl<'a> Facts<'a> {
    pub fn new(page: &'a Page, e: &'a EventView) -> Self {
        Self { page, e }
    }
}

/// How one gets in, and where the reader stands.
#[derive(Template)]
#[template(path = "posts/attend.html")]
pub struct Attendance<'a> {
    page: &'a Page,
    v: &'a PostView,
    e: &'a EventView,
}

impl<'a> Attendance<'a> {
    pub fn new(page: &'a Page, v: &'a PostView, e: &'a EventView) -> Self {
        Self { page, v, e }
    }

    fn is_organiser(&self) -> bool {
        self.page.is_me(&self.v.post.account_id)
    }

    fn may_leave(&self) -> bool {
        self.e.own.is_some_and(RsvpState::is_live)
    }

    /// Why nobody can apply here, as a message key.
    fn refusal(&self) -> Option<&'static str> {
        match &self.e.event {
            e if e.status == Status::Cancelled => Some("event-is-cancelled"),
            e if e.is_over(self.page.now) => Some("event-is-over"),
            e if e.join_mode == JoinMode::Closed && self.e.own.is_none() => Some("event-closed"),
            _ => None,
        }
    }

    fn is_elsewhere(&self) -> bool {
        self.e.event.join_mode == JoinMode::External && !self.e.event.join_url.is_empty()
    }
}

impl EventView {
    /// By the clock there. Where only moments are known, by the clock of the readers.
    fn shown(&self, page: &Page) -> Event {
        let name = page.zone.iana_name().filter(|_| self.event.timezone == "UTC");
        let timezone = name.unwrap_or(&self.event.timezone).to_owned();
        Event { timezone, ..self.event.clone() }
    }

    /// `2026年6月12日(金) 18:30–20:30`, with the time zone where it is not the readers'.
    pub fn times(&self, page: &Page) -> String {
        let event = self.shown(page);
        let times = wire::times(&event, page.lang);
        if page.zone.iana_name() == Some(event.timezone.as_str()) {
            times
        } else {
            format!("{times} ({})", event.timezone)
        }
    }

    /// The same below the day that it begins on: `18:30–20:30`.
    pub fn hours(&self, page: &Page) -> String {
        let (start, zone) = (self.event.starts_at.zoned(&page.zone), self.shown(page).timezone);
        if page.zone.iana_name() != Some(zone.as_str()) {
            return self.times(page);
        }
        let begin = start.strftime("%H:%M");
        match self.event.ends_at.map(|end| end.zoned(&page.zone)) {
            None => begin.to_string(),
            Some(end) if end.date() == start.date() => {
                format!("{begin}–{}", end.strftime("%H:%M"))
            }
            Some(end) => format!("{begin} – {}", page.lang.date(&end)),
        }
    }

    /// `定員40名 · 参加28名 · 残り12名`; nothing where no number says anything.
    pub fn places(&self, page: &Page) -> String {
        let e = &self.event;
        let takes = e.capacity.is_some() && e.takes_rsvps(page.now);
        let mut said = Vec::new();
        said.extend(e.capacity.map(|n| page.count("event-capacity-of", n)));
        if e.attending > 0 || takes {
            said.push(page.count("event-attending", e.attending));
        }
        if let Some(most) = e.capacity.filter(|_| e.takes_rsvps(page.now)) {
            said.push(match most.saturating_sub(e.attending) {
                left if left > 0 => page.count("event-left", left),
                _ if e.join_mode == JoinMode::Free => page.t("event-full-waiting").to_owned(),
                _ => page.t("event-full").to_owned(),
            });
        }
        said.join(" · ")
    }

    /// The message key of what is unusual about it, and whether it is a warning.
    pub fn badge(&self, page: &Page) -> Option<(&'static str, bool)> {
        match self.event.status {
            Status::Cancelled => Some(("event-cancelled", true)),
            _ if self.event.is_over(page.now) => Some(("event-over", false)),
            Status::Tentative => Some(("event-tentative", false)),
            Status::Confirmed => None,
        }
    }

    /// The message key of where the reader stands who asked to attend.
    pub fn standing(&self) -> Option<&'static str> {
        match self.own? {
            RsvpState::Queued => Some("rsvp-queued"),
            RsvpState::Confirmed => Some("rsvp-confirmed"),
            RsvpState::Waitlisted => Some("rsvp-waitlisted"),
            RsvpState::Declined => Some("rsvp-declined"),
            RsvpState::Cancelled => None,
        }
    }
}

impl PostView {
    /// What the event is called; other servers' may have no name.
    pub fn event_name<'a>(&'a self, page: &'a Page) -> &'a str {
        if self.post.title.is_empty() { page.t("event-nameless") } else { &self.post.title }
    }

    /// What calendars and search engines are told; `text` is the post without markup.
    pub fn told<'a>(&'a self, event: &'a Event, text: &'a str, changes: i64) -> Told<'a> {
        Told {
            event,
            name: &self.post.title,
            text,
            uri: &self.post.uri,
            url: &self.post.url,
            organiser: self.author.shown_name(),
            written_at: *self.post.last_written(),
            changes,
        }
    }
}
