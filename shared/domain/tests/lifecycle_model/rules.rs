//! The rules that the model asks, as a table. One of them can be replaced by a broken one.

use domain::{
    ids::LeaseToken,
    job::{
        Job, Lease,
        apply_mode::{ApplyMode, PresentContent},
        failure::Failure,
        lifecycle::{self, JobPolicy, NewJob, Remedy, Retry, TransitionError},
        progress::Progress,
        result::{JobResult, Usage},
        status::StatusReason,
    },
};
use jiff::Timestamp;

/// The answer of a rule: the job as it should be written.
pub type Answer = Result<Job, TransitionError>;

/// Every rule about the life of a job.
#[derive(Clone, Copy)]
pub struct Rules {
    pub create: fn(NewJob, &JobPolicy, Timestamp) -> Job,
    pub claim: fn(&Job, LeaseToken, &JobPolicy, Timestamp) -> Answer,
    pub heartbeat: fn(&Job, Lease, Progress, Option<Usage>, Timestamp) -> Answer,
    pub complete: fn(&Job, LeaseToken, JobResult, Timestamp) -> Answer,
    pub withheld: fn(ApplyMode, &JobResult, u64, PresentContent) -> Option<StatusReason>,
    pub fail: fn(&Job, LeaseToken, Failure, Timestamp) -> Answer,
    pub release_for_retry: fn(&Job, LeaseToken, &Retry<'_>, &JobPolicy, Timestamp) -> Answer,
    pub cancel: fn(&Job, Timestamp) -> Answer,
    pub supersede: fn(&Job, Timestamp) -> Answer,
    pub expire: fn(&Job, &JobPolicy, Timestamp) -> Answer,
    pub abandon: fn(&Job, Failure, Timestamp) -> Job,
    pub is_overdue: fn(&Job, &JobPolicy, Timestamp) -> bool,
    pub sweep: fn(&Job, &JobPolicy, Timestamp) -> Result<Remedy, TransitionError>,
    pub record_late_usage: fn(&Job, u32, Usage, Timestamp) -> Answer,
}

/// The real rules.
pub const REAL: Rules = Rules {
    create: lifecycle::create,
    claim: lifecycle::claim,
    heartbeat: lifecycle::heartbeat,
    complete: lifecycle::complete,
    withheld: ApplyMode::withheld,
    fail: lifecycle::fail,
    release_for_retry: lifecycle::release_for_retry,
    cancel: lifecycle::cancel,
    supersede: lifecycle::supersede,
    expire: lifecycle::expire,
    abandon: lifecycle::abandon,
    is_overdue: Job::is_overdue,
    sweep: lifecycle::sweep,
    record_late_usage: |job, attempt, usage, now| Ok(lifecycle::record_late_usage(job, attempt, usage, now)),
};
