//! Puts files into the library, through the HTTP API.

mod csv_file;
mod github;
mod json_file;

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;
use domain::ids::SourceId;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::client::{Api, word};

/// Rows of one request, at most. The API takes 500; fewer make a livelier progress bar.
const BATCH_ROWS: usize = 100;
/// Bytes of one request, about.
const BATCH_BYTES: usize = 1024 * 1024;
/// Rejected rows that are listed.
const LISTED: usize = 50;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Source {
    /// Pull requests, as `gh pr list --json …` or `gh search prs --json …` print them.
    Github,
    /// Evidence: JSON or CSV.
    Evidence,
    /// Goals: JSON or CSV.
    Goals,
    /// Reviews: JSON or CSV.
    Reviews,
}

impl Source {
    /// The route that takes it.
    const fn path(self) -> &'static str {
        match self {
            Self::Github | Self::Evidence => "/api/evidence",
            Self::Goals => "/api/goals",
            Self::Reviews => "/api/reviews",
        }
    }
}

/// How to read a file.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The user's name on GitHub: pull requests by others are reviewed ones.
    pub login: Option<String>,
    /// UTC offset of times that name none, such as `+02:00`.
    pub offset: Option<String>,
}

/// An entry as a file names it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    /// Where it begins in the file, from 1.
    pub(crate) line: usize,
    pub(crate) value: Value,
}

/// An entry that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Where it begins in the file, from 1.
    pub line: usize,
    /// Its title, if it has one.
    pub title: String,
    /// Why.
    pub reason: String,
}

/// What a file holds, before anything is sent.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) rows: Vec<Row>,
    pub(crate) rejected: Vec<Rejected>,
    /// Things that the user should know.
    pub(crate) notes: Vec<String>,
}

/// What became of a file.
#[derive(Debug, Default)]
pub struct Report {
    /// New entries.
    pub created: u64,
    /// Entries that were there and are replaced.
    pub updated: u64,
    /// Rows that were not taken.
    pub rejected: Vec<Rejected>,
    /// Things that the user should know.
    pub notes: Vec<String>,
}

/// Imports a file. Running it again leaves the same entries.
pub async fn run(api: &Api, source: Source, path: &Path, options: &Options) -> Result<Report> {
    let shown = path.display();
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {shown}"))?;
    let Rows { mut rows, rejected, notes } = read(source, &bytes, options).with_context(|| shown.to_string())?;
    if rows.is_empty() && rejected.is_empty() {
        bail!("{shown} has nothing to import{}", notes.iter().map(|note| format!("; {note}")).collect::<String>());
    }
    let mut report = Report { rejected, notes, ..Report::default() };
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
    report.rejected.sort_by_key(|rejected| rejected.line);
    Ok(report)
}

fn read(source: Source, bytes: &[u8], options: &Options) -> Result<Rows> {
    let Ok(text) = std::str::from_utf8(bytes) else { bail!("is not UTF-8; save it as UTF-8 and try again") };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if source == Source::Github {
        return github::evidence(json_file::rows(text)?, options.login.as_deref());
    }
    if matches!(text.trim_start().chars().next(), Some('{' | '[')) {
        json_file::rows(text)
    } else {
        csv_file::rows(source, text)
    }
}

/// Gives a row what the API wants and a person need not write: an offset, and a name of its
/// own, made of the whole row, so that a second import of the same file writes the same entries.
fn prepare(row: &mut Row, options: &Options) {
    if let (Some(offset), Some(at)) = (&options.offset, row.value.get("occurredAt").and_then(Value::as_str)) {
        row.value["occurredAt"] = Value::String(with_offset(at, offset));
    }
    if row.value.is_object() && row.value.get("externalId").is_none_or(Value::is_null) {
        row.value["externalId"] = Value::String(format!("import:{}", SourceId::named(&row.value.to_string())));
    }
}

/// A day or a local time with its offset; other texts stay as they are.
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

async fn send(api: &Api, path: &str, batch: &[Row], report: &mut Report) -> Result<()> {
    let items: Vec<&Value> = batch.iter().map(|row| &row.value).collect();
    let answer = api.post(path, &json!({"items": items})).await?;
    let results = answer["results"].as_array().context("the answer has no results")?;
    report.created += answer["created"].as_u64().unwrap_or_default();
    report.updated += answer["updated"].as_u64().unwrap_or_default();
    for (row, result) in batch.iter().zip(results).filter(|(_, result)| result["status"] == "rejected") {
        let fields: Vec<String> = result["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|error| {
                let field = word(&error["pointer"]).splitn(4, '/').nth(3).unwrap_or_default();
                format!("{field} {}", word(&error["detail"])).trim().to_owned()
            })
            .collect();
        let reason = if fields.is_empty() { word(&result["error"]).to_owned() } else { fields.join("; ") };
        report.rejected.push(Rejected { line: row.line, title: title(&row.value), reason });
    }
    Ok(())
}

/// What a person knows a row by.
pub(crate) fn title(value: &Value) -> String {
    let text = ["title", "content"].into_iter().find_map(|name| value.get(name).and_then(Value::as_str));
    let mut clean: String = text.unwrap_or_default().chars().filter(|c| !c.is_control()).take(60).collect();
    if clean.chars().count() == 60 {
        clean.push('…');
    }
    clean
}

/// An error, if a row was rejected.
pub fn must_be_whole(report: &Report, path: &Path) -> Result<()> {
    let lines: Vec<String> = report
        .rejected
        .iter()
        .take(10)
        .map(|rejected| format!("\n  line {} {:?}: {}", rejected.line, rejected.title, rejected.reason))
        .collect();
    let all = report.created + report.updated + u64::try_from(report.rejected.len())?;
    if !lines.is_empty() {
        bail!("{} of {all} rows of {} were rejected:{}", report.rejected.len(), path.display(), lines.concat());
    }
    Ok(())
}

/// Prints what became of a file.
#[allow(clippy::print_stdout, reason = "this is what the command shows")]
pub fn show(report: &Report, source: Source, api: &Api) {
    println!("Imported into {}{}", api.base(), source.path());
    println!("  created   {}", report.created);
    println!("  updated   {}", report.updated);
    println!("  rejected  {}", report.rejected.len());
    for rejected in report.rejected.iter().take(LISTED) {
        println!("    line {:<5} {}", rejected.line, console::style(&rejected.reason).yellow());
        if !rejected.title.is_empty() {
            println!("               {}", console::style(&rejected.title).dim());
        }
    }
    if report.rejected.len() > LISTED {
        println!("    and {} more", report.rejected.len() - LISTED);
    }
    for note in &report.notes {
        println!("  note      {note}");
    }
}

#[cfg(test)]
#[path = "../import_tests.rs"]
mod tests;
