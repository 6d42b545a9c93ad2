//! Ranges of time whose ends are days or instants.

use std::str::FromStr;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::input::Fields;

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

    /// Whether the range ends before it starts, so that it contains nothing.
    pub fn is_backwards(&self) -> bool {
        matches!((&self.start, &self.end), (Some(start), Some(end)) if end.next_instant() <= start.first_instant())
    }

    /// First instant of the range, inclusive. `None` if the range has no start.
    pub fn from(&self) -> Option<Timestamp> {
        self.start.as_ref().map(Moment::first_instant)
    }

    /// First instant after the range. `None` if the range has no end.
    pub fn until(&self) -> Option<Timestamp> {
        self.end.as_ref().map(Moment::next_instant)
    }

    /// Whether `at` lies within the range.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from().is_none_or(|from| from <= at) && self.until().is_none_or(|until| at < until)
    }
}

/// A day (`YYYY-MM-DD`, in UTC) or an instant (RFC 3339), returned as the client wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Moment {
    text: String,
    first: Timestamp,
    next: Timestamp,
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
    /// Start of the day in UTC, or the instant itself.
    pub const fn first_instant(&self) -> Timestamp {
        self.first
    }

    /// Start of the next day in UTC, or the millisecond after the instant.
    pub const fn next_instant(&self) -> Timestamp {
        self.next
    }
}

impl TryFrom<String> for Moment {
    type Error = InvalidMoment;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        // A date has exactly ten characters. A time without a zone, such as "2025-03-31T17:00:00", fails to parse
        // below.
        let (first, next) = if text.len() == 10 {
            let date: Date = text.parse().map_err(|_| InvalidMoment)?;
            let start = |date: Date| TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0));
            let next = date.tomorrow().and_then(start).map_err(|_| InvalidMoment)?;
            (start(date).map_err(|_| InvalidMoment)?, next)
        } else {
            let at: Timestamp = text.parse().map_err(|_| InvalidMoment)?;
            let next = Timestamp::from_millisecond(at.as_millisecond() + 1).map_err(|_| InvalidMoment)?;
            (at, next)
        };
        Ok(Self { text, first, next })
    }
}

impl FromStr for Moment {
    type Err = InvalidMoment;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.to_owned().try_into()
    }
}

impl From<Moment> for String {
    fn from(moment: Moment) -> Self {
        moment.text
    }
}
