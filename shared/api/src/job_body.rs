//! A job as clients see it.

use domain::{
    ids::{BlockId, DocumentId, JobId},
    job::{Job, JobStatus, JobType, Progress, StatusReason},
    result::{JobResult, Output, Usage},
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::problem::KindBody;

/// The job of the contract. Field names are fixed: clients exist.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JobBody {
    id: JobId,
    job_id: JobId,
    #[serde(rename = "type")]
    job_type: JobType,
    status: JobStatus,
    status_reason: Option<StatusReason>,
    document_id: DocumentId,
    block_id: Option<BlockId>,
    prompt: Option<String>,
    result: Option<Value>,
    error: Option<String>,
    problem: Option<KindBody>,
    progress: Option<Progress>,
    attempt: u32,
    max_attempts: u32,
    retry_of: Option<JobId>,
    usage: Option<Usage>,
    /// Milliseconds to wait before asking again; `null` once the job has ended.
    pub poll_after_ms: Option<u32>,
    created_at: Timestamp,
    started_at: Option<Timestamp>,
    updated_at: Timestamp,
    completed_at: Option<Timestamp>,
    deadline_at: Timestamp,
}

/// A job, whole.
pub fn job_body(job: &Job, now: Timestamp) -> JobBody {
    JobBody {
        id: job.id,
        job_id: job.id,
        job_type: job.job_type,
        status: job.status(),
        status_reason: job.status_reason(),
        document_id: job.document_id,
        block_id: job.block_id,
        prompt: job.prompt.clone(),
        result: job.result().map(result_body),
        error: job.failure().map(|failure| failure.detail.clone()),
        problem: job.failure().map(KindBody::of_failure),
        progress: job.progress.clone(),
        attempt: job.attempt,
        max_attempts: job.max_attempts,
        retry_of: job.retry_of,
        usage: job.spent(),
        poll_after_ms: job.poll_after_ms(now),
        created_at: job.created_at,
        started_at: job.started_at,
        updated_at: job.updated_at,
        completed_at: job.completed_at,
        deadline_at: job.deadline_at,
    }
}

/// A job in a list: without its texts.
pub fn listed_job_body(job: &Job, now: Timestamp) -> JobBody {
    let mut body = job_body(job, now);
    if let Some(result) = body.result.as_mut().and_then(Value::as_object_mut) {
        result.remove("content");
        result.remove("analysis");
    }
    if let Some(progress) = &mut body.progress {
        progress.partial_text = None;
    }
    body
}

fn result_body(result: &JobResult) -> Value {
    let JobResult { output, tokens_used, sources, model } = result;
    let mut body = match output {
        Output::Text { content, citations, evidence_ids } => json!({
            "content": content,
            "citations": citations,
            "evidenceIds": evidence_ids,
            "goalsCount": sources.goals,
            "goalsOmitted": sources.goals_omitted,
            "reviewsCount": sources.reviews,
            "reviewsOmitted": sources.reviews_omitted,
        }),
        Output::Analysis { analysis, insights } => json!({"analysis": analysis, "insights": insights}),
    };
    body["tokensUsed"] = json!(tokens_used);
    body["evidenceCount"] = json!(sources.evidence);
    body["evidenceOmitted"] = json!(sources.evidence_omitted);
    body["model"] = json!(model);
    body
}
