//! A job: its request, its progress and its end.

pub mod apply_mode;
pub mod failure;
pub mod inline_input;
pub mod lifecycle;
pub mod policy;
pub mod progress;
pub mod result;
pub mod status;
pub mod timeline;

pub use policy::Lease;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    ids::{BlockId, DocumentId, JobId, LeaseToken, UserId},
    job::{
        apply_mode::ApplyMode,
        failure::Failure,
        policy::JobPolicy,
        progress::Progress,
        result::{JobResult, Usage, UsageByAttempt},
        status::{JobStatus, JobType, StatusReason},
        timeline::Timeline,
    },
};

/// Longest `prompt` of a job, in Unicode code points.
pub const MAX_PROMPT_CHARS: usize = 10_000;

/// The answer of a job, as it is stored before the job is completed. If the worker dies in between, the next claim
/// completes the job with it and does not pay for another answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SavedAnswer {
    /// What the job made: a text or insights.
    pub result: JobResult,
    /// The number of the revision that the result may replace.
    pub content_revision: u64,
    /// The attempt that brought the answer.
    pub attempt: u32,
    /// What that attempt had spent.
    pub usage: Option<Usage>,
}

/// The status of a job, with the data that exists only in that status.
#[derive(Clone, Debug, PartialEq)]
pub enum JobState {
    /// The job waits for a worker.
    Pending {
        /// When the next attempt is due. `None` if no attempt has failed yet.
        next_attempt_at: Option<Timestamp>,
        /// Token of the claim that has released the job. A repeated release with this token changes nothing.
        released_by: Option<LeaseToken>,
    },
    /// A worker holds the job.
    Processing {
        /// The lease of that worker. It ends unless a heartbeat renews it.
        lease: Lease,
    },
    /// The job ended with a result. Final.
    Completed {
        /// What the job made: a text or insights.
        result: Box<JobResult>,
        /// Token of the claim that completed the job. A repeated commit with this token changes nothing.
        lease_token: LeaseToken,
    },
    /// The job ended without a result. Final.
    Failed {
        /// Why the job failed, in words for the user.
        failure: Failure,
    },
}

/// A job. Only the functions in [`crate::job::lifecycle`] change it.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// The owner. No other user can see the job.
    pub user: UserId,
    /// UUIDv7. Sorts by time of creation.
    pub id: JobId,
    /// What the job does: GENERATE, REFINE or ANALYZE.
    pub job_type: JobType,
    /// The document whose context configuration selects what the job reads. `None`: the job has an inline input.
    pub document_id: Option<DocumentId>,
    /// The block that the job is about. Optional for ANALYZE, and `None` for a job with an inline input.
    pub block_id: Option<BlockId>,
    /// The user's instruction. Without it, [`crate::prompt::build`] takes the prompt of the block or a default.
    pub prompt: Option<String>,
    /// What the job does with its text.
    pub apply_mode: ApplyMode,
    /// The status, with the data of that status.
    pub state: JobState,
    /// Shown to the user while the job is in flight. `None` once the job has ended.
    pub progress: Option<Progress>,
    /// An answer that is paid for while the job is not completed. It is stored beside the job, and read only where it
    /// matters. `None` once the job has ended.
    pub saved_answer: Option<Box<SavedAnswer>>,
    /// Number of claims so far, from 0. Claims that only commit a saved answer do not count.
    pub attempt: u32,
    /// Highest number of attempts, from the policy when the job was created.
    pub max_attempts: u32,
    /// For GENERATE: the number of the block's newest revision when the job was created. The job does not overwrite newer
    /// content, because the user may have edited the block. `None` for other types. REFINE replaces the content that it
    /// has read.
    pub content_revision: Option<u64>,
    /// The FAILED job that this job repeats.
    pub retry_of: Option<JobId>,
    /// Whether the texts of the job were erased: its prompt, its answer and its inline input. What remains says what the job
    /// cost.
    pub erased: bool,
    /// Names the request that created the job together with others, if it had an idempotency key. A repetition of the
    /// request that was interrupted recognises its jobs by it.
    pub request: Option<String>,
    /// What happened between the creation and the end. Entries may be missing after a conflict of writes.
    pub timeline: Timeline,
    /// Tokens and cost of every attempt, including the current one as of its last heartbeat.
    pub usage: UsageByAttempt,
    /// When the job was created.
    pub created_at: Timestamp,
    /// When a worker first claimed the job. `None` until then.
    pub started_at: Option<Timestamp>,
    /// When the job last changed, heartbeats included.
    pub updated_at: Timestamp,
    /// When the job became COMPLETED or FAILED. `None` until then.
    pub completed_at: Option<Timestamp>,
    /// When the job fails if it has not ended by then.
    pub deadline_at: Timestamp,
    /// When the sweeper sends a PENDING job to the queue again. `None` in every other status.
    pub resend_at: Option<Timestamp>,
    /// How often the sweeper has sent the job to the queue again. Each time, the next wait is longer.
    pub resends: u32,
    /// Increases by 1 with every change, heartbeats excepted. A write succeeds only if the stored revision is still the
    /// one that was read.
    pub revision: u64,
}

/// A PROCESSING job in the hands of the worker that claimed it.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// The job as this worker last read or wrote it.
    pub job: Job,
    /// The token of the lease. It proves that this worker holds the job.
    pub token: LeaseToken,
    /// What this attempt has spent so far. The next write stores it on the job.
    pub usage: Option<Usage>,
}

impl Job {
    /// The status, without its data.
    pub const fn status(&self) -> JobStatus {
        match self.state {
            JobState::Pending { .. } => JobStatus::Pending,
            JobState::Processing { .. } => JobStatus::Processing,
            JobState::Completed { .. } => JobStatus::Completed,
            JobState::Failed { .. } => JobStatus::Failed,
        }
    }

    /// Why the job has its status: always set for FAILED, sometimes for COMPLETED.
    pub fn status_reason(&self) -> Option<StatusReason> {
        match &self.state {
            JobState::Pending { .. } | JobState::Processing { .. } => None,
            JobState::Completed { result, .. } => result.notices.first().copied(),
            JobState::Failed { failure } => Some(failure.reason),
        }
    }

    /// The block that the job writes, if it writes one.
    pub fn written_block(&self) -> Option<BlockId> {
        self.block_id.filter(|_| self.job_type.writes_block())
    }

    /// Whether the job is COMPLETED or FAILED.
    pub const fn is_finished(&self) -> bool {
        matches!(self.state, JobState::Completed { .. } | JobState::Failed { .. })
    }

    /// Whether the sweeper must act: the job has waited too long for a worker, or no lease protects it any more.
    pub fn is_overdue(&self, policy: &JobPolicy, now: Timestamp) -> bool {
        match &self.state {
            JobState::Pending { .. } => self.resend_at.is_some_and(|at| at <= now),
            JobState::Processing { lease } => !lease.holds(policy, now),
            JobState::Completed { .. } | JobState::Failed { .. } => false,
        }
    }

    /// When the next attempt of a PENDING job is due. `None`: at once, or never.
    pub const fn next_attempt_at(&self) -> Option<Timestamp> {
        match self.state {
            JobState::Pending { next_attempt_at, .. } => next_attempt_at,
            _ => None,
        }
    }

    /// What the job made, if it is COMPLETED.
    pub const fn result(&self) -> Option<&JobResult> {
        match &self.state {
            JobState::Completed { result, .. } => Some(result),
            _ => None,
        }
    }

    /// Why the job failed, if it is FAILED.
    pub const fn failure(&self) -> Option<&Failure> {
        match &self.state {
            JobState::Failed { failure } => Some(failure),
            _ => None,
        }
    }

    /// How long a client should wait before its next poll, in milliseconds: 1,000 for a new job, 3,000 after the first
    /// poll, 5,000 for a job older than a minute. So a client polls a job of 30 s at most 12 times, and sees its end within 3 s. `None`
    /// once the job has ended.
    pub fn poll_after_ms(&self, now: Timestamp) -> Option<u32> {
        if self.is_finished() {
            return None;
        }
        let age = now.duration_since(self.created_at);
        Some(match age {
            age if age < SignedDuration::from_secs(1) => 1_000,
            age if age < SignedDuration::from_secs(60) => 3_000,
            _ => 5_000,
        })
    }
}
