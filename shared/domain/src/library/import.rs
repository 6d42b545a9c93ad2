//! What a person and a file change in an entry that is stored already.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::{
    ids::SourceId,
    input::FieldError,
    library::{Entry, EntryFields},
};

/// A row of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedFields<F> {
    /// Its fields, and the defaults of those that it does not have.
    pub fields: F,
    /// Names of the fields that it has.
    given: Vec<String>,
}

impl<F: EntryFields> ImportedFields<F> {
    /// Reads the object of a row. Returns all errors at once.
    pub fn parse(row: &Value) -> Result<Self, Vec<FieldError>> {
        let given = row.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
        Ok(Self { fields: F::parse(row, "")?, given: given.map(|(name, _)| name.clone()).collect() })
    }
}

/// What the import of a row would do.
#[derive(Clone, Debug, PartialEq)]
pub enum Imported<F> {
    /// Nothing: the file says what is stored, or a person has changed what it says.
    Same,
    /// The entry is written.
    Changed {
        /// The entry as it will be.
        entry: Box<Entry<F>>,
        /// Names of the fields that the file changes. Empty for a new entry.
        fields: Vec<String>,
    },
}

impl<F: EntryFields> Entry<F> {
    /// The entry with the changes of a person (see [`EntryFields::patched`]). A form may send fields that it has not
    /// changed, and they do not count as edited.
    pub fn patched(&self, patch: &Value) -> Result<Self, Vec<FieldError>> {
        let fields = self.fields.patched(patch)?;
        let (before, after) = (object(&self.fields)?, object(&fields)?);
        let mut edited = self.edited.clone();
        let names = patch.as_object().into_iter().flatten().map(|(name, _)| name);
        edited.extend(names.filter(|name| before.get(*name) != after.get(*name)).cloned());
        edited.sort_unstable();
        edited.dedup();
        Ok(Self { fields, edited, version: self.version + 1, ..self.clone() })
    }

    /// Merges a row of a file into the stored entry `before`. A field that a person has changed stays. A field that the
    /// file does not have stays, too, because another export of the same work may have had it.
    pub fn imported(
        before: Option<&Self>,
        id: SourceId,
        row: &ImportedFields<F>,
        now: Timestamp,
    ) -> Result<Imported<F>, Vec<FieldError>> {
        let Some(before) = before else {
            let entry = Box::new(Self::new(id, row.fields.clone(), now));
            return Ok(Imported::Changed { entry, fields: Vec::new() });
        };
        let (mut merged, mut changed) = (object(&before.fields)?, Vec::new());
        let is_news = |name: &String| row.given.contains(name) && !before.edited.contains(name);
        for (name, value) in object(&row.fields)?.into_iter().filter(|(name, _)| is_news(name)) {
            let stored = merged.entry(&name).or_insert(Value::Null);
            let is = with(stored.clone(), value);
            if is != *stored {
                *stored = is;
                changed.push(name);
            }
        }
        if changed.is_empty() {
            return Ok(Imported::Same);
        }
        let fields = F::parse(&Value::Object(merged), "")?;
        let entry = Self { fields, version: before.version + 1, ..before.clone() };
        Ok(Imported::Changed { entry: Box::new(entry), fields: changed })
    }
}

fn object<F: EntryFields>(fields: &F) -> Result<Map<String, Value>, Vec<FieldError>> {
    match serde_json::to_value(fields) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(vec![FieldError { pointer: String::new(), detail: "cannot be imported".to_owned() }]),
    }
}

/// The stored value with that of the file. What the file does not say stays.
fn with(stored: Value, file: Value) -> Value {
    match (stored, file) {
        (stored, Value::Null) => stored,
        (Value::Object(mut stored), Value::Object(file)) => {
            for (name, value) in file.into_iter().filter(|(_, value)| !value.is_null()) {
                stored.insert(name, value);
            }
            Value::Object(stored)
        }
        (_, file) => file,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::library::{
        evidence::EvidenceFields,
        goal::{GoalFields, GoalStatus},
    };

    fn row(value: &Value) -> ImportedFields<EvidenceFields> {
        let mut whole = json!({"type": "PR_AUTHORED", "title": "Retry", "summary": "", "occurredAt": "2026-02-03T04:05:06Z", "externalId": "x"});
        for (name, value) in value.as_object().into_iter().flatten() {
            whole[name] = value.clone();
        }
        ImportedFields::parse(&whole).expect("valid")
    }

    fn changed(before: &Entry<EvidenceFields>, file: &Value) -> (Entry<EvidenceFields>, Vec<String>) {
        match Entry::imported(Some(before), before.id, &row(file), Timestamp::MAX).expect("valid") {
            Imported::Same => (before.clone(), Vec::new()),
            Imported::Changed { entry, fields } => (*entry, fields),
        }
    }

    #[test]
    fn a_default_of_a_field_that_the_file_does_not_have_changes_nothing() {
        let goal = |row: &Value| ImportedFields::<GoalFields>::parse(row).expect("valid");
        let stored = goal(&json!({"title": "Lead", "status": "COMPLETED", "description": "A project."})).fields;
        let before = Entry::new(SourceId::new(), stored, Timestamp::UNIX_EPOCH);
        let import =
            |row: &Value| Entry::imported(Some(&before), before.id, &goal(row), Timestamp::MAX).expect("valid");
        assert_eq!(import(&json!({"title": "Lead", "status": null})), Imported::Same);
        let Imported::Changed { entry, fields } = import(&json!({"title": "Lead", "status": "ACTIVE"})) else {
            panic!("the status has changed")
        };
        assert_eq!((entry.fields.status, fields), (GoalStatus::Active, vec!["status".to_owned()]));
    }

    #[test]
    fn the_news_of_the_source_come_and_the_edits_of_the_person_stay() {
        let now = Timestamp::UNIX_EPOCH;
        let open = row(&json!({"state": "OPEN", "metrics": {"additions": 5, "deletions": 1}, "category": "bug"}));
        let Imported::Changed { entry, fields } = Entry::imported(None, SourceId::new(), &open, now).expect("valid")
        else {
            panic!("it is new")
        };
        assert_eq!((fields, entry.version, entry.created_at), (Vec::new(), 1, now));

        let (merged, names) = changed(&entry, &json!({"state": "MERGED", "title": "Retry twice"}));
        assert_eq!(names, ["state", "title"]);
        assert_eq!((merged.version, merged.created_at, merged.fields.category), (2, now, open.fields.category));
        assert_eq!(merged.fields.metrics, open.fields.metrics, "another export has no sizes");
        assert_eq!(changed(&merged, &json!({"state": "MERGED", "title": "Retry twice"})).1, Vec::<String>::new());

        let mine = merged
            .patched(&json!({"title": "Mine", "category": null, "summary": "", "state": "MERGED"}))
            .expect("valid");
        assert_eq!((mine.edited.clone(), mine.version), (vec!["category".to_owned(), "title".to_owned()], 3));
        let (kept, names) = changed(
            &mine,
            &json!({"state": "CLOSED", "title": "Theirs", "category": "docs", "metrics": {"additions": 9}}),
        );
        assert_eq!(names, ["metrics", "state"]);
        assert_eq!((kept.fields.title.as_str(), kept.fields.category), ("Mine", None));
        let sizes = kept.fields.metrics.expect("sizes");
        assert_eq!((sizes.additions, sizes.deletions), (Some(9), Some(1)));
    }
}
