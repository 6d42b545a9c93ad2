//! What a step has done, for the invariants that a state alone does not show.

use std::rc::Rc;

use domain::{ids::LeaseToken, job::Job};

/// The transition that a write belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Claim,
    Heartbeat,
    Complete,
    Fail,
    Release,
    Cancel,
    Supersede,
    Expire,
    Sweep,
    Abandon,
    LateUsage,
}

/// Who asks for a transition, and when.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    pub verb: Verb,
    /// The index of the job.
    pub job: usize,
    /// The token of the worker that asks.
    pub token: Option<LeaseToken>,
    /// The tick by the clock of whoever asks.
    pub at: i64,
    /// Whether that clock is right.
    pub is_on_time: bool,
}

/// Something that a step has done.
pub enum Event {
    /// A job was written.
    Wrote(Written),
    /// A job wrote the block. It was allowed to replace the revision with the number `base`.
    Applied { base: u64, newest: u64 },
    /// A worker has acknowledged its message.
    Acknowledged {
        job: usize,
        token: LeaseToken,
        /// Whether it has sent the job a message of its own.
        has_sent: bool,
    },
    /// The rules have answered a cancel.
    CancelAnswered { job: usize, is_accepted: bool },
    /// The deletion of the block has reached a job.
    Abandoned { job: usize },
}

/// A job that was written.
pub struct Written {
    pub request: Request,
    /// The job that the rule was asked about.
    pub read: Rc<Job>,
    /// The job that was replaced.
    pub before: Rc<Job>,
    pub after: Rc<Job>,
}
