//! One record of a batch: from message to claim.

use aws_lambda_events::event::sqs::SqsMessage;
use domain::{causes::Causes, ids::LeaseToken, life::Refusal};
use queue::JobMessage;
use store::ChangeError;
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::{State, attempt};

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is done with: SQS may delete it.
    Delete,
    /// It must be delivered again.
    DeliverAgain,
}

pub(crate) async fn process(state: &State, record: &SqsMessage, stop_at: Instant) -> Fate {
    let message = match JobMessage::from_body(record.body.as_deref().unwrap_or_default()) {
        Ok(message) => message,
        // It names no job, so no job waits for it. It goes to the dead-letter queue, where an
        // operator is told of it, or a newer release reads it.
        Err(error) => {
            tracing::error!(message_id = record.message_id, %error, "message not understood");
            return Fate::DeliverAgain;
        }
    };
    let span = tracing::info_span!("job", job_id = %message.job_id, traceparent = message.traceparent);
    let receipt_handle = record.receipt_handle.as_deref().unwrap_or_default();
    claim(state, &message, receipt_handle, stop_at).instrument(span).await
}

async fn claim(state: &State, message: &JobMessage, receipt_handle: &str, stop_at: Instant) -> Fate {
    let JobMessage { user, job_id, .. } = message;
    let token = LeaseToken::new();
    let now = state.clock.now();
    match state.store.claim(user, *job_id, token, &state.config.terms, now).await {
        Ok(job) => {
            tracing::info!(
                job_type = %job.job_type,
                attempt = job.attempt,
                waited_ms = i64::try_from(now.duration_since(job.created_at).as_millis()).unwrap_or(i64::MAX),
                "job claimed"
            );
            match job.kept.clone() {
                Some(kept) => attempt::commit(state, job, token, kept).await,
                None => attempt::run(state, job, token, receipt_handle, stop_at).await,
            }
        }
        Err(ChangeError::NotFound) => {
            tracing::warn!("unknown job; message dropped");
            Fate::Delete
        }
        Err(ChangeError::Refused(refused)) if refused.refusal == Refusal::Overdue => {
            match state.store.expire(user, *job_id, now).await {
                Ok(job) => state.metrics.job_ended(&job),
                Err(error) => tracing::info!(%error, "overdue job left to the sweeper"),
            }
            Fate::Delete
        }
        // A double delivery, or a message from before a cancel. Whoever holds the job, or the
        // sweeper, sees to it.
        Err(ChangeError::Refused(refused)) => {
            tracing::info!(refusal = %refused.refusal, "job not claimed; message dropped");
            Fate::Delete
        }
        Err(ChangeError::Store(error)) => {
            tracing::error!(error = %Causes(&error), "job not claimed");
            Fate::DeliverAgain
        }
    }
}
