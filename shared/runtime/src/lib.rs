//! What every `main.rs` needs: settings read once, logs, metrics, and AWS clients that start fast.

pub mod aws;
pub mod metrics;
pub mod settings;
pub mod telemetry;

pub use aws::Aws;
pub use metrics::Metrics;
pub use settings::{Settings, SettingsError};
