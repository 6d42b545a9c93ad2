//! Sends files to the importer of the API, and shows what became of them.

mod parts;

use std::{
    io::{self, Write as _},
    path::Path,
};

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;
use importer::Place;
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::Url;
use serde_json::Value;

use crate::client::{Api, str_field};
use parts::Part;

/// Most rejected rows that are printed. The others are only counted.
const LISTED: usize = 50;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Source {
    /// Pull requests, as `gh pr list --json …` or `gh search prs --json …` print them.
    Github,
    /// Tickets, as Jira exports them as CSV.
    Jira,
    /// Issues, as Linear exports them as CSV.
    Linear,
    /// Evidence in any of these forms, or as JSON or CSV with the fields of the API.
    Evidence,
    /// Goals, as JSON or CSV.
    Goals,
    /// Reviews, as JSON or CSV.
    Reviews,
}

impl Source {
    /// Route to which the file is posted, and its parameter `source`.
    const fn route(self) -> (&'static str, importer::Source) {
        match self {
            Self::Github => ("/api/evidence/import", importer::Source::Github),
            Self::Jira => ("/api/evidence/import", importer::Source::Jira),
            Self::Linear => ("/api/evidence/import", importer::Source::Linear),
            Self::Evidence => ("/api/evidence/import", importer::Source::Auto),
            Self::Goals => ("/api/goals/import", importer::Source::Auto),
            Self::Reviews => ("/api/reviews/import", importer::Source::Auto),
        }
    }
}

/// Facts that the file itself does not contain.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// The name of the user in the program that wrote the file. Work of others counts as reviewed.
    pub login: Option<String>,
    /// Time zone of times without one, such as `Europe/Berlin`.
    pub time_zone: Option<String>,
    /// Columns and their fields, such as `Summary=title`.
    pub map: Vec<String>,
    /// Whether nothing is stored.
    pub dry_run: bool,
}

/// Result of an import, as the API reports it.
#[derive(Debug, Default)]
pub struct ImportReport {
    /// Entries that did not exist before.
    pub created: u64,
    /// Entries that the file has changed.
    pub updated: u64,
    /// Entries that the file has not changed.
    pub kept: u64,
    /// Rejected rows in the order of the file.
    pub rejected: Vec<Rejected>,
    /// Remarks for the user, for example on ignored columns.
    pub notes: Vec<String>,
}

/// A row that was not imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    pub place: Place,
    /// Start of its title or content. Empty if it has neither.
    pub title: String,
    pub reason: String,
}

/// Imports a file, in several requests if it is long.
pub async fn run(api: &Api, source: Source, path: &Path, options: &ImportOptions) -> Result<ImportReport> {
    let shown = path.display();
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {shown}"))?;
    let text = importer::decode(&bytes).with_context(|| shown.to_string())?;
    let target = target(source, options);
    let parts = parts::of(&text);
    let bar = ProgressBar::new(u64::try_from(parts.len())?)
        .with_style(ProgressStyle::with_template("  {bar:30.cyan/dim} part {pos} of {len}")?);
    let mut report = ImportReport::default();
    for part in parts {
        let answer = api.post_file(&target, part.media_type(), part.text.clone()).await;
        read(&answer.with_context(|| shown.to_string())?, &part, &mut report)?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    if report.created + report.updated + report.kept == 0 && report.rejected.is_empty() {
        bail!(
            "{shown} has nothing to import{}",
            report.notes.iter().map(|note| format!("; {note}")).collect::<String>()
        );
    }
    Ok(report)
}

fn target(source: Source, options: &ImportOptions) -> String {
    let (route, name) = source.route();
    // Only the path and the query of the address are used.
    let Ok(mut url) = Url::parse("http://service").and_then(|base| base.join(route)) else { return route.to_owned() };
    {
        let mut query = url.query_pairs_mut();
        query.append_pair("source", &name.to_string());
        for (name, value) in [("login", &options.login), ("timeZone", &options.time_zone)] {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        for pair in &options.map {
            query.append_pair("map", pair);
        }
        if options.dry_run {
            query.append_pair("dryRun", "true");
        }
    }
    format!("{}?{}", url.path(), url.query().unwrap_or_default())
}

fn read(answer: &Value, part: &Part, report: &mut ImportReport) -> Result<()> {
    let count = |name: &str| answer[name].as_u64().with_context(|| format!("the answer has no {name}"));
    report.created += count("created")?;
    report.updated += count("updated")?;
    report.kept += count("kept")?;
    let number = |value: &Value| value.as_u64().and_then(|number| usize::try_from(number).ok());
    let rows = answer["rows"].as_array().into_iter().flatten();
    report.rejected.extend(rows.filter(|row| row["status"] == "rejected").map(|row| Rejected {
        place: Place {
            line: number(&row["line"]).unwrap_or_default(),
            item: number(&row["item"]).map(|item| item + part.items_before),
        },
        title: str_field(&row["title"]).to_owned(),
        reason: str_field(&row["error"]).to_owned(),
    }));
    let columns: Vec<&str> = answer["ignoredColumns"].as_array().into_iter().flatten().map(str_field).collect();
    let ignored = (!columns.is_empty()).then(|| format!("columns that are not imported: {}", columns.join(", ")));
    let notes = answer["notes"].as_array().into_iter().flatten().map(|note| str_field(note).to_owned());
    for note in ignored.into_iter().chain(notes) {
        if !report.notes.contains(&note) {
            report.notes.push(note);
        }
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
    let all = report.created + report.updated + report.kept + u64::try_from(report.rejected.len())?;
    if !lines.is_empty() {
        bail!("{} of {all} rows of {} were rejected:{}", report.rejected.len(), path.display(), lines.concat());
    }
    Ok(())
}

/// Prints the counts, the rejected rows and the notes of an import.
pub fn show(report: &ImportReport, source: Source, dry_run: bool, api: &Api) -> io::Result<()> {
    let mut out = io::stdout();
    let route = source.route().0.trim_end_matches("/import");
    let verb = if dry_run { "Nothing is stored. An import into" } else { "Imported into" };
    writeln!(out, "{verb} {}{route}{}", api.base(), if dry_run { " would give" } else { "" })?;
    writeln!(out, "  created   {}", report.created)?;
    writeln!(out, "  updated   {}", report.updated)?;
    writeln!(out, "  kept      {}", report.kept)?;
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
