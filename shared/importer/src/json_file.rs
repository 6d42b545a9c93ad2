//! Splits JSON into rows: an array, `{"items": [ … ]}`, a single object, or objects one after another.
//!
//! The file is first split into raw values. Serde does not look at the escapes in a raw value, so half an emoji
//! (`\ud83d` without its other half) is an error of its row only.

use serde::Deserialize;
use serde_json::{Deserializer, Map, Value, value::RawValue};

use crate::{
    Place, Rejected, Unreadable,
    lines::{count_ends, lines},
    row::title,
};

/// The rows of a JSON file.
#[derive(Debug, Default)]
pub(crate) struct JsonFile {
    pub(crate) rows: Vec<(Place, Map<String, Value>)>,
    pub(crate) rejected: Vec<Rejected>,
}

/// A raw value, and its position in a list.
type Raw<'a> = (Option<usize>, &'a RawValue);

impl JsonFile {
    pub(crate) fn read(text: &str) -> Result<Self, Unreadable> {
        let mut file = Self::default();
        match values(text) {
            Ok(values) => {
                let (mut line, mut at) = (1, 0);
                for (item, raw) in items(values)? {
                    // A raw value is a slice of the text, so its address gives its position and its line.
                    let begin = (raw.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
                    line += count_ends(text.get(at..begin).unwrap_or_default());
                    at = begin;
                    file.push(Place { line, item }, raw.get());
                }
            }
            Err(_) if has_a_row_per_line(text) => {
                let rows = lines(text).enumerate().filter(|(_, line)| !line.trim().is_empty());
                rows.for_each(|(index, line)| file.push(Place::line(index + 1), line));
            }
            Err(error) if error.is_eof() => return Err(Unreadable::CutOff { line: error.line() }),
            Err(error) => return Err(Unreadable::NotJson(error.to_string())),
        }
        Ok(file)
    }

    fn push(&mut self, place: Place, raw: &str) {
        let (title, reason) = match serde_json::from_str(raw) {
            Ok(Value::Object(row)) => return self.rows.push((place, row)),
            Ok(other) => (title(&other), "is not a JSON object".to_owned()),
            Err(error) => (String::new(), reason(&error, place)),
        };
        self.rejected.push(Rejected { place, title, reason });
    }
}

/// The values of the text, one after another.
fn values(text: &str) -> serde_json::Result<Vec<&RawValue>> {
    Deserializer::from_str(text).into_iter().collect()
}

/// The values of the lists, and the values that are no lists.
fn items(values: Vec<&RawValue>) -> Result<Vec<Raw<'_>>, Unreadable> {
    let mut rows = Vec::new();
    for value in values {
        match list(value).map_err(Unreadable::NotJson)? {
            Some(list) => rows.extend(list.into_iter().enumerate().map(|(index, raw)| (Some(index + 1), raw))),
            None => rows.push((None, value)),
        }
    }
    Ok(rows)
}

#[derive(Deserialize)]
struct Items<'a> {
    #[serde(borrow)]
    items: Option<&'a RawValue>,
}

/// The values of an array, or of the list `items` of an object. `None` for any other value.
fn list(value: &RawValue) -> Result<Option<Vec<&RawValue>>, String> {
    let array = |raw: &'_ RawValue| raw.get().starts_with('[');
    if array(value) {
        return serde_json::from_str(value.get()).map(Some).map_err(|error| error.to_string());
    }
    match serde_json::from_str::<Items<'_>>(value.get()) {
        Ok(Items { items: Some(items) }) if array(items) => {
            serde_json::from_str(items.get()).map(Some).map_err(|error| error.to_string())
        }
        Ok(Items { items: Some(_) }) => Err("its items are not a list".to_owned()),
        // An object whose keys cannot be read is one row, and becomes a rejected row.
        Ok(Items { items: None }) | Err(_) => Ok(None),
    }
}

fn has_a_row_per_line(text: &str) -> bool {
    text.trim_start().starts_with('{')
        && lines(text).any(|line| line.starts_with('{') && line.trim_end().ends_with('}'))
}

/// Serde counts lines and columns from the beginning of the row, which would mislead the reader of a whole file.
fn reason(error: &serde_json::Error, place: Place) -> String {
    let whole = error.to_string();
    let message = whole.rsplit_once(" at line ").map_or(whole.as_str(), |(message, _)| message);
    let line = match error.line().saturating_sub(1) {
        0 => String::new(),
        lines => format!(" in line {}", place.line + lines),
    };
    // The splitting into raw values has checked all other escapes.
    if message.contains("surrogate") || message == "unexpected end of hex escape" {
        return format!(
            "has half a character{line}, such as \\ud83d without its other half. Remove it and import the row again"
        );
    }
    format!("is not JSON{line}: {message}")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::JsonFile;

    fn read(text: &str) -> JsonFile {
        JsonFile::read(text).expect("readable")
    }

    fn places(text: &str) -> Vec<String> {
        read(text).rows.iter().map(|(place, _)| place.to_string()).collect()
    }

    fn error(text: &str) -> String {
        JsonFile::read(text).expect_err("unreadable").to_string()
    }

    #[test]
    fn a_list_records_line_and_item() {
        let list = "[\n {\"title\": \"a\"},\r\n\r {\"title\":\n \"b\"}, {\"title\": \"c\"}\n]";
        for text in [list, &format!("{{\"items\": {list}}}"), &format!("{{\"items\": {list}, \"nextCursor\": null}}")] {
            assert_eq!(places(text), ["line 2, item 1", "line 4, item 2", "line 5, item 3"]);
            assert_eq!(Value::from(read(text).rows[1].1.clone()), json!({"title": "b"}));
        }
        assert_eq!(places("[{}, {},\n{}]"), ["line 1, item 1", "line 1, item 2", "line 2, item 3"]);
        assert_eq!(places("[{}]\n[{}]"), ["line 1, item 1", "line 2, item 1"]);
    }

    #[test]
    fn objects_may_follow_one_another() {
        assert_eq!(places("{\"title\": \"only\"}"), ["line 1"]);
        assert_eq!(places("{}\n{}\n"), ["line 1", "line 2"]);
        assert_eq!(places("{\n\"a\": 1\n}\n{\n}\n"), ["line 1", "line 4"]);
        let file = read("{\"title\": \"a\"}\n{\"title\": }\n\n{\"title\": \"b\"}\n");
        assert_eq!((file.rows.len(), file.rows[1].0.line, file.rejected[0].place.line), (2, 4, 2));
        assert!(file.rejected[0].reason.starts_with("is not JSON: expected value"), "{}", file.rejected[0].reason);
    }

    #[test]
    fn half_an_emoji_costs_only_its_row() {
        for text in
            ["[{\"a\": 1},\n{\"a\":\n\"\\ud83d\"}, {}]", "{\"items\": [{\"a\": 1},\n{\"a\":\n\"\\ud83d\"}, {}]}"]
        {
            let file = read(text);
            assert_eq!((file.rows.len(), file.rejected.len()), (2, 1));
            assert_eq!(file.rejected[0].place.to_string(), "line 2, item 2");
            assert!(
                file.rejected[0].reason.starts_with("has half a character in line 3,"),
                "{}",
                file.rejected[0].reason
            );
        }
        let file = read("{\"\\ud83d\": 1}");
        assert_eq!((file.rows.len(), file.rejected.len()), (0, 1));
    }

    #[test]
    fn rows_that_are_no_objects_are_rejected() {
        let file = read("[1, null, {}, [2]]");
        assert_eq!((file.rows.len(), file.rejected.len()), (1, 3));
        assert_eq!(file.rejected[0].reason, "is not a JSON object");
    }

    #[test]
    fn deep_nesting_is_an_error_of_its_row() {
        let deep = format!("[{{\"a\": {}{}}}, {{}}]", "[".repeat(100_000), "]".repeat(100_000));
        let file = read(&deep);
        assert_eq!((file.rows.len(), file.rejected[0].reason.as_str()), (1, "is not JSON: recursion limit exceeded"));
        assert!(error(&"[".repeat(1_000_000)).starts_with("is cut off"));
        assert!(error(&"{\"a\":".repeat(1_000_000)).starts_with("is cut off"));
    }

    #[test]
    fn a_broken_file_is_an_error_with_its_position() {
        assert!(error("[{\"title\": 1},\n {]").contains("line 2"));
        assert!(error("{\"items\": 7}").contains("items are not a list"));
        assert!(error("[{\"a\": 1 2}]").contains("one object per line"));
        assert!(error("[{\"title\": 1},\n{\"ti").starts_with("is cut off: its JSON ends in line 2,"));
    }
}
