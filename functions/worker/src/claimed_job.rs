//! A job that this worker has claimed, and the ways in which its attempt ends.

use std::time::Duration;

use domain::{
    error_chain::ErrorChain,
    job::{
        Claim, UncommittedResult,
        failure::Failure,
        lifecycle::{self, Retry},
        result::JobResult,
        status::StatusReason,
    },
    problem::ProblemCode,
    prompt::draft::Draft,
    report::{applied, block::Block},
};
use jiff::{SignedDuration, Timestamp};
use store::{
    ChangeError, StoreError,
    jobs::complete::{BlockChange, Committed, Completion},
};

use crate::{outcome::RecordOutcome, state::State};

/// Retries of a commit while the table is busy, after 0.2 s, 0.4 s and so on: 6.2 s together. The default lease lasts
/// 20 s.
const COMMIT_RETRIES: u32 = 5;

/// A claimed job, with its lease, what the attempt has spent, and the message that named it.
#[derive(Debug)]
pub(crate) struct ClaimedJob<'a> {
    pub(crate) claim: Claim,
    /// Names the delivery of the message to SQS.
    pub(crate) receipt_handle: &'a str,
}

impl ClaimedJob<'_> {
    /// Completes the job together with its block. `block` is the block as the attempt read it. The result is saved on
    /// the job first. If this worker dies, or the table is busy for too long, the next claim commits the saved result.
    pub(crate) async fn complete(mut self, state: &State, block: Option<&Block>, draft: Draft) -> RecordOutcome {
        let result = UncommittedResult { result: draft.result };
        let saved = state.store.save_result(&self.claim, &result, &state.config.policy, state.clock.now()).await;
        match saved {
            Ok(job) => {
                self.claim.job = job;
                // The write has added the usage to the job. The commit must not add it again.
                self.claim.usage = None;
            }
            Err(ChangeError::Store(error)) => {
                tracing::warn!(error = %ErrorChain(&error), "result was not saved on the job, committing it anyway");
            }
            Err(lost) => return self.lost(state, lost).await,
        }
        self.commit(state, block, result).await
    }

    /// Commits the result that an earlier claim has saved, without a call to Claude.
    pub(crate) async fn commit_saved(self, state: &State, result: UncommittedResult) -> RecordOutcome {
        tracing::info!("committing a saved result");
        let job = &self.claim.job;
        let read = match job.block_id {
            Some(block) => state.store.block(&job.user, job.document_id, block).await,
            None => Ok(None),
        };
        match read {
            Ok(None) if job.block_id.is_some() => self.fail(state, Failure::block_not_found()).await,
            Ok(block) => self.commit(state, block.as_ref(), result).await,
            Err(error) => {
                tracing::error!(error = %ErrorChain(&error), "block was not read, the saved result stays on the job");
                RecordOutcome::Retry
            }
        }
    }

    async fn commit(self, state: &State, block: Option<&Block>, result: UncommittedResult) -> RecordOutcome {
        let now = state.clock.now();
        let mut completion = Completion { result: result.result, now };
        let change = match block {
            Some(block) if self.would_lose_text(block, &completion.result) => {
                completion.result.add_notice(StatusReason::NotApplied);
                None
            }
            block => block.and_then(|block| self.block_change(block, &completion.result, now)),
        };
        let committed = match self.try_commit(state, &completion, change.as_ref()).await {
            // The user's edit stands. The text stays in the result of the job.
            Ok(Committed::BlockChanged) => {
                completion.result.add_notice(StatusReason::NotApplied);
                self.try_commit(state, &completion, None).await
            }
            other => other,
        };
        match committed {
            Ok(Committed::Written(job)) => {
                state.metrics.job_ended(&job);
                RecordOutcome::Ack
            }
            Ok(Committed::BlockGone | Committed::BlockChanged) => self.fail(state, Failure::block_not_found()).await,
            Err(ChangeError::Store(StoreError::TooLarge { bytes })) => {
                tracing::warn!(bytes, "result is too large to store");
                let detail = "The answer is larger than can be stored. Ask for a shorter text.";
                self.fail(state, Failure::invalid(ProblemCode::ResultTooLarge, detail)).await
            }
            Err(error) => self.lost(state, error).await,
        }
    }

    /// Completes the job, with retries while the table is busy.
    async fn try_commit(
        &self,
        state: &State,
        completion: &Completion,
        change: Option<&BlockChange>,
    ) -> Result<Committed, ChangeError> {
        let mut retries = 0;
        loop {
            match state.store.complete(&self.claim, completion, change).await {
                Err(ChangeError::Store(error)) if error.is_retryable() && retries < COMMIT_RETRIES => {
                    tracing::warn!(error = %ErrorChain(&error), retries, "commit was not written, retrying");
                    tokio::time::sleep(Duration::from_millis(200 << retries)).await;
                    retries += 1;
                }
                other => return other,
            }
        }
    }

    /// Whether the output limit cut the result, and the block has a text that it would replace.
    fn would_lose_text(&self, block: &Block, result: &JobResult) -> bool {
        let has_text = block.content.as_deref().is_some_and(|content| !content.trim().is_empty());
        self.claim.job.job_type.writes_block() && result.is_truncated() && has_text
    }

    /// The block with the result as its content. `None` if the job writes no block. The commit succeeds only if the
    /// block still has the version of the first claim.
    fn block_change(&self, block: &Block, result: &JobResult, now: Timestamp) -> Option<BlockChange> {
        let (changed, revision) = applied::apply(&self.claim.job, result, block, now)?;
        let read_version = self.claim.job.block_version.unwrap_or(block.version);
        Some(BlockChange { read_version, block: changed, revision })
    }

    /// Fails the job. No attempt follows, and the message is acknowledged.
    pub(crate) async fn fail(self, state: &State, failure: Failure) -> RecordOutcome {
        match state.store.fail(&self.claim, &failure, state.clock.now()).await {
            Ok(job) => {
                state.metrics.job_ended(&job);
                RecordOutcome::Ack
            }
            Err(error) => self.lost(state, error).await,
        }
    }

    /// Returns the job to PENDING for another attempt, and delays the redelivery of its message until then. Without
    /// `wait`, backoff with full jitter decides.
    pub(crate) async fn release(self, state: &State, wait: Option<Duration>, detail: Option<&str>) -> RecordOutcome {
        let policy = &state.config.policy;
        let wait = wait.map_or_else(
            || lifecycle::backoff_ceiling(self.claim.job.attempt, policy).mul_f64(rand::random()),
            |wait| SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX),
        );
        let retry = Retry { after: wait, detail };
        match state.store.release_for_retry(&self.claim, &retry, policy, state.clock.now()).await {
            Ok(job) if job.is_finished() => {
                state.metrics.job_ended(&job);
                RecordOutcome::Ack
            }
            Ok(job) => {
                tracing::info!(
                    attempt = job.attempt,
                    wait_ms = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX),
                    "job released for a retry"
                );
                // If this fails, the message comes back when its visibility timeout ends. The sweeper sends the job
                // earlier if it becomes overdue.
                if let Err(error) = state.queue.delay_redelivery(self.receipt_handle, wait).await {
                    tracing::warn!(error = %ErrorChain(&error), "redelivery was not brought forward");
                }
                RecordOutcome::Retry
            }
            Err(error) => self.lost(state, error).await,
        }
    }

    /// Ends an attempt whose write was rejected or failed: this worker does not hold the job any more, or the table did
    /// not respond.
    pub(crate) async fn lost(self, state: &State, error: ChangeError) -> RecordOutcome {
        match error {
            ChangeError::TransitionRejected(rejected) => {
                let (reason, job) = (rejected.error, rejected.job);
                tracing::info!(%reason, status = %job.status(), "job is no longer held, so nothing was written");
                let Some(usage) = self.claim.usage else { return RecordOutcome::Ack };
                if let Err(error) = state.store.record_late_usage(&job, usage, state.clock.now()).await {
                    tracing::warn!(error = %ErrorChain(&error), ?usage, "usage of a lost attempt was not stored");
                }
                RecordOutcome::Ack
            }
            ChangeError::NotFound => {
                tracing::info!("job does not exist any more, so nothing was written");
                RecordOutcome::Ack
            }
            // The job stays PROCESSING until its lease ends. Then it is claimed again.
            ChangeError::Store(error) => {
                tracing::error!(error = %ErrorChain(&error), "the end of the job was not written");
                RecordOutcome::Retry
            }
        }
    }
}
