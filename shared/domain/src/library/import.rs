//! What a person and a file change in an entry that is stored already.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::{
    ids::SourceId,
    input::FieldError,
    library::{Entry, EntryFields},
};

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

    /// Merges the fields of a file into the stored entry `before`. A field that a person has changed stays. A field that the
    /// file does not have stays, too, because another export of the same work may have had it.
    pub fn imported(
        before: Option<&Self>,
        id: SourceId,
        fields: &F,
        now: Timestamp,
    ) -> Result<Imported<F>, Vec<FieldError>> {
        let Some(before) = before else {
            let entry = Box::new(Self::new(id, fields.clone(), now));
            return Ok(Imported::Changed { entry, fields: Vec::new() });
        };
        let (mut merged, mut changed) = (object(&before.fields)?, Vec::new());
        for (name, value) in object(fields)?.into_iter().filter(|(name, _)| !before.edited.contains(name)) {
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
    use crate::library::evidence::EvidenceFields;

    fn fields(value: &Value) -> EvidenceFields {
        let mut whole = json!({"type": "PR_AUTHORED", "title": "Retry", "summary": "", "occurredAt": "2026-02-03T04:05:06Z", "externalId": "x"});
        for (name, value) in value.as_object().into_iter().flatten() {
            whole[name] = value.clone();
        }
        EvidenceFields::parse(&whole, "").expect("valid")
    }

    fn changed(before: &Entry<EvidenceFields>, file: &Value) -> (Entry<EvidenceFields>, Vec<String>) {
        match Entry::imported(Some(before), before.id, &fields(file), Timestamp::MAX).expect("valid") {
            Imported::Same => (before.clone(), Vec::new()),
            Imported::Changed { entry, fields } => (*entry, fields),
        }
    }

    #[test]
    fn the_news_of_the_source_come_and_the_edits_of_the_person_stay() {
        let now = Timestamp::UNIX_EPOCH;
        let open = fields(&json!({"state": "OPEN", "metrics": {"additions": 5, "deletions": 1}, "category": "bug"}));
        let Imported::Changed { entry, fields } = Entry::imported(None, SourceId::new(), &open, now).expect("valid")
        else {
            panic!("it is new")
        };
        assert_eq!((fields, entry.version, entry.created_at), (Vec::new(), 1, now));

        let (merged, names) = changed(&entry, &json!({"state": "MERGED", "title": "Retry twice"}));
        assert_eq!(names, ["state", "title"]);
        assert_eq!((merged.version, merged.created_at, merged.fields.category), (2, now, open.category));
        assert_eq!(merged.fields.metrics, open.metrics, "another export has no sizes");
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
