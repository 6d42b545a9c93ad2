//! The `generate` command: drafts one block, or all empty blocks of a document.

use std::{io::Write as _, time::Duration};

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::{
    client::{Api, str_field},
    follow,
    lists::{check_id, dollars},
    text,
};

/// Pause between two looks at the jobs of a document.
const POLL: Duration = Duration::from_secs(1);

/// The arguments of the command.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Id of the document.
    pub document: String,
    /// Id of a block. `None`: all empty blocks with a prompt.
    pub block: Option<String>,
    /// Wait until the jobs have ended, and show the text.
    pub watch: bool,
}

/// Creates the jobs. Over the words of a person they propose.
pub async fn run(api: &Api, wanted: &Wanted) -> Result<()> {
    let document = check_id(&wanted.document)?;
    match &wanted.block {
        Some(block) => one(api, document, block, wanted.watch).await,
        None => all(api, document, wanted.watch).await,
    }
}

async fn one(api: &Api, document: &str, block: &str, watch: bool) -> Result<()> {
    let body = json!({"type": "GENERATE", "documentId": document, "blockId": block, "applyMode": "auto"});
    announce(&api.post("/api/report-builder/jobs/dry-run", &body).await?)?;
    let job = api.post("/api/report-builder/jobs", &body).await?;
    let mut out = std::io::stdout();
    writeln!(out, "job {}", str_field(&job["jobId"]))?;
    if !watch {
        return Ok(());
    }
    let job = follow::job(api, job, |status| Ok(writeln!(std::io::stdout(), "{status}")?)).await?;
    if str_field(&job["status"]) == "FAILED" {
        bail!("the job failed: {} ({})", str_field(&job["error"]), str_field(&job["statusReason"]));
    }
    let result = &job["result"];
    let draft = text::marked(str_field(&result["content"]), &result["citations"]);
    writeln!(out, "\n{}\n", text::wrapped(&console::strip_ansi_codes(&draft), text::width()))?;
    if job["statusReason"].is_string() {
        writeln!(out, "{}: the text is in the job{}", str_field(&job["statusReason"]), held(&job))?;
    }
    writeln!(out, "cost {}   page {}", dollars(&job["usage"]["costMicroUsd"]), api.page(document))?;
    Ok(())
}

/// Whether the block has kept its text.
fn held(job: &Value) -> &'static str {
    match str_field(&job["statusReason"]) {
        "PROPOSED" | "NOT_APPLIED" => ", and the block has kept its own",
        _ => " and in the block",
    }
}

async fn all(api: &Api, document: &str, watch: bool) -> Result<()> {
    let path = format!("/api/report-builder/{document}/jobs");
    let body = json!({"type": "GENERATE", "applyMode": "auto"});
    announce(&api.post(&format!("{path}/dry-run"), &body).await?)?;
    let created = api.post(&path, &body).await?;
    let jobs: Vec<Value> = created["jobs"].as_array().cloned().unwrap_or_default();
    let mut out = std::io::stdout();
    for job in &jobs {
        writeln!(out, "job {}  block {}", str_field(&job["jobId"]), str_field(&job["blockId"]))?;
    }
    if !watch || jobs.is_empty() {
        return Ok(());
    }
    let mut failed = 0;
    let mut open: Vec<String> = jobs.iter().map(|job| str_field(&job["jobId"]).to_owned()).collect();
    while !open.is_empty() {
        tokio::time::sleep(POLL).await;
        let list = format!("/api/report-builder/jobs?documentId={document}&status=COMPLETED,FAILED&limit=100");
        for job in api.get(&list).await?["jobs"].as_array().into_iter().flatten() {
            let Some(at) = open.iter().position(|id| id == str_field(&job["jobId"])) else { continue };
            open.remove(at);
            failed += usize::from(str_field(&job["status"]) == "FAILED");
            let about = [&job["status"], &job["statusReason"], &job["error"]].map(str_field).join(" ");
            writeln!(out, "block {}  {}", str_field(&job["blockId"]), about.trim_end())?;
        }
    }
    writeln!(out, "page {}", api.page(document))?;
    if failed > 0 {
        bail!("{failed} of {} jobs failed", jobs.len());
    }
    Ok(())
}

/// Says what the jobs will read and cost.
fn announce(foreseen: &Value) -> Result<()> {
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{} job(s): {} match, {} read, about {} and {} s",
        foreseen["jobs"],
        foreseen["evidenceMatched"],
        foreseen["evidenceRead"],
        dollars(&foreseen["estimatedCostMicroUsd"]),
        foreseen["estimatedSeconds"]
    )?;
    for warning in foreseen["warnings"].as_array().into_iter().flatten() {
        writeln!(out, "note: {}", str_field(&warning["detail"]))?;
    }
    Ok(())
}
