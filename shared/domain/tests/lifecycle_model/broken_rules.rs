//! Rules with a mistake. The model must find each of them.

use domain::job::{
    Job, JobState, Lease,
    lifecycle::{self, JobPolicy, Remedy, Retry, TransitionError},
    result::JobResult,
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    invariants::{
        ANSWER_COSTS_NO_ATTEMPT, ATTEMPTS, CAN_BE_CLAIMED, CANCEL_IS_FINAL, DELETION_ENDS_JOBS, EDIT_IS_KEPT,
        ENDS_FOR_A_REASON, FINISHED_IS_FINAL, HEARTBEAT_RENEWS, Invariant, LEASE_IS_RESPECTED, NOT_LEFT_BEHIND,
        NOT_TOO_EARLY, NOT_TOO_LATE, ONE_IN_FLIGHT, ONLY_THE_HOLDER, PAID_CALLS, REPORTED_CALLS, WRITTEN_ONCE,
    },
    liveness::{ENDS, IS_FREED},
    rules::{REAL, Rules},
    scenario::{AHEAD, EDITS, MORE_CALLS, Scenario, TWO_JOBS},
};

/// A mistake, and what finds it.
pub struct BrokenRule {
    pub name: &'static str,
    pub scenario: Scenario,
    pub invariant: Invariant,
    /// Replaces a rule by one with the mistake.
    pub break_rule: fn(&mut Rules),
}

const fn broken(
    name: &'static str,
    scenario: Scenario,
    invariant: Invariant,
    break_rule: fn(&mut Rules),
) -> BrokenRule {
    BrokenRule { name, scenario, invariant, break_rule }
}

pub const BROKEN: &[BrokenRule] = &[
    broken("create leaves resend_at unset", EDITS, ENDS, |rules| {
        rules.create = |new, policy, now| Job { resend_at: None, ..lifecycle::create(new, policy, now) };
    }),
    broken("claim ignores a lease that holds", EDITS, LEASE_IS_RESPECTED, |rules| {
        rules.claim = |job, token, policy, now| lifecycle::claim(&with_lease_until(job, now), token, policy, now);
    }),
    broken("withheld ignores an edit", EDITS, EDIT_IS_KEPT, |rules| {
        rules.withheld = |_, _, _, _| None;
    }),
    broken("claim ignores when the attempt is due", EDITS, NOT_TOO_EARLY, |rules| {
        rules.claim = |job, token, policy, now| lifecycle::claim(&without_due(job), token, policy, now);
    }),
    broken("claim ignores the deadline", EDITS, NOT_TOO_LATE, |rules| {
        rules.claim = |job, token, policy, now| {
            let claimed = lifecycle::claim(&Job { deadline_at: Timestamp::MAX, ..job.clone() }, token, policy, now)?;
            Ok(Job { deadline_at: job.deadline_at, ..claimed })
        };
    }),
    broken("claim does not count the attempt", EDITS, PAID_CALLS, |rules| {
        rules.claim =
            |job, token, policy, now| Ok(Job { attempt: job.attempt, ..lifecycle::claim(job, token, policy, now)? });
    }),
    broken("claim starts an attempt when none is left", EDITS, ATTEMPTS, |rules| {
        rules.claim = |job, token, policy, now| {
            let claimed = lifecycle::claim(&Job { max_attempts: u32::MAX, ..job.clone() }, token, policy, now)?;
            Ok(Job { max_attempts: job.max_attempts, ..claimed })
        };
    }),
    broken("claim counts an attempt although an answer is saved", EDITS, ANSWER_COSTS_NO_ATTEMPT, |rules| {
        rules.claim = |job, token, policy, now| lifecycle::claim(&without_answer(job), token, policy, now);
    }),
    broken("claim takes a finished job", EDITS, FINISHED_IS_FINAL, |rules| {
        rules.claim = |job, token, policy, now| lifecycle::claim(&revived(job), token, policy, now);
    }),
    broken("claim is not recognised when it is repeated", EDITS, NOT_LEFT_BEHIND, |rules| {
        rules.claim = |job, token, policy, now| match job.state {
            JobState::Processing { lease: held } if held.token == token => Err(TransitionError::Held),
            _ => lifecycle::claim(job, token, policy, now),
        };
    }),
    broken("claim leaves the revision unchanged", EDITS, ONLY_THE_HOLDER, |rules| {
        rules.claim =
            |job, token, policy, now| Ok(Job { revision: job.revision, ..lifecycle::claim(job, token, policy, now)? });
    }),
    broken("heartbeat revives a lease that was lost", EDITS, ONLY_THE_HOLDER, |rules| {
        rules.heartbeat =
            |job, lease, progress, usage, now| lifecycle::heartbeat(&held_by(job, lease), lease, progress, usage, now);
    }),
    broken("heartbeat does not renew the lease", EDITS, HEARTBEAT_RENEWS, |rules| {
        rules.heartbeat = |job, lease, progress, usage, now| {
            let beaten = lifecycle::heartbeat(job, lease, progress, usage, now)?;
            Ok(Job { state: job.state.clone(), ..beaten })
        };
    }),
    broken("complete does not compare the token", EDITS, ONLY_THE_HOLDER, |rules| {
        rules.complete = |job, token, result, now| {
            lifecycle::complete(&held_by(job, Lease { token, until: now }), token, result, now)
        };
    }),
    broken("complete takes a finished job", EDITS, FINISHED_IS_FINAL, |rules| {
        rules.complete = |job, token, result, now| {
            let job = if job.failure().is_some() { processing(job, Lease { token, until: now }) } else { job.clone() };
            lifecycle::complete(&job, token, result, now)
        };
    }),
    broken("complete leaves the revision unchanged", EDITS, NOT_LEFT_BEHIND, |rules| {
        rules.complete = |job, token, result, now| {
            Ok(Job { revision: job.revision, ..lifecycle::complete(job, token, result, now)? })
        };
    }),
    broken("complete forgets that the result was not applied", EDITS, WRITTEN_ONCE, |rules| {
        rules.complete =
            |job, token, result, now| lifecycle::complete(job, token, JobResult { notices: Vec::new(), ..result }, now);
    }),
    broken("fail does not compare the token", EDITS, ONLY_THE_HOLDER, |rules| {
        rules.fail =
            |job, token, failure, now| lifecycle::fail(&held_by(job, Lease { token, until: now }), token, failure, now);
    }),
    broken("fail takes a finished job", EDITS, FINISHED_IS_FINAL, |rules| {
        rules.fail = |job, token, failure, now| {
            lifecycle::fail(&processing(job, Lease { token, until: now }), token, failure, now)
        };
    }),
    broken("release does not compare the token", EDITS, ONLY_THE_HOLDER, |rules| {
        rules.release_for_retry = |job, token, retry, policy, now| {
            lifecycle::release_for_retry(&held_by(job, Lease { token, until: now }), token, retry, policy, now)
        };
    }),
    broken("release ignores that no attempt is left", EDITS, CAN_BE_CLAIMED, |rules| {
        rules.release_for_retry = |job, token, retry, policy, now| {
            let job = Job { max_attempts: u32::MAX, ..job.clone() };
            lifecycle::release_for_retry(&job, token, retry, policy, now)
        };
    }),
    broken("release ignores the deadline", EDITS, CAN_BE_CLAIMED, |rules| {
        rules.release_for_retry = |job, token, retry, policy, now| {
            let later = Job { deadline_at: Timestamp::MAX, ..job.clone() };
            let released = lifecycle::release_for_retry(&later, token, retry, policy, now)?;
            Ok(Job { deadline_at: job.deadline_at, ..released })
        };
    }),
    broken("release is not recognised when it is repeated", EDITS, NOT_LEFT_BEHIND, |rules| {
        rules.release_for_retry = |job, token, retry, policy, now| match job.state {
            JobState::Pending { .. } => Err(TransitionError::LeaseLost),
            _ => lifecycle::release_for_retry(job, token, retry, policy, now),
        };
    }),
    broken("release leaves resend_at unset", EDITS, ENDS, |rules| {
        rules.release_for_retry = |job, token, retry, policy, now| {
            Ok(Job { resend_at: None, ..lifecycle::release_for_retry(job, token, retry, policy, now)? })
        };
    }),
    broken("release sends the job again too late", EDITS, ENDS, |rules| {
        rules.release_for_retry = |job, token, retry: &Retry<'_>, policy, now| {
            let released = lifecycle::release_for_retry(job, token, retry, policy, now)?;
            let resend_at = released.resend_at.map(|_| after_all(released.deadline_at));
            Ok(Job { resend_at, ..released })
        };
    }),
    broken("cancel changes a finished job", EDITS, FINISHED_IS_FINAL, |rules| {
        rules.cancel = |job, now| lifecycle::cancel(&revived(job), now);
    }),
    broken("cancel is refused while a worker holds the job", EDITS, CANCEL_IS_FINAL, |rules| {
        rules.cancel = |job, now| match job.state {
            JobState::Processing { .. } => Err(TransitionError::Held),
            _ => lifecycle::cancel(job, now),
        };
    }),
    broken("cancel leaves the revision unchanged", EDITS, CANCEL_IS_FINAL, |rules| {
        rules.cancel = |job, now| Ok(Job { revision: job.revision, ..lifecycle::cancel(job, now)? });
    }),
    broken("supersede changes a finished job", TWO_JOBS, FINISHED_IS_FINAL, |rules| {
        rules.supersede = |job, now| lifecycle::supersede(&revived(job), now);
    }),
    broken("supersede lets the job run", TWO_JOBS, ONE_IN_FLIGHT, |rules| {
        rules.supersede = |job, _| Ok(Job { revision: job.revision + 1, ..job.clone() });
    }),
    broken("supersede leaves the revision unchanged", TWO_JOBS, FINISHED_IS_FINAL, |rules| {
        rules.supersede = |job, now| Ok(Job { revision: job.revision, ..lifecycle::supersede(job, now)? });
    }),
    broken("expire ignores a lease that holds", EDITS, LEASE_IS_RESPECTED, |rules| {
        rules.expire = |job, policy, now| lifecycle::expire(&with_lease_until(job, now), policy, now);
    }),
    broken("expire ends a job that has time and an attempt left", EDITS, ENDS_FOR_A_REASON, |rules| {
        rules.expire = |job, policy, now| lifecycle::expire(&Job { deadline_at: now, ..job.clone() }, policy, now);
    }),
    broken("expire forgets that an answer is saved", EDITS, ENDS_FOR_A_REASON, |rules| {
        rules.expire = |job, policy, now| lifecycle::expire(&without_answer(job), policy, now);
    }),
    broken("expire changes a finished job", EDITS, FINISHED_IS_FINAL, |rules| {
        rules.expire = |job, policy, now| lifecycle::expire(&revived(job), policy, now);
    }),
    broken("nothing ends at its deadline", EDITS, ENDS, |rules| {
        rules.expire = |_, _, _| Err(TransitionError::NotOverdue);
        rules.sweep = |job, policy, now| match lifecycle::sweep(job, policy, now)? {
            Remedy::End(_) => Err(TransitionError::NotOverdue),
            remedy => Ok(remedy),
        };
    }),
    broken("sweep does not release the job of a dead worker", EDITS, IS_FREED, |rules| {
        rules.sweep = |job, policy, now| match job.state {
            JobState::Processing { .. } if now < job.deadline_at => Err(TransitionError::Held),
            _ => lifecycle::sweep(job, policy, now),
        };
    }),
    broken("sweep leaves resend_at unset", EDITS, ENDS, |rules| {
        rules.sweep = |job, policy, now| swept(job, policy, now, |job| job.resend_at = None);
    }),
    broken("sweep gives the attempts back", EDITS, PAID_CALLS, |rules| {
        rules.sweep = |job, policy, now| swept(job, policy, now, |job| job.attempt = 0);
    }),
    broken("sweep ignores a lease that holds", EDITS, LEASE_IS_RESPECTED, |rules| {
        rules.is_overdue = |job, policy, now| Job::is_overdue(&with_lease_until(job, now), policy, now);
        rules.sweep = |job, policy, now| lifecycle::sweep(&with_lease_until(job, now), policy, now);
    }),
    broken("the sweeper does not look at jobs that are held", EDITS, ENDS, |rules| {
        rules.is_overdue =
            |job, policy, now| !matches!(job.state, JobState::Processing { .. }) && job.is_overdue(policy, now);
    }),
    broken("a lease of a clock that is ahead is trusted", AHEAD, IS_FREED, |rules| {
        rules.claim = |job, token, policy, now| match job.state {
            JobState::Processing { lease: held } if held.token == token => Ok(job.clone()),
            _ => trusting(job, now, || lifecycle::claim(job, token, policy, now)),
        };
        rules.expire = |job, policy, now| trusting(job, now, || lifecycle::expire(job, policy, now));
        rules.sweep = |job, policy, now| trusting(job, now, || lifecycle::sweep(job, policy, now));
    }),
    broken("abandon changes a finished job", EDITS, FINISHED_IS_FINAL, |rules| {
        rules.abandon = |job, failure, now| lifecycle::abandon(&revived(job), failure, now);
    }),
    broken("abandon leaves a job that is held", EDITS, DELETION_ENDS_JOBS, |rules| {
        rules.abandon = |job, _, _| job.clone();
    }),
    broken("late usage is added to what is known", MORE_CALLS, REPORTED_CALLS, |rules| {
        rules.record_late_usage =
            |job, attempt, usage, now| Ok(lifecycle::record_late_usage(job, attempt + 10, usage, now));
    }),
];

/// A copy whose lease, if any, ends at `until`.
fn with_lease_until(job: &Job, until: Timestamp) -> Job {
    match job.state {
        JobState::Processing { lease } => processing(job, Lease { until, ..lease }),
        _ => job.clone(),
    }
}

fn processing(job: &Job, lease: Lease) -> Job {
    Job { state: JobState::Processing { lease }, ..job.clone() }
}

/// A copy that belongs to the worker with this lease, unless the job has finished.
fn held_by(job: &Job, lease: Lease) -> Job {
    if job.is_finished() { job.clone() } else { processing(job, lease) }
}

/// A copy that is PENDING if the job has finished.
fn revived(job: &Job) -> Job {
    let state = JobState::Pending { next_attempt_at: None, released_by: None };
    if job.is_finished() { Job { state, ..job.clone() } } else { job.clone() }
}

fn without_due(job: &Job) -> Job {
    match job.state {
        JobState::Pending { released_by, .. } => {
            Job { state: JobState::Pending { next_attempt_at: None, released_by }, ..job.clone() }
        }
        _ => job.clone(),
    }
}

fn without_answer(job: &Job) -> Job {
    Job { saved_answer: None, ..job.clone() }
}

fn after_all(deadline: Timestamp) -> Timestamp {
    deadline.saturating_add(SignedDuration::from_secs(10)).expect("a time near the start")
}

/// Sweeps, and changes a job that goes to the queue again.
fn swept(job: &Job, policy: &JobPolicy, now: Timestamp, change: fn(&mut Job)) -> Result<Remedy, TransitionError> {
    let mut remedy = (REAL.sweep)(job, policy, now)?;
    if let Remedy::Resend(job) = &mut remedy {
        change(job);
    }
    Ok(remedy)
}

/// Asks a rule only if no lease ends later than now.
fn trusting<T>(
    job: &Job,
    now: Timestamp,
    rule: impl FnOnce() -> Result<T, TransitionError>,
) -> Result<T, TransitionError> {
    match &job.state {
        JobState::Processing { lease } if now < lease.until => Err(TransitionError::Held),
        _ => rule(),
    }
}
