//! The sweeper: finds jobs that were stored but never delivered, jobs whose worker died, and
//! removals that were interrupted.
//!
//! Takes no input and may run any number of times, also twice at once: every change is
//! decided by [`domain::life::sweep`] on the job as it is.

use std::{sync::Arc, time::Duration};

use domain::{
    causes::Causes,
    ids::{JobId, UserId},
    life::Terms,
    time::Clock,
};
use queue::{JobMessage, Queue};
use runtime::Metrics;
use serde::Serialize;
use store::{ChangeError, Store, StoreError, jobs::Overdue, keys::OVERDUE_SHARDS, removal::Removal};
use tokio::time::Instant;

/// Jobs looked at in one run, of each shard. The rest is longest overdue next time.
const PAGE: i32 = 100;
/// A run goes on with removals for so long; the rest is due the next time.
const REMOVE_FOR: Duration = Duration::from_secs(25);

/// What the function works with.
#[derive(Clone, Debug)]
pub struct State {
    /// The table.
    pub store: Store,
    /// The queue.
    pub queue: Queue,
    /// How long jobs live.
    pub terms: Arc<Terms>,
    /// The time.
    pub clock: Clock,
    /// Metrics.
    pub metrics: Metrics,
}

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Jobs sent to the queue again.
    pub resent: usize,
    /// Jobs ended: too late, or out of attempts.
    pub ended: usize,
    /// Jobs that needed nothing after all.
    pub fine: usize,
    /// Removals finished.
    pub removed: usize,
    /// What could not be helped this time.
    pub failed: usize,
}

/// Sweeps once.
pub async fn handle(state: &State) -> Result<Report, StoreError> {
    let mut report = Report::default();
    let mut removals = Vec::new();
    for shard in 0..OVERDUE_SHARDS {
        for (user, overdue) in state.store.overdue(shard, PAGE, state.clock.now()).await? {
            match overdue {
                Overdue::Job(id) => mend(state, user, id, &mut report).await,
                Overdue::Removal(removal) => removals.push((user, removal)),
            }
        }
    }
    // Jobs first: somebody waits for them.
    let stop_at = Instant::now() + REMOVE_FOR;
    for (user, removal) in removals {
        remove(state, &user, removal, stop_at, &mut report).await;
    }
    tracing::info!(
        resent = report.resent,
        ended = report.ended,
        fine = report.fine,
        removed = report.removed,
        failed = report.failed,
        "sweep done"
    );
    Ok(report)
}

async fn mend(state: &State, user: UserId, id: JobId, report: &mut Report) {
    match state.store.sweep(&user, id, &state.terms, state.clock.now()).await {
        Ok((job, false)) => {
            state.metrics.job_ended(&job);
            report.ended += 1;
        }
        Ok((job, true)) => match state.queue.send(&JobMessage::new(user, id, None), None).await {
            Ok(()) => {
                tracing::warn!(job_id = %id, resends = job.resends, "overdue job sent again");
                report.resent += 1;
            }
            Err(error) => {
                tracing::error!(job_id = %id, error = %Causes(&error), "overdue job not sent");
                report.failed += 1;
            }
        },
        // The index lags a little behind the table: the job has moved on.
        Err(ChangeError::NotFound | ChangeError::Refused(_)) => report.fine += 1,
        Err(ChangeError::Store(error)) => {
            tracing::error!(job_id = %id, error = %Causes(&error), "overdue job not read");
            report.failed += 1;
        }
    }
}

async fn remove(state: &State, user: &UserId, removal: Removal, stop_at: Instant, report: &mut Report) {
    match state.store.finish_removal(user, removal, state.clock.now(), stop_at).await {
        Ok(true) => {
            tracing::info!(?removal, "interrupted removal finished");
            report.removed += 1;
        }
        Ok(false) => tracing::info!(?removal, "removal not finished yet"),
        Err(error) => {
            tracing::error!(?removal, error = %Causes(&error), "removal not finished");
            report.failed += 1;
        }
    }
}
