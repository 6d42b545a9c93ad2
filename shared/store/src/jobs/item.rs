//! Conversion between jobs and their items.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    ids::{BlockId, DocumentId, JobId, LeaseToken},
    job::{
        Job, JobState, Lease,
        apply_mode::ApplyMode,
        failure::Failure,
        lifecycle,
        progress::Progress,
        result::{JobResult, UsageByAttempt},
        status::{JobStatus, JobType, StatusReason},
        timeline::Timeline,
    },
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    error::StoreError,
    table::{
        item::{Item, read, text, write},
        keys,
    },
};

/// How long a job is kept after it has ended, in seconds (90 days). Then DynamoDB's TTL removes it.
pub const JOB_RETENTION_SECONDS: i64 = 90 * 24 * 3_600;

/// The attributes of a job, in camel case. The state is spread over several attributes. A field with a serde default
/// may be missing from older items.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct JobItem {
    // The key of the item. It is written by `table::item::write`.
    #[serde(skip_serializing)]
    pk: String,
    #[serde(skip_serializing)]
    sk: String,
    #[serde(rename = "type")]
    job_type: JobType,
    #[serde(skip_serializing_if = "Option::is_none")]
    document_id: Option<DocumentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    block_id: Option<BlockId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt: Option<String>,
    #[serde(default)]
    apply_mode: ApplyMode,
    status: JobStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_reason: Option<StatusReason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_attempt_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lease_token: Option<LeaseToken>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lease_until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<JobResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<Progress>,
    attempt: u32,
    max_attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_revision: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_of: Option<JobId>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    erased: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request: Option<String>,
    #[serde(default, skip_serializing_if = "UsageByAttempt::is_empty")]
    usage: UsageByAttempt,
    #[serde(default, skip_serializing_if = "Timeline::is_empty")]
    timeline: Timeline,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<Timestamp>,
    updated_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<Timestamp>,
    deadline_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    resend_at: Option<Timestamp>,
    resends: u32,
    revision: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
}

pub(crate) fn write_job(job: &Job) -> Result<Item, StoreError> {
    let (mut next_attempt_at, mut lease_token, mut lease_until) = (None, None, None);
    match &job.state {
        JobState::Pending { next_attempt_at: next, released_by } => {
            next_attempt_at = *next;
            lease_token = *released_by;
        }
        JobState::Processing { lease } => {
            lease_token = Some(lease.token);
            lease_until = Some(lease.until);
        }
        JobState::Completed { lease_token: token, .. } => lease_token = Some(*token),
        JobState::Failed { .. } => {}
    }
    let item = JobItem {
        pk: String::new(),
        sk: String::new(),
        job_type: job.job_type,
        document_id: job.document_id,
        block_id: job.block_id,
        prompt: job.prompt.clone(),
        apply_mode: job.apply_mode,
        status: job.status(),
        status_reason: job.status_reason(),
        next_attempt_at,
        lease_token,
        lease_until,
        // The text is stored beside the job.
        result: job.result().map(|result| JobResult { output: None, ..result.clone() }),
        failure: job.failure().cloned(),
        progress: job.progress.clone().filter(|_| matches!(job.state, JobState::Pending { .. }) && job.attempt > 0),
        attempt: job.attempt,
        max_attempts: job.max_attempts,
        content_revision: job.content_revision,
        retry_of: job.retry_of,
        erased: job.erased,
        request: job.request.clone(),
        usage: job.usage.clone(),
        timeline: job.timeline.clone(),
        created_at: job.created_at,
        started_at: job.started_at,
        updated_at: job.updated_at,
        completed_at: job.completed_at,
        deadline_at: job.deadline_at,
        resend_at: job.resend_at,
        resends: job.resends,
        revision: job.revision,
        expires_at: job.completed_at.map(|at| at.as_second() + JOB_RETENTION_SECONDS),
    };
    write(&job.user, keys::job(job.id), &item, index_attributes(job))
}

/// The attributes that put a job into its indexes.
fn index_attributes(job: &Job) -> Vec<(String, AttributeValue)> {
    let (_, document_pk) = keys::JOBS_BY_DOCUMENT;
    let partition = |document| (document_pk.to_owned(), text(keys::jobs_of_document(&job.user, document)));
    let mut attributes: Vec<_> = job.document_id.map(partition).into_iter().collect();
    if !job.is_finished() {
        let (_, unfinished_pk) = keys::UNFINISHED_BY_USER;
        let since = AttributeValue::N(job.created_at.as_millisecond().to_string());
        attributes.extend([
            (unfinished_pk.to_owned(), text(keys::owner(&job.user))),
            (keys::UNFINISHED_SHARD.to_owned(), text(keys::unfinished_shard(job.id))),
            (keys::UNFINISHED_SINCE.to_owned(), since),
        ]);
    }
    attributes
}

/// Reads the item of a job, without the progress that its holder has stored beside it.
pub(crate) fn read_job(item: Item) -> Result<Job, StoreError> {
    let item: JobItem = read(item)?;
    let user = keys::user_of(&item.pk).ok_or(StoreError::ImpossibleJob("no owner in its key"))?;
    let id = keys::job_id(&item.sk).ok_or(StoreError::ImpossibleJob("no id in its key"))?;
    let progress = match item.status {
        JobStatus::Pending => Some(item.progress.unwrap_or_else(|| lifecycle::waiting(item.created_at))),
        JobStatus::Processing => Some(lifecycle::gathering(item.updated_at)),
        JobStatus::Completed | JobStatus::Failed => None,
    };
    let state = match item.status {
        JobStatus::Pending => {
            JobState::Pending { next_attempt_at: item.next_attempt_at, released_by: item.lease_token }
        }
        JobStatus::Processing => JobState::Processing {
            lease: Lease {
                token: item.lease_token.ok_or(StoreError::ImpossibleJob("PROCESSING without a lease"))?,
                until: item.lease_until.ok_or(StoreError::ImpossibleJob("PROCESSING without a lease"))?,
            },
        },
        JobStatus::Completed => JobState::Completed {
            result: Box::new(item.result.ok_or(StoreError::ImpossibleJob("COMPLETED without a result"))?),
            lease_token: item.lease_token.ok_or(StoreError::ImpossibleJob("COMPLETED without a lease"))?,
        },
        JobStatus::Failed => {
            JobState::Failed { failure: item.failure.ok_or(StoreError::ImpossibleJob("FAILED without a failure"))? }
        }
    };
    Ok(Job {
        user,
        id,
        job_type: item.job_type,
        document_id: item.document_id,
        block_id: item.block_id,
        prompt: item.prompt,
        apply_mode: item.apply_mode,
        state,
        progress,
        saved_answer: None,
        attempt: item.attempt,
        max_attempts: item.max_attempts,
        content_revision: item.content_revision,
        retry_of: item.retry_of,
        erased: item.erased,
        request: item.request,
        usage: item.usage,
        timeline: item.timeline,
        created_at: item.created_at,
        started_at: item.started_at,
        updated_at: item.updated_at,
        completed_at: item.completed_at,
        deadline_at: item.deadline_at,
        resend_at: item.resend_at,
        resends: item.resends,
        revision: item.revision,
    })
}
