//! The worker: takes jobs from the queue and has Claude write them.
//!
//! The road of one message: `record` claims its job, `attempt` runs it under a
//! heartbeat and its deadlines, `gather` reads the context, `write` gets the answer,
//! `finish` stores what came of it.

mod attempt;
pub mod config;
mod finish;
mod gather;
pub mod key;
pub mod prefix;
mod record;
mod write;

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use domain::time::Clock;
use queue::Queue;
use store::Store;
use tokio::{task::JoinSet, time::Instant};

pub use config::Config;
use key::KeySource;
use prefix::Prefixes;
use record::Fate;
use runtime::Metrics;

/// What the function works with.
#[derive(Clone, Debug)]
pub struct State {
    /// The table.
    pub store: Store,
    /// The queue that messages come from.
    pub queue: Queue,
    /// Claude.
    pub claude: claude::Client,
    /// Claude's API key.
    pub key: Arc<KeySource>,
    /// Prompts that go ahead of others.
    pub prefixes: Arc<Prefixes>,
    /// Metrics.
    pub metrics: Metrics,
    /// Settings.
    pub config: Arc<Config>,
    /// The time.
    pub clock: Clock,
}

/// What is left until `deadline`, as the runtime tells it. Lambda never invokes after a
/// deadline: one that has passed comes from a development server that tells none.
pub fn time_left(deadline: SystemTime, now: SystemTime) -> Duration {
    const UNTOLD: Duration = Duration::from_secs(300);
    deadline.duration_since(now).unwrap_or(UNTOLD)
}

/// Works through a batch, all records side by side: a job is waiting, not computing.
/// `time_left` is what Lambda leaves for this invocation. Records that must be delivered
/// again are named in the answer; one bad record, even one that panics, hurts no other.
pub async fn handle(state: &State, event: SqsEvent, time_left: Duration) -> SqsBatchResponse {
    let stop_at = Instant::now() + time_left.saturating_sub(state.config.deadline_margin);
    let mut work = JoinSet::new();
    let mut ids = std::collections::HashMap::new();
    for record in event.records {
        let id = record.message_id.clone().unwrap_or_default();
        let state = state.clone();
        let task = work.spawn(async move { record::process(&state, &record, stop_at).await });
        ids.insert(task.id(), id);
    }
    let mut response = SqsBatchResponse::default();
    while let Some(done) = work.join_next_with_id().await {
        let (task, fate) = match done {
            Ok((task, fate)) => (task, fate),
            Err(error) => {
                tracing::error!(%error, "a record panicked; it will be delivered again");
                (error.id(), Fate::DeliverAgain)
            }
        };
        if fate == Fate::DeliverAgain {
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
    fn a_deadline_that_was_never_told_is_not_one_that_has_passed() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        assert_eq!(time_left(now + Duration::from_secs(60), now), Duration::from_secs(60));
        assert_eq!(time_left(SystemTime::UNIX_EPOCH + Duration::from_secs(600), now), Duration::from_secs(300));
    }
}
