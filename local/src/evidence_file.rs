//! Evidence from a file, in the form that the API takes: `{"items": [ … ]}`.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use domain::{
    evidence::{Evidence, EvidenceFacts},
    ids::SourceId,
};
use jiff::Timestamp;
use serde_json::Value;

/// Reads a file. All that is wrong with its items is told at once.
pub fn read(path: &Path, now: Timestamp) -> Result<Vec<Evidence>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let body: Value = serde_json::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))?;
    let Some(items) = body.get("items").and_then(Value::as_array) else {
        bail!("{} has no list \"items\" with evidence", path.display());
    };
    let mut problems = Vec::new();
    let mut evidence = Vec::new();
    for (index, item) in items.iter().enumerate() {
        match serde_json::from_value::<EvidenceFacts>(item.clone()) {
            Ok(facts) => evidence.push(Evidence { id: SourceId::new(), facts, created_at: now }),
            Err(error) => problems.push(format!("item {index}: {error}")),
        }
    }
    if !problems.is_empty() {
        let shown = problems.iter().take(10).cloned().collect::<Vec<_>>().join("\n  ");
        bail!("{} of {} items in {} are not evidence:\n  {shown}", problems.len(), items.len(), path.display());
    }
    Ok(evidence)
}
