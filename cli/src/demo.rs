//! The demonstration: it generates one block and shows each step, from the HTTP request to the cited text.

use std::{io::Write as _, path::PathBuf, time::Duration};

use anyhow::{Result, bail};
use console::style;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::{
    client::{Api, str_field},
    import::{self, Source},
    sample,
};

/// Pause between polls. The service asks for one second. A shorter pause shows more of the progress.
const POLL: Duration = Duration::from_millis(250);

#[derive(Debug)]
pub struct Demo {
    /// JSON or CSV file with evidence to import before the job is created.
    pub evidence: Option<PathBuf>,
    /// Name of the writer, to be printed. `None` if it is unknown, as with a remote service.
    pub writer: Option<&'static str>,
}

/// Runs the demonstration with the user's own evidence. If the user has no evidence, the sample is stored first.
pub async fn run(api: &Api, demo: Demo) -> Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "{}", style("Report Builder Jobs").bold())?;
    writeln!(out, "  API       {}", api.base())?;
    if let Some(writer) = demo.writer {
        writeln!(out, "  Writer    {writer}")?;
    }
    if let Some(path) = &demo.evidence {
        let report = import::run(api, Source::Evidence, path, &import::ImportOptions::default()).await?;
        import::must_be_whole(&report, path)?;
    }
    let mut library = sample::library(api).await?;
    let own_evidence = library.evidence > 0;
    if !own_evidence {
        sample::seed_library(api).await?;
        library = sample::library(api).await?;
    }
    let seeded = sample::seed_document(api, own_evidence).await?;
    writeln!(out, "  Document  {}  {}", seeded.document, seeded.name)?;
    writeln!(
        out,
        "  Library   {} pieces of evidence, {} goals, {} reviews",
        library.evidence, library.goals, library.reviews
    )?;
    writeln!(out, "  Prompt    {}\n", seeded.prompt)?;

    let (document, block) = (seeded.document, seeded.unwritten());
    let body = json!({"documentId": document, "blockId": block, "type": "GENERATE"});
    let mut job = api.post("/api/report-builder/jobs", &body).await?;
    writeln!(out, "POST /api/report-builder/jobs → 202 Accepted, job {}", str_field(&job["jobId"]))?;
    writeln!(out, "{}", style("PENDING").yellow())?;

    let bar = ProgressBar::new(100).with_style(ProgressStyle::with_template("  {bar:30.cyan/dim} {pos:>3} %  {msg}")?);
    let (mut shown, mut last) = ("PENDING".to_owned(), String::new());
    loop {
        let status = str_field(&job["status"]).to_owned();
        if status != shown {
            bar.suspend(|| writeln!(out, "{}", coloured(&status)))?;
            shown.clone_from(&status);
        }
        if matches!(status.as_str(), "COMPLETED" | "FAILED") {
            break;
        }
        bar.set_position(job["progress"]["percent"].as_u64().unwrap_or_default());
        let message = str_field(&job["progress"]["message"]).to_owned();
        if bar.is_hidden() && message != last {
            writeln!(out, "  {message}")?;
            last.clone_from(&message);
        }
        bar.set_message(message);
        tokio::time::sleep(POLL).await;
        job = api.get(&format!("/api/report-builder/jobs/{}", str_field(&job["jobId"]))).await?;
    }
    bar.finish_and_clear();
    if shown == "FAILED" {
        bail!("the job failed: {} ({})", str_field(&job["error"]), str_field(&job["statusReason"]));
    }
    let path = format!("/api/report-builder/{document}/blocks/{block}");
    let written = api.get(&path).await?;
    show(&job, str_field(&written["content"]))?;
    let history = api.get(&format!("{path}/history")).await?;
    let revisions = history["revisions"].as_array().map_or(0, Vec::len);
    writeln!(out, "  block     version {}, {revisions} revision(s)", written["version"])?;
    writeln!(out, "  page      {}/documents/{document}", api.base())?;
    Ok(())
}

fn show(job: &Value, content: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    let result = &job["result"];
    let rule = style("─".repeat(72)).dim();
    writeln!(out, "{rule}\n{}\n{rule}", console::strip_ansi_codes(&marked(content, &result["citations"])))?;
    let citations = result["citations"].as_array().map(Vec::as_slice).unwrap_or_default();
    for (index, citation) in citations.iter().enumerate() {
        let kind = str_field(&citation["sourceType"]).to_lowercase();
        writeln!(out, "  [{}] {kind}: {}", index + 1, one_line(str_field(&citation["citedText"])))?;
    }
    let usage = &job["usage"];
    writeln!(
        out,
        "\n  evidence  {}{} match, {} read, {} cited",
        result["evidenceMatched"],
        if result["evidenceMatchedIsLowerBound"] == true { " or more" } else { "" },
        result["evidenceCount"],
        result["evidenceIds"].as_array().map_or(0, Vec::len)
    )?;
    let grounding = &result["grounding"];
    let count = |name: &str| grounding[name].as_array().map_or(0, Vec::len);
    writeln!(
        out,
        "  grounding {} of {} sentences cited, {} number(s) without a source, {} gap(s)",
        grounding["cited"],
        grounding["sentences"],
        count("unsupportedNumbers"),
        count("gaps")
    )?;
    writeln!(out, "  goals     {}   reviews {}", result["goalsCount"], result["reviewsCount"])?;
    writeln!(
        out,
        "  tokens    {} in, {} out, {} from cache, {} to cache",
        usage["inputTokens"], usage["outputTokens"], usage["cacheReadInputTokens"], usage["cacheCreationInputTokens"]
    )?;
    let dollars = usage["costMicroUsd"].as_f64().unwrap_or_default() / 1e6;
    writeln!(out, "  cost      ${dollars:.4} by the price of {}", str_field(&result["model"]))
}

/// The beginning of a quote, on one line and without control characters.
fn one_line(quote: &str) -> String {
    const MAX_CHARS: usize = 90;
    let words: Vec<&str> = quote.split_whitespace().collect();
    let line: String = words.join(" ").chars().filter(|c| !c.is_control()).collect();
    if line.chars().count() <= MAX_CHARS {
        return line;
    }
    line.chars().take(MAX_CHARS - 1).chain(['…']).collect()
}

/// Inserts `[n]` after every cited span. Citations count characters, not bytes.
fn marked(content: &str, citations: &Value) -> String {
    let ends: Vec<usize> = citations
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|citation| usize::try_from(citation["end"].as_u64()?).ok())
        .collect();
    let mut text = String::new();
    for (at, c) in content.chars().chain([' ']).enumerate() {
        for (index, _) in ends.iter().enumerate().filter(|(_, end)| **end == at) {
            text.push_str(&format!("[{}]", index + 1));
        }
        text.push(c);
    }
    text.trim_end().to_owned()
}

fn coloured(status: &str) -> console::StyledObject<String> {
    let style = match status {
        "COMPLETED" => console::Style::new().green(),
        "FAILED" => console::Style::new().red(),
        _ => console::Style::new().cyan(),
    };
    style.apply_to(status.to_owned())
}
