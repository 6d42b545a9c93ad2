//! Follows jobs until they have ended.

use std::{io::Write as _, time::Duration};

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use crate::{
    client::{Api, str_field},
    text,
};

/// Pause between polls. The service asks for one second. A shorter pause shows more of the progress.
const POLL: Duration = Duration::from_millis(250);
/// Lines of the text so far that are shown.
const LINES: usize = 10;

/// Whether a job has ended.
pub(crate) fn has_ended(job: &Value) -> bool {
    matches!(str_field(&job["status"]), "COMPLETED" | "FAILED")
}

/// Polls a job until it has ended, and returns it. In a terminal the text appears while Claude writes it. Elsewhere each
/// step is a line.
pub(crate) async fn job(
    api: &Api,
    mut job: Value,
    mut status_changed: impl FnMut(&str) -> Result<()>,
) -> Result<Value> {
    let template = ProgressStyle::with_template("{msg}  {bar:30.cyan/dim} {prefix}")?;
    let bar = ProgressBar::new(100).with_style(template);
    let width = text::width();
    let (mut shown, mut last) = (String::new(), String::new());
    loop {
        let status = str_field(&job["status"]);
        if status != shown {
            bar.suspend(|| status_changed(status))?;
            status.clone_into(&mut shown);
        }
        if has_ended(&job) {
            bar.finish_and_clear();
            return Ok(job);
        }
        let progress = &job["progress"];
        let message = str_field(&progress["message"]);
        if bar.is_hidden() && message != last {
            writeln!(std::io::stdout(), "  {message}")?;
            message.clone_into(&mut last);
        }
        bar.set_position(progress["percent"].as_u64().unwrap_or_default());
        bar.set_prefix(message.to_owned());
        bar.set_message(tail(str_field(&progress["partialText"]), width));
        tokio::time::sleep(POLL).await;
        job = api.get(&format!("/api/report-builder/jobs/{}", str_field(&job["jobId"]))).await?;
    }
}

/// The last lines of the text so far, each with a line end.
fn tail(partial: &str, width: usize) -> String {
    let clean: String = partial.chars().filter(|c| !c.is_control() || *c == '\n').collect();
    let wrapped = text::wrapped(&clean, width - 1);
    let lines: Vec<&str> = wrapped.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].iter().map(|line| format!("{line}\n")).collect()
}
