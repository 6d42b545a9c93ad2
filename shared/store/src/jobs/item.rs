//! Conversion between jobs and their items.

use domain::{
    ids::{BlockId, DocumentId, JobId, LeaseToken, UserId},
    job::{
        Job, JobState, Lease, UncommittedResult,
        failure::Failure,
        progress::Progress,
        result::{JobResult, Usage},
        status::{JobStatus, JobType, StatusReason},
    },
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    error::StoreError,
    table::{
        item::{Item, read, write},
        keys::{self, StatusGroup},
    },
};

/// How long a job is kept after it has ended, in seconds (90 days). Then DynamoDB's TTL removes it.
pub const JOB_RETENTION_SECONDS: i64 = 90 * 24 * 3_600;

/// The attributes of a job, in camel case. The state is spread over several attributes. A field with a serde default
/// may be missing from older items.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct JobItem {
    user: UserId,
    job_id: JobId,
    #[serde(rename = "type")]
    job_type: JobType,
    document_id: DocumentId,
    #[serde(skip_serializing_if = "Option::is_none")]
    block_id: Option<BlockId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt: Option<String>,
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    uncommitted_result: Option<UncommittedResult>,
    attempt: u32,
    max_attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    block_version: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_of: Option<JobId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Usage>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    live_usage: Option<Usage>,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<Timestamp>,
    updated_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<Timestamp>,
    deadline_at: Timestamp,
    resends: u32,
    revision: u64,
    // Attributes of the indexes. A job that was last written before `jobsByUser` existed has no `userPk`.
    #[serde(default)]
    user_pk: String,
    document_pk: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    block_pk: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    overdue_pk: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    overdue_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
}

pub(crate) fn write_job(job: &Job) -> Result<Item, StoreError> {
    let (mut next_attempt_at, mut lease_token, mut lease_until) = (None, None, None);
    match &job.state {
        JobState::Pending { next_attempt_at: next } => next_attempt_at = *next,
        JobState::Processing { lease } => {
            lease_token = Some(lease.token);
            lease_until = Some(lease.until);
        }
        JobState::Completed { lease_token: token, .. } => lease_token = Some(*token),
        JobState::Failed { .. } => {}
    }
    let group = StatusGroup::from_status(job.status());
    let item = JobItem {
        user: job.user.clone(),
        job_id: job.id,
        job_type: job.job_type,
        document_id: job.document_id,
        block_id: job.block_id,
        prompt: job.prompt.clone(),
        status: job.status(),
        status_reason: job.status_reason(),
        next_attempt_at,
        lease_token,
        lease_until,
        result: job.result().cloned(),
        failure: job.failure().cloned(),
        progress: job.progress.clone(),
        uncommitted_result: job.uncommitted_result.clone(),
        attempt: job.attempt,
        max_attempts: job.max_attempts,
        block_version: job.block_version,
        retry_of: job.retry_of,
        usage: job.usage,
        live_usage: job.live_usage,
        created_at: job.created_at,
        started_at: job.started_at,
        updated_at: job.updated_at,
        completed_at: job.completed_at,
        deadline_at: job.deadline_at,
        resends: job.resends,
        revision: job.revision,
        user_pk: keys::jobs_of_user(&job.user, group, job.job_type),
        document_pk: keys::jobs_of_document(&job.user, job.document_id, group, job.job_type),
        block_pk: job.block_id.map(|block| keys::jobs_of_block(&job.user, block, group, job.job_type)),
        overdue_pk: job.overdue_at.map(|_| keys::overdue_shard(job.id)),
        overdue_at: job.overdue_at.map(Timestamp::as_millisecond),
        expires_at: job.completed_at.map(|at| at.as_second() + JOB_RETENTION_SECONDS),
    };
    write(&job.user, keys::job(job.id), &item, None)
}

pub(crate) fn read_job(item: Item) -> Result<Job, StoreError> {
    let item: JobItem = read(item)?;
    let state = match item.status {
        JobStatus::Pending => JobState::Pending { next_attempt_at: item.next_attempt_at },
        JobStatus::Processing => JobState::Processing {
            lease: Lease {
                token: item.lease_token.ok_or(StoreError::ImpossibleJob("PROCESSING without a lease"))?,
                until: item.lease_until.ok_or(StoreError::ImpossibleJob("PROCESSING without a lease"))?,
            },
        },
        JobStatus::Completed => JobState::Completed {
            result: item.result.ok_or(StoreError::ImpossibleJob("COMPLETED without a result"))?,
            lease_token: item.lease_token.ok_or(StoreError::ImpossibleJob("COMPLETED without a lease"))?,
        },
        JobStatus::Failed => {
            JobState::Failed { failure: item.failure.ok_or(StoreError::ImpossibleJob("FAILED without a failure"))? }
        }
    };
    Ok(Job {
        user: item.user,
        id: item.job_id,
        job_type: item.job_type,
        document_id: item.document_id,
        block_id: item.block_id,
        prompt: item.prompt,
        state,
        progress: item.progress,
        uncommitted_result: item.uncommitted_result,
        attempt: item.attempt,
        max_attempts: item.max_attempts,
        block_version: item.block_version,
        retry_of: item.retry_of,
        usage: item.usage,
        live_usage: item.live_usage,
        created_at: item.created_at,
        started_at: item.started_at,
        updated_at: item.updated_at,
        completed_at: item.completed_at,
        deadline_at: item.deadline_at,
        overdue_at: item.overdue_at.and_then(|at| Timestamp::from_millisecond(at).ok()),
        resends: item.resends,
        revision: item.revision,
    })
}
