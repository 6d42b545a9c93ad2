//! Completes the entries of a file, whatever program it comes from.

use std::collections::HashMap;

use domain::ids::SourceId;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::{Kind, date::normalised};

/// Completes one entry after the other.
pub(crate) struct Finish {
    kind: Kind,
    zone: TimeZone,
    /// How many goals without an id have had a title.
    goals: HashMap<String, usize>,
}

impl Finish {
    /// `zone` is that of times without an offset. Without it they are in UTC.
    pub(crate) fn new(kind: Kind, zone: Option<TimeZone>) -> Self {
        Self { kind, zone: zone.unwrap_or(TimeZone::UTC), goals: HashMap::new() }
    }

    /// Adds a missing `externalId`, and writes dates as the API expects them.
    ///
    /// The id is derived from the row before its time is written anew. The same row then gets the same id in every time
    /// zone, and a second import replaces entries and adds none. A goal is known by its title, because its status and its
    /// progress change.
    pub(crate) fn entry(&mut self, value: &mut Value) {
        let row = self.name(value);
        let Some(entry) = value.as_object_mut() else { return };
        if entry.get("externalId").is_none_or(Value::is_null) {
            entry.insert("externalId".to_owned(), format!("import:{}", SourceId::named(&row)).into());
        }
        for date in ["occurredAt", "targetDate"] {
            if let Some(Value::String(at)) = entry.get_mut(date) {
                *at = normalised(at, &self.zone);
            }
        }
    }

    /// What tells an entry from the others of its kind.
    fn name(&mut self, value: &Value) -> String {
        let title = value.get("title").and_then(Value::as_str).filter(|_| self.kind == Kind::Goals);
        let Some(title) = title else { return value.to_string() };
        let count = self.goals.entry(title.trim().to_lowercase()).or_default();
        *count += 1;
        format!("goal {count}: {}", title.trim().to_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::{Offset, TimeZone};
    use serde_json::{Value, json};

    use super::Finish;
    use crate::Kind;

    fn finished(at: &str, hours: i8) -> Value {
        let mut value = json!({"title": "A", "occurredAt": at});
        Finish::new(Kind::Evidence, Some(TimeZone::fixed(Offset::constant(hours)))).entry(&mut value);
        value
    }

    #[test]
    fn a_row_gets_a_stable_external_id() {
        let id = |at: &str, hours| finished(at, hours)["externalId"].as_str().expect("text").to_owned();
        assert!(id("2026-03-31", 0).starts_with("import:"));
        assert_eq!(id("2026-03-31T10:00", 0), id("2026-03-31T10:00", 2), "the time zone does not count");
        assert_ne!(id("2026-03-31", 0), id("2026-04-01", 0));
        let mut given = json!({"externalId": "mine"});
        Finish::new(Kind::Evidence, None).entry(&mut given);
        assert_eq!(given, json!({"externalId": "mine"}));
    }

    #[test]
    fn a_goal_is_known_by_its_title_whatever_its_status() {
        let ids = |goals: &[(&str, &str)]| -> Vec<String> {
            let mut finish = Finish::new(Kind::Goals, None);
            let id = |(title, status): &(&str, &str)| {
                let mut goal = json!({"title": title, "status": status});
                finish.entry(&mut goal);
                goal["externalId"].as_str().expect("text").to_owned()
            };
            goals.iter().map(id).collect()
        };
        let before = ids(&[("Learn", "ACTIVE"), ("Lead", "ACTIVE"), ("Learn", "PAUSED")]);
        let after = ids(&[("Learn", "COMPLETED"), ("Lead", "ACTIVE"), ("learn ", "PAUSED")]);
        assert_eq!(before, after);
        assert!(before[0] != before[1] && before[0] != before[2], "two goals with one title are two");
    }

    #[test]
    fn times_are_written_as_the_api_expects_them() {
        assert_eq!(finished("2026-03-31 17:30", 2)["occurredAt"], "2026-03-31T15:30:00Z");
        assert_eq!(finished("2026-03-31", 2)["occurredAt"], "2026-03-31");
        let mut goal = json!({"title": "A", "targetDate": "31.12.2026"});
        Finish::new(Kind::Goals, None).entry(&mut goal);
        assert_eq!(goal["targetDate"], "2026-12-31");
        let mut odd = json!({"occurredAt": 7, "externalId": "a"});
        Finish::new(Kind::Evidence, None).entry(&mut odd);
        assert_eq!(odd["occurredAt"], 7);
    }
}
