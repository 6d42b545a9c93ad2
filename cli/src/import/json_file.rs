//! Reads the rows of a JSON file: an array, `{"items": [ … ]}`, a single object, or one object per line.

use anyhow::{Result, anyhow};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::row::{Place, Rejected, Row, Rows};

#[derive(Deserialize)]
struct Items<'a> {
    #[serde(borrow)]
    items: Vec<&'a RawValue>,
}

/// Reads a file and records the place at which each row begins.
pub(crate) fn rows(text: &str) -> Result<Rows> {
    let list = if text.trim_start().starts_with('[') {
        Some(serde_json::from_str::<Vec<&RawValue>>(text))
    } else if let Ok(Value::Object(whole)) = serde_json::from_str(text) {
        whole.contains_key("items").then(|| serde_json::from_str::<Items<'_>>(text).map(|whole| whole.items))
    } else if text.lines().any(|line| line.starts_with('{') && line.trim_end().ends_with('}')) {
        None
    } else {
        // The text has no known form. Parse it again for an error message with the position.
        Some(
            serde_json::from_str::<Vec<&RawValue>>(text)
                .or_else(|_| serde_json::from_str::<Value>(text).map(|_| Vec::new())),
        )
    };
    let Some(list) = list else { return Ok(lines(text)) };
    let list = list.map_err(|error| anyhow!("is not JSON that can be imported: {error}"))?;

    let mut rows = Rows::default();
    let (mut line, mut at) = (1, 0);
    for (index, raw) in list.into_iter().enumerate() {
        // A raw value is a slice of the text, so its address gives its position and its line.
        let begin = (raw.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        line += text.get(at..begin).unwrap_or_default().matches('\n').count();
        at = begin;
        rows.rows.push(Row { place: Place { line, item: Some(index + 1) }, value: serde_json::from_str(raw.get())? });
    }
    Ok(rows)
}

/// Reads one object per line, or a file that is a single object.
fn lines(text: &str) -> Rows {
    let mut rows = Rows::default();
    if let Ok(value) = serde_json::from_str(text) {
        rows.rows.push(Row { place: Place::line(1), value });
        return rows;
    }
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match serde_json::from_str(line) {
            Ok(value) => rows.rows.push(Row { place: Place::line(index + 1), value }),
            Err(error) => rows.rejected.push(Rejected {
                place: Place::line(index + 1),
                title: String::new(),
                reason: format!("is not JSON: {error}"),
            }),
        }
    }
    rows
}
