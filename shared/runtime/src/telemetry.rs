//! Logs: one JSON object on each line, for CloudWatch.
//!
//! No log line may hold evidence, prompts, answers, access tokens or API keys.

use std::panic::PanicHookInfo;

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

/// Logs where a panic happened, and not its message, which may quote a text.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let at = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(at, "the function panicked");
}

/// Starts the log of the process. Call it once. The environment variable `LOG_LEVEL` sets the level (default `info`).
pub fn start() {
    std::panic::set_hook(Box::new(log_panic));
    let filter = filter(&std::env::var("LOG_LEVEL").unwrap_or_default());
    let json = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_target(false);
    tracing_subscriber::registry().with(json).with(filter).init();
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Result, Write},
        sync::{Arc, Mutex},
    };

    use super::*;

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> Result<usize> {
            self.0.lock().expect("no panic").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_panic_logs_its_place_and_not_its_message() {
        let (log, text) = (Log::default(), "ä private sentence".to_owned());
        let writer = log.clone();
        let lines = tracing_subscriber::fmt().json().with_writer(move || writer.clone()).finish();
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(log_panic));
        let caught = tracing::subscriber::with_default(lines, || std::panic::catch_unwind(|| text[1..].len()));
        std::panic::set_hook(before);
        assert!(caught.is_err());
        let log = String::from_utf8(log.0.lock().expect("no panic").clone()).expect("UTF-8");
        assert!(log.contains("the function panicked") && log.contains("telemetry.rs:"), "{log}");
        assert!(!log.contains("private"), "{log}");
    }
}
