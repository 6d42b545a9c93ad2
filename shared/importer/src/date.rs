//! Writes a time of a file as the API expects it: a day, or an instant with its time zone.
//!
//! Only forms with one meaning are read. `03/04/2026` is a day in April or in March, so it stays as it is and the API
//! reports it.

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};

/// Days with one meaning, besides `2026-03-31`. `%y` comes first, because `%Y` would read `26` as the year 26.
const DAYS: &[&str] = &[
    "%Y-%m-%d",
    "%d/%b/%y",
    "%d/%b/%Y",
    "%d-%b-%y",
    "%d-%b-%Y",
    "%d %b %Y",
    "%b %d %Y",
    "%b %d, %Y",
    "%d.%m.%y",
    "%d.%m.%Y",
    "%Y/%m/%d",
];
/// Times of a day. Twelve-hour forms end in AM or PM.
const TIMES: &[&str] = &["%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p"];
/// Years before it are most likely two digits that were read as four.
const EARLIEST_YEAR: i16 = 1900;

/// Writes a day as `2026-03-31` and a time as an instant. A local time is taken in `zone`, and a time that does not exist
/// there is moved forward by the gap. A day is never moved. Any other text is returned as it is.
pub(crate) fn normalised(text: &str, zone: &TimeZone) -> String {
    let spaced = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if spaced.parse::<Timestamp>().is_ok() {
        return spaced;
    }
    let instant = |local: DateTime| zone.to_timestamp(local).ok().map(|at| at.to_string());
    local_iso(&spaced)
        .and_then(instant)
        .or_else(|| script_date(&spaced))
        .or_else(|| match spaced.find(':') {
            Some(colon) => {
                let space = spaced.get(..colon)?.rfind(' ')?;
                let (day, time) = spaced.split_at(space);
                instant(self::day(day.trim_end_matches(','))?.to_datetime(self::time(time.trim_start())?))
            }
            None => day(&spaced).map(|day| day.to_string()),
        })
        .unwrap_or_else(|| text.to_owned())
}

/// A time in ISO 8601 without an offset, such as `2026-03-31T17:00` or `2026-03-31 17:00:00.000`.
fn local_iso(text: &str) -> Option<DateTime> {
    let (day, time) = text.split_at_checked(10)?;
    let time = time.strip_prefix(['T', 't', ' '])?;
    let plain = time.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '.' | ','));
    if plain { format!("{day}T{time}").parse().ok() } else { None }
}

/// A date as JavaScript prints it, such as `Sat Nov 28 2026 15:05:12 GMT+0000 (GMT)`. The weekday says nothing new.
fn script_date(text: &str) -> Option<String> {
    let (_, text) = text.split_once(' ')?;
    let text = text.split(" (").next()?;
    Timestamp::strptime("%b %d %Y %H:%M:%S GMT%z", text).ok().map(|at| at.to_string())
}

fn day(text: &str) -> Option<Date> {
    let days = DAYS.iter().filter_map(|form| Date::strptime(form, text).ok());
    days.into_iter().find(|day| day.year() >= EARLIEST_YEAR)
}

fn time(text: &str) -> Option<Time> {
    TIMES.iter().find_map(|form| Time::strptime(form, text).ok())
}

#[cfg(test)]
mod tests {
    use jiff::tz::{Offset, TimeZone};

    use super::normalised;

    fn berlin() -> TimeZone {
        TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a time zone")
    }

    #[test]
    fn a_day_is_never_moved() {
        for zone in [TimeZone::UTC, berlin(), TimeZone::fixed(Offset::constant(-11))] {
            for text in
                ["2026-03-31", " 2026-03-31 ", "31.03.2026", "31.3.26", "31/Mar/26", "Mar 31, 2026", "2026/03/31"]
            {
                assert_eq!(normalised(text, &zone), "2026-03-31", "{text}");
            }
        }
    }

    #[test]
    fn a_local_time_is_taken_in_the_time_zone() {
        for (text, utc) in [
            ("2026-03-31T17:00", "2026-03-31T15:00:00Z"),
            ("2026-03-31 17:00:00", "2026-03-31T15:00:00Z"),
            ("2026-03-31T17:00:00.25", "2026-03-31T15:00:00.25Z"),
            ("2026-03-31 5:00 PM", "2026-03-31T15:00:00Z"),
            ("31.03.2026 17:00", "2026-03-31T15:00:00Z"),
            ("31.03.2026, 17:00:01", "2026-03-31T15:00:01Z"),
            ("28/Nov/26 3:05 PM", "2026-11-28T14:05:00Z"),
            ("28/Nov/26 03:05 pm", "2026-11-28T14:05:00Z"),
            ("28/Nov/2026 15:05", "2026-11-28T14:05:00Z"),
            ("Nov 28, 2026, 3:05\u{202f}PM", "2026-11-28T14:05:00Z"),
            ("28 Nov 2026 12:05 AM", "2026-11-27T23:05:00Z"),
            // The hour from 2:00 to 3:00 does not exist on this day.
            ("2026-03-29T02:30", "2026-03-29T01:30:00Z"),
        ] {
            assert_eq!(normalised(text, &berlin()), utc, "{text}");
        }
        assert_eq!(normalised("2026-11-28 15:05", &TimeZone::UTC), "2026-11-28T15:05:00Z");
    }

    #[test]
    fn an_offset_stays() {
        for text in ["2026-03-31T17:30:00Z", "2026-03-31T17:30:00+02:00", "2026-03-31T17:30:00.123Z"] {
            assert_eq!(normalised(text, &berlin()), text);
        }
        for text in
            ["Fri Nov 28 2026 15:05:12 GMT+0000 (GMT)", "Sat Nov 28 2026 16:05:12 GMT+0100 (Central European Time)"]
        {
            assert_eq!(normalised(text, &berlin()), "2026-11-28T15:05:12Z");
        }
    }

    #[test]
    fn other_texts_stay_as_they_are() {
        for text in [
            "",
            "yesterday",
            "03/04/2026",
            "03/04/26",
            "3/4/2026 17:00",
            "2026-02-30",
            "20260331",
            "2026-03-31T17:00[Europe/Berlin]",
            "2026",
            "17:00",
            ":",
            "2026-03-31T",
            "2026-03-31Tx",
            "31.03.",
            "é:é",
            "9999-12-31T23:59:59.9999999999",
        ] {
            assert_eq!(normalised(text, &berlin()), text);
        }
    }
}
