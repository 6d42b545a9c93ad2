//! What every `main.rs` needs: settings read once, logs, and AWS clients that start fast.

pub mod aws;
pub mod settings;
pub mod telemetry;

pub use aws::Aws;
pub use settings::{Settings, SettingsError};
