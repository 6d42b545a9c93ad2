//! Reads the rows of a CSV file. The first line holds the field names of the API.

use anyhow::{Result, bail};
use serde_json::{Map, Value, json};

use super::row::{Place, Rejected, Row, Rows, Source};

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

/// Names of the columns that a file may have. A dot leads to a field of a nested object.
fn columns(source: Source) -> &'static [(&'static str, Cell)] {
    match source {
        Source::Github | Source::Evidence => &[
            ("type", Cell::Text),
            ("title", Cell::Text),
            ("summary", Cell::Text),
            ("category", Cell::Text),
            ("scope", Cell::Text),
            ("occurredAt", Cell::Text),
            ("url", Cell::Text),
            ("repo", Cell::Text),
            ("number", Cell::Number),
            ("metrics.additions", Cell::Number),
            ("metrics.deletions", Cell::Number),
            ("metrics.changedFiles", Cell::Number),
            ("criteria", Cell::Texts),
            ("externalId", Cell::Text),
        ],
        Source::Goals => &[
            ("title", Cell::Text),
            ("description", Cell::Text),
            ("category", Cell::Text),
            ("status", Cell::Text),
            ("priority", Cell::Text),
            ("targetDate", Cell::Text),
            ("progressPercent", Cell::Number),
            ("milestones", Cell::Milestones),
            ("externalId", Cell::Text),
        ],
        Source::Reviews => &[
            ("year", Cell::Number),
            ("type", Cell::Text),
            ("content", Cell::Text),
            ("weight", Cell::Number),
            ("externalId", Cell::Text),
        ],
    }
}

/// Reads a file. The separator is the comma, semicolon or tab that occurs most often in the first line.
pub(crate) fn rows(source: Source, text: &str) -> Result<Rows> {
    let first = text.lines().next().unwrap_or_default();
    let delimiter = [b',', b';', b'\t'].into_iter().max_by_key(|byte| {
        // On a tie the comma wins, for example in a file with one column and no separator.
        (first.bytes().filter(|b| b == byte).count(), *byte == b',')
    });
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter.unwrap_or(b','))
        .trim(csv::Trim::Headers)
        .from_reader(text.as_bytes());
    let known = columns(source);
    let headers = reader.headers()?.clone();
    let found: Vec<Option<&(&str, Cell)>> =
        headers.iter().map(|header| known.iter().find(|(name, _)| plain(name) == plain(header))).collect();
    if found.iter().all(Option::is_none) {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        bail!("has no column that can be imported. The first line must name the columns: {}", names.join(", "));
    }
    let mut rows = Rows::default();
    let ignored: Vec<&str> =
        headers.iter().zip(&found).filter(|(_, found)| found.is_none()).map(|(header, _)| header).collect();
    if !ignored.is_empty() {
        rows.notes.push(format!("columns that are not imported: {}", ignored.join(", ")));
    }
    for record in reader.records() {
        match record {
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                let mut value = Value::Object(Map::new());
                for ((name, cell), text) in
                    found.iter().zip(&record).filter_map(|(found, text)| Some((found.as_ref()?, text)))
                {
                    put(&mut value, name, *cell, text);
                }
                rows.rows.push(Row { place: Place::line(usize::try_from(line)?), value });
            }
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                rows.rejected.push(Rejected {
                    place: Place::line(usize::try_from(line)?),
                    title: String::new(),
                    reason: reason(&error),
                });
            }
        }
    }
    Ok(rows)
}

fn reason(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("has {len} cells where the first line has {expected_len}; is a quote or a comma missing?")
        }
        _ => error.to_string(),
    }
}

/// Reduces the name of a column to a form that can be compared. `Occurred at`, `occurred_at` and `occurredAt` are the
/// same column. Only the last part of a dotted name counts, so `additions` means `metrics.additions`.
fn plain(name: &str) -> String {
    let name = name.rsplit('.').next().unwrap_or_default();
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn put(entry: &mut Value, name: &str, cell: Cell, text: &str) {
    if text.trim().is_empty() {
        return;
    }
    let parts = || text.split(';').map(str::trim).filter(|part| !part.is_empty());
    let value = match cell {
        Cell::Text => json!(text),
        // Text that is not a number is sent unchanged. The API then reports the field.
        Cell::Number => serde_json::from_str(text.trim()).ok().filter(Value::is_number).unwrap_or_else(|| json!(text)),
        Cell::Texts => parts().collect(),
        Cell::Milestones => serde_json::from_str(text)
            .ok()
            .filter(Value::is_array)
            .unwrap_or_else(|| parts().map(|title| json!({"title": title})).collect()),
    };
    match name.split_once('.') {
        Some((outer, inner)) => entry[outer][inner] = value,
        None => entry[name] = value,
    }
}
