//! A job's text becomes the content of its block: by the worker, or later by the user who was offered it.

use jiff::Timestamp;
use serde_json::json;

use crate::{
    document::{Block, Change, ChangeType, ChangedBy, Revision},
    job::{Job, JobType},
    result::{JobResult, Output},
};

/// The block with the text and the citations of `result`, and the revision that tells of it; nothing if the job writes
/// no text.
pub fn apply(job: &Job, result: &JobResult, block: &Block, now: Timestamp) -> Option<(Block, Revision)> {
    let Output::Text { content, citations, .. } = &result.output else { return None };
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
    let revision = changed.rewrite(Some(content.clone()), citations.clone(), change);
    let sources = result.sources;
    let facts = [
        ("model", json!(result.model)),
        ("tokensUsed", json!(result.tokens_used)),
        (written_at, json!(now)),
        ("evidenceCount", json!(sources.evidence)),
        ("goalsCount", json!(sources.goals)),
        ("reviewsCount", json!(sources.reviews)),
        ("jobId", json!(job.id)),
    ];
    changed.metadata.extend(facts.map(|(name, value)| (name.to_owned(), value)));
    Some((changed, revision))
}
