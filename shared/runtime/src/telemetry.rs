//! Logs: one JSON object on each line, for CloudWatch.
//!
//! No log line may hold evidence, prompts, answers, access tokens or API keys.

use tracing::Level;
use tracing_subscriber::{filter::Targets, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// The crates of this workspace that are deployed, with underscores.
pub const OURS: [&str; 18] = [
    "api",
    "cancel_job",
    "claude",
    "create_job",
    "dead_letter",
    "documents",
    "domain",
    "dry_run",
    "fallback",
    "get_job",
    "importer",
    "library",
    "list_jobs",
    "queue",
    "runtime",
    "store",
    "sweeper",
    "worker",
];

/// Keeps log lines of this workspace from `level` up, and of other crates from `warn` up. At finer levels, libraries
/// log what they send and receive. An unknown level means `info`.
pub fn filter(level: &str) -> Targets {
    let level: Level = level.parse().unwrap_or(Level::INFO);
    Targets::new().with_default(level.min(Level::WARN)).with_targets(OURS.map(|name| (name, level)))
}

/// Starts the log of the process. Call it once. The environment variable `LOG_LEVEL` sets the level (default `info`).
pub fn start() {
    let filter = filter(&std::env::var("LOG_LEVEL").unwrap_or_default());
    let json = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_target(false);
    tracing_subscriber::registry().with(json).with(filter).init();
}
