//! Rows, and the result of reading a file.

use std::fmt;

use serde_json::Value;

use crate::Source;

/// Characters of the name of a column that are shown.
pub(crate) const NAME_CHARS: usize = 60;
/// Characters of a title that are shown.
const TITLE_CHARS: usize = 60;

/// Where an entry begins in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line, counted from 1. LF, CRLF and a lone CR each end a line.
    pub line: usize,
    /// Position in the list of a JSON file, counted from 1. A list may be on one line.
    pub item: Option<usize>,
}

impl Place {
    pub(crate) const fn line(line: usize) -> Self {
        Self { line, item: None }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let item = self.item.map_or_else(String::new, |item| format!(", item {item}"));
        f.pad(&format!("line {}{item}", self.line))
    }
}

/// An entry as it was read from a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Where the entry begins.
    pub place: Place,
    /// An object with the field names of the API. It always has an `externalId`.
    pub value: Value,
}

/// A row that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Where the row begins.
    pub place: Place,
    /// Start of its title or content, as [`title`] returns it. Empty if it has neither.
    pub title: String,
    /// What is wrong with the row. Completes the sentence that begins with its place.
    pub reason: String,
}

/// Result of reading a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct File {
    /// The program that wrote the file. Never [`Source::Auto`].
    pub source: Source,
    /// The rows that can be sent to the API.
    pub rows: Vec<Row>,
    /// The rows that cannot be read.
    pub rejected: Vec<Rejected>,
    /// Columns, or keys of JSON objects, that have content but no meaning for the API.
    pub ignored_columns: Vec<String>,
    /// Remarks for the user, for example on work of bots.
    pub notes: Vec<String>,
}

/// Text by which a person recognises a row: the start of its title or content, without control characters.
pub fn title(value: &Value) -> String {
    let text = ["title", "content"].into_iter().find_map(|name| value.get(name).and_then(Value::as_str));
    short(text.unwrap_or_default(), TITLE_CHARS)
}

/// The beginning of a text of a file, without control characters, so that no answer grows with what it quotes.
pub(crate) fn short(text: &str, max_characters: usize) -> String {
    let mut clean = text.chars().filter(|c| !c.is_control());
    let mut short: String = clean.by_ref().take(max_characters).collect();
    if clean.next().is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Place, title};

    #[test]
    fn a_place_names_the_line_and_the_item() {
        assert_eq!(Place::line(3).to_string(), "line 3");
        assert_eq!(format!("{:<16}|", Place { line: 3, item: Some(2) }), "line 3, item 2  |");
    }

    #[test]
    fn a_title_is_short_and_has_no_control_characters() {
        assert_eq!(title(&json!({"title": "A\u{1b}[1mB\n"})), "A[1mB");
        assert_eq!(title(&json!({"content": "é".repeat(61)})), format!("{}…", "é".repeat(60)));
        assert_eq!(title(&json!({"content": "é".repeat(60)})), "é".repeat(60));
        assert_eq!(title(&json!([])), "");
    }
}
