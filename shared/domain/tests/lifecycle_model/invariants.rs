//! What must hold in every state and in every step.

use domain::job::{Job, JobState, Lease, result::JobResult, status::StatusReason};

use crate::{
    events::{Event, Request, Verb, Written},
    scenario::{LEASE, MAX_ATTEMPTS, tick},
    state::{State, StoredJob, Writer, holder, released_by},
    world::{Setting, World},
};

/// The name of an invariant.
pub type Invariant = &'static str;

pub const FINISHED_IS_FINAL: Invariant = "a finished job keeps its status and its result";
pub const ONLY_THE_HOLDER: Invariant = "only the holder of the current token completes, fails, releases or renews";
pub const LEASE_IS_RESPECTED: Invariant = "nobody takes or ends a job whose lease has not ended";
pub const NOT_TOO_EARLY: Invariant = "no attempt starts before it is due";
pub const NOT_TOO_LATE: Invariant = "no job is claimed after its deadline";
pub const ENDS_FOR_A_REASON: Invariant = "a job is ended as overdue only without time, or without attempt and answer";
pub const ANSWER_COSTS_NO_ATTEMPT: Invariant = "a claim that finds a saved answer costs no attempt";
pub const HEARTBEAT_RENEWS: Invariant = "a heartbeat renews the lease";
pub const EDIT_IS_KEPT: Invariant = "a job never overwrites content that is newer than the content it may replace";
pub const NOT_LEFT_BEHIND: Invariant =
    "a worker acknowledges no job that it still holds, or that has no message after its release";
pub const CANCEL_IS_FINAL: Invariant = "a cancel is accepted while the job runs, and then the job has failed";
pub const DELETION_ENDS_JOBS: Invariant = "a job has finished when the deletion of its block has reached it";
pub const ONE_IN_FLIGHT: Invariant = "at most one job is in flight on a block";
pub const ATTEMPTS: Invariant = "a job has no more attempts than allowed";
pub const PAID_CALLS: Invariant = "a job pays for no more calls than allowed";
pub const REPORTED_CALLS: Invariant = "a job reports no call that was not made";
pub const WRITTEN_ONCE: Invariant = "a job is in the history once if it is completed and applied, and otherwise not";
pub const CAN_BE_CLAIMED: Invariant =
    "a waiting job has an attempt or an answer left, and its next attempt comes in time";

/// Returns the invariant that an event breaks.
pub fn broken_by_event(world: &World<'_>, event: &Event) -> Option<Invariant> {
    match event {
        Event::Wrote(written) => broken_by_write(written),
        Event::Applied { base, newest } => (base != newest).then_some(EDIT_IS_KEPT),
        Event::Acknowledged { job, token, has_sent } => {
            let job = &world.state.jobs[*job].job;
            let is_left = holder(job) == Some(*token) || (released_by(job) == Some(*token) && !has_sent);
            is_left.then_some(NOT_LEFT_BEHIND)
        }
        Event::CancelAnswered { job, is_accepted } => {
            let job = &world.state.jobs[*job].job;
            let is_cancelled = job.status_reason() == Some(StatusReason::Cancelled);
            let is_right = if *is_accepted { is_cancelled } else { job.is_finished() && !is_cancelled };
            (!is_right).then_some(CANCEL_IS_FINAL)
        }
        Event::Abandoned { job } => (!world.state.jobs[*job].job.is_finished()).then_some(DELETION_ENDS_JOBS),
    }
}

fn broken_by_write(written: &Written) -> Option<Invariant> {
    let Written { request, read, before, after } = written;
    if before.is_finished() && before.state != after.state {
        return Some(FINISHED_IS_FINAL);
    }
    let by_holder = matches!(request.verb, Verb::Heartbeat | Verb::Complete | Verb::Fail | Verb::Release);
    if by_holder && holder(before) != request.token {
        return Some(ONLY_THE_HOLDER);
    }
    match request.verb {
        Verb::Claim => broken_by_claim(*request, read, after),
        Verb::Expire | Verb::Sweep => broken_by_end(*request, read, after),
        Verb::Heartbeat => (!is_renewed(*request, before, after)).then_some(HEARTBEAT_RENEWS),
        _ => None,
    }
}

fn broken_by_claim(request: Request, read: &Job, after: &Job) -> Option<Invariant> {
    if request.is_on_time && is_protected(read, request.at) && holder(read) != request.token {
        return Some(LEASE_IS_RESPECTED);
    }
    if read.next_attempt_at().is_some_and(|due| request.at < tick(due)) {
        return Some(NOT_TOO_EARLY);
    }
    if request.at >= tick(read.deadline_at) {
        return Some(NOT_TOO_LATE);
    }
    (read.saved_answer.is_some() && after.attempt != read.attempt).then_some(ANSWER_COSTS_NO_ATTEMPT)
}

fn broken_by_end(request: Request, read: &Job, after: &Job) -> Option<Invariant> {
    if request.is_on_time && is_protected(read, request.at) {
        return Some(LEASE_IS_RESPECTED);
    }
    let is_over = request.at >= tick(read.deadline_at);
    let is_used_up = read.attempt >= MAX_ATTEMPTS && read.saved_answer.is_none();
    (after.is_finished() && !is_over && !is_used_up).then_some(ENDS_FOR_A_REASON)
}

/// Whether the lease has not ended. A lease that a right clock cannot give protects nothing.
fn is_protected(job: &Job, now: i64) -> bool {
    match &job.state {
        JobState::Processing { lease: Lease { until, .. } } => (now + 1..=now + LEASE).contains(&tick(*until)),
        _ => false,
    }
}

fn is_renewed(request: Request, before: &Job, after: &Job) -> bool {
    let until = |job: &Job| match &job.state {
        JobState::Processing { lease } => tick(lease.until),
        _ => 0,
    };
    until(after) == until(before).max(request.at + LEASE)
}

/// Returns the invariant that a state breaks.
pub fn broken_in(setting: &Setting, state: &State) -> Option<Invariant> {
    if state.jobs.iter().filter(|stored| !stored.job.is_finished()).count() > 1 {
        return Some(ONE_IN_FLIGHT);
    }
    let broken = |(index, stored)| broken_in_job(setting, stored).or_else(|| broken_in_history(state, index, stored));
    state.jobs.iter().enumerate().find_map(broken)
}

fn broken_in_job(setting: &Setting, stored: &StoredJob) -> Option<Invariant> {
    let StoredJob { job, answer, calls } = stored;
    if job.attempt > MAX_ATTEMPTS {
        return Some(ATTEMPTS);
    }
    if *calls > setting.scenario.most_paid_calls() {
        return Some(PAID_CALLS);
    }
    if job.usage.total().unwrap_or_default().paid_calls > *calls {
        return Some(REPORTED_CALLS);
    }
    let JobState::Pending { next_attempt_at, .. } = job.state else { return None };
    let is_used_up = job.attempt >= MAX_ATTEMPTS && answer.is_none();
    let is_too_late = next_attempt_at.is_some_and(|due| due >= job.deadline_at);
    (is_used_up || is_too_late).then_some(CAN_BE_CLAIMED)
}

/// A completed job and its revision exist together.
fn broken_in_history(state: &State, index: usize, stored: &StoredJob) -> Option<Invariant> {
    let count = state.history.iter().filter(|writer| **writer == Writer::Job(index)).count();
    let is_applied = stored.job.result().is_some_and(JobResult::is_applied);
    (count != usize::from(is_applied)).then_some(WRITTEN_ONCE)
}
