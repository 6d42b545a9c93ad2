//! The progress of a running job.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

wire_enum! { "SCREAMING_SNAKE_CASE"
    /// The step that a running job has reached.
    pub enum Phase {
        /// The job waits for a worker.
        Queued,
        /// The worker reads evidence, goals and reviews.
        Gathering,
        /// The model reads and thinks. There is no text yet.
        Thinking,
        /// The model writes, and `partialText` grows.
        Generating,
        /// The answer is complete and is being stored.
        Saving,
    }
}

/// How far a running job is, for display.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// The step that the job has reached.
    pub phase: Phase,
    /// 0 to 100. Never decreases within an attempt.
    pub percent: u8,
    /// One or two sentences to show to the user.
    pub message: String,
    /// The beginning of the text so far. It may still be discarded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partial_text: Option<String>,
    /// When this progress was reported.
    #[schemars(with = "crate::time::DateTime")]
    pub updated_at: Timestamp,
}
