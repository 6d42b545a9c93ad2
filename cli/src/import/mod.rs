//! Imports files into the library through the HTTP API.

mod csv_file;
mod github;
mod json_file;
mod row;

use std::{
    io::{self, Write as _},
    path::Path,
};

use anyhow::{Context as _, Result, bail};
use domain::ids::SourceId;
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::client::{Api, Refused, str_field};
use row::{Row, Rows, title};

pub use row::{Place, Rejected, Source};

/// Most rows in one request. The API accepts 500, but smaller batches update the progress bar more often.
const BATCH_ROWS: usize = 100;
/// Most bytes of rows in one request. A single row that is larger is sent alone.
const BATCH_BYTES: usize = 1024 * 1024;
/// Most rejected rows that are printed. The others are only counted.
const LISTED: usize = 50;

/// Facts that the file itself does not contain.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// The user's GitHub login. Pull requests of other authors count as reviewed.
    pub login: Option<String>,
    /// UTC offset for times without one, such as `+02:00`.
    pub offset: Option<String>,
}

/// Result of an import. The counts come from the API.
#[derive(Debug, Default)]
pub struct ImportReport {
    /// Entries that did not exist before.
    pub created: u64,
    /// Entries that existed and were replaced.
    pub updated: u64,
    /// Rejected rows in the order of their places.
    pub rejected: Vec<Rejected>,
    /// Remarks for the user, for example on ignored columns.
    pub notes: Vec<String>,
}

/// Imports a file. Idempotent, because a row without an `externalId` gets one that depends on its content only.
pub async fn run(api: &Api, source: Source, path: &Path, options: &ImportOptions) -> Result<ImportReport> {
    let shown = path.display();
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {shown}"))?;
    let Rows { mut rows, rejected, notes } = read(source, &bytes, options).with_context(|| shown.to_string())?;
    if rows.is_empty() && rejected.is_empty() {
        bail!("{shown} has nothing to import{}", notes.iter().map(|note| format!("; {note}")).collect::<String>());
    }
    let mut report = ImportReport { rejected, notes, ..ImportReport::default() };
    for row in &mut rows {
        prepare(row, options);
    }

    let bar = ProgressBar::new(u64::try_from(rows.len())?)
        .with_style(ProgressStyle::with_template("  {bar:30.cyan/dim} {pos}/{len} rows  {msg}")?);
    let mut rest = rows.as_slice();
    while !rest.is_empty() {
        let (batch, after) = rest.split_at(batch_len(rest));
        send(api, source.path(), batch, &mut report).await?;
        bar.inc(u64::try_from(batch.len())?);
        rest = after;
    }
    bar.finish_and_clear();
    report.rejected.sort_by_key(|rejected| rejected.place);
    Ok(report)
}

fn read(source: Source, bytes: &[u8], options: &ImportOptions) -> Result<Rows> {
    let Ok(text) = std::str::from_utf8(bytes) else { bail!("is not UTF-8. Save it as UTF-8 and try again") };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if matches!(text.trim(), "" | "null") {
        bail!("is empty");
    }
    if source == Source::Github {
        return github::evidence(json_file::rows(text)?, options.login.as_deref());
    }
    if matches!(text.trim_start().chars().next(), Some('{' | '[')) {
        json_file::rows(text)
    } else {
        csv_file::rows(source, text)
    }
}

/// Fills in what a file may leave out: the UTC offset, and an `externalId` that is derived from the whole row. The same
/// row always gets the same `externalId`, so a second import replaces entries and adds none.
fn prepare(row: &mut Row, options: &ImportOptions) {
    if let (Some(offset), Some(at)) = (&options.offset, row.value.get("occurredAt").and_then(Value::as_str)) {
        row.value["occurredAt"] = Value::String(with_offset(at, offset));
    }
    if row.value.is_object() && row.value.get("externalId").is_none_or(Value::is_null) {
        row.value["externalId"] = Value::String(format!("import:{}", SourceId::named(&row.value.to_string())));
    }
}

/// Appends the offset to a day or to a local time. Other texts are returned unchanged.
fn with_offset(text: &str, offset: &str) -> String {
    if text.parse::<jiff::Timestamp>().is_ok() {
        return text.to_owned();
    }
    match text.replace(' ', "T").parse::<jiff::civil::DateTime>() {
        Ok(local) => format!("{local}{offset}"),
        Err(_) => text.to_owned(),
    }
}

fn batch_len(rows: &[Row]) -> usize {
    let mut bytes = 0;
    let fitting = rows.iter().take(BATCH_ROWS).take_while(|row| {
        bytes += row.value.to_string().len();
        bytes <= BATCH_BYTES
    });
    fitting.count().max(1)
}

async fn send(api: &Api, path: &str, batch: &[Row], report: &mut ImportReport) -> Result<()> {
    let items: Vec<&Value> = batch.iter().map(|row| &row.value).collect();
    let answer = api.post(path, &json!({"items": items})).await;
    if let (Err(error), [row]) = (&answer, batch)
        && error.downcast_ref::<Refused>().is_some_and(|refused| refused.status == StatusCode::PAYLOAD_TOO_LARGE)
    {
        let reason = "is larger than a request may be".to_owned();
        report.rejected.push(Rejected { place: row.place, title: title(&row.value), reason });
        return Ok(());
    }
    let answer = answer?;
    let results = answer["results"].as_array().context("the answer has no results")?;
    report.created += answer["created"].as_u64().unwrap_or_default();
    report.updated += answer["updated"].as_u64().unwrap_or_default();
    for (row, result) in batch.iter().zip(results).filter(|(_, result)| result["status"] == "rejected") {
        let fields: Vec<String> = result["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|error| {
                let field = str_field(&error["pointer"]).splitn(4, '/').nth(3).unwrap_or_default();
                format!("{field} {}", str_field(&error["detail"])).trim().to_owned()
            })
            .collect();
        let reason = if fields.is_empty() { str_field(&result["error"]).to_owned() } else { fields.join("; ") };
        report.rejected.push(Rejected { place: row.place, title: title(&row.value), reason });
    }
    Ok(())
}

/// Fails if any row was rejected. The error lists the first ten.
pub fn must_be_whole(report: &ImportReport, path: &Path) -> Result<()> {
    let lines: Vec<String> = report
        .rejected
        .iter()
        .take(10)
        .map(|rejected| format!("\n  {} {:?}: {}", rejected.place, rejected.title, rejected.reason))
        .collect();
    let all = report.created + report.updated + u64::try_from(report.rejected.len())?;
    if !lines.is_empty() {
        bail!("{} of {all} rows of {} were rejected:{}", report.rejected.len(), path.display(), lines.concat());
    }
    Ok(())
}

/// Prints the counts, the rejected rows and the notes of an import.
pub fn show(report: &ImportReport, source: Source, api: &Api) -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "Imported into {}{}", api.base(), source.path())?;
    writeln!(out, "  created   {}", report.created)?;
    writeln!(out, "  updated   {}", report.updated)?;
    writeln!(out, "  rejected  {}", report.rejected.len())?;
    let listed = &report.rejected[..report.rejected.len().min(LISTED)];
    // Reasons and titles begin in the same column, after the longest place.
    let width = listed.iter().map(|rejected| rejected.place.to_string().len()).fold(10, usize::max);
    for Rejected { place, title, reason } in listed {
        writeln!(out, "    {place:<width$} {}", console::style(reason).yellow())?;
        if !title.is_empty() {
            writeln!(out, "    {:width$} {}", "", console::style(title).dim())?;
        }
    }
    if report.rejected.len() > LISTED {
        writeln!(out, "    and {} more", report.rejected.len() - LISTED)?;
    }
    for note in &report.notes {
        writeln!(out, "  note      {note}")?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "../import_tests.rs"]
mod tests;
