//! The fields of the API, and how the text of a cell becomes the value of a field.

use domain::nearest_name::nearest;
use serde_json::{Map, Value, json};

use crate::{Kind, Unreadable};

/// A field of the API.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// The name in the API. A dot leads to a field of a nested object.
    pub(crate) name: &'static str,
    cell: Cell,
}

/// How the text of a cell becomes a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    Text,
    Number,
    /// A list of texts, separated by semicolons.
    Texts,
    /// Titles separated by semicolons, or a JSON array of milestones.
    Milestones,
}

const fn field(name: &'static str, cell: Cell) -> Field {
    Field { name, cell }
}

const EVIDENCE: &[Field] = &[
    field("type", Cell::Text),
    field("title", Cell::Text),
    field("summary", Cell::Text),
    field("category", Cell::Text),
    field("scope", Cell::Text),
    field("state", Cell::Text),
    field("occurredAt", Cell::Text),
    field("url", Cell::Text),
    field("repo", Cell::Text),
    field("number", Cell::Number),
    field("metrics.additions", Cell::Number),
    field("metrics.deletions", Cell::Number),
    field("metrics.changedFiles", Cell::Number),
    field("criteria", Cell::Texts),
    field("externalId", Cell::Text),
];

const GOALS: &[Field] = &[
    field("title", Cell::Text),
    field("description", Cell::Text),
    field("category", Cell::Text),
    field("status", Cell::Text),
    field("priority", Cell::Text),
    field("targetDate", Cell::Text),
    field("progressPercent", Cell::Number),
    field("milestones", Cell::Milestones),
    field("externalId", Cell::Text),
];

const REVIEWS: &[Field] = &[
    field("year", Cell::Number),
    field("type", Cell::Text),
    field("content", Cell::Text),
    field("weight", Cell::Number),
    field("externalId", Cell::Text),
];

/// The fields of a kind of entries, in the order in which errors list them.
pub(crate) const fn fields(kind: Kind) -> &'static [Field] {
    match kind {
        Kind::Evidence => EVIDENCE,
        Kind::Goals => GOALS,
        Kind::Reviews => REVIEWS,
    }
}

/// The names of all fields, for errors.
pub(crate) fn known(kind: Kind) -> String {
    fields(kind).iter().map(|field| field.name).collect::<Vec<_>>().join(", ")
}

/// Finds the field that a column means.
pub(crate) fn find(kind: Kind, column: &str) -> Option<&'static Field> {
    let column = plain(column);
    // The names in the table consist of ASCII letters, so their plain form is their last part in lower case.
    let last = |field: &Field| field.name.rsplit('.').next().unwrap_or_default();
    fields(kind).iter().find(|field| last(field).eq_ignore_ascii_case(&column))
}

/// Like [`find`], but the error suggests the nearest name.
pub(crate) fn find_or_suggest(kind: Kind, name: &str) -> Result<&'static Field, Unreadable> {
    find(kind, name).ok_or_else(|| {
        let nearest = nearest(name, fields(kind).iter().map(|field| field.name));
        Unreadable::UnknownField {
            field: name.to_owned(),
            nearest: nearest.map(|name| format!("Did you mean {name}? ")).unwrap_or_default(),
            known: known(kind),
        }
    })
}

/// Reduces the name of a column to a form that can be compared. `Occurred at`, `occurred_at` and `occurredAt` are the
/// same column. Only the last part of a dotted name counts, so `additions` means `metrics.additions`.
pub(crate) fn plain(name: &str) -> String {
    let letters =
        |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect() };
    let last = letters(name.rsplit('.').next().unwrap_or_default());
    // A name such as `#` has no letters, but `map` may name it.
    if last.is_empty() { name.trim().to_lowercase() } else { last }
}

impl Field {
    /// Whether the field gets the values of all columns that mean it.
    pub(crate) const fn is_list(&self) -> bool {
        matches!(self.cell, Cell::Texts)
    }

    /// Sets the field from the cells of all columns that mean it. Empty cells do not count. A list gets the values of
    /// all cells, any other field that of the first.
    pub(crate) fn set_cells(&self, entry: &mut Map<String, Value>, cells: &[&str]) {
        let cells = || cells.iter().copied().filter(|text| !text.is_empty());
        let Some(first) = cells().next() else { return };
        let parts = || cells().flat_map(|text| text.split(';')).map(str::trim).filter(|part| !part.is_empty());
        let value = match self.cell {
            Cell::Text => json!(first),
            // Text that is not a number is sent unchanged. The API then reports the field.
            Cell::Number => serde_json::from_str(first).ok().filter(Value::is_number).unwrap_or_else(|| json!(first)),
            Cell::Texts => parts().collect(),
            Cell::Milestones => serde_json::from_str(first)
                .ok()
                .filter(Value::is_array)
                .unwrap_or_else(|| parts().map(|title| json!({"title": title})).collect()),
        };
        self.set(entry, value);
    }

    /// Sets the field. Leaves the entry as it is if the outer field of a nested field is not an object.
    pub(crate) fn set(&self, entry: &mut Map<String, Value>, value: Value) {
        match self.name.split_once('.') {
            Some((outer, inner)) => {
                if let Value::Object(outer) = entry.entry(outer).or_insert_with(|| json!({})) {
                    outer.insert(inner.to_owned(), value);
                }
            }
            None => {
                entry.insert(self.name.to_owned(), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::{find, find_or_suggest, plain};
    use crate::Kind;

    fn set(kind: Kind, name: &str, cells: &[&str]) -> Value {
        let mut entry = Map::new();
        find(kind, name).expect("a field").set_cells(&mut entry, cells);
        Value::Object(entry)
    }

    #[test]
    fn names_are_compared_by_letters_and_digits() {
        for name in ["Occurred at", "occurred_at", "occurredAt", "OCCURRED-AT "] {
            assert_eq!(find(Kind::Evidence, name).map(|field| field.name), Some("occurredAt"));
        }
        assert_eq!(find(Kind::Evidence, "additions").map(|field| field.name), Some("metrics.additions"));
        assert_eq!(find(Kind::Goals, "summary"), None);
        assert_eq!((plain("#"), plain(" "), find(Kind::Goals, "")), ("#".to_owned(), String::new(), None));
    }

    #[test]
    fn an_unknown_field_gets_a_suggestion() {
        let error = find_or_suggest(Kind::Evidence, "sumary").expect_err("unknown").to_string();
        assert!(error.contains("\"sumary\" is not a field. Did you mean summary? Known fields are: type, "), "{error}");
        let error = find_or_suggest(Kind::Reviews, "story points").expect_err("unknown").to_string();
        assert!(error.contains("is not a field. Known fields are: year, "), "{error}");
    }

    #[test]
    fn cells_become_values() {
        assert_eq!(set(Kind::Evidence, "title", &["", "A", "B"]), json!({"title": "A"}));
        assert_eq!(set(Kind::Evidence, "title", &["", ""]), json!({}));
        assert_eq!(set(Kind::Evidence, "number", &["7"]), json!({"number": 7}));
        assert_eq!(set(Kind::Evidence, "additions", &["many"]), json!({"metrics": {"additions": "many"}}));
        assert_eq!(set(Kind::Evidence, "criteria", &["a; b;", "", "c"]), json!({"criteria": ["a", "b", "c"]}));
        assert_eq!(set(Kind::Goals, "milestones", &["a;b"]), json!({"milestones": [{"title": "a"}, {"title": "b"}]}));
        assert_eq!(set(Kind::Goals, "milestones", &["[{\"title\":\"x\"}]"]), json!({"milestones": [{"title": "x"}]}));
    }

    #[test]
    fn a_nested_field_never_replaces_a_text() {
        let mut entry = Map::from_iter([("metrics".to_owned(), json!("x"))]);
        find(Kind::Evidence, "additions").expect("a field").set(&mut entry, json!(1));
        assert_eq!(Value::Object(entry), json!({"metrics": "x"}));
    }
}
