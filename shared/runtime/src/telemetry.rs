//! Logs: one JSON object a line, for CloudWatch. Never evidence, prompts, answers, tokens or keys.

use tracing_subscriber::EnvFilter;

/// Starts the log. `LOG_LEVEL` sets the level (default `info`).
pub fn start() {
    let level = std::env::var("LOG_LEVEL").unwrap_or_else(|_| "info".to_owned());
    let filter = EnvFilter::try_new(&level).unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_target(false)
        .with_env_filter(filter)
        .init();
}
