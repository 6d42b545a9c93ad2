//! Why a job failed, in words for its user.

use serde::{Deserialize, Serialize};

use crate::{job::StatusReason, problem::ProblemCode};

/// The end of a FAILED job. `detail` is shown to the user and holds no inner details.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// The `statusReason`.
    pub reason: StatusReason,
    /// For programs.
    pub code: ProblemCode,
    /// For people.
    pub detail: String,
}

/// The one text for a missing API key.
pub const NO_API_KEY: &str = "No Anthropic API key configured";
/// The one text for a block that is gone or someone else's.
pub const BLOCK_NOT_FOUND: &str = "Block not found";
/// The one text for a document that is gone or someone else's.
pub const DOCUMENT_NOT_FOUND: &str = "Document not found";
/// The one text for a cancelled job.
pub const CANCELLED: &str = "Job cancelled by user";
/// The one text for a job whose place a newer one took.
pub const SUPERSEDED: &str = "A newer job took this one's place";

impl Failure {
    fn new(reason: StatusReason, code: ProblemCode, detail: impl Into<String>) -> Self {
        Self { reason, code, detail: detail.into() }
    }

    /// A newer job took its place.
    pub fn superseded() -> Self {
        Self::new(StatusReason::Superseded, ProblemCode::JobSuperseded, SUPERSEDED)
    }

    /// The user cancelled it.
    pub fn cancelled() -> Self {
        Self::new(StatusReason::Cancelled, ProblemCode::JobCancelled, CANCELLED)
    }

    /// Its deadline passed while it was being worked on.
    pub fn timed_out() -> Self {
        Self::new(
            StatusReason::TimedOut,
            ProblemCode::JobTimedOut,
            "Writing took longer than this job may take. Try again, perhaps with less evidence.",
        )
    }

    /// Its deadline passed before any worker took it.
    pub fn expired() -> Self {
        Self::new(
            StatusReason::Expired,
            ProblemCode::JobExpired,
            "The service was too busy to start this job in time. Try again.",
        )
    }

    /// Every attempt failed; `last` says how the last one did.
    pub fn retries_exhausted(last: Option<&str>) -> Self {
        let detail = last.map_or_else(
            || "Writing failed several times. Try again later.".to_owned(),
            |last| format!("{last} It failed several times; try again later."),
        );
        Self::new(StatusReason::RetriesExhausted, ProblemCode::RetriesExhausted, detail)
    }

    /// The model cannot be had now, and there is no time to wait for it; `detail` says why.
    pub fn unavailable(detail: &str) -> Self {
        let detail = format!("{detail} Try again later.");
        Self::new(StatusReason::RetriesExhausted, ProblemCode::RetriesExhausted, detail)
    }

    /// The model used up its output before it had written anything of use.
    pub fn output_limit() -> Self {
        Self::new(
            StatusReason::Invalid,
            ProblemCode::OutputLimit,
            "Claude reached its output limit before it had written anything of use. Ask for less, or have your administrator raise the limit.",
        )
    }

    /// The model declined.
    pub fn refused() -> Self {
        Self::new(
            StatusReason::Refused,
            ProblemCode::ModelRefused,
            "Claude declined to write this. Change the prompt or the evidence and try again.",
        )
    }

    /// There is no API key.
    pub fn no_api_key() -> Self {
        Self::new(StatusReason::Invalid, ProblemCode::NoApiKey, NO_API_KEY)
    }

    /// The block is gone.
    pub fn block_not_found() -> Self {
        Self::new(StatusReason::Invalid, ProblemCode::BlockNotFound, BLOCK_NOT_FOUND)
    }

    /// The document is gone.
    pub fn document_not_found() -> Self {
        Self::new(StatusReason::Invalid, ProblemCode::DocumentNotFound, DOCUMENT_NOT_FOUND)
    }

    /// There is no content to refine.
    pub fn nothing_to_refine() -> Self {
        Self::new(
            StatusReason::Invalid,
            ProblemCode::NothingToRefine,
            "The block has no content to refine. Generate it first.",
        )
    }

    /// The request can never work as it is; `code` says why.
    pub fn invalid(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self::new(StatusReason::Invalid, code, detail)
    }
}
