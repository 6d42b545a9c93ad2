//! The commands that list: documents, jobs and what was spent.

use std::{collections::HashMap, io::Write as _};

use anyhow::{Result, bail};
use serde_json::Value;

use crate::{
    client::{Api, str_field},
    text::one_line,
};

/// Lists the newest documents.
pub async fn documents(api: &Api) -> Result<()> {
    let page = api.get("/api/report-builder?limit=50").await?;
    let mut out = std::io::stdout();
    for document in page["documents"].as_array().into_iter().flatten() {
        let (id, name) = (str_field(&document["id"]), one_line(str_field(&document["name"]), 60));
        writeln!(out, "{id}  {:<9}  {:>4} blocks  {name}", str_field(&document["status"]), document["blockCount"])?;
    }
    more(&page, "documents")
}

/// Lists the newest jobs, of one document or of all.
pub async fn jobs(api: &Api, document: Option<&str>) -> Result<()> {
    let filter = document.map(check_id).transpose()?.map(|id| format!("&documentId={id}")).unwrap_or_default();
    let page = api.get(&format!("/api/report-builder/jobs?limit=50{filter}")).await?;
    let mut out = std::io::stdout();
    let mut blocks = BlocksOfDocuments { api, known: HashMap::new() };
    for job in page["jobs"].as_array().into_iter().flatten() {
        let reason = str_field(&job["statusReason"]);
        let about = blocks.subject(job).await;
        writeln!(
            out,
            "{}  {}  {:<8}  {:<10}  {:<17}  {:>9}  {}",
            str_field(&job["jobId"]),
            str_field(&job["createdAt"]).get(..16).unwrap_or_default().replace('T', " "),
            str_field(&job["type"]),
            str_field(&job["status"]),
            reason,
            dollars(&job["usage"]["costMicroUsd"]),
            one_line(&about, 60)
        )?;
        if job["error"].is_string() {
            writeln!(out, "{:38}{}", "", one_line(str_field(&job["error"]), 100))?;
        }
    }
    more(&page, "jobs")
}

/// Prompts and headings of the documents of jobs. Each document is read once.
struct BlocksOfDocuments<'a> {
    api: &'a Api,
    /// `Null` for a document that cannot be read.
    known: HashMap<String, Value>,
}

impl BlocksOfDocuments<'_> {
    /// The heading above the block of a job, and the prompt.
    async fn subject(&mut self, job: &Value) -> String {
        let (document, id) = (str_field(&job["documentId"]), str_field(&job["blockId"]));
        if id.is_empty() {
            return str_field(&job["prompt"]).to_owned();
        }
        if !self.known.contains_key(document) {
            let path = format!("/api/report-builder/{document}/blocks?content=headings");
            self.known.insert(document.to_owned(), self.api.get(&path).await.unwrap_or_default());
        }
        let mut heading = "";
        for block in self.known[document]["blocks"].as_array().into_iter().flatten() {
            if block["type"] == "HEADING" {
                heading = str_field(&block["content"]);
            }
            if str_field(&block["id"]) == id {
                let prompt = if job["prompt"].is_string() { &job["prompt"] } else { &block["prompt"] };
                let parts = [heading, str_field(prompt)];
                return parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ");
            }
        }
        str_field(&job["prompt"]).to_owned()
    }
}

/// Prints what was spent in the last days, and what is left of today.
pub async fn usage(api: &Api) -> Result<()> {
    let report = api.get("/api/report-builder/usage").await?;
    let mut out = std::io::stdout();
    writeln!(out, "From {} to {} (UTC)", str_field(&report["from"]), str_field(&report["to"]))?;
    let mut total = 0;
    for day in report["usage"].as_array().into_iter().flatten() {
        total += day["costMicroUsd"].as_u64().unwrap_or_default();
        writeln!(
            out,
            "{}  {:<8}  {:>9}  {:>12} tokens in  {:>9} out  {}",
            str_field(&day["day"]),
            str_field(&day["type"]),
            dollars(&day["costMicroUsd"]),
            tokens(day, &["inputTokens", "cacheReadInputTokens", "cacheCreationInputTokens"]),
            tokens(day, &["outputTokens"]),
            str_field(&day["model"])
        )?;
    }
    let days = report["usage"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_offline = days.iter().all(|day| day["model"] == "offline-writer");
    match (total, days) {
        (_, []) => writeln!(out, "No jobs ran in this time.")?,
        (0, _) if is_offline => writeln!(out, "Total $0: what the offline writer writes costs nothing")?,
        (0, _) => writeln!(out, "Total $0")?,
        _ => writeln!(out, "Total {}", dollars(&total.into()))?,
    }
    if report["leftMicroUsd"].is_u64() {
        writeln!(out, "Left today {}, until {}", dollars(&report["leftMicroUsd"]), str_field(&report["resetAt"]))?;
    }
    Ok(())
}

/// The id of a document, if it is one.
pub(crate) fn check_id(id: &str) -> Result<&str> {
    match id.parse::<domain::ids::DocumentId>() {
        Ok(_) => Ok(id),
        Err(_) => bail!("{id} is no document's id. Ids are UUIDs. `report-builder documents` lists them"),
    }
}

fn tokens(counts: &Value, names: &[&str]) -> u64 {
    names.iter().filter_map(|name| counts[*name].as_u64()).sum()
}

/// Millionths of a dollar, as dollars. A dash for nothing.
pub(crate) fn dollars(micro: &Value) -> String {
    match micro.as_u64() {
        Some(micro) if micro > 0 => {
            let micro = u32::try_from(micro).map_or(f64::INFINITY, f64::from);
            format!("${:.4}", micro / 1e6)
        }
        _ => "-".to_owned(),
    }
}

fn more(page: &Value, of: &str) -> Result<()> {
    if page["nextCursor"].is_string() {
        writeln!(std::io::stdout(), "… and older {of}")?;
    }
    Ok(())
}
