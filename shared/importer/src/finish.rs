//! Completes an entry, whatever program it comes from.

use domain::ids::SourceId;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::date::normalised;

/// Adds a missing `externalId` and writes `occurredAt` as the API expects it.
///
/// The id is derived from the row before its time is written anew. The same row then gets the same id in every time
/// zone, and a second import replaces entries and adds none.
pub(crate) fn finish(value: &mut Value, zone: Option<&TimeZone>) {
    let row = value.to_string();
    let Some(entry) = value.as_object_mut() else { return };
    if entry.get("externalId").is_none_or(Value::is_null) {
        entry.insert("externalId".to_owned(), format!("import:{}", SourceId::named(&row)).into());
    }
    if let Some(Value::String(at)) = entry.get_mut("occurredAt") {
        *at = normalised(at, zone.unwrap_or(&TimeZone::UTC));
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::{Offset, TimeZone};
    use serde_json::{Value, json};

    use super::finish;

    fn finished(at: &str, hours: i8) -> Value {
        let mut value = json!({"title": "A", "occurredAt": at});
        finish(&mut value, Some(&TimeZone::fixed(Offset::constant(hours))));
        value
    }

    #[test]
    fn a_row_gets_a_stable_external_id() {
        let id = |at: &str, hours| finished(at, hours)["externalId"].as_str().expect("text").to_owned();
        assert!(id("2026-03-31", 0).starts_with("import:"));
        assert_eq!(id("2026-03-31T10:00", 0), id("2026-03-31T10:00", 2), "the time zone does not count");
        assert_ne!(id("2026-03-31", 0), id("2026-04-01", 0));
        let mut given = json!({"externalId": "mine"});
        finish(&mut given, None);
        assert_eq!(given, json!({"externalId": "mine"}));
    }

    #[test]
    fn times_are_written_as_the_api_expects_them() {
        assert_eq!(finished("2026-03-31 17:30", 2)["occurredAt"], "2026-03-31T15:30:00Z");
        assert_eq!(finished("2026-03-31", 2)["occurredAt"], "2026-03-31");
        let mut odd = json!({"occurredAt": 7, "externalId": "a"});
        finish(&mut odd, None);
        assert_eq!(odd["occurredAt"], 7);
    }
}
