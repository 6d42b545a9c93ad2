//! The message of a job that is due later.

use domain::{error_chain::ErrorChain, ids::JobId};
use jiff::SignedDuration;
use queue::JobMessage;

use crate::{outcome::RecordOutcome, state::State};

/// Sends a job a message of its own, which arrives after `wait`. So the old message can be acknowledged, and waiting uses
/// up none of its deliveries. If this fails, the old message is delivered again.
pub(crate) async fn deliver_later(
    state: &State,
    message: &JobMessage,
    id: JobId,
    wait: SignedDuration,
) -> RecordOutcome {
    let own = JobMessage::new(message.user.clone(), [id], message.traceparent.clone());
    match state.queue.send_delayed(&own, wait, None).await {
        Ok(()) => RecordOutcome::Ack,
        Err(error) => {
            tracing::warn!(error = %ErrorChain(&error), "message of the next attempt was not sent");
            RecordOutcome::Retry
        }
    }
}

pub(crate) fn millis(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
