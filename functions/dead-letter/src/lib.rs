//! The dead-letter function: fails the jobs of messages that SQS has moved to the dead-letter queue.
//!
//! SQS moves a message there when it was delivered three times without success. Without this function the job
//! would stay open until the sweeper finds that its deadline has passed or that no attempt is left.

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use domain::{error_chain::ErrorChain, time::Clock};
use queue::{InvalidMessage, JobMessage};
use runtime::{Aws, Metrics, Settings, SettingsError};
use store::{ChangeError, Store};

#[derive(Clone, Debug)]
pub struct State {
    pub store: Store,
    pub clock: Clock,
    pub metrics: Metrics,
}

impl State {
    /// Reads and checks the settings, and opens the connection to DynamoDB.
    pub async fn from_environment() -> Result<Self, SettingsError> {
        let mut settings = Settings::from_environment();
        let table = settings.text("TABLE_NAME");
        let metrics = Metrics::printed(settings.optional("METRICS_NAMESPACE").as_deref());
        settings.finish(())?;
        let store = Store::new(Aws::from_environment().dynamodb(), table);
        store.open_connection().await;
        Ok(Self { store, clock: Clock::system(), metrics })
    }
}

/// Fails the job of each message. A message that names no job is logged and dropped, because no release can use it. A
/// message of a newer format stays in the queue until a newer release reads it.
pub async fn handle(state: &State, event: SqsEvent) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    for record in event.records {
        if !fail_dead_lettered(state, &record).await {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = record.message_id.unwrap_or_default();
            response.batch_item_failures.push(failure);
        }
    }
    response
}

/// Returns true if the message can be acknowledged.
async fn fail_dead_lettered(state: &State, record: &SqsMessage) -> bool {
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
    let job_id = message.job_id;
    match state.store.fail_dead_lettered(&message.user, job_id, state.clock.now()).await {
        Ok(job) => {
            tracing::error!(%job_id, "job failed because its message was delivered too often");
            state.metrics.job_ended(&job);
            true
        }
        // The job has ended, or a worker holds it, or its stored answer waits for a commit. The sweeper watches the last
        // two.
        Err(ChangeError::TransitionRejected(rejected)) => {
            tracing::warn!(%job_id, reason = %rejected.error, "job of a dead-lettered message needs no change");
            true
        }
        Err(ChangeError::NotFound) => {
            tracing::warn!(%job_id, "dead-lettered message names an unknown job");
            true
        }
        Err(ChangeError::Store(error)) => {
            tracing::error!(%job_id, error = %ErrorChain(&error), "job of a dead-lettered message was not failed");
            false
        }
    }
}
