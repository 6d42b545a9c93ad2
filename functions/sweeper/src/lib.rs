//! The sweeper: finds jobs that were stored but never claimed, jobs whose worker died, and deletions that were
//! interrupted. EventBridge runs it every minute.
//!
//! It takes no input. It is idempotent, also when two runs overlap, because [`domain::job::lifecycle::sweep`] decides
//! about each job as it is now.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use domain::{
    error_chain::ErrorChain,
    ids::{DocumentId, JobId, UserId},
    job::policy::JobPolicy,
    time::Clock,
};
use jiff::SignedDuration;
use queue::{JobMessage, MAX_JOBS, Queue};
use runtime::{Aws, Metrics, Settings, SettingsError};
use serde::Serialize;
use store::{
    ChangeError, Store, StoreError,
    documents::deletion::DeletionTask,
    jobs::unfinished::{DueDeletion, Unfinished, Waiting},
    table::keys::UNFINISHED_SHARDS,
};
use tokio::time::Instant;

/// Jobs that are written before their messages are sent. If the run is interrupted in between, the next run sends them.
const SEND_AFTER: usize = 50;
/// How long one run works on deletions. The next run continues.
const DELETION_BUDGET: Duration = Duration::from_secs(25);

#[derive(Clone, Debug)]
pub struct State {
    pub store: Store,
    pub queue: Queue,
    /// Decides when jobs are overdue and when they are sent again.
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

/// Counts of one run. It is the result of the Lambda invocation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SweepReport {
    /// Jobs sent to the queue again.
    pub resent: usize,
    /// Jobs failed, because their deadline has passed or no attempt is left.
    pub ended: usize,
    /// Jobs that were in the index but not overdue any more, or that only a newer release can read.
    pub unchanged: usize,
    /// Deleted documents and blocks of which this run has removed the rest.
    pub deletions: usize,
    /// Jobs and deletions that met an error. The next run retries them.
    pub failed: usize,
}

/// Why a run failed. It did the rest of its work before. An alarm tells an operator.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// A shard was not read.
    #[error("a shard was not read")]
    Shard(#[from] StoreError),
    /// Some jobs or deletions met an error. The log names each of them.
    #[error("{} jobs or deletions met an error", .0.failed)]
    Items(SweepReport),
}

/// Sweeps all shards once. An error of one job, deletion or shard does not stop the run, and fails it at its end.
pub async fn handle(state: &State) -> Result<SweepReport, SweepError> {
    let mut report = SweepReport::default();
    let (mut found, mut unread) = (Unfinished::default(), None);
    for shard in 0..UNFINISHED_SHARDS {
        if let Err(error) = state.store.add_unfinished(shard, &state.policy, state.clock.now(), &mut found).await {
            tracing::error!(shard, error = %ErrorChain(&error), "shard was not read, going on with the next one");
            unread = Some(error);
        }
    }
    // A job whose worker died may have been the cause. So it takes no other job along.
    for job in found.lost {
        resend_or_end(state, &[job], &mut report).await;
    }
    for batch in without_message(state, found.waiting, &found.claimed, &mut report).await.chunks(SEND_AFTER) {
        resend_or_end(state, batch, &mut report).await;
    }
    // Jobs come first, because users wait for them.
    let stop_at = Instant::now() + DELETION_BUDGET;
    found.deletions.sort_by_key(|deletion| deletion.due);
    for DueDeletion { user, task, .. } in found.deletions {
        finish_deletion(state, &user, task, stop_at, &mut report).await;
    }
    tracing::info!(
        resent = report.resent,
        ended = report.ended,
        unchanged = report.unchanged,
        deletions = report.deletions,
        failed = report.failed,
        "sweep finished"
    );
    match unread {
        Some(error) => Err(SweepError::Shard(error)),
        None if report.failed > 0 => Err(SweepError::Items(report)),
        None => Ok(report),
    }
}

/// Those of the waiting jobs whose message is probably lost. All of them if the queue is empty. Otherwise
///
/// - up to ten jobs of the document that has waited longest: they are near the head of the queue, or not in the queue,
/// - jobs that are older than a job of the same user that a worker has claimed already.
///
/// So a long queue gets no second message for every job.
async fn without_message(
    state: &State,
    mut waiting: Vec<Waiting>,
    claimed: &BTreeMap<UserId, JobId>,
    report: &mut SweepReport,
) -> Vec<(UserId, JobId)> {
    // Ids sort by time.
    waiting.sort_unstable_by_key(|job| job.id);
    let Some(oldest) = waiting.first().cloned() else { return Vec::new() };
    let is_empty = state.queue.is_empty().await.unwrap_or_else(|error| {
        tracing::error!(error = %ErrorChain(&error), "length of the queue was not read");
        report.failed += 1;
        false
    });
    let mut beside_oldest = 0;
    waiting.retain(|job| {
        let is_beside = (&job.user, job.document) == (&oldest.user, oldest.document);
        beside_oldest += usize::from(is_beside);
        is_empty
            || (is_beside && beside_oldest <= MAX_JOBS)
            || claimed.get(&job.user).is_some_and(|newest| is_much_older(job.id, *newest))
    });
    waiting.into_iter().map(|job| (job.user, job.id)).collect()
}

/// SQS keeps the order of messages only roughly.
fn is_much_older(job: JobId, other: JobId) -> bool {
    const ROUGHLY: SignedDuration = SignedDuration::from_secs(30);
    other.created_at().duration_since(job.created_at()) > ROUGHLY
}

/// Ends the jobs that cannot succeed any more, and sends the others again, those of one document together.
async fn resend_or_end(state: &State, batch: &[(UserId, JobId)], report: &mut SweepReport) {
    let mut messages: BTreeMap<(UserId, Option<DocumentId>), Vec<JobId>> = BTreeMap::new();
    for (user, id) in batch {
        match state.store.sweep(user, *id, &state.policy, state.clock.now()).await {
            Ok((job, false)) => {
                state.metrics.job_ended(&job);
                report.ended += 1;
            }
            Ok((job, true)) => {
                tracing::warn!(job_id = %id, resends = job.resends, "overdue job goes to the queue again");
                messages.entry((job.user, job.document_id)).or_default().push(*id);
            }
            // The index lags behind the table: the job has changed or ended meanwhile.
            Err(ChangeError::NotFound | ChangeError::TransitionRejected(_)) => report.unchanged += 1,
            // After a rollback. An alarm for as long as the job is there would hide other errors.
            Err(ChangeError::Store(error @ StoreError::NewerFormat(_))) => {
                tracing::error!(job_id = %id, %error, "job left to a newer release");
                report.unchanged += 1;
            }
            Err(ChangeError::Store(error)) => {
                tracing::error!(job_id = %id, error = %ErrorChain(&error), "overdue job was not swept");
                report.failed += 1;
            }
        }
    }
    for ((user, _), ids) in messages {
        for ids in ids.chunks(MAX_JOBS) {
            match state.queue.send(&JobMessage::new(user.clone(), ids.iter().copied(), None), None).await {
                Ok(()) => report.resent += ids.len(),
                Err(error) => {
                    tracing::error!(jobs = ?ids, error = %ErrorChain(&error), "overdue jobs were not sent to the queue");
                    report.failed += ids.len();
                }
            }
        }
    }
}

async fn finish_deletion(
    state: &State,
    user: &UserId,
    deletion: Result<DeletionTask, StoreError>,
    stop_at: Instant,
    report: &mut SweepReport,
) {
    let deletion = match deletion {
        Ok(deletion) => deletion,
        // After a rollback. An alarm for as long as the task is there would hide other errors.
        Err(error @ StoreError::NewerFormat(_)) => return tracing::error!(%error, "deletion left to a newer release"),
        Err(error) => {
            tracing::error!(error = %ErrorChain(&error), "deletion was not read");
            report.failed += 1;
            return;
        }
    };
    match state.store.finish_deletion(user, deletion, state.clock.now(), stop_at).await {
        Ok(true) => {
            tracing::info!(?deletion, "nothing of what was deleted is left");
            report.deletions += 1;
        }
        Ok(false) => {
            tracing::info!(?deletion, "deletion not finished yet, so the next run continues");
            put_off(state, user, deletion).await;
        }
        Err(error) => {
            tracing::error!(?deletion, error = %ErrorChain(&error), "deletion failed, so the next run retries it");
            put_off(state, user, deletion).await;
            report.failed += 1;
        }
    }
}

/// A deletion that takes long, or always fails, keeps no other waiting.
async fn put_off(state: &State, user: &UserId, deletion: DeletionTask) {
    if let Err(error) = state.store.put_off_deletion(user, deletion, state.clock.now()).await {
        tracing::warn!(?deletion, error = %ErrorChain(&error), "deletion was not put off, so it comes first again");
    }
}
