//! The demonstration: it generates one block and shows each step, from the HTTP request to the cited text.

use std::{io::Write as _, path::PathBuf};

use anyhow::{Result, bail};
use console::style;
use serde_json::{Value, json};

use crate::{
    client::{Api, str_field},
    follow,
    import::{self, Source},
    sample,
    text::{self, marked, one_line},
};

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
    let job = api.post("/api/report-builder/jobs", &body).await?;
    writeln!(out, "POST /api/report-builder/jobs → 202 Accepted, job {}", str_field(&job["jobId"]))?;
    let job = follow::job(api, job, |status| Ok(writeln!(std::io::stdout(), "{}", coloured(status))?)).await?;
    if str_field(&job["status"]) == "FAILED" {
        bail!("the job failed: {} ({})", str_field(&job["error"]), str_field(&job["statusReason"]));
    }
    let path = format!("/api/report-builder/{document}/blocks/{block}");
    let written = api.get(&path).await?;
    show(&job, str_field(&written["content"]))?;
    let history = api.get(&format!("{path}/history")).await?;
    let revisions = history["revisions"].as_array().map_or(0, Vec::len);
    writeln!(out, "  block     version {}, {revisions} revision(s)", written["version"])?;
    writeln!(out, "  page      {}", api.page(&document.to_string()))?;
    Ok(())
}

fn show(job: &Value, content: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    let result = &job["result"];
    let width = text::width();
    let rule = style("─".repeat(width)).dim();
    let draft = marked(content, &result["citations"]);
    writeln!(out, "{rule}\n{}\n{rule}", text::wrapped(&console::strip_ansi_codes(&draft), width))?;
    let citations = result["citations"].as_array().map(Vec::as_slice).unwrap_or_default();
    for (index, citation) in citations.iter().enumerate() {
        let kind = str_field(&citation["sourceType"]).to_lowercase();
        writeln!(
            out,
            "  [{}] {kind}: {}",
            index + 1,
            one_line(str_field(&citation["citedText"]), width.saturating_sub(20))
        )?;
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
    let cost = match usage["costMicroUsd"].as_f64().unwrap_or_default() / 1e6 {
        0.0 => "nothing".to_owned(),
        dollars => format!("${dollars:.4}"),
    };
    writeln!(out, "  cost      {cost}, written by {}", str_field(&result["model"]))
}

fn coloured(status: &str) -> console::StyledObject<String> {
    let style = match status {
        "COMPLETED" => console::Style::new().green(),
        "FAILED" => console::Style::new().red(),
        "PENDING" => console::Style::new().yellow(),
        _ => console::Style::new().cyan(),
    };
    style.apply_to(status.to_owned())
}
