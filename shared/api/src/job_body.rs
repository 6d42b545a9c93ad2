//! A job as clients see it.

use domain::{
    annotation::{Citation, Grounding},
    ids::{BlockId, DocumentId, JobId, SourceId},
    job::{
        Job,
        apply_mode::ApplyMode,
        progress::Progress,
        result::{JobResult, Output, Usage},
        status::{JobStatus, JobType, StatusReason},
        timeline::JobEvent,
    },
    prompt::insights::Insights,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::problem::KindBody;

/// A background job that writes a block or finds insights. Poll it until it is COMPLETED or FAILED.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Job")]
pub struct JobBody {
    id: JobId,
    /// The same value as `id`.
    job_id: JobId,
    #[serde(rename = "type")]
    job_type: JobType,
    /// Poll until the status is COMPLETED or FAILED. There are no other final statuses.
    status: JobStatus,
    /// Why the job has its status. Expect values that are not listed here.
    status_reason: Option<StatusReason>,
    /// The document whose `contextConfig` selects what the job reads. `null` if the request had `input`.
    document_id: Option<DocumentId>,
    /// The block that the job writes. ANALYZE writes no block. `null` if the request had `input`.
    block_id: Option<BlockId>,
    /// The user's instruction. Without it, the job uses the prompt of the block or a default.
    prompt: Option<String>,
    /// What the job does with its text.
    apply_mode: ApplyMode,
    /// What the job made. `null` unless the job is COMPLETED, and if it was erased.
    result: Option<ResultBody>,
    /// Why the job failed, in words for the user. `null` unless the job is FAILED.
    error: Option<String>,
    /// Why the job failed, for programs. `null` unless the job is FAILED.
    problem: Option<KindBody>,
    /// How far the job is. `null` once the job has ended.
    progress: Option<Progress>,
    /// Number of attempts so far.
    attempt: u32,
    /// Highest number of attempts. If the last attempt fails, the job is FAILED.
    max_attempts: u32,
    /// When the next attempt begins, if an attempt has failed and the job waits for the next one.
    #[schemars(with = "Option<domain::time::DateTime>")]
    next_attempt_at: Option<Timestamp>,
    /// The FAILED job that this job repeats.
    retry_of: Option<JobId>,
    /// Whether the texts of the job were erased: its prompt, its result and its input. Missing if they were not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    erased: bool,
    /// What happened to the job, and when. Missing in lists of jobs, and until a worker has claimed the job.
    #[serde(skip_serializing_if = "Option::is_none")]
    timeline: Option<Vec<TimelineEntry>>,
    /// Tokens and cost so far, over all attempts.
    usage: Option<UsageBody>,
    /// Milliseconds to wait before the next poll. `null` once the job has ended.
    pub poll_after_ms: Option<u32>,
    /// When the job was created.
    #[schemars(with = "domain::time::DateTime")]
    created_at: Timestamp,
    /// When a worker first took the job. `null` until then.
    #[schemars(with = "Option<domain::time::DateTime>")]
    started_at: Option<Timestamp>,
    /// When the job last changed.
    #[schemars(with = "domain::time::DateTime")]
    updated_at: Timestamp,
    /// When the job became COMPLETED or FAILED. `null` until then.
    #[schemars(with = "Option<domain::time::DateTime>")]
    completed_at: Option<Timestamp>,
    /// When the job fails if it has not ended by then.
    #[schemars(with = "domain::time::DateTime")]
    deadline_at: Timestamp,
}

/// The body of one job, with all its texts.
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
        apply_mode: job.apply_mode,
        result: job.result().filter(|_| !job.erased).map(|result| result_body(job.job_type, result)),
        error: job.failure().map(|failure| failure.detail.clone()),
        problem: job.failure().map(KindBody::from_failure),
        progress: job.progress.clone(),
        attempt: job.attempt,
        max_attempts: job.max_attempts,
        next_attempt_at: job.next_attempt_at(),
        retry_of: job.retry_of,
        erased: job.erased,
        timeline: (!job.timeline.is_empty() || job.is_finished()).then(|| timeline(job)),
        usage: job.usage.total().map(usage_body),
        poll_after_ms: job.poll_after_ms(now),
        created_at: job.created_at,
        started_at: job.started_at,
        updated_at: job.updated_at,
        completed_at: job.completed_at,
        deadline_at: job.deadline_at,
    }
}

/// The body of a job in a list, which was read without its text. It has no `partialText` either.
pub fn listed_job_body(job: &Job, now: Timestamp) -> JobBody {
    let mut body = job_body(job, now);
    body.timeline = None;
    if let Some(progress) = &mut body.progress {
        progress.partial_text = None;
    }
    body
}

/// Something that happened to a job.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TimelineEntry {
    event: JobEvent,
    #[schemars(with = "domain::time::DateTime")]
    at: Timestamp,
}

fn timeline(job: &Job) -> Vec<TimelineEntry> {
    let end = match job.status() {
        JobStatus::Completed => job.completed_at.map(|at| (JobEvent::Completed, at)),
        JobStatus::Failed => job.completed_at.map(|at| (JobEvent::Failed, at)),
        JobStatus::Pending | JobStatus::Processing => None,
    };
    let events = std::iter::once((JobEvent::Created, job.created_at)).chain(job.timeline.events()).chain(end);
    events.map(|(event, at)| TimelineEntry { event, at }).collect()
}

/// What a job made: a text or insights.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "JobResult")]
pub enum ResultBody {
    /// The result of GENERATE and REFINE.
    Text(TextResult),
    /// The result of ANALYZE, as insights.
    Analysis(AnalysisResult),
}

/// The text of a block, and the sources that support it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TextResult {
    /// Markdown. Missing in lists of jobs.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    /// Passages of `content`, and the sources that support them. Sorted by `start`. Missing in lists of jobs.
    #[serde(skip_serializing_if = "Option::is_none")]
    citations: Option<Vec<Citation>>,
    /// Which sentences have a citation, which numbers no source supports, and what is missing. Missing in lists of jobs.
    #[serde(skip_serializing_if = "Option::is_none")]
    grounding: Option<Grounding>,
    /// Ids of the cited evidence, in order of the first citation. Missing in lists of jobs.
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence_ids: Option<Vec<SourceId>>,
    /// Number of goals in the prompt.
    goals_count: usize,
    /// Number of goals left out to stay within the token budget.
    goals_omitted: usize,
    /// Number of reviews in the prompt.
    reviews_count: usize,
    /// Number of reviews left out to stay within the token budget.
    reviews_omitted: usize,
    #[serde(flatten)]
    counts: ResultCounts,
}

/// Insights, as lists and as Markdown.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AnalysisResult {
    /// The insights as Markdown. Missing in lists of jobs.
    #[serde(skip_serializing_if = "Option::is_none")]
    analysis: Option<String>,
    /// The insights as lists, with the ids of their evidence. Missing in lists of jobs.
    #[serde(skip_serializing_if = "Option::is_none")]
    insights: Option<Insights>,
    /// What `analysis` rests on. Missing in lists of jobs.
    #[serde(skip_serializing_if = "Option::is_none")]
    grounding: Option<Grounding>,
    #[serde(flatten)]
    counts: ResultCounts,
}

/// The fields that both kinds of results have.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ResultCounts {
    /// Output tokens of the answer, thinking included.
    tokens_used: u64,
    /// Number of pieces of evidence in the prompt.
    evidence_count: usize,
    /// Number of pieces of evidence that match the `contextConfig` of the document, with the pinned ones. At most 2,000.
    evidence_matched: usize,
    /// Whether even more pieces match.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    evidence_matched_is_lower_bound: bool,
    /// Number of matching pieces of evidence that are not in the prompt.
    evidence_omitted: usize,
    /// Why they are not in the prompt.
    evidence_omitted_by: OmittedBy,
    /// Pinned and excluded ids that name no piece of evidence.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unknown_evidence_ids: Vec<SourceId>,
    /// Model id as Claude reported it.
    model: String,
    /// What the user must know about the result, most important first. The first notice is the `statusReason`.
    notices: Vec<StatusReason>,
}

/// Why matching pieces of evidence are not in the prompt.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct OmittedBy {
    /// Left out because a job reads at most `maxEvidence`, or 500.
    limit: usize,
    /// Left out to stay within the token budget.
    tokens: usize,
}

/// Tokens as Claude reported them, and their cost, summed over all attempts.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Usage")]
pub struct UsageBody {
    /// Input tokens at the full price: neither read from the prompt cache nor written to it.
    input_tokens: u64,
    /// Output tokens, which include thinking tokens.
    output_tokens: u64,
    /// Input tokens read from the prompt cache.
    cache_read_input_tokens: u64,
    /// Input tokens written to the prompt cache.
    cache_creation_input_tokens: u64,
    /// Cost in millionths of a US dollar, by the configured prices.
    cost_micro_usd: u64,
}

fn usage_body(usage: Usage) -> UsageBody {
    UsageBody {
        input_tokens: usage.input_tokens,
        output_tokens: usage.output_tokens,
        cache_read_input_tokens: usage.cache_read_input_tokens,
        cache_creation_input_tokens: usage.cache_creation_input_tokens,
        cost_micro_usd: usage.cost_micro_usd,
    }
}

fn result_body(job_type: JobType, result: &JobResult) -> ResultBody {
    let JobResult { output, tokens_used, sources, unknown_evidence_ids, model, notices } = result.clone();
    let counts = ResultCounts {
        tokens_used,
        evidence_count: sources.evidence,
        evidence_matched: sources.evidence_matched,
        evidence_matched_is_lower_bound: sources.evidence_matched_is_lower_bound,
        evidence_omitted: sources.evidence_omitted(),
        evidence_omitted_by: OmittedBy { limit: sources.evidence_over_limit, tokens: sources.evidence_over_budget },
        unknown_evidence_ids,
        model,
        notices,
    };
    let (mut text, mut analysis) = (None, None);
    match output {
        Some(Output::Text { content, annotations, evidence_ids }) => text = Some((content, annotations, evidence_ids)),
        Some(Output::Analysis { analysis: markdown, insights, grounding }) => {
            analysis = Some((markdown, insights, grounding));
        }
        None => {}
    }
    match job_type {
        JobType::Analyze => {
            let (analysis, insights, grounding) = split(analysis);
            ResultBody::Analysis(AnalysisResult { analysis, insights, grounding, counts })
        }
        JobType::Generate | JobType::Refine => {
            let (content, annotations, evidence_ids) = split(text);
            let (citations, grounding) =
                annotations.map(|annotations| (annotations.citations, annotations.grounding)).unzip();
            ResultBody::Text(TextResult {
                content,
                citations,
                grounding,
                evidence_ids,
                goals_count: sources.goals,
                goals_omitted: sources.goals_omitted,
                reviews_count: sources.reviews,
                reviews_omitted: sources.reviews_omitted,
                counts,
            })
        }
    }
}

fn split<A, B, C>(all: Option<(A, B, C)>) -> (Option<A>, Option<B>, Option<C>) {
    all.map_or((None, None, None), |(a, b, c)| (Some(a), Some(b), Some(c)))
}
