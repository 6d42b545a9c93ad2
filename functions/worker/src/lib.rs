//! The worker: takes jobs from the queue and lets Claude write the text.
//!
//! The way of one message, file by file: `record` reads it and claims its jobs. `attempt` runs a job under a
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
mod own_message;
mod progress;
pub mod prompt_cache_gate;
mod record;
mod spending;
pub mod state;

use std::{
    panic::AssertUnwindSafe,
    time::{Duration, SystemTime},
};

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use domain::error_chain::ErrorChain;
use futures_util::{FutureExt as _, StreamExt as _, stream::FuturesUnordered};
use jiff::SignedDuration;
use tokio::time::Instant;

use outcome::RecordOutcome;

pub use config::Config;
pub use state::State;

/// The time until the deadline of the invocation. Lambda never starts an invocation after its deadline. A deadline in
/// the past comes from a development server that sends no deadline. Then this returns 5 minutes.
pub fn time_left(deadline: SystemTime, now: SystemTime) -> Duration {
    const WITHOUT_DEADLINE: Duration = Duration::from_secs(300);
    deadline.duration_since(now).unwrap_or(WITHOUT_DEADLINE)
}

/// Processes the jobs of a message side by side: a job mostly waits for Claude. Lambda delivers one message at a time, with
/// jobs of one user on one document. `time_left` is the time until the deadline of this invocation. The response names the
/// messages that SQS must deliver again. A job that fails, or even panics, does not affect the other jobs.
pub async fn handle(state: &State, event: SqsEvent, time_left: Duration) -> SqsBatchResponse {
    let stop_at = Instant::now() + time_left.saturating_sub(state.config.deadline_margin);
    let mut failed = Vec::new();
    let mut work = FuturesUnordered::new();
    for (index, record) in event.records.iter().enumerate() {
        let Some(message) = record::read(record) else {
            failed.push(index);
            continue;
        };
        for id in message.job_ids.clone() {
            let message = message.clone();
            let job = Box::pin(async move { record::process(state, &message, id, stop_at).await });
            work.push(AssertUnwindSafe(job).catch_unwind().map(move |outcome| (index, outcome)));
        }
    }
    while let Some((index, outcome)) = work.next().await {
        let outcome = outcome.unwrap_or_else(|_| {
            tracing::error!("processing a job panicked, so its message will be delivered again");
            RecordOutcome::Retry
        });
        if outcome == RecordOutcome::Retry {
            failed.push(index);
        }
    }
    drop(work);
    failed.sort_unstable();
    failed.dedup();
    deliver_again(state, failed.into_iter().filter_map(|index| event.records.get(index))).await
}

/// The response that names these messages. They come back soon, and not only when the visibility timeout of the queue ends.
async fn deliver_again(state: &State, records: impl Iterator<Item = &SqsMessage>) -> SqsBatchResponse {
    /// A busy table may have recovered by then. A job whose task panicked has its lease for longer, and waits for the
    /// sweeper.
    const PAUSE: SignedDuration = SignedDuration::from_secs(10);
    let mut response = SqsBatchResponse::default();
    for record in records {
        if let Err(error) = state.queue.hide(record.receipt_handle.as_deref().unwrap_or_default(), PAUSE).await {
            tracing::warn!(error = %ErrorChain(&error), "redelivery was not brought forward");
        }
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = record.message_id.clone().unwrap_or_default();
        response.batch_item_failures.push(failure);
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
