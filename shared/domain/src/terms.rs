//! The times and numbers that the life of a job is bound to.

use jiff::SignedDuration;

/// How long things may take, and how often they are tried. Configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// A job ends this long after its creation at the latest.
    pub deadline: SignedDuration,
    /// A worker that is silent for so long has lost its job.
    pub lease: SignedDuration,
    /// Claims at most.
    pub max_attempts: u32,
    /// A PENDING job that nobody claimed for so long is sent again; doubles each time.
    pub resend_after: SignedDuration,
    /// The first wait after a failed attempt; doubles each time, with full jitter.
    pub backoff: SignedDuration,
}

impl Default for Terms {
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
