//! A job as clients see it.

use domain::{
    ids::{BlockId, DocumentId, JobId, SourceId},
    insights::Insights,
    job::{Job, JobStatus, JobType, Progress, StatusReason},
    result::{Citation, JobResult, Output, Usage},
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::problem::KindBody;

/// A job. Field names are fixed: clients exist.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Job")]
pub struct JobBody {
    id: JobId,
    /// The same as `id`.
    job_id: JobId,
    #[serde(rename = "type")]
    job_type: JobType,
    /// Poll until it is COMPLETED or FAILED; there is never another.
    status: JobStatus,
    /// What else there is to say; expect values that are not listed here.
    status_reason: Option<StatusReason>,
    document_id: DocumentId,
    block_id: Option<BlockId>,
    prompt: Option<String>,
    /// Once COMPLETED.
    result: Option<ResultBody>,
    /// Once FAILED, fit to show to a user.
    error: Option<String>,
    problem: Option<KindBody>,
    progress: Option<Progress>,
    attempt: u32,
    max_attempts: u32,
    /// The failed job that this one repeats.
    retry_of: Option<JobId>,
    /// Tokens and money so far, over all attempts.
    usage: Option<Usage>,
    /// Milliseconds to wait before asking again; `null` once the job has ended.
    pub poll_after_ms: Option<u32>,
    #[schemars(with = "domain::time::DateTime")]
    created_at: Timestamp,
    #[schemars(with = "Option<domain::time::DateTime>")]
    started_at: Option<Timestamp>,
    #[schemars(with = "domain::time::DateTime")]
    updated_at: Timestamp,
    #[schemars(with = "Option<domain::time::DateTime>")]
    completed_at: Option<Timestamp>,
    #[schemars(with = "domain::time::DateTime")]
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
    match &mut body.result {
        Some(ResultBody::Text(result)) => result.content = None,
        Some(ResultBody::Analysis(result)) => result.analysis = None,
        None => {}
    }
    if let Some(progress) = &mut body.progress {
        progress.partial_text = None;
    }
    body
}

/// What a job has made.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "JobResult")]
pub enum ResultBody {
    /// By GENERATE and REFINE.
    Text(TextResult),
    /// By ANALYZE.
    Analysis(AnalysisResult),
}

/// The text of a block, and what it rests on.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TextResult {
    /// Markdown. Left out of lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    citations: Vec<Citation>,
    /// The evidence that is cited, in order of first mention.
    evidence_ids: Vec<SourceId>,
    goals_count: usize,
    /// Goals left out to stay within the token budget.
    goals_omitted: usize,
    reviews_count: usize,
    reviews_omitted: usize,
    #[serde(flatten)]
    facts: ResultFacts,
}

/// Insights, as lists and as text.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AnalysisResult {
    /// The insights as Markdown. Left out of lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    analysis: Option<String>,
    insights: Insights,
    #[serde(flatten)]
    facts: ResultFacts,
}

/// What both have.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ResultFacts {
    /// Output tokens of the answer.
    tokens_used: u64,
    /// Pieces of evidence that were sent.
    evidence_count: usize,
    /// Pieces of evidence left out to stay within the token budget.
    evidence_omitted: usize,
    /// The model that wrote it, as it named itself.
    model: String,
}

fn result_body(result: &JobResult) -> ResultBody {
    let JobResult { output, tokens_used, sources, model } = result.clone();
    let facts = ResultFacts {
        tokens_used,
        evidence_count: sources.evidence,
        evidence_omitted: sources.evidence_omitted,
        model,
    };
    match output {
        Output::Text { content, citations, evidence_ids } => ResultBody::Text(TextResult {
            content: Some(content),
            citations,
            evidence_ids,
            goals_count: sources.goals,
            goals_omitted: sources.goals_omitted,
            reviews_count: sources.reviews,
            reviews_omitted: sources.reviews_omitted,
            facts,
        }),
        Output::Analysis { analysis, insights } => {
            ResultBody::Analysis(AnalysisResult { analysis: Some(analysis), insights, facts })
        }
    }
}
