//! The life of a job, as pure functions. Statuses change here and nowhere else.
//!
//! ```text
//!            claim               complete
//!  PENDING ────────▶ PROCESSING ──────────▶ COMPLETED
//!     ▲  ◀────────────  │  │  heartbeat renews the lease
//!     │   give_back,    │  └──▶ fail, expire, cancel, supersede, bury, abandon ──▶ FAILED
//!     │   reclaim       │
//!     └─────────────────┘      PENDING: expire, cancel, supersede, bury, abandon ──▶ FAILED
//! ```
//!
//! Each function takes a job as it was read and returns it as it should be written, or a
//! [`Refusal`]. The store writes it only if nobody wrote in between; otherwise it reads
//! again and asks again, so that these rules, not the order of arrival, decide.

use jiff::{SignedDuration, Timestamp};

use crate::{
    failure::Failure,
    ids::{BlockId, DocumentId, JobId, LeaseToken, UserId},
    job::{Job, JobType, Kept, Lease, Phase, Progress, State, StatusReason},
    problem::ProblemCode,
    result::{JobResult, Usage},
};

pub use crate::terms::Terms;

/// A transition that may not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Another worker holds a lease that has not ended.
    #[error("another worker holds this job")]
    Held,
    /// The lease that was shown is not the present one.
    #[error("the lease was lost")]
    LeaseLost,
    /// The job is COMPLETED or FAILED.
    #[error("the job has finished")]
    Finished,
    /// The deadline has passed, or the attempts are used up: the job can only [`expire`].
    #[error("the job is overdue")]
    Overdue,
    /// Nothing is overdue yet.
    #[error("the job is not overdue")]
    NotOverdue,
}

/// When to try again, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry<'a> {
    /// Not before so long.
    pub after: SignedDuration,
    /// What went wrong, in a user's words.
    pub detail: Option<&'a str>,
}

/// What a client asks for, already validated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// Whose job it is.
    pub user: UserId,
    /// What it does.
    pub job_type: JobType,
    /// The document.
    pub document_id: DocumentId,
    /// The block; required by jobs that write one.
    pub block_id: Option<BlockId>,
    /// The user's instruction.
    pub prompt: Option<String>,
    /// The failed job that this one repeats.
    pub retry_of: Option<JobId>,
}

impl NewJob {
    /// Whether `job` works on the same thing with the same words.
    pub fn is_same_as(&self, job: &Job) -> bool {
        (self.job_type, self.document_id, self.block_id, &self.prompt)
            == (job.job_type, job.document_id, job.block_id, &job.prompt)
    }
}

/// A PENDING job.
pub fn create(new: NewJob, terms: &Terms, now: Timestamp) -> Job {
    let deadline_at = after(now, terms.deadline);
    Job {
        user: new.user,
        id: JobId::new(),
        job_type: new.job_type,
        document_id: new.document_id,
        block_id: new.block_id,
        prompt: new.prompt,
        state: State::Pending { next_attempt_at: None },
        progress: Some(progress(Phase::Queued, 0, "Waiting for a worker", now)),
        kept: None,
        attempt: 0,
        max_attempts: terms.max_attempts,
        block_version: None,
        retry_of: new.retry_of,
        usage: None,
        live_usage: None,
        created_at: now,
        started_at: None,
        updated_at: now,
        completed_at: None,
        deadline_at,
        overdue_at: Some(after(now, terms.resend_after).min(deadline_at)),
        resends: 0,
        revision: 1,
    }
}

/// A worker takes a PENDING job, or one whose worker has gone silent. Showing the token
/// of the present lease again changes nothing: the first answer may have been lost.
/// `block_version` is the version that the block has now; the first claim's is kept.
pub fn claim(
    job: &Job,
    token: LeaseToken,
    block_version: Option<u64>,
    terms: &Terms,
    now: Timestamp,
) -> Result<Job, Refusal> {
    match &job.state {
        State::Completed { .. } | State::Failed { .. } => return Err(Refusal::Finished),
        State::Processing { lease } if lease.token == token => return Ok(job.clone()),
        State::Processing { lease } if now < lease.until => return Err(Refusal::Held),
        State::Pending { .. } | State::Processing { .. } => {}
    }
    if now >= job.deadline_at || is_used_up(job) {
        return Err(Refusal::Overdue);
    }
    let until = after(now, terms.lease);
    let mut job = changed(job, now);
    settle_lost_attempt(&mut job);
    job.state = State::Processing { lease: Lease { token, until } };
    if job.kept.is_some() {
        job.progress = Some(progress(Phase::Saving, 95, "Saving", now));
        job.overdue_at = Some(until);
        return Ok(job);
    }
    job.attempt += 1;
    job.block_version = job.block_version.or(block_version);
    job.started_at = job.started_at.or(Some(now));
    job.progress = Some(progress(Phase::Gathering, 5, "Reading your evidence", now));
    job.overdue_at = Some(until);
    Ok(job)
}

/// The holder says that it lives, how far it is, and what it has spent.
pub fn heartbeat(
    job: &Job,
    token: LeaseToken,
    progress: Progress,
    usage: Option<Usage>,
    terms: &Terms,
    now: Timestamp,
) -> Result<Job, Refusal> {
    let mut job = held(job, token, now)?;
    let until = after(now, terms.lease);
    job.state = State::Processing { lease: Lease { token, until } };
    job.progress = Some(progress);
    job.live_usage = usage.or(job.live_usage);
    job.overdue_at = Some(until);
    Ok(job)
}

/// The holder has an answer: it is kept with the job before it is committed, so that whoever
/// comes after a crash commits it and does not pay for another one. Keeping twice changes
/// nothing: the first answer of the table may have been lost.
pub fn keep(job: &Job, token: LeaseToken, kept: Kept, terms: &Terms, now: Timestamp) -> Result<Job, Refusal> {
    if job.kept.is_some() {
        return held(job, token, now).map(|_| job.clone());
    }
    let mut job = heartbeat(job, token, progress(Phase::Saving, 95, "Saving", now), None, terms, now)?;
    job.kept = Some(kept);
    Ok(job)
}

/// The holder ends it well. `reason` is `Truncated`, `NotApplied` or nothing. A second
/// commit of the same claim changes nothing: the first answer may have been lost.
pub fn complete(
    job: &Job,
    token: LeaseToken,
    result: JobResult,
    reason: Option<StatusReason>,
    now: Timestamp,
) -> Result<Job, Refusal> {
    if matches!(job.state, State::Completed { lease_token, .. } if lease_token == token) {
        return Ok(job.clone());
    }
    let job = held(job, token, now)?;
    Ok(ended(job, State::Completed { result, reason, lease_token: token }, now))
}

/// The holder ends it badly, for good.
pub fn fail(job: &Job, token: LeaseToken, failure: Failure, now: Timestamp) -> Result<Job, Refusal> {
    let job = held(job, token, now)?;
    Ok(ended(job, State::Failed { failure }, now))
}

/// The holder gives it back to be tried again; if no attempt is left, or the deadline comes
/// first, the job fails.
pub fn give_back(
    job: &Job,
    token: LeaseToken,
    retry: &Retry<'_>,
    terms: &Terms,
    now: Timestamp,
) -> Result<Job, Refusal> {
    let Retry { after: delay, detail } = *retry;
    let mut job = held(job, token, now)?;
    if is_used_up(&job) {
        return Ok(ended(job, State::Failed { failure: Failure::retries_exhausted(detail) }, now));
    }
    let next_attempt_at = after(now, delay);
    if next_attempt_at >= job.deadline_at {
        let failure = detail.map_or_else(Failure::timed_out, Failure::unavailable);
        return Ok(ended(job, State::Failed { failure }, now));
    }
    job.state = State::Pending { next_attempt_at: Some(next_attempt_at) };
    let message =
        detail.map_or_else(|| "Trying again soon".to_owned(), |detail| format!("{detail} Trying again soon."));
    job.progress = Some(progress(Phase::Queued, 0, &message, now));
    job.overdue_at = Some(after(next_attempt_at, terms.resend_after).min(job.deadline_at));
    Ok(job)
}

/// The user ends it, at once and for good. A job that was cancelled before comes back as
/// it is.
pub fn cancel(job: &Job, now: Timestamp) -> Result<Job, Refusal> {
    match &job.state {
        State::Failed { failure } if failure.reason == StatusReason::Cancelled => Ok(job.clone()),
        State::Completed { .. } | State::Failed { .. } => Err(Refusal::Finished),
        State::Pending { .. } | State::Processing { .. } => {
            Ok(ended(changed(job, now), State::Failed { failure: Failure::cancelled() }, now))
        }
    }
}

/// Another job takes its place, whoever holds it: as final as a cancel.
pub fn supersede(job: &Job, now: Timestamp) -> Result<Job, Refusal> {
    if job.is_finished() {
        return Err(Refusal::Finished);
    }
    Ok(ended(changed(job, now), State::Failed { failure: Failure::superseded() }, now))
}

/// Ends a job that can no longer work: its deadline has passed, or its last worker died.
pub fn expire(job: &Job, now: Timestamp) -> Result<Job, Refusal> {
    match &job.state {
        State::Completed { .. } | State::Failed { .. } => return Err(Refusal::Finished),
        State::Processing { lease } if now < lease.until => return Err(Refusal::Held),
        State::Pending { .. } | State::Processing { .. } => {}
    }
    let failure = if now >= job.deadline_at {
        if job.attempt == 0 { Failure::expired() } else { Failure::timed_out() }
    } else if is_used_up(job) {
        Failure::retries_exhausted(None)
    } else {
        return Err(Refusal::NotOverdue);
    };
    Ok(ended(changed(job, now), State::Failed { failure }, now))
}

/// Ends a job whose message was delivered too often without success: whatever reads it
/// dies. A worker that lives keeps it; an answer that is paid for is left to the sweeper.
pub fn bury(job: &Job, now: Timestamp) -> Result<Job, Refusal> {
    match &job.state {
        State::Completed { .. } | State::Failed { .. } => Err(Refusal::Finished),
        State::Processing { lease } if now < lease.until => Err(Refusal::Held),
        _ if job.kept.is_some() && now < job.deadline_at => Err(Refusal::NotOverdue),
        State::Pending { .. } | State::Processing { .. } => {
            Ok(ended(changed(job, now), State::Failed { failure: Failure::retries_exhausted(None) }, now))
        }
    }
}

/// Ends a job whose document or block was deleted, whoever holds it. A job that has ended
/// stays as it is.
pub fn abandon(job: &Job, failure: Failure, now: Timestamp) -> Job {
    if job.is_finished() { job.clone() } else { ended(changed(job, now), State::Failed { failure }, now) }
}

/// What the sweeper does with a job that looked overdue.
#[derive(Clone, Debug, PartialEq)]
pub enum Remedy {
    /// Write it and send it to the queue again.
    Resend(Box<Job>),
    /// Write it; it has ended.
    End(Box<Job>),
}

/// Looks at a job whose `overdue_at` has passed: was it never delivered, or has its worker
/// died? Takes no other input and may run any number of times.
pub fn sweep(job: &Job, terms: &Terms, now: Timestamp) -> Result<Remedy, Refusal> {
    match expire(job, now) {
        Ok(job) => return Ok(Remedy::End(Box::new(job))),
        Err(Refusal::NotOverdue) => {}
        Err(refusal) => return Err(refusal),
    }
    if job.overdue_at.is_none_or(|due| now < due) {
        return Err(Refusal::NotOverdue);
    }
    let resends = job.resends.saturating_add(1);
    let mut job = changed(job, now);
    if matches!(job.state, State::Processing { .. }) {
        settle_lost_attempt(&mut job);
        job.state = State::Pending { next_attempt_at: Some(now) };
        job.progress = Some(progress(Phase::Queued, 0, "A worker was lost. Trying again soon.", now));
    }
    job.resends = resends;
    let wait = terms.resend_after.saturating_mul(1 << resends.min(5));
    job.overdue_at = Some(after(now, wait).min(job.deadline_at));
    Ok(Remedy::Resend(Box::new(job)))
}

/// A job that was ended from outside while a worker had it, with what that had spent by the
/// time it noticed. Any other end was written by a worker that knew its own cost.
pub fn settle(job: &Job, usage: Usage, now: Timestamp) -> Result<Job, Refusal> {
    let ended_from_outside = matches!(
        job.failure().map(|failure| failure.code),
        Some(
            ProblemCode::JobCancelled
                | ProblemCode::JobSuperseded
                | ProblemCode::BlockNotFound
                | ProblemCode::DocumentNotFound
        )
    );
    if !ended_from_outside {
        return Err(Refusal::Finished);
    }
    // It has ended then, and is shown as it was shown; only its cost is told in full.
    let mut job = Job { updated_at: job.updated_at, ..changed(job, now) };
    add_usage(&mut job, Some(usage));
    Ok(job)
}

/// Adds what an attempt cost, whatever became of it: all of it, also what was told before.
pub fn add_usage(job: &mut Job, usage: Option<Usage>) {
    if let Some(usage) = usage {
        job.usage = Some(job.usage.unwrap_or_default() + usage);
        job.live_usage = None;
    }
}

/// An attempt whose worker is lost cost what it told last, at least.
fn settle_lost_attempt(job: &mut Job) {
    let told = job.live_usage;
    add_usage(job, told);
}

/// The longest wait before attempt `attempt + 1`: doubles with every attempt, at most
/// 15 minutes. The worker draws the real wait between nothing and this (full jitter).
pub fn backoff_ceiling(attempt: u32, terms: &Terms) -> SignedDuration {
    terms.backoff.saturating_mul(1 << attempt.saturating_sub(1).min(10)).min(SignedDuration::from_mins(15))
}

/// Progress without text.
pub fn progress(phase: Phase, percent: u8, message: &str, now: Timestamp) -> Progress {
    Progress { phase, percent, message: message.to_owned(), partial_text: None, updated_at: now }
}

/// A copy to change, if `token` is the present lease's. The token decides, not the time: a
/// worker whose lease has run out may go on as long as nobody else has claimed the job.
fn held(job: &Job, token: LeaseToken, now: Timestamp) -> Result<Job, Refusal> {
    match &job.state {
        State::Processing { lease } if lease.token == token => Ok(changed(job, now)),
        State::Completed { .. } | State::Failed { .. } => Err(Refusal::Finished),
        State::Pending { .. } | State::Processing { .. } => Err(Refusal::LeaseLost),
    }
}

fn changed(job: &Job, now: Timestamp) -> Job {
    Job { updated_at: now, revision: job.revision + 1, ..job.clone() }
}

/// Whether no attempt is left. What is kept can always be committed.
const fn is_used_up(job: &Job) -> bool {
    job.attempt >= job.max_attempts && job.kept.is_none()
}

fn ended(mut job: Job, state: State, now: Timestamp) -> Job {
    job.state = state;
    job.progress = None;
    job.kept = None;
    job.completed_at = Some(now);
    job.overdue_at = None;
    job
}

fn after(at: Timestamp, wait: SignedDuration) -> Timestamp {
    at.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
#[path = "life_tests.rs"]
mod tests;
