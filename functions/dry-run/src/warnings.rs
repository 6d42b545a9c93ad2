//! What the user should know before jobs are created.

use domain::{
    budget::Budgets,
    estimate::Estimate,
    job::{apply_mode::ApplyMode, result::SourceCounts, status::JobType},
    library::selection::Context,
    report::revision::ChangedBy,
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::plan::{Plan, PlannedJob};

/// Something that the user should know before.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DryRunWarning")]
pub struct Warning {
    code: WarningCode,
    /// One or two sentences for the user.
    detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(transform = domain::open_set)]
enum WarningCode {
    /// No evidence matches.
    NoEvidence,
    /// Not all evidence that matches would be read.
    EvidenceOmitted,
    /// Pinned ids name no piece of evidence.
    UnknownEvidenceIds,
    /// The request would create no job.
    NoJobs,
    /// Another job is in flight.
    BlockBusy,
    /// A block has no prompt.
    NoPrompt,
    /// REFINE, and the block has no content.
    NothingToRefine,
    /// Words of a person would be replaced.
    ReplacesYourText,
    /// The text would be a proposal.
    Proposes,
    /// The budget of the day does not hold the estimated cost.
    BudgetExceeded,
}

pub(crate) fn of(
    plan: &Plan,
    context: &Context,
    sources: SourceCounts,
    estimate: Estimate,
    budgets: Budgets,
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut warn = |code, detail: String| warnings.push(Warning { code, detail });
    let has = |test: fn(&PlannedJob) -> bool| plan.jobs.iter().any(test);
    if plan.jobs.is_empty() {
        warn(WarningCode::NoJobs, "No section would be written.".to_owned());
    }
    if context.evidence_matched == 0 {
        let detail = "No evidence matches the period and the filters of this document. A draft would rest on nothing.";
        warn(WarningCode::NoEvidence, detail.to_owned());
    }
    let omitted = sources.evidence_omitted();
    if omitted > 0 {
        let detail =
            format!("{omitted} of {} matching pieces of evidence would not be read.", sources.evidence_matched);
        warn(WarningCode::EvidenceOmitted, detail);
    }
    if !context.unknown_evidence_ids.is_empty() {
        let detail = match context.unknown_evidence_ids.len() {
            1 => "1 pinned piece of evidence does not exist.".to_owned(),
            count => format!("{count} pinned pieces of evidence do not exist."),
        };
        warn(WarningCode::UnknownEvidenceIds, detail);
    }
    if plan.is_busy {
        warn(WarningCode::BlockBusy, "A section is being written already.".to_owned());
    }
    if plan.lacks_prompt {
        warn(WarningCode::NoPrompt, "A section has no prompt, so it would not be written.".to_owned());
    }
    if has(|job| job.new.job_type == JobType::Refine && !has_text(job)) {
        warn(WarningCode::NothingToRefine, "The section has no text to refine.".to_owned());
    }
    if has(|job| writes_over(job, ApplyMode::Replace)) {
        warn(WarningCode::ReplacesYourText, "Your own text would be replaced. Its history keeps it.".to_owned());
    }
    if has(|job| writes_over(job, ApplyMode::Auto) || job.new.apply_mode == ApplyMode::Propose) {
        warn(WarningCode::Proposes, "Your own text stays, and the new text is proposed beside it.".to_owned());
    }
    if budgets.left(plan.committed).is_some_and(|left| left < estimate.cost_micro_usd) {
        warn(WarningCode::BudgetExceeded, "Today's budget does not hold the estimated cost.".to_owned());
    }
    warnings
}

fn has_text(job: &PlannedJob) -> bool {
    job.block.as_ref().is_some_and(|block| block.content_length.chars > 0)
}

/// Whether the job has this mode and would meet the words of a person.
fn writes_over(job: &PlannedJob, mode: ApplyMode) -> bool {
    let by = job.block.as_ref().and_then(|block| block.content_by);
    job.new.written_block().is_some() && job.new.apply_mode == mode && has_text(job) && by == Some(ChangedBy::User)
}
