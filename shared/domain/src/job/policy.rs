//! Time limits of jobs, and how often they are tried.

use jiff::{SignedDuration, Timestamp};

use crate::ids::LeaseToken;

/// The longest deadline that may be configured, in seconds. An invocation of the worker ends after 900 s, and a job ends
/// before its invocation.
pub const MAX_DEADLINE_SECONDS: i64 = 840;
/// The most attempts that may be configured. Each of them may pay for a call to Claude, see [`MAX_PAID_CALLS`].
pub const MAX_ATTEMPTS: u32 = 3;
/// The most jobs of one message, and so of one invocation of a worker. They share the prompt cache.
pub const MAX_JOBS_PER_MESSAGE: usize = 10;
/// Calls to Claude of one job that are billed, over all attempts. An answer that cannot be used does not get better. Of the
/// calls of a worker that died before it reported them, one is counted, so a job may make up to six in all.
pub const MAX_PAID_CALLS: u32 = 3;

/// The right of a worker to change a PROCESSING job. Every heartbeat renews it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Identifies the claim. A worker with another token has lost the job.
    pub token: LeaseToken,
    /// When the lease ends, by the clock of the worker that holds it. From then on, another worker may claim the job.
    pub until: Timestamp,
}

impl Lease {
    /// Whether the lease protects its job at `now`. A lease that ends later than any lease of this time comes from a clock
    /// that is ahead, and protects nothing: if its worker died, nobody could take the job until the other clocks have
    /// caught up. Clocks may differ by as much as a lease lasts.
    pub fn holds(&self, policy: &JobPolicy, now: Timestamp) -> bool {
        let latest = now.saturating_add(policy.lease.saturating_mul(2)).unwrap_or(Timestamp::MAX);
        now < self.until && self.until <= latest
    }
}

/// Time limits of jobs, and how often they are tried. Read from the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobPolicy {
    /// A job that has not ended this long after its creation fails.
    pub deadline: SignedDuration,
    /// After this long without a heartbeat, another worker may claim the job.
    pub lease: SignedDuration,
    /// Highest number of attempts of a job.
    pub max_attempts: u32,
    /// Wait before the sweeper sends a PENDING job to the queue again. Doubles with every resend, up to 32 times the
    /// wait.
    pub resend_after: SignedDuration,
    /// Longest wait after the first failed attempt. Doubles with every attempt, see
    /// [`crate::job::lifecycle::backoff_ceiling`].
    pub backoff: SignedDuration,
}

impl JobPolicy {
    /// The lease that a claim or a heartbeat at `now` gives to the holder of `token`.
    pub fn lease(&self, token: LeaseToken, now: Timestamp) -> Lease {
        Lease { token, until: now.saturating_add(self.lease).unwrap_or(Timestamp::MAX) }
    }
}

impl Default for JobPolicy {
    fn default() -> Self {
        Self {
            deadline: SignedDuration::from_mins(10),
            lease: SignedDuration::from_secs(20),
            max_attempts: 3,
            resend_after: SignedDuration::from_secs(30),
            backoff: SignedDuration::from_secs(5),
        }
    }
}
