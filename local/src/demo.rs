//! The demonstration: a block gets its content, from HTTP request to cited text.

use std::{path::Path, time::Duration};

use anyhow::{Context as _, Result, bail};
use console::style;
use domain::ids::UserId;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::{evidence_file, gateway::LOCAL_USER, runner::Runner, sample};

/// How often the demonstration asks. The service would rather be asked every second.
const POLL: Duration = Duration::from_millis(250);

/// Runs it on a started runner.
#[allow(clippy::print_stdout, reason = "this is what the demonstration shows")]
pub async fn run(runner: &Runner, evidence: Option<&Path>) -> Result<()> {
    let now = runner.clock.now();
    let user = UserId::new(LOCAL_USER)?;
    let evidence = evidence.map(|path| evidence_file::read(path, now)).transpose()?;
    let seeded = sample::seed(&runner.store, &user, evidence, now).await?;
    let block = seeded.unwritten();
    println!("{}", style("Report Builder Jobs").bold());
    println!("  API       {}", runner.url());
    println!(
        "  Writer    {}",
        runner.writer.as_ref().map_or("Claude", |_| "offline writer (set ANTHROPIC_API_KEY to use Claude)")
    );
    println!("  Document  {}", seeded.document.name);
    println!("  Library   {} pieces of evidence, {} goals, {} reviews", seeded.evidence, seeded.goals, seeded.reviews);
    println!("  Prompt    {}\n", block.prompt.as_deref().unwrap_or_default());

    let http = reqwest::Client::builder().no_proxy().tls_backend_preconfigured(claude::client::tls()?).build()?;
    let jobs = format!("{}/api/report-builder/jobs", runner.url());
    let body =
        json!({"documentId": seeded.document.id.to_string(), "blockId": block.id.to_string(), "type": "GENERATE"});
    let created = http.post(&jobs).json(&body).send().await?;
    let status = created.status();
    let mut job: Value = created.json().await?;
    if status != reqwest::StatusCode::ACCEPTED {
        bail!("the job was not accepted: {status} {job}");
    }
    println!("POST /api/report-builder/jobs → {status}, job {}", word(&job["jobId"]));
    println!("{}", style("PENDING").yellow());

    let bar = ProgressBar::new(100).with_style(ProgressStyle::with_template("  {bar:30.cyan/dim} {pos:>3} %  {msg}")?);
    let (mut shown, mut last) = ("PENDING".to_owned(), String::new());
    loop {
        let status = word(&job["status"]);
        if status != shown {
            bar.suspend(|| println!("{}", coloured(&status)));
            shown.clone_from(&status);
        }
        if matches!(status.as_str(), "COMPLETED" | "FAILED") {
            break;
        }
        bar.set_position(job["progress"]["percent"].as_u64().unwrap_or_default());
        let message = word(&job["progress"]["message"]);
        if bar.is_hidden() && message != last {
            println!("  {message}");
            last.clone_from(&message);
        }
        bar.set_message(message);
        tokio::time::sleep(POLL).await;
        job = http.get(format!("{jobs}/{}", word(&job["jobId"]))).send().await?.error_for_status()?.json().await?;
    }
    bar.finish_and_clear();
    if shown == "FAILED" {
        bail!("the job failed: {} ({})", word(&job["error"]), word(&job["statusReason"]));
    }
    let written = runner.store.block(&user, seeded.document.id, block.id).await?.context("the block is gone")?;
    show(&job, written.content.as_deref().unwrap_or_default());
    let revisions = runner.store.revisions(&user, block.id, 10).await?;
    println!("  block     version {}, {} revision(s)", written.version, revisions.len());
    Ok(())
}

#[allow(clippy::print_stdout, reason = "this is what the demonstration shows")]
fn show(job: &Value, content: &str) {
    let result = &job["result"];
    let rule = style("─".repeat(72)).dim();
    println!("{rule}\n{}\n{rule}", console::strip_ansi_codes(&marked(content, &result["citations"])));
    let citations = result["citations"].as_array().map(Vec::as_slice).unwrap_or_default();
    for (index, citation) in citations.iter().enumerate() {
        let kind = word(&citation["sourceType"]).to_lowercase();
        println!("  [{}] {kind}: {}", index + 1, word(&citation["citedText"]));
    }
    let usage = &job["usage"];
    println!(
        "\n  evidence  {} sent, {} left out, {} cited",
        result["evidenceCount"],
        result["evidenceOmitted"],
        result["evidenceIds"].as_array().map_or(0, Vec::len)
    );
    println!("  goals     {}   reviews {}", result["goalsCount"], result["reviewsCount"]);
    println!(
        "  tokens    {} in, {} out, {} from cache, {} to cache",
        usage["inputTokens"], usage["outputTokens"], usage["cacheReadInputTokens"], usage["cacheCreationInputTokens"]
    );
    let dollars = usage["costMicroUsd"].as_f64().unwrap_or_default() / 1e6;
    println!("  cost      ${dollars:.4} by the price of {}", word(&result["model"]));
}

/// The text with a number behind every cited span.
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

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn coloured(status: &str) -> console::StyledObject<String> {
    let style = match status {
        "COMPLETED" => console::Style::new().green(),
        "FAILED" => console::Style::new().red(),
        _ => console::Style::new().cyan(),
    };
    style.apply_to(status.to_owned())
}
