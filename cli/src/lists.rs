//! The commands that list: documents, jobs and what was spent.

use std::io::Write as _;

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
    for job in page["jobs"].as_array().into_iter().flatten() {
        let reason = str_field(&job["statusReason"]);
        let about = if job["error"].is_string() { str_field(&job["error"]) } else { str_field(&job["prompt"]) };
        writeln!(
            out,
            "{}  {}  {:<8}  {:<10}  {:<17}  {:>9}  {}",
            str_field(&job["jobId"]),
            str_field(&job["createdAt"]).get(..16).unwrap_or_default().replace('T', " "),
            str_field(&job["type"]),
            str_field(&job["status"]),
            reason,
            dollars(&job["usage"]["costMicroUsd"]),
            one_line(about, 60)
        )?;
    }
    more(&page, "jobs")
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
    writeln!(out, "Total {}", dollars(&total.into()))?;
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
