//! The lifecycle of a job, as pure functions. Statuses change here and nowhere else.
//!
//! ```text
//!              claim                   complete
//!  PENDING ──────────────▶ PROCESSING ──────────▶ COMPLETED
//!     ▲                     │  │   heartbeat: the job stays PROCESSING
//!     │  release_for_retry, │  │   claim: another worker takes the job after the lease has ended
//!     │  sweep              │  │
//!     └─────────────────────┘  └─▶ FAILED by fail, or by release_for_retry without another attempt
//!
//!  PENDING or PROCESSING ────────▶ FAILED by expire, sweep, cancel, supersede, abandon
//! ```
//!
//! Each function takes a job as it was read. It returns the job as it should be written, or a [`TransitionError`]. The
//! store writes the job only if nothing has changed it since it was read. After a conflict, the store reads the job and
//! calls the function again. So these rules decide what happens, not the order in which writes arrive.

use jiff::{SignedDuration, Timestamp};

use crate::{
    ids::{BlockId, DocumentId, JobId, LeaseToken, UserId},
    job::{
        Job, JobState, Lease,
        apply_mode::ApplyMode,
        failure::Failure,
        progress::{Phase, Progress},
        result::{JobResult, Usage, UsageByAttempt},
        status::{JobType, StatusReason},
        timeline::{JobEvent, Timeline},
    },
};

pub use crate::job::policy::JobPolicy;

/// Why a transition is not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// Another worker holds a lease that has not ended.
    #[error("another worker holds this job")]
    Held,
    /// The token does not belong to the current lease.
    #[error("the lease was lost")]
    LeaseLost,
    /// The job is COMPLETED or FAILED and cannot change.
    #[error("the job has finished")]
    Finished,
    /// The deadline has passed, or no attempt is left. The job cannot be claimed, see [`expire`].
    #[error("the job is overdue")]
    Overdue,
    /// It is too early to end the job or to send it again.
    #[error("the job is not overdue")]
    NotOverdue,
    /// The job waits for its next attempt until the time that [`Job::next_attempt_at`] returns.
    #[error("the next attempt is not due yet")]
    TooEarly,
}

/// When the next attempt is due, and why it is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry<'a> {
    /// Shortest wait before the next attempt.
    pub after: SignedDuration,
    /// What went wrong, in words for the user.
    pub detail: Option<&'a str>,
}

/// A request for a job, after validation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// The owner of the new job.
    pub user: UserId,
    /// What the job will do: GENERATE, REFINE or ANALYZE.
    pub job_type: JobType,
    /// The document whose context configuration selects what the job reads. `None`: the job has an inline input.
    pub document_id: Option<DocumentId>,
    /// The block that the job is about. Required for GENERATE and REFINE of a document.
    pub block_id: Option<BlockId>,
    /// The user's instruction. Without it, [`crate::prompt::build`] takes the prompt of the block or a default.
    pub prompt: Option<String>,
    /// What the job will do with its text.
    pub apply_mode: ApplyMode,
    /// The FAILED job that the new job repeats.
    pub retry_of: Option<JobId>,
    /// Names the request that creates several jobs, see [`Job::request`].
    pub request: Option<String>,
}

impl NewJob {
    /// The block that the job will write, if it writes one.
    pub fn written_block(&self) -> Option<BlockId> {
        self.block_id.filter(|_| self.job_type.writes_block())
    }

    /// Whether `job` has the same type, document, block, prompt and apply mode as this request.
    pub fn is_same_as(&self, job: &Job) -> bool {
        (self.job_type, self.document_id, self.block_id, &self.prompt, self.apply_mode)
            == (job.job_type, job.document_id, job.block_id, &job.prompt, job.apply_mode)
    }
}

/// Creates a PENDING job with a new id.
pub fn create(new: NewJob, policy: &JobPolicy, now: Timestamp) -> Job {
    let deadline_at = after(now, policy.deadline);
    Job {
        user: new.user,
        id: JobId::made_at(now),
        job_type: new.job_type,
        document_id: new.document_id,
        block_id: new.block_id,
        prompt: new.prompt,
        apply_mode: new.apply_mode,
        state: JobState::Pending { next_attempt_at: None, released_by: None },
        progress: Some(waiting(now)),
        saved_answer: None,
        attempt: 0,
        max_attempts: policy.max_attempts,
        content_revision: None,
        retry_of: new.retry_of,
        erased: false,
        request: new.request,
        timeline: Timeline::default(),
        usage: UsageByAttempt::default(),
        created_at: now,
        started_at: None,
        updated_at: now,
        completed_at: None,
        deadline_at,
        resend_at: Some(after(now, policy.resend_after).min(deadline_at)),
        resends: 0,
        revision: 1,
    }
}

/// A worker takes a PENDING job whose attempt is due, or a PROCESSING job whose lease has expired. Idempotent for one
/// token, because the response to the first call may have been lost.
pub fn claim(job: &Job, token: LeaseToken, policy: &JobPolicy, now: Timestamp) -> Result<Job, TransitionError> {
    match &job.state {
        JobState::Completed { .. } | JobState::Failed { .. } => return Err(TransitionError::Finished),
        JobState::Processing { lease: held } if held.token == token => return Ok(job.clone()),
        JobState::Processing { lease: held } if held.holds(policy, now) => return Err(TransitionError::Held),
        JobState::Pending { .. } | JobState::Processing { .. } => {}
    }
    if now >= job.deadline_at || is_used_up(job) {
        return Err(TransitionError::Overdue);
    }
    if job.next_attempt_at().is_some_and(|due| now < due) {
        return Err(TransitionError::TooEarly);
    }
    let mut job = changed(job, now);
    job.state = JobState::Processing { lease: policy.lease(token, now) };
    job.timeline.note(JobEvent::Claimed, now);
    job.resend_at = None;
    if job.saved_answer.is_some() {
        job.progress = Some(saving(now));
        return Ok(job);
    }
    job.attempt += 1;
    job.resends = 0;
    job.started_at = job.started_at.or(Some(now));
    job.progress = Some(gathering(now));
    Ok(job)
}

/// The holder renews its lease and reports its progress. `usage` is what this attempt has spent so far. The revision
/// stays the same, because lease and progress are stored beside the job.
pub fn heartbeat(
    job: &Job,
    lease: Lease,
    progress: Progress,
    usage: Option<Usage>,
    now: Timestamp,
) -> Result<Job, TransitionError> {
    let mut job = Job { revision: job.revision, ..held(job, lease.token, now)? };
    job.state = JobState::Processing { lease };
    job.progress = Some(progress);
    job.usage.set(job.attempt, usage);
    Ok(job)
}

/// The holder completes the job.
/// Idempotent for one token, because the response to the first call may have been lost.
pub fn complete(job: &Job, token: LeaseToken, result: JobResult, now: Timestamp) -> Result<Job, TransitionError> {
    if matches!(job.state, JobState::Completed { lease_token, .. } if lease_token == token) {
        return Ok(job.clone());
    }
    let job = held(job, token, now)?;
    Ok(ended(job, JobState::Completed { result: Box::new(result), lease_token: token }, now))
}

/// The holder fails the job for good, without another attempt.
pub fn fail(job: &Job, token: LeaseToken, failure: Failure, now: Timestamp) -> Result<Job, TransitionError> {
    let job = held(job, token, now)?;
    Ok(ended(job, JobState::Failed { failure }, now))
}

/// The holder releases the job for another attempt. The job fails instead if no attempt is left, or if the next attempt
/// would start after the deadline. Idempotent for one token, because the response to the first call may have been lost.
pub fn release_for_retry(
    job: &Job,
    token: LeaseToken,
    retry: &Retry<'_>,
    policy: &JobPolicy,
    now: Timestamp,
) -> Result<Job, TransitionError> {
    if matches!(job.state, JobState::Pending { released_by: Some(by), .. } if by == token) {
        return Ok(job.clone());
    }
    let Retry { after: delay, detail } = *retry;
    let mut job = held(job, token, now)?;
    if is_used_up(&job) {
        return Ok(ended(job, JobState::Failed { failure: Failure::retries_exhausted(detail) }, now));
    }
    let next_attempt_at = after(now, delay);
    if next_attempt_at >= job.deadline_at {
        let failure = detail.map_or_else(Failure::timed_out, Failure::unavailable);
        return Ok(ended(job, JobState::Failed { failure }, now));
    }
    job.state = JobState::Pending { next_attempt_at: Some(next_attempt_at), released_by: Some(token) };
    job.timeline.note(JobEvent::Released, now);
    let message =
        detail.map_or_else(|| "Trying again soon".to_owned(), |detail| format!("{detail} Trying again soon."));
    job.progress = Some(progress(Phase::Queued, 0, &message, now));
    job.resend_at = Some(after(next_attempt_at, policy.resend_after).min(job.deadline_at));
    Ok(job)
}

/// The user cancels the job. This is final, even while a worker holds the job. Idempotent: a cancelled job is returned
/// unchanged.
pub fn cancel(job: &Job, now: Timestamp) -> Result<Job, TransitionError> {
    match &job.state {
        JobState::Failed { failure } if failure.reason == StatusReason::Cancelled => Ok(job.clone()),
        JobState::Completed { .. } | JobState::Failed { .. } => Err(TransitionError::Finished),
        JobState::Pending { .. } | JobState::Processing { .. } => {
            Ok(ended(changed(job, now), JobState::Failed { failure: Failure::cancelled() }, now))
        }
    }
}

/// The texts of the job are erased, on the request of the user or with the document or block. A job in flight is cancelled.
/// Idempotent: an erased job is returned unchanged.
pub fn erase(job: &Job, now: Timestamp) -> Result<Job, TransitionError> {
    if job.erased {
        return Ok(job.clone());
    }
    let job = if job.is_finished() { changed(job, now) } else { cancel(job, now)? };
    Ok(Job { erased: true, prompt: None, ..job })
}

/// A newer job on the same block replaces the job. This is final, even while a worker holds the job.
pub fn supersede(job: &Job, now: Timestamp) -> Result<Job, TransitionError> {
    if job.is_finished() {
        return Err(TransitionError::Finished);
    }
    Ok(ended(changed(job, now), JobState::Failed { failure: Failure::superseded() }, now))
}

/// Fails a job whose deadline has passed, or whose last attempt lost its worker. While a lease is valid, the job is
/// left to its worker.
pub fn expire(job: &Job, policy: &JobPolicy, now: Timestamp) -> Result<Job, TransitionError> {
    match &job.state {
        JobState::Completed { .. } | JobState::Failed { .. } => return Err(TransitionError::Finished),
        JobState::Processing { lease } if lease.holds(policy, now) => return Err(TransitionError::Held),
        JobState::Pending { .. } | JobState::Processing { .. } => {}
    }
    let failure = if now >= job.deadline_at {
        if job.attempt == 0 { Failure::expired() } else { Failure::timed_out() }
    } else if is_used_up(job) {
        Failure::retries_exhausted(None)
    } else {
        return Err(TransitionError::NotOverdue);
    };
    Ok(ended(changed(job, now), JobState::Failed { failure }, now))
}

/// Fails a job whose document or block was deleted, even while a worker holds the job. A job that has ended is returned
/// unchanged.
pub fn abandon(job: &Job, failure: Failure, now: Timestamp) -> Job {
    if job.is_finished() { job.clone() } else { ended(changed(job, now), JobState::Failed { failure }, now) }
}

/// What to do with an overdue job.
#[derive(Clone, Debug, PartialEq)]
pub enum Remedy {
    /// Write the job and send it to the queue again.
    Resend(Box<Job>),
    /// Write the job, which has failed.
    End(Box<Job>),
}

/// Decides about a job that may be overdue ([`Job::is_overdue`]). A job that was never claimed is sent again. A job whose
/// worker died is released and sent again. A job that can no longer succeed fails. The decision depends only on the job and
/// the time, so it may run any number of times.
pub fn sweep(job: &Job, policy: &JobPolicy, now: Timestamp) -> Result<Remedy, TransitionError> {
    match expire(job, policy, now) {
        Ok(job) => return Ok(Remedy::End(Box::new(job))),
        Err(TransitionError::NotOverdue) => {}
        Err(error) => return Err(error),
    }
    if !job.is_overdue(policy, now) {
        return Err(TransitionError::NotOverdue);
    }
    let resends = job.resends.saturating_add(1);
    let mut job = changed(job, now);
    if matches!(job.state, JobState::Processing { .. }) {
        job.state = JobState::Pending { next_attempt_at: Some(now), released_by: None };
        job.timeline.note(JobEvent::Released, now);
        job.progress = Some(progress(Phase::Queued, 0, "A worker was lost. Trying again soon.", now));
    }
    job.resends = resends;
    let wait = policy.resend_after.saturating_mul(1 << resends.min(5));
    job.resend_at = Some(after(now, wait).min(job.deadline_at));
    Ok(Remedy::Resend(Box::new(job)))
}

/// Sets what an attempt had spent whose worker noticed that it does not hold the job any more, in any status. A repeated
/// report changes nothing, and neither does a report of less than is known.
pub fn record_late_usage(job: &Job, attempt: u32, usage: Usage, now: Timestamp) -> Job {
    // `updated_at` stays the same: the job looks as before, only its cost is now complete.
    let mut changed = Job { updated_at: job.updated_at, ..changed(job, now) };
    changed.usage.set(attempt, Some(usage));
    if changed.usage == job.usage { job.clone() } else { changed }
}

/// The longest wait after attempt `attempt`. It doubles with every attempt, up to 15 minutes. The worker draws the
/// actual wait between zero and this ceiling (full jitter).
pub fn backoff_ceiling(attempt: u32, policy: &JobPolicy) -> SignedDuration {
    policy.backoff.saturating_mul(1 << attempt.saturating_sub(1).min(10)).min(SignedDuration::from_mins(15))
}

/// The progress of a job that no worker has claimed.
pub fn waiting(at: Timestamp) -> Progress {
    progress(Phase::Queued, 0, "Waiting for a worker", at)
}

/// The progress of a job that a worker has just claimed.
pub fn gathering(at: Timestamp) -> Progress {
    progress(Phase::Gathering, 5, "Reading your evidence", at)
}

/// The progress of a job whose answer is complete.
pub fn saving(at: Timestamp) -> Progress {
    progress(Phase::Saving, 95, "Saving", at)
}

/// Creates a [`Progress`] without partial text.
pub fn progress(phase: Phase, percent: u8, message: &str, now: Timestamp) -> Progress {
    Progress { phase, percent, message: message.to_owned(), partial_text: None, updated_at: now }
}

/// Returns a copy to change, if `token` belongs to the current lease. The token decides, not the time: a worker whose
/// lease has ended may continue until another worker claims the job.
fn held(job: &Job, token: LeaseToken, now: Timestamp) -> Result<Job, TransitionError> {
    match &job.state {
        JobState::Processing { lease } if lease.token == token => Ok(changed(job, now)),
        JobState::Completed { .. } | JobState::Failed { .. } => Err(TransitionError::Finished),
        JobState::Pending { .. } | JobState::Processing { .. } => Err(TransitionError::LeaseLost),
    }
}

fn changed(job: &Job, now: Timestamp) -> Job {
    Job { updated_at: now, revision: job.revision + 1, ..job.clone() }
}

/// Whether no attempt is left. A saved answer can always be committed, so a job with a saved answer is never used up.
const fn is_used_up(job: &Job) -> bool {
    job.attempt >= job.max_attempts && job.saved_answer.is_none()
}

fn ended(mut job: Job, state: JobState, now: Timestamp) -> Job {
    if let Some(answer) = job.saved_answer.take() {
        job.usage.set(answer.attempt, answer.usage);
    }
    job.state = state;
    job.progress = None;
    job.completed_at = Some(now);
    job.resend_at = None;
    job
}

fn after(at: Timestamp, wait: SignedDuration) -> Timestamp {
    at.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
#[path = "lifecycle_tests.rs"]
mod tests;
