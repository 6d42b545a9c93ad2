//! The outcomes of a record and of an attempt.

use std::time::Duration;

use domain::job::failure::Failure;

/// What happens to the message of a job. It is acknowledged if all of its jobs say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecordOutcome {
    /// Acknowledge the message. SQS deletes it.
    Ack,
    /// Report the message as failed. SQS delivers it again.
    Retry,
}

/// Why an attempt ended without a draft.
#[derive(Debug)]
pub(crate) enum AttemptError {
    /// A further attempt would fail, too. The job fails.
    Permanent(Failure),
    /// A further attempt may succeed. The job returns to PENDING.
    Retryable {
        /// The shortest wait before the next attempt. `None`: backoff decides.
        wait: Option<Duration>,
        /// What went wrong, as a sentence for the user.
        detail: Option<&'static str>,
    },
}
