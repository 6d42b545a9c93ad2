//! Days and instants exactly as RFC 3339 writes them. `jiff` takes more, such as the offset `+25:00`.

use jiff::{Timestamp, civil::Date};

const SECONDS_OF_A_DAY: i64 = 24 * 60 * 60;

/// A `full-date`: `2025-03-31`.
pub fn day(text: &str) -> Option<Date> {
    has_form(text, "dddd-dd-dd").then(|| text.parse().ok()).flatten()
}

/// A `date-time`: `2025-03-31T17:00:00.5+02:00`. A leap second is the last nanosecond of the second before it, so it sorts
/// after all of that second.
pub fn instant(text: &str) -> Option<Timestamp> {
    let (start, rest) = text.split_at_checked("dddd-dd-ddTdd:dd:dd".len())?;
    // RFC 3339 allows small letters.
    let (start, rest) = (start.to_ascii_uppercase(), rest.to_ascii_uppercase());
    let zone = rest.rfind(['Z', '+', '-'])?;
    let (fraction, zone) = rest.split_at(zone);
    let is_well_formed = has_form(&start, "dddd-dd-ddTdd:dd:dd") && is_fraction(fraction) && is_zone(zone);
    if !is_well_formed {
        return None;
    }
    // Digits after the nanoseconds are cut.
    let fraction = fraction.get(..10).unwrap_or(fraction);
    match start.strip_suffix(":60") {
        None => format!("{start}{fraction}{zone}").parse().ok(),
        Some(minute) => {
            let at: Timestamp = format!("{minute}:59.999999999{zone}").parse().ok()?;
            // Leap seconds are inserted at midnight in UTC only.
            (at.as_second().rem_euclid(SECONDS_OF_A_DAY) == SECONDS_OF_A_DAY - 1).then_some(at)
        }
    }
}

/// Whether a text has a digit at each `d` of `form`, and otherwise the same characters.
fn has_form(text: &str, form: &str) -> bool {
    let fits = |(is, wanted): (u8, u8)| if wanted == b'd' { is.is_ascii_digit() } else { is == wanted };
    text.len() == form.len() && text.bytes().zip(form.bytes()).all(fits)
}

fn is_fraction(text: &str) -> bool {
    let digits = text.strip_prefix('.');
    text.is_empty() || digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

fn is_zone(text: &str) -> bool {
    let offset = text.strip_prefix(['+', '-']).filter(|offset| has_form(offset, "dd:dd"));
    let fits = |offset: &str| offset.get(..2) <= Some("23") && offset.get(3..) <= Some("59");
    text == "Z" || offset.is_some_and(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_those_of_rfc_3339() {
        for (text, same) in [
            ("2025-01-01T00:00:00Z", "2025-01-01T00:00:00Z"),
            ("2025-01-01t02:30:00.25+02:30", "2025-01-01T00:00:00.25Z"),
            ("2025-01-01T00:00:00z", "2025-01-01T00:00:00Z"),
            ("2025-01-01T00:00:00-23:59", "2025-01-01T23:59:00Z"),
            ("2025-01-01T00:00:00-00:00", "2025-01-01T00:00:00Z"),
            ("2025-01-01T00:00:00.123456789987Z", "2025-01-01T00:00:00.123456789Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999999999Z"),
            ("2016-12-31T15:59:60.1-08:00", "2016-12-31T23:59:59.999999999Z"),
        ] {
            assert_eq!(instant(text).map(|at| at.to_string()).as_deref(), Some(same), "{text}");
        }
        for text in [
            "2025-01-01T00:00:00+25:00",
            "2025-01-01T00:00:00+24:00",
            "2025-01-01T00:00:00+01:60",
            "2025-01-01T00:00:00+0100",
            "2025-01-01T00:00:00+01",
            "2025-01-01T00:00:00+01:00:00",
            "20250101T000000Z",
            "2025-01-01T00:00Z",
            "2025-01-01T00:00:00",
            "2025-01-01 00:00:00Z",
            "2025-01-01T24:00:00Z",
            "2025-02-30T00:00:00Z",
            "2025-01-01T00:00:61Z",
            "2025-01-01T12:00:60Z",
            "2025-01-01T00:00:00.Z",
            "2025-01-01T00:00:00,5Z",
            "2025-01-01T00:00:00Z[UTC]",
            "+002025-01-01T00:00:00Z",
            "2025-01-01T00:00:0é",
            "",
        ] {
            assert_eq!(instant(text), None, "{text}");
        }
    }

    #[test]
    fn a_leap_second_is_after_the_second_before_it() {
        assert!(instant("2016-12-31T23:59:60.1Z") > instant("2016-12-31T23:59:59.2Z"));
        assert!(instant("2016-12-31T23:59:60.1Z") < instant("2017-01-01T00:00:00Z"));
    }

    #[test]
    fn days_have_ten_characters() {
        assert!(day("2025-03-31").is_some());
        for text in ["20250331", "2025-3-31", "2025-02-29", "2025-W01-1", "2025-03-31T", "+2025-03-1"] {
            assert_eq!(day(text), None, "{text}");
        }
    }
}
