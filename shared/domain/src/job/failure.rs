//! Why a job failed, in words for its user.

use serde::{Deserialize, Serialize};

use crate::{job::status::StatusReason, problem::ProblemCode};

/// Why a job is FAILED. `detail` is shown to the user, so it holds no internal details.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// The `statusReason` of the job, for example `TIMED_OUT`.
    pub reason: StatusReason,
    /// The `code` of the job's `problem`, for programs.
    pub code: ProblemCode,
    /// One or more sentences for the user.
    pub detail: String,
}

/// Shown and logged when no Anthropic API key is configured.
pub const NO_API_KEY: &str = "No Anthropic API key configured";
/// Shown when a block does not exist or belongs to another user, so that the two cases look the same.
pub const BLOCK_NOT_FOUND: &str = "Block not found";
/// Shown when a document does not exist or belongs to another user, so that the two cases look the same.
pub const DOCUMENT_NOT_FOUND: &str = "Document not found";
/// Shown on a job that its user cancelled.
pub const CANCELLED: &str = "Job cancelled by user";
/// Shown on a job that a newer job replaced.
pub const SUPERSEDED: &str = "A newer job has replaced this job";

impl Failure {
    fn new(reason: StatusReason, code: ProblemCode, detail: impl Into<String>) -> Self {
        Self { reason, code, detail: detail.into() }
    }

    /// A newer job on the same block replaced the job.
    pub fn superseded() -> Self {
        Self::new(StatusReason::Superseded, ProblemCode::JobSuperseded, SUPERSEDED)
    }

    /// The user cancelled the job.
    pub fn cancelled() -> Self {
        Self::new(StatusReason::Cancelled, ProblemCode::JobCancelled, CANCELLED)
    }

    /// The deadline passed after the first attempt had started.
    pub fn timed_out() -> Self {
        Self::new(
            StatusReason::TimedOut,
            ProblemCode::JobTimedOut,
            "Writing took longer than this job may take. Try again, perhaps with less evidence.",
        )
    }

    /// The deadline passed before a worker claimed the job.
    pub fn expired() -> Self {
        Self::new(
            StatusReason::Expired,
            ProblemCode::JobExpired,
            "The service was too busy to start this job in time. Try again.",
        )
    }

    /// No attempt is left. `last` describes the last failure in a whole sentence. `None` if no worker reported it.
    pub fn retries_exhausted(last: Option<&str>) -> Self {
        let detail = last.map_or_else(
            || "Writing failed several times. Try again later.".to_owned(),
            |last| format!("{last} It failed several times; try again later."),
        );
        Self::new(StatusReason::RetriesExhausted, ProblemCode::RetriesExhausted, detail)
    }

    /// A temporary failure that cannot be retried, because the deadline is too close or Claude asks for no retry.
    /// `detail` describes the failure in a whole sentence.
    pub fn unavailable(detail: &str) -> Self {
        let detail = format!("{detail} Try again later.");
        Self::new(StatusReason::RetriesExhausted, ProblemCode::RetriesExhausted, detail)
    }

    /// The model reached its output limit before it had written anything useful.
    pub fn output_limit() -> Self {
        Self::new(
            StatusReason::Invalid,
            ProblemCode::OutputLimit,
            "Claude reached its output limit before it had written anything of use. Ask for less, or have your administrator raise the limit.",
        )
    }

    /// The model declined to write the text. `category` is the model's word for the reason, such as `cyber`.
    pub fn refused(category: Option<&str>) -> Self {
        let category = category.map(|category| format!(" ({category})")).unwrap_or_default();
        let detail =
            format!("Claude declined to write this{category}. Change the prompt or the evidence and try again.");
        Self::new(StatusReason::Refused, ProblemCode::ModelRefused, detail)
    }

    /// The budget of the day does not hold what the next call can cost.
    pub fn budget_exceeded() -> Self {
        Self::new(
            StatusReason::BudgetExceeded,
            ProblemCode::BudgetExceeded,
            "Today's budget does not hold the cost of this job. Running jobs keep a part of it until they end. Try again when they have ended, tomorrow (UTC), or with less evidence.",
        )
    }

    /// The operator has configured no API key.
    pub fn no_api_key() -> Self {
        Self::new(StatusReason::Invalid, ProblemCode::NoApiKey, NO_API_KEY)
    }

    /// The block does not exist any more.
    pub fn block_not_found() -> Self {
        Self::new(StatusReason::Invalid, ProblemCode::BlockNotFound, BLOCK_NOT_FOUND)
    }

    /// The document does not exist any more.
    pub fn document_not_found() -> Self {
        Self::new(StatusReason::Invalid, ProblemCode::DocumentNotFound, DOCUMENT_NOT_FOUND)
    }

    /// REFINE needs a block with content, and the block has none.
    pub fn nothing_to_refine() -> Self {
        Self::new(
            StatusReason::Invalid,
            ProblemCode::NothingToRefine,
            "The block has no content to refine. Generate it first.",
        )
    }

    /// The content was edited before Claude was called, so that no answer could be written.
    pub fn not_applied() -> Self {
        Self::new(
            StatusReason::NotApplied,
            ProblemCode::NotApplied,
            "The text was edited before this job could start, so nothing was written. Try again to write over the edit.",
        )
    }

    /// The same job would fail again. `code` and `detail` say why.
    pub fn invalid(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self::new(StatusReason::Invalid, code, detail)
    }
}
