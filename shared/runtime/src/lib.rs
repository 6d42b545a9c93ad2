//! What each `main.rs` needs: settings that are read once, logs, metrics, and AWS clients that start fast.

pub mod aws;
pub mod metrics;
mod serve;
pub mod settings;
pub mod telemetry;

pub use aws::Aws;
pub use metrics::Metrics;
pub use serve::serve;
pub use settings::{Settings, SettingsError};
