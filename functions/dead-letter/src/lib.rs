//! The dead-letter function: a message that was delivered three times without success ends
//! here, and its job with it.

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use domain::{causes::Causes, time::Clock};
use queue::{InvalidMessage, JobMessage};
use runtime::Metrics;
use store::{ChangeError, Store};

/// What the function works with.
#[derive(Clone, Debug)]
pub struct State {
    /// The table.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// Metrics.
    pub metrics: Metrics,
}

/// Ends the job of every message. A message that names no job is logged and dropped: nothing
/// can be made of it. One of a newer format stays in the queue.
pub async fn handle(state: &State, event: SqsEvent) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    for record in event.records {
        if !bury(state, &record).await {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = record.message_id.unwrap_or_default();
            response.batch_item_failures.push(failure);
        }
    }
    response
}

/// Whether the message is done with.
async fn bury(state: &State, record: &SqsMessage) -> bool {
    let message = match JobMessage::from_body(record.body.as_deref().unwrap_or_default()) {
        Ok(message) => message,
        // From a newer release, perhaps before a rollback: it stays in the queue, for an operator.
        Err(error @ InvalidMessage::Version(_)) => {
            tracing::error!(message_id = record.message_id, %error, "dead message kept");
            return false;
        }
        Err(error) => {
            tracing::error!(message_id = record.message_id, %error, "dead message names no job; dropped");
            return true;
        }
    };
    let job_id = message.job_id;
    match state.store.bury(&message.user, job_id, state.clock.now()).await {
        Ok(job) => {
            tracing::error!(%job_id, "job failed: its message was delivered too often");
            state.metrics.job_ended(&job);
            true
        }
        // It has ended, or a worker holds it and the sweeper watches that worker.
        Err(ChangeError::Refused(refused)) => {
            tracing::warn!(%job_id, refusal = %refused.refusal, "dead message of a job that needs nothing");
            true
        }
        Err(ChangeError::NotFound) => {
            tracing::warn!(%job_id, "dead message of an unknown job");
            true
        }
        Err(ChangeError::Store(error)) => {
            tracing::error!(%job_id, error = %Causes(&error), "job of a dead message not ended");
            false
        }
    }
}
