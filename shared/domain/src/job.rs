//! A job: what was asked, how far it is, and how it ended.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    failure::Failure,
    ids::{BlockId, DocumentId, JobId, LeaseToken, UserId},
    result::{JobResult, Usage},
};

/// Longest `prompt` of a job, in characters.
pub const MAX_PROMPT_CHARS: usize = 10_000;

/// What a job does.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantNames,
    JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum JobType {
    /// Writes new content for a block from the block's prompt.
    Generate,
    /// Improves the present content of a block.
    Refine,
    /// Finds insights in the evidence; changes no block.
    Analyze,
}

impl JobType {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Generate, Self::Refine, Self::Analyze];

    /// Whether a job of this type writes a block.
    pub const fn writes_block(self) -> bool {
        matches!(self, Self::Generate | Self::Refine)
    }
}

/// The four statuses. The set is closed: clients poll until they see one of the last two.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantNames,
    JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum JobStatus {
    /// Stored; waits for a worker.
    Pending,
    /// A worker holds its lease.
    Processing,
    /// Ended well. Final.
    Completed,
    /// Ended badly. Final.
    Failed,
}

/// What else there is to say about a status; clients must expect unknown values.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantNames,
    JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[schemars(transform = crate::open_set)]
pub enum StatusReason {
    /// FAILED: the user cancelled it.
    Cancelled,
    /// FAILED: a newer job took its place on the block.
    Superseded,
    /// FAILED: it ran past its deadline.
    TimedOut,
    /// FAILED: its deadline passed before any worker took it.
    Expired,
    /// FAILED: every attempt failed.
    RetriesExhausted,
    /// FAILED: the model declined to write.
    Refused,
    /// FAILED: it could not have worked (block or document gone, no API key, a request that Claude rejects).
    Invalid,
    /// COMPLETED: the text stops at the token limit.
    Truncated,
    /// COMPLETED: the block was edited meanwhile; the text is in the result only.
    NotApplied,
}

/// Where a running job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::Display, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Phase {
    /// Waits for a worker.
    Queued,
    /// Reads evidence, goals and reviews.
    Gathering,
    /// The model reads and thinks; no text yet.
    Thinking,
    /// The model writes.
    Generating,
    /// The answer is being stored.
    Saving,
}

/// How far a running job is, as a person would like to read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// The step.
    pub phase: Phase,
    /// 0 to 100; never goes back within an attempt.
    pub percent: u8,
    /// One sentence for the user.
    pub message: String,
    /// The text so far; it may still be thrown away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partial_text: Option<String>,
    /// When this was written.
    #[schemars(with = "crate::time::DateTime")]
    pub updated_at: Timestamp,
}

/// What a job has made, before it is committed: kept with the job, so that no crash buys it
/// twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    /// What it made.
    pub result: JobResult,
    /// `Truncated`, or nothing.
    pub reason: Option<StatusReason>,
}

/// A worker's right to write a PROCESSING job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Names the claim. Whoever shows another token has lost the job.
    pub token: LeaseToken,
    /// From here on others may claim the job.
    pub until: Timestamp,
}

/// Where a job is in its life, with what is known only there.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Waits for a worker.
    Pending {
        /// Set when an attempt failed: the next one is due then.
        next_attempt_at: Option<Timestamp>,
    },
    /// A worker has it.
    Processing {
        /// Who, and until when.
        lease: Lease,
    },
    /// Ended well.
    Completed {
        /// What it made.
        result: JobResult,
        /// `Truncated`, `NotApplied` or nothing.
        reason: Option<StatusReason>,
        /// The claim that ended it: a repeated commit of the same worker is recognised.
        lease_token: LeaseToken,
    },
    /// Ended badly.
    Failed {
        /// Why, fit to show to a user.
        failure: Failure,
    },
}

/// A job. Changed only by the transitions in [`crate::life`].
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Whose it is.
    pub user: UserId,
    /// Its name.
    pub id: JobId,
    /// What it does.
    pub job_type: JobType,
    /// The document it belongs to.
    pub document_id: DocumentId,
    /// The block it writes; may be absent for ANALYZE.
    pub block_id: Option<BlockId>,
    /// The user's instruction, if one was given.
    pub prompt: Option<String>,
    /// Where it is in its life.
    pub state: State,
    /// How far it is.
    pub progress: Option<Progress>,
    /// An answer that is paid for and not committed yet.
    pub kept: Option<Kept>,
    /// Claims so far; not those that only commit what is kept.
    pub attempt: u32,
    /// Claims at most.
    pub max_attempts: u32,
    /// The block's version when the first attempt began: what the user has changed since then
    /// is not overwritten by any attempt.
    pub block_version: Option<u64>,
    /// The failed job that this one repeats.
    pub retry_of: Option<JobId>,
    /// Tokens and money, summed over the attempts that have ended.
    pub usage: Option<Usage>,
    /// What the present attempt had spent when its worker last told.
    pub live_usage: Option<Usage>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When a worker first took it.
    pub started_at: Option<Timestamp>,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
    /// When it ends at the latest.
    pub deadline_at: Timestamp,
    /// When the sweeper should look at it; nothing once it ended.
    pub overdue_at: Option<Timestamp>,
    /// Sent again by the sweeper so often, which spaces the next time out.
    pub resends: u32,
    /// Counts changes. Every write names the revision it read.
    pub revision: u64,
}

impl Job {
    /// One of the four statuses.
    pub const fn status(&self) -> JobStatus {
        match self.state {
            State::Pending { .. } => JobStatus::Pending,
            State::Processing { .. } => JobStatus::Processing,
            State::Completed { .. } => JobStatus::Completed,
            State::Failed { .. } => JobStatus::Failed,
        }
    }

    /// What else there is to say.
    pub const fn status_reason(&self) -> Option<StatusReason> {
        match &self.state {
            State::Pending { .. } | State::Processing { .. } => None,
            State::Completed { reason, .. } => *reason,
            State::Failed { failure } => Some(failure.reason),
        }
    }

    /// Whether it is COMPLETED or FAILED.
    pub const fn is_finished(&self) -> bool {
        matches!(self.state, State::Completed { .. } | State::Failed { .. })
    }

    /// The result, once COMPLETED.
    pub const fn result(&self) -> Option<&JobResult> {
        match &self.state {
            State::Completed { result, .. } => Some(result),
            _ => None,
        }
    }

    /// Tokens and money so far.
    pub fn spent(&self) -> Option<Usage> {
        match (self.usage, self.live_usage) {
            (Some(ended), Some(live)) => Some(ended + live),
            (ended, live) => ended.or(live),
        }
    }

    /// The failure, once FAILED.
    pub const fn failure(&self) -> Option<&Failure> {
        match &self.state {
            State::Failed { failure } => Some(failure),
            _ => None,
        }
    }

    /// How long a client should wait before it asks again, in milliseconds: quick at first,
    /// calmer as the job gets older. Nothing once it ended.
    pub fn poll_after_ms(&self, now: Timestamp) -> Option<u32> {
        if self.is_finished() {
            return None;
        }
        let age = now.duration_since(self.created_at);
        Some(match age {
            age if age < SignedDuration::from_secs(15) => 1_000,
            age if age < SignedDuration::from_secs(60) => 2_000,
            age if age < SignedDuration::from_secs(180) => 3_000,
            _ => 5_000,
        })
    }
}
