//! Rows of a JSON file: a list, `{"items": [ … ]}`, or one object a line.

use anyhow::{Result, anyhow};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{Rejected, Row, Rows};

#[derive(Deserialize)]
struct Items<'a> {
    #[serde(borrow)]
    items: Vec<&'a RawValue>,
}

/// Reads a file, and on which line each row begins.
pub(crate) fn rows(text: &str) -> Result<Rows> {
    let list = if text.trim_start().starts_with('[') {
        Some(serde_json::from_str::<Vec<&RawValue>>(text))
    } else if let Ok(Value::Object(whole)) = serde_json::from_str(text) {
        whole.contains_key("items").then(|| serde_json::from_str::<Items<'_>>(text).map(|whole| whole.items))
    } else if text.lines().any(|line| line.starts_with('{') && line.trim_end().ends_with('}')) {
        None
    } else {
        // For its words on what is wrong, and where.
        Some(
            serde_json::from_str::<Vec<&RawValue>>(text)
                .or_else(|_| serde_json::from_str::<Value>(text).map(|_| Vec::new())),
        )
    };
    let Some(list) = list else { return Ok(lines(text)) };
    let list = list.map_err(|error| anyhow!("is not JSON that can be imported: {error}"))?;

    let mut rows = Rows::default();
    let (mut line, mut at) = (1, 0);
    for raw in list {
        // A raw value is a part of the text: where it stands tells its line.
        let begin = (raw.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        line += text.get(at..begin).unwrap_or_default().matches('\n').count();
        at = begin;
        rows.rows.push(Row { line, value: serde_json::from_str(raw.get())? });
    }
    Ok(rows)
}

/// One object a line; or a file that is one object.
fn lines(text: &str) -> Rows {
    let mut rows = Rows::default();
    if let Ok(value) = serde_json::from_str(text) {
        rows.rows.push(Row { line: 1, value });
        return rows;
    }
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match serde_json::from_str(line) {
            Ok(value) => rows.rows.push(Row { line: index + 1, value }),
            Err(error) => rows.rejected.push(Rejected {
                line: index + 1,
                title: String::new(),
                reason: format!("is not JSON: {error}"),
            }),
        }
    }
    rows
}
