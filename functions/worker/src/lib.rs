//! The worker: takes jobs from the queue and lets Claude write the text.
//!
//! The way of one message, file by file: `record` reads it and claims its job. `attempt` runs the job under a
//! heartbeat and its deadlines. `gather` reads the context, `generate` calls Claude with retries, `call` makes one
//! call. `claimed_job` writes how the attempt ended. `failure_map` has the words for users when a call fails.

mod attempt;
mod call;
mod claimed_job;
pub mod config;
pub mod credentials;
mod failure_map;
mod gather;
mod generate;
mod outcome;
mod progress;
pub mod prompt_cache_gate;
mod record;
pub mod state;

use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use tokio::{task::JoinSet, time::Instant};

use outcome::RecordOutcome;

pub use config::Config;
pub use state::State;

/// The time until the deadline of the invocation. Lambda never starts an invocation after its deadline. A deadline in
/// the past comes from a development server that sends no deadline. Then this returns 5 minutes.
pub fn time_left(deadline: SystemTime, now: SystemTime) -> Duration {
    const WITHOUT_DEADLINE: Duration = Duration::from_secs(300);
    deadline.duration_since(now).unwrap_or(WITHOUT_DEADLINE)
}

/// Processes the records of a batch concurrently: a job mostly waits for Claude. `time_left` is the time until the
/// deadline of this invocation. The response names the records that SQS must deliver again. A record that fails, or
/// even panics, does not affect the other records.
pub async fn handle(state: &State, event: SqsEvent, time_left: Duration) -> SqsBatchResponse {
    let stop_at = Instant::now() + time_left.saturating_sub(state.config.deadline_margin);
    let mut work = JoinSet::new();
    let mut ids = HashMap::new();
    for record in event.records {
        let id = record.message_id.clone().unwrap_or_default();
        let state = state.clone();
        let task = work.spawn(async move { record::process(&state, &record, stop_at).await });
        ids.insert(task.id(), id);
    }
    let mut response = SqsBatchResponse::default();
    while let Some(done) = work.join_next_with_id().await {
        let (task, outcome) = match done {
            Ok((task, outcome)) => (task, outcome),
            Err(error) => {
                tracing::error!(%error, "processing a record panicked, so its message will be delivered again");
                (error.id(), RecordOutcome::Retry)
            }
        };
        if outcome == RecordOutcome::Retry {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = ids.remove(&task).unwrap_or_default();
            response.batch_item_failures.push(failure);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_that_was_not_sent_is_not_treated_as_passed() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        assert_eq!(time_left(now + Duration::from_secs(60), now), Duration::from_secs(60));
        assert_eq!(time_left(SystemTime::UNIX_EPOCH + Duration::from_secs(600), now), Duration::from_secs(300));
    }
}
