//! The time zone of a person, which says to which day an instant belongs.

use std::{fmt, str::FromStr};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A time zone of the IANA database, such as `Europe/Berlin`. The default is UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Zone(TimeZone);

/// The IANA database has no time zone of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be {}", Self::EXPECTED)]
pub struct UnknownZone;

impl UnknownZone {
    /// Completes the error `must be …`.
    pub const EXPECTED: &str = "a time zone of the IANA database, such as Europe/Berlin";
}

impl Zone {
    /// The day on which an instant lies.
    pub fn day_of(&self, at: Timestamp) -> Date {
        self.0.to_datetime(at).date()
    }

    /// The first instant of a day. Most days begin at midnight.
    pub fn start_of(&self, day: Date) -> Timestamp {
        let end_of_time = if day.year() < 0 { Timestamp::MIN } else { Timestamp::MAX };
        day.to_zoned_datetime(self.0.clone()).map_or(end_of_time, |start| start.timestamp())
    }

    /// The zone as the date library knows it.
    pub const fn inner(&self) -> &TimeZone {
        &self.0
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        // Most documents have this zone, and need no database.
        if name == "UTC" {
            return Ok(Self::default());
        }
        let zone = TimeZone::get(name).map_err(|_| UnknownZone)?;
        // Some names, such as that of the system's zone, stand for no place.
        if zone.iana_name().is_none() { Err(UnknownZone) } else { Ok(Self(zone)) }
    }
}

impl TryFrom<String> for Zone {
    type Error = UnknownZone;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        name.parse()
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.iana_name().unwrap_or("UTC"))
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_the_iana_database_says_where_a_day_begins() {
        let berlin: Zone = "europe/berlin".parse().expect("known");
        assert_eq!(berlin.to_string(), "Europe/Berlin");
        let at: Timestamp = "2026-03-31T22:30:00Z".parse().expect("instant");
        assert_eq!(
            (berlin.day_of(at).to_string(), Zone::default().day_of(at).to_string()),
            ("2026-04-01".to_owned(), "2026-03-31".to_owned())
        );
        assert_eq!(berlin.start_of(berlin.day_of(at)).to_string(), "2026-03-31T22:00:00Z");
        for unknown in ["", "Berlin", "+02:00", "Europe/Berlin ", "../etc/passwd", "Etc/Unknown"] {
            assert_eq!(unknown.parse::<Zone>(), Err(UnknownZone), "{unknown}");
        }
        let first: Date = "-009999-01-01".parse().expect("day");
        assert!(berlin.start_of(first) <= Timestamp::MIN + jiff::SignedDuration::from_hours(48));
    }
}
