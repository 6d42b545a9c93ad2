//! Metrics in CloudWatch's Embedded Metric Format: JSON lines in the log, from which CloudWatch extracts metrics.

use std::sync::Arc;

use domain::job::{
    Job,
    result::Usage,
    status::{JobStatus, StatusReason},
};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Names of all metrics that this module writes. Dashboards and alarms may use only these.
pub const NAMES: [&str; 12] = [
    "Attempts",
    "CacheReadTokens",
    "CacheWriteTokens",
    "ClaudeCalls",
    "CostMicroUsd",
    "InputTokens",
    "JobsCompleted",
    "JobsFailed",
    "JobsNotApplied",
    "OutputTokens",
    "QueueWait",
    "RunTime",
];

/// Receives finished lines, without the line break.
type Sink = Arc<dyn Fn(&str) + Send + Sync>;

/// Writes metrics, one line for each call. Without a sink it writes nothing.
#[derive(Clone)]
pub struct Metrics {
    namespace: String,
    sink: Option<Sink>,
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Metrics").field("namespace", &self.namespace).finish_non_exhaustive()
    }
}

impl Metrics {
    /// Metrics that are not written.
    pub const fn off() -> Self {
        Self { namespace: String::new(), sink: None }
    }

    /// Metrics on standard output, which is the log of a Lambda. Without a namespace they are not written.
    pub fn printed(namespace: Option<&str>) -> Self {
        namespace.map_or_else(Self::off, |namespace| Self::to(namespace, print_line))
    }

    /// Passes each line to `sink`. Tests use it.
    pub fn to(namespace: impl Into<String>, sink: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { namespace: namespace.into(), sink: Some(Arc::new(sink)) }
    }

    /// Records metrics and a log line for a job that was completed or has failed. Not called for a job that was
    /// cancelled or replaced, or that a deletion has ended.
    pub fn job_ended(&self, job: &Job) {
        self.count(job);
        log(job);
    }

    fn count(&self, job: &Job) {
        let ms = |from: Option<Timestamp>, to: Option<Timestamp>| match (from, to) {
            (Some(from), Some(to)) => Some(json!((to.as_millisecond() - from.as_millisecond()).max(0))),
            _ => None,
        };
        let outcome = match (job.status(), job.status_reason()) {
            (_, Some(StatusReason::NotApplied)) => "JobsNotApplied",
            (JobStatus::Completed, _) => "JobsCompleted",
            _ => "JobsFailed",
        };
        let values = [
            (outcome, "Count", Some(json!(1))),
            ("QueueWait", "Milliseconds", ms(Some(job.created_at), job.started_at)),
            ("RunTime", "Milliseconds", ms(job.started_at, job.completed_at)),
            ("Attempts", "Count", Some(json!(job.attempt))),
        ];
        let reason = job.status_reason().map(|reason| reason.to_string());
        let facts = [
            ("JobType", json!(job.job_type.to_string())),
            ("jobId", json!(job.id)),
            ("status", json!(job.status().to_string())),
            ("statusReason", json!(reason)),
        ];
        self.write(&[&[], &["JobType"]], &facts, &values);
    }

    /// Counts a call to Claude by its outcome: an HTTP status such as `200`, or a word such as `stalled`.
    pub fn claude_called(&self, status: &str) {
        self.write(
            &[&["ClaudeStatus"]],
            &[("ClaudeStatus", json!(status))],
            &[("ClaudeCalls", "Count", Some(json!(1)))],
        );
    }

    /// Records tokens and cost of one call to Claude. Independent of the outcome of the job.
    pub fn spent(&self, usage: Usage) {
        let values = [
            ("InputTokens", "Count", Some(json!(usage.input_tokens))),
            ("OutputTokens", "Count", Some(json!(usage.output_tokens))),
            ("CacheReadTokens", "Count", Some(json!(usage.cache_read_input_tokens))),
            ("CacheWriteTokens", "Count", Some(json!(usage.cache_creation_input_tokens))),
            ("CostMicroUsd", "None", Some(json!(usage.cost_micro_usd))),
        ];
        self.write(&[&[]], &[], &values);
    }

    fn write(&self, dimensions: &[&[&str]], facts: &[(&str, Value)], values: &[(&str, &str, Option<Value>)]) {
        let Some(sink) = &self.sink else { return };
        let given = values.iter().filter(|(_, _, value)| value.is_some());
        let metrics: Vec<Value> = given.map(|(name, unit, _)| json!({"Name": name, "Unit": unit})).collect();
        let mut line = json!({"_aws": {
            "Timestamp": Timestamp::now().as_millisecond(),
            "CloudWatchMetrics": [{"Namespace": self.namespace, "Dimensions": dimensions, "Metrics": metrics}],
        }});
        for (name, value) in facts {
            line[*name] = value.clone();
        }
        for (name, _, value) in values {
            if let Some(value) = value {
                line[*name] = value.clone();
            }
        }
        sink(&line.to_string());
    }
}

fn log(job: &Job) {
    let since = |at: Option<Timestamp>| {
        at.map(|at| i64::try_from(job.updated_at.duration_since(at).as_millis()).unwrap_or(i64::MAX))
    };
    let usage = job.usage.total().unwrap_or_default();
    tracing::info!(
        job_id = %job.id,
        status = %job.status(),
        reason = job.status_reason().map(tracing::field::display),
        attempt = job.attempt,
        run_ms = since(job.started_at),
        total_ms = since(Some(job.created_at)),
        input_tokens = usage.input_tokens,
        output_tokens = usage.output_tokens,
        cache_read_tokens = usage.cache_read_input_tokens,
        cost_micro_usd = usage.cost_micro_usd,
        "job ended"
    );
}

/// Prints the line alone: CloudWatch extracts metrics only from lines that consist of JSON.
#[allow(clippy::print_stdout, reason = "this is how metrics get into the log")]
fn print_line(line: &str) {
    println!("{line}");
}
