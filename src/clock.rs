//! The only place that asks the time.
use jiff::{Timestamp as Instant, Zoned, fmt::temporal::DateTimePrinter, tz::TimeZone};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Milliseconds since 1970-01-01 UTC.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    sqlx::Type,
    serde::Serialize,
    serde::Deserialize,
)]
#[sqlx(transparent)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

pub const SECOND: i64 = 1_000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;
pub const WEEK: i64 = 7 * DAY;

impl Timestamp {
    #[must_use]
    pub fn plus(self, milliseconds: i64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    /// Reads RFC 3339 as other servers write it. Years outside 0–9999 and other forms are refused.
    pub fn parse(text: &str) -> Option<Self> {
        let instant: Instant = text.trim().parse().ok()?;
        Some(Self(instant.as_millisecond()))
    }

    /// RFC 3339 in UTC with milliseconds, as on the wire.
    pub fn iso(self) -> String {
        const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));
        Instant::from_millisecond(self.0)
            .map_or_else(|_| String::new(), |t| PRINTER.timestamp_to_string(&t))
    }

    /// The day in UTC, `2026-11-22`.
    pub fn iso_date(self) -> String {
        self.iso().split('T').next().unwrap_or_default().to_owned()
    }

    /// The beginning of the week in UTC: Monday, 0:00.
    #[must_use]
    pub fn week(self) -> Self {
        // 1970 began with a Thursday.
        Self(self.0 - (self.0 + 3 * DAY).rem_euclid(WEEK))
    }

    /// RFC 3339 in UTC with whole seconds.
    pub fn iso_seconds(self) -> String {
        Instant::from_millisecond(self.0)
            .map_or_else(|_| String::new(), |t| t.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    }

    pub fn system_time(self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(u64::try_from(self.0).unwrap_or(0))
    }

    /// The wall clock of the readers.
    pub fn zoned(self, zone: &TimeZone) -> Zoned {
        Instant::from_millisecond(self.0).unwrap_or(Instant::UNIX_EPOCH).to_zoned(zone.clone())
    }
}

/// Tells the time; tests hold a clock that they move themselves.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    #[default]
    System,
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `start` until `advance` is called.
    pub fn manual(start: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(start.0)))
    }

    #[expect(clippy::disallowed_methods, reason = "the one clock")]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
            Self::Manual(now) => Timestamp(now.load(Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock; the system clock takes no orders.
    pub fn advance(&self, milliseconds: i64) {
        if let Self::Manual(now) = self {
            now.fetch_add(milliseconds, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_on_the_wire_are_read_and_written_in_utc() {
        let t = Timestamp::parse("2026-11-22T13:30:00+09:00").unwrap();
        assert_eq!(t.iso(), "2026-11-22T04:30:00.000Z");
        assert_eq!(t.plus(7).iso(), "2026-11-22T04:30:00.007Z");
        assert_eq!(t.iso_date(), "2026-11-22");
        assert_eq!(Timestamp::parse(&t.iso()), Some(t));
        assert_eq!(Timestamp::parse("next Sunday"), None);
    }

    #[test]
    fn a_week_begins_on_monday_in_utc() {
        let at = |text| Timestamp::parse(text).unwrap();
        let monday = at("2026-11-16T00:00:00Z");
        assert_eq!(at("2026-11-22T23:59:59.999Z").week(), monday);
        assert_eq!(monday.week(), monday);
        assert_eq!(monday.plus(-1).week(), monday.plus(-WEEK));
    }
}
