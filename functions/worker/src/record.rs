//! From the message to the claim of each of its jobs.

use aws_lambda_events::event::sqs::SqsMessage;
use domain::{error_chain::ErrorChain, ids::JobId, job::lifecycle::TransitionError};
use queue::JobMessage;
use store::ChangeError;
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::{
    attempt,
    claimed_job::ClaimedJob,
    outcome::RecordOutcome,
    own_message::{deliver_later, millis},
    state::State,
};

/// Reads the message of a record. `None`: the message names no job that this release can find. After three deliveries it
/// goes to the dead-letter queue. There an alarm tells an operator, or a newer release reads it.
pub(crate) fn read(record: &SqsMessage) -> Option<JobMessage> {
    JobMessage::from_body(record.body.as_deref().unwrap_or_default())
        .inspect_err(|error| tracing::error!(message_id = record.message_id, %error, "message not understood"))
        .ok()
}

/// Claims a job of a message and runs or commits it. A job that cannot be claimed needs no further delivery.
pub(crate) async fn process(state: &State, message: &JobMessage, id: JobId, stop_at: Instant) -> RecordOutcome {
    let span = tracing::info_span!("job", job_id = %id, traceparent = message.traceparent);
    claim(state, message, id, stop_at).instrument(span).await
}

async fn claim(state: &State, message: &JobMessage, id: JobId, stop_at: Instant) -> RecordOutcome {
    let user = &message.user;
    let now = state.clock.now();
    let policy = &state.config.policy;
    match state.store.claim(user, id, policy, now).await {
        Ok(claim) => {
            let job = &claim.job;
            tracing::info!(
                job_type = %job.job_type,
                attempt = job.attempt,
                waited_ms = millis(now.duration_since(job.created_at)),
                "job claimed"
            );
            let saved = job.saved_answer.clone();
            let claimed = ClaimedJob { claim, message };
            match saved {
                Some(answer) => claimed.commit_saved(state, *answer).await,
                None => attempt::run(state, claimed, stop_at).await,
            }
        }
        Err(ChangeError::NotFound) => {
            tracing::warn!("message names an unknown job and was acknowledged");
            RecordOutcome::Ack
        }
        Err(ChangeError::TransitionRejected(rejected)) if rejected.error == TransitionError::Overdue => {
            match state.store.expire(user, id, policy, now).await {
                Ok(job) => state.metrics.job_ended(&job),
                Err(error) => tracing::info!(%error, "overdue job left to the sweeper"),
            }
            RecordOutcome::Ack
        }
        // A duplicate delivery.
        Err(ChangeError::TransitionRejected(rejected)) if rejected.error == TransitionError::TooEarly => {
            let due = rejected.job.next_attempt_at().unwrap_or(now);
            tracing::info!(wait_ms = millis(due.duration_since(now)), "job is not due yet");
            deliver_later(state, message, id, due.duration_since(now)).await
        }
        // A duplicate delivery, or a message from before a cancel. The holder of the job, or the sweeper, ends the job.
        Err(ChangeError::TransitionRejected(rejected)) => {
            tracing::info!(reason = %rejected.error, "job was not claimed and its message was acknowledged");
            RecordOutcome::Ack
        }
        Err(ChangeError::Store(error)) => {
            tracing::error!(error = %ErrorChain(&error), "job was not claimed, so its message will be delivered again");
            RecordOutcome::Retry
        }
    }
}
