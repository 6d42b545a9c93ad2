//! Days and instants, and ranges of them.

use std::{fmt, str::FromStr};

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{input::Fields, rfc3339, zone::Zone};

/// A range of time. Both ends are inclusive and optional.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DateRange {
    /// First day or instant of the range. If missing, the range has no start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Moment>,
    /// Last day or instant of the range. If missing, the range has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Moment>,
}

/// Bounds of [`Moment::listed_at`]: the first that may be read, and the first after it that may not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Inclusive. `None` if there is no start.
    pub from: Option<Timestamp>,
    /// Exclusive. `None` if there is no end.
    pub until: Option<Timestamp>,
}

impl DateRange {
    pub(crate) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let start = fields.parsed("start", InvalidMoment::EXPECTED);
        let end = fields.parsed("end", InvalidMoment::EXPECTED);
        let range = Self { start, end };
        if range.is_backwards() {
            fields.wrong("end", "must not be before start");
        }
        Some(range)
    }

    /// Whether the range ends before it starts, so that it contains nothing. Days are compared as days of UTC.
    pub fn is_backwards(&self) -> bool {
        let zone = Zone::default();
        matches!((self.start, self.end), (Some(start), Some(end)) if end.next_instant(&zone) <= start.first_instant(&zone))
    }

    /// Whether `moment` lies within the range. An instant is compared in `zone`. A day lies within it if its date does.
    pub fn contains(&self, moment: Moment, zone: &Zone) -> bool {
        match moment {
            Moment::Instant(at) => {
                self.start.is_none_or(|start| start.first_instant(zone) <= at)
                    && self.end.is_none_or(|end| at < end.next_instant(zone))
            }
            Moment::Day(day) => {
                self.start.is_none_or(|start| start.day(zone) <= day) && self.end.is_none_or(|end| day <= end.day(zone))
            }
        }
    }

    /// Where everything is listed that [`Self::contains`], and perhaps something of the days around it.
    pub fn bounds(&self, zone: &Zone) -> Bounds {
        let utc = Zone::default();
        let from = |start: Moment| start.first_instant(zone).min(utc.start_of(start.day(zone)));
        let until = |end: Moment| end.next_instant(zone).max(utc.start_of(next(end.day(zone))));
        Bounds { from: self.start.map(from), until: self.end.map(until) }
    }
}

/// A day (`YYYY-MM-DD`) or an instant (RFC 3339). A day is the same day in every time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub enum Moment {
    /// A whole day.
    Day(Date),
    /// An instant.
    Instant(Timestamp),
}

/// The text is neither a day nor an instant with a time zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be {}", Self::EXPECTED)]
pub struct InvalidMoment;

impl InvalidMoment {
    /// Completes the error `must be …`.
    pub const EXPECTED: &str = "a date such as 2025-03-31, or a time with its zone such as 2025-03-31T17:00:00Z";
}

impl Moment {
    /// The day itself, or the day of the instant in `zone`.
    pub fn day(&self, zone: &Zone) -> Date {
        match self {
            Self::Day(day) => *day,
            Self::Instant(at) => zone.day_of(*at),
        }
    }

    /// The place of the moment in a list: the instant, or the start of the day in UTC.
    pub fn listed_at(&self) -> Timestamp {
        self.first_instant(&Zone::default())
    }

    /// Start of the day in `zone`, or the instant itself.
    fn first_instant(&self, zone: &Zone) -> Timestamp {
        match self {
            Self::Day(day) => zone.start_of(*day),
            Self::Instant(at) => *at,
        }
    }

    /// Start of the next day in `zone`, or the millisecond after the instant.
    fn next_instant(&self, zone: &Zone) -> Timestamp {
        match self {
            Self::Day(day) => zone.start_of(next(*day)),
            Self::Instant(at) => Timestamp::from_millisecond(at.as_millisecond() + 1).unwrap_or(Timestamp::MAX),
        }
    }
}

fn next(day: Date) -> Date {
    day.tomorrow().unwrap_or(Date::MAX)
}

impl FromStr for Moment {
    type Err = InvalidMoment;

    /// Reads a day or an instant as RFC 3339 writes them. A time without a zone, such as `2025-03-31T17:00:00`, is no
    /// instant.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        rfc3339::day(text).map(Self::Day).or_else(|| rfc3339::instant(text).map(Self::Instant)).ok_or(InvalidMoment)
    }
}

impl TryFrom<String> for Moment {
    type Error = InvalidMoment;

    /// Reads a stored moment. An earlier release took more than RFC 3339 has, such as the year −1.
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let stored = || match text.parse() {
            Ok(day) if !text.contains('T') => Some(Self::Day(day)),
            _ => text.parse().ok().map(Self::Instant),
        };
        text.parse().ok().or_else(stored).ok_or(InvalidMoment)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => day.fmt(f),
            Self::Instant(at) => at.fmt(f),
        }
    }
}

impl From<Moment> for String {
    fn from(moment: Moment) -> Self {
        moment.to_string()
    }
}
