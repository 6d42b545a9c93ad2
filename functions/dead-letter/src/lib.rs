//! The dead-letter function: takes the messages that SQS has moved to the dead-letter queue.
//!
//! SQS moves a message there when it was delivered three times without success. That may have cost its jobs no attempt, for
//! example if Lambda throttled the worker. So a job that has an attempt and time left is sent again. Any other job fails.
//! Without this function the jobs would wait for the sweeper.

use std::sync::Arc;

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use domain::{
    error_chain::ErrorChain,
    job::{lifecycle::TransitionError, policy::JobPolicy},
    time::Clock,
};
use queue::{InvalidMessage, JobMessage, Queue};
use runtime::{Aws, Metrics, Settings, SettingsError};
use store::{ChangeError, Store};

#[derive(Clone, Debug)]
pub struct State {
    pub store: Store,
    pub queue: Queue,
    /// Says which leases hold and when jobs are overdue.
    pub policy: Arc<JobPolicy>,
    pub clock: Clock,
    pub metrics: Metrics,
}

impl State {
    /// Reads and checks the settings, and opens the connection to DynamoDB.
    pub async fn from_environment() -> Result<Self, SettingsError> {
        let mut settings = Settings::from_environment();
        let (table, queue_url, policy) =
            (settings.text("TABLE_NAME"), settings.text("QUEUE_URL"), settings.job_policy());
        let metrics = Metrics::printed(settings.optional("METRICS_NAMESPACE").as_deref());
        settings.finish(())?;
        let aws = Aws::from_environment();
        let store = Store::new(aws.dynamodb(), table);
        store.open_connection().await;
        let (queue, policy) = (Queue::new(aws.sqs(), queue_url), Arc::new(policy));
        Ok(Self { store, queue, policy, clock: Clock::system(), metrics })
    }
}

/// Ends the jobs of each message, or sends them again. A message that names no job is logged and dropped, because no
/// release can use it. A message of a newer format stays in the queue until a newer release reads it.
pub async fn handle(state: &State, event: SqsEvent) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    for record in event.records {
        if !end_or_resend(state, &record).await {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = record.message_id.unwrap_or_default();
            response.batch_item_failures.push(failure);
        }
    }
    response
}

/// Returns true if the message can be acknowledged.
async fn end_or_resend(state: &State, record: &SqsMessage) -> bool {
    let message = match JobMessage::from_body(record.body.as_deref().unwrap_or_default()) {
        Ok(message) => message,
        // The message comes from a newer release, perhaps before a rollback. It stays in the queue for an operator.
        Err(error @ InvalidMessage::Version(_)) => {
            tracing::error!(message_id = record.message_id, %error, "dead-lettered message of a newer release kept");
            return false;
        }
        Err(error) => {
            tracing::error!(message_id = record.message_id, %error, "dead-lettered message without a job was dropped");
            return true;
        }
    };
    let mut open = Vec::new();
    for job_id in message.job_ids {
        match state.store.expire(&message.user, job_id, &state.policy, state.clock.now()).await {
            Ok(job) => {
                tracing::error!(%job_id, "job failed because its message was delivered too often");
                state.metrics.job_ended(&job);
            }
            // An attempt and time are left. A worker refuses to start the attempt before it is due.
            Err(ChangeError::TransitionRejected(rejected)) if rejected.error == TransitionError::NotOverdue => {
                open.push(job_id);
            }
            // The job has ended, or a worker holds it. The sweeper watches a job that is held.
            Err(ChangeError::TransitionRejected(rejected)) => {
                tracing::warn!(%job_id, reason = %rejected.error, "job of a dead-lettered message needs no change");
            }
            Err(ChangeError::NotFound) => tracing::warn!(%job_id, "dead-lettered message names an unknown job"),
            Err(ChangeError::Store(error)) => {
                tracing::error!(%job_id, error = %ErrorChain(&error), "job of a dead-lettered message was not read");
                return false;
            }
        }
    }
    if open.is_empty() {
        return true;
    }
    let jobs = open.len();
    let sent = state.queue.send(&JobMessage::new(message.user, open, message.traceparent), None).await;
    match &sent {
        Ok(()) => tracing::warn!(jobs, "jobs of a dead-lettered message were sent again"),
        Err(error) => tracing::error!(jobs, error = %ErrorChain(error), "dead-lettered jobs were not sent again"),
    }
    sent.is_ok()
}
