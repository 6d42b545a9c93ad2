//! Applies the result of a job to its block. The worker does this when it completes the job. If the block was edited in
//! the meantime, the user can do it later.

use jiff::Timestamp;
use serde_json::json;

use crate::{
    ids::TextId,
    job::{
        Job,
        result::{JobResult, Output},
        status::JobType,
    },
    report::{
        block::Block,
        revision::{Change, ChangeType, ChangedBy, Revision},
    },
};

/// Returns the block with the text and the annotations of `result`, and the revision to store with it. Notes the model,
/// the job and the numbers of sources in the metadata of the block. `text` is where the text is stored already. `None`: the
/// revision brings a copy of its own. Returns `None` if the job writes no text.
pub fn apply(
    job: &Job,
    result: &JobResult,
    text: Option<TextId>,
    block: &Block,
    now: Timestamp,
) -> Option<(Block, Revision)> {
    let Some(Output::Text { content, annotations, .. }) = &result.output else { return None };
    let (change_type, written_at) = match job.job_type {
        JobType::Generate => (ChangeType::AgentGeneration, "generatedAt"),
        JobType::Refine => (ChangeType::AgentRefinement, "refinedAt"),
        JobType::Analyze => return None,
    };
    let change = Change {
        change_type,
        changed_by: ChangedBy::Agent,
        agent_model: Some(result.model.clone()),
        job_id: Some(job.id),
    };
    let mut changed = block.changed(now);
    let revision = changed.rewrite(Some(content.clone()), annotations.clone(), text, change);
    let sources = result.sources;
    let fields = [
        ("model", json!(result.model)),
        ("tokensUsed", json!(result.tokens_used)),
        (written_at, json!(now)),
        ("evidenceCount", json!(sources.evidence)),
        ("goalsCount", json!(sources.goals)),
        ("reviewsCount", json!(sources.reviews)),
        ("grounding", annotations.grounding.counts()),
        ("jobId", json!(job.id)),
    ];
    changed.metadata.extend(fields.map(|(name, value)| (name.to_owned(), value)));
    Some((changed, revision))
}
