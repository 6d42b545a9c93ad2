//! What the model lets happen: a scenario bounds the number of jobs, edits and messages, and sets the clocks.
//!
//! Time is counted in ticks. The time limits differ, so that a rule that takes one for another is found.

use domain::job::{lifecycle::JobPolicy, policy::MAX_PAID_CALLS, status::JobType};
use jiff::{SignedDuration, Timestamp};

/// How long a lease lasts, in ticks.
pub const LEASE: i64 = 2;
/// How long a message may be missing before the sweeper sends it again, in ticks.
pub const RESEND_AFTER: i64 = 3;
/// How long a released job waits for its next attempt, in ticks.
pub const WAIT: i64 = 1;
/// How many attempts a job has.
pub const MAX_ATTEMPTS: u32 = 2;
/// The most deliveries of a message before it goes to the dead-letter queue, over all scenarios.
pub const MAX_RECEIVES: u8 = 3;

const START: Timestamp = Timestamp::constant(1_800_000_000, 0);

/// What may happen, and how often.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    pub name: &'static str,
    /// The jobs that the user creates on the block at most, in their order. The first exists from the start.
    pub jobs: &'static [JobType],
    /// How long a job may take, in ticks.
    pub deadline: i64,
    /// How far the clock of each worker is ahead of the slowest clock, in ticks.
    pub workers_ahead: [i64; 2],
    /// How far the clock of everybody else is ahead of the slowest clock, in ticks.
    pub others_ahead: i64,
    /// How many messages fit into the queue. Further messages are lost.
    pub messages: usize,
    /// How often the user edits the block at most.
    pub edits: u8,
    /// How long a worker takes at most between reading a job and claiming it, in ticks. A frozen worker takes longer.
    pub claims_within: i64,
    /// Whether the user may delete the block.
    pub may_delete: bool,
    /// Calls to the model that one attempt may pay for.
    pub calls_per_attempt: u32,
    /// Deliveries of a message before it goes to the dead-letter queue.
    pub receives: u8,
    /// Whether workers report what they have spent.
    pub reports_usage: bool,
}

/// Little happens. The scenarios below add to it.
const QUIET: Scenario = Scenario {
    name: "",
    jobs: &[JobType::Generate],
    deadline: 5,
    workers_ahead: [0, 0],
    others_ahead: 0,
    messages: 1,
    receives: 2,
    edits: 0,
    claims_within: 0,
    may_delete: false,
    calls_per_attempt: 1,
    reports_usage: false,
};

/// The block changes while its job runs.
pub const EDITS: Scenario =
    Scenario { name: "an edit and a deletion", edits: 1, may_delete: true, claims_within: 1, ..QUIET };

/// Messages are doubled and delivered often.
pub const MESSAGES: Scenario =
    Scenario { name: "more messages", messages: 2, receives: MAX_RECEIVES, deadline: 4, ..QUIET };

/// A clock is ahead by more than two leases, and so gives leases that protect nothing.
pub const AHEAD: Scenario = Scenario { name: "a worker's clock is ahead", workers_ahead: [0, 5], deadline: 6, ..QUIET };

/// A clock is behind by a lease.
pub const BEHIND: Scenario =
    Scenario { name: "a worker's clock is behind", workers_ahead: [0, 2], others_ahead: 2, ..QUIET };

/// A second job replaces the first one, or follows it.
pub const TWO_JOBS: Scenario = Scenario {
    name: "a second job",
    jobs: &[JobType::Generate, JobType::Refine],
    edits: 1,
    receives: 1,
    deadline: 4,
    ..QUIET
};

/// Answers are unusable, so an attempt calls the model again.
pub const MORE_CALLS: Scenario =
    Scenario { name: "several calls in an attempt", calls_per_attempt: 3, reports_usage: true, deadline: 4, ..QUIET };

pub const SCENARIOS: [Scenario; 6] = [EDITS, MESSAGES, AHEAD, BEHIND, TWO_JOBS, MORE_CALLS];

impl Scenario {
    pub fn policy(&self) -> JobPolicy {
        JobPolicy {
            deadline: SignedDuration::from_secs(self.deadline),
            lease: SignedDuration::from_secs(LEASE),
            max_attempts: MAX_ATTEMPTS,
            resend_after: SignedDuration::from_secs(RESEND_AFTER),
            backoff: SignedDuration::from_secs(WAIT),
        }
    }

    /// The most calls that a job can pay for.
    ///
    /// A worker adds up what earlier attempts have reported, and stops at [`MAX_PAID_CALLS`]. A worker that dies
    /// reports nothing. The next one then knows only that each earlier attempt may have made one call. So attempt `n`
    /// makes up to `MAX_PAID_CALLS - (n - 1)` calls. A clock that is ahead adds none: a worker that takes a job from
    /// another one uses up an attempt.
    pub fn most_paid_calls(&self) -> u32 {
        (0..MAX_ATTEMPTS).map(|earlier| self.calls_per_attempt.min(MAX_PAID_CALLS - earlier)).sum()
    }
}

/// The time at a tick.
pub fn time(tick: i64) -> Timestamp {
    START.saturating_add(SignedDuration::from_secs(tick)).expect("a time near the start")
}

/// The tick at a time.
pub fn tick(time: Timestamp) -> i64 {
    time.as_second() - START.as_second()
}
