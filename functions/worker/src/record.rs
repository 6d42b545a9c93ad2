//! One record of a batch: from the message to the claim.

use aws_lambda_events::event::sqs::SqsMessage;
use domain::{error_chain::ErrorChain, ids::LeaseToken, job::lifecycle::TransitionError};
use queue::JobMessage;
use store::ChangeError;
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::{attempt, claimed_job::ClaimedJob, outcome::RecordOutcome, state::State};

pub(crate) async fn process(state: &State, record: &SqsMessage, stop_at: Instant) -> RecordOutcome {
    let message = match JobMessage::from_body(record.body.as_deref().unwrap_or_default()) {
        Ok(message) => message,
        // The message names no job that this release can find. After three deliveries it goes to the dead-letter queue.
        // There an alarm tells an operator, or a newer release reads it.
        Err(error) => {
            tracing::error!(message_id = record.message_id, %error, "message not understood");
            return RecordOutcome::Retry;
        }
    };
    let span = tracing::info_span!("job", job_id = %message.job_id, traceparent = message.traceparent);
    let receipt_handle = record.receipt_handle.as_deref().unwrap_or_default();
    claim(state, &message, receipt_handle, stop_at).instrument(span).await
}

/// Claims the job of a message and runs or commits it. A message whose job cannot be claimed is acknowledged.
async fn claim(state: &State, message: &JobMessage, receipt_handle: &str, stop_at: Instant) -> RecordOutcome {
    let JobMessage { user, job_id, .. } = message;
    let now = state.clock.now();
    // The token is made before the call, so that a retried claim is recognised as the same claim.
    let lease = state.config.policy.lease(LeaseToken::new(), now);
    match state.store.claim(user, *job_id, lease, now).await {
        Ok(claim) => {
            let job = &claim.job;
            tracing::info!(
                job_type = %job.job_type,
                attempt = job.attempt,
                waited_ms = i64::try_from(now.duration_since(job.created_at).as_millis()).unwrap_or(i64::MAX),
                "job claimed"
            );
            let saved = job.saved_answer.clone();
            let claimed = ClaimedJob { claim, receipt_handle };
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
            match state.store.expire(user, *job_id, now).await {
                Ok(job) => state.metrics.job_ended(&job),
                Err(error) => tracing::info!(%error, "overdue job left to the sweeper"),
            }
            RecordOutcome::Ack
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
