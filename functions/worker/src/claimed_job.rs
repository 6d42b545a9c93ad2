//! A job that this worker has claimed, and the ways in which its attempt ends.

use std::time::Duration;

use domain::{
    error_chain::ErrorChain,
    ids::TextId,
    job::{
        Claim, SavedAnswer,
        failure::Failure,
        lifecycle::{self, Retry},
        result::JobResult,
        status::StatusReason,
        timeline::JobEvent,
    },
    problem::ProblemCode,
    prompt::draft::Draft,
    random,
    report::{applied, block::Block},
};
use jiff::{SignedDuration, Timestamp};
use queue::JobMessage;
use store::{
    ChangeError, StoreError,
    jobs::complete::{BlockChange, Committed, Completion},
    table::conflict_retry::ConflictRetry,
};

use crate::{
    outcome::RecordOutcome,
    own_message::{deliver_later, millis},
    state::State,
};

/// Retries of a write while the table is busy, after 0.2 s, 0.4 s and so on: 6.2 s together. The heartbeats go on
/// meanwhile.
const BUSY_RETRIES: u32 = 5;

/// A claimed job, with its lease, what the attempt has spent, and the message that named it.
#[derive(Debug)]
pub(crate) struct ClaimedJob<'a> {
    pub(crate) claim: Claim,
    pub(crate) message: &'a JobMessage,
}

impl ClaimedJob<'_> {
    /// Stores the answer, then completes the job together with its block. `block` is the block as the attempt read it. If
    /// this worker dies in between, or the table is busy for too long, the next claim completes the job with the answer.
    pub(crate) async fn complete(mut self, state: &State, block: Option<Block>, draft: Draft) -> RecordOutcome {
        let read = block.as_ref().map_or(0, |block| block.content_revision);
        let content_revision = self.claim.job.content_revision.unwrap_or(read);
        let attempt = self.claim.job.attempt;
        let answer = SavedAnswer { result: draft.result, content_revision, attempt, usage: self.claim.usage };
        let mut retries = 0;
        let saved = loop {
            match state.store.save_answer(&self.claim.job, &answer).await.map_err(ChangeError::from) {
                Err(error) if pause_if_busy(&error, &mut retries).await => {}
                other => break other,
            }
        };
        match saved {
            Ok(answer) => {
                self.claim.job.timeline.note(JobEvent::Saved, state.clock.now());
                self.claim.job.saved_answer = Some(Box::new(answer.clone()));
                self.commit(state, block, answer).await
            }
            Err(ChangeError::Store(StoreError::TooLarge { bytes })) => self.too_large(state, bytes).await,
            Err(error) => self.lost(state, error).await,
        }
    }

    async fn too_large(self, state: &State, bytes: usize) -> RecordOutcome {
        tracing::warn!(bytes, "answer is too large to store");
        let detail = "The answer is larger than can be stored. Ask for a shorter text.";
        self.fail(state, Failure::invalid(ProblemCode::ResultTooLarge, detail)).await
    }

    /// Completes the job with the answer that an earlier claim has stored, without a call to Claude.
    pub(crate) async fn commit_saved(self, state: &State, answer: SavedAnswer) -> RecordOutcome {
        tracing::info!("completing with a stored answer");
        match self.read_block(state).await {
            Ok(None) if self.claim.job.block_id.is_some() => self.fail(state, Failure::block_not_found()).await,
            Ok(block) => self.commit(state, block, answer).await,
            Err(error) => {
                tracing::error!(error = %ErrorChain(&error), "block was not read, the answer stays stored");
                RecordOutcome::Retry
            }
        }
    }

    async fn read_block(&self, state: &State) -> Result<Option<Block>, StoreError> {
        let job = &self.claim.job;
        match job.document_id.zip(job.block_id) {
            Some((document, block)) => state.store.block(&job.user, document, block).await,
            None => Ok(None),
        }
    }

    /// Commits the result, and applies it to the block unless the block has content that this would destroy.
    async fn commit(self, state: &State, mut block: Option<Block>, answer: SavedAnswer) -> RecordOutcome {
        let now = state.clock.now();
        let mut completion = Completion { result: answer.result, now };
        let (mut retries, mut conflicts) = (0, ConflictRetry::default());
        let mut job = self.claim.job.clone();
        let committed = loop {
            let change = match &block {
                Some(block) => match self.withheld(block, &completion.result, answer.content_revision) {
                    Some(reason) => {
                        completion.result.add_notice(reason);
                        None
                    }
                    None => self.block_change(block, &completion.result, now),
                },
                None => None,
            };
            match state.store.complete(&self.claim, &job, &completion, change.as_ref()).await {
                Err(error) if pause_if_busy(&error, &mut retries).await => continue,
                // The change may be one of prompt, type or metadata, which does not hold the text out.
                Ok(Committed::BlockChanged) => match self.read_block(state).await {
                    Ok(None) => break Ok(Committed::BlockGone),
                    Ok(changed) => block = changed,
                    Err(error) => break Err(ChangeError::Store(error)),
                },
                Ok(Committed::JobChanged(current)) => job = *current,
                other => break other,
            }
            if let Err(error) = conflicts.backoff().await {
                break Err(ChangeError::Store(error));
            }
        };
        match committed {
            Ok(Committed::Written(job)) => {
                state.metrics.job_ended(&job);
                RecordOutcome::Ack
            }
            Ok(Committed::BlockGone | Committed::BlockChanged | Committed::JobChanged(_)) => {
                self.fail(state, Failure::block_not_found()).await
            }
            // The metadata of the block leaves no room.
            Err(ChangeError::Store(StoreError::TooLarge { bytes })) => self.too_large(state, bytes).await,
            Err(error) => self.lost(state, error).await,
        }
    }

    /// Why the result must not become the content of the block. `None`: it may, or the job writes no block.
    fn withheld(&self, block: &Block, result: &JobResult, read_revision: u64) -> Option<StatusReason> {
        let job = &self.claim.job;
        job.apply_mode
            .withheld(result, read_revision, block.present_content())
            .filter(|_| job.written_block().is_some())
    }

    /// The block with the result as its content. `None` if the job writes no block. The commit succeeds only if the
    /// block has not changed since it was read.
    fn block_change(&self, block: &Block, result: &JobResult, now: Timestamp) -> Option<BlockChange> {
        let job = &self.claim.job;
        let (changed, revision) = applied::apply(job, result, Some(TextId::of_job(job.id)), block, now)?;
        Some(BlockChange { read_version: block.version, block: changed, revision })
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

    /// Returns the job to PENDING for another attempt, and sends it a message that arrives at that time. Without `wait`,
    /// backoff with full jitter decides.
    pub(crate) async fn release(self, state: &State, wait: Option<Duration>, detail: Option<&str>) -> RecordOutcome {
        let policy = &state.config.policy;
        let wait = wait.map_or_else(
            || lifecycle::backoff_ceiling(self.claim.job.attempt, policy).mul_f64(random::fraction()),
            |wait| SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX),
        );
        let retry = Retry { after: wait, detail };
        match state.store.release_for_retry(&self.claim, &retry, policy, state.clock.now()).await {
            Ok(job) if job.is_finished() => {
                state.metrics.job_ended(&job);
                RecordOutcome::Ack
            }
            Ok(job) => {
                tracing::info!(attempt = job.attempt, wait_ms = millis(wait), "job released for a retry");
                deliver_later(state, self.message, job.id, wait).await
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
                let now = state.clock.now();
                if let Err(error) = state.store.record_late_usage(&self.claim, job, usage, now).await {
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

/// Waits before a write is repeated. Returns false if repeating it does not help, or not any more.
async fn pause_if_busy(error: &ChangeError, retries: &mut u32) -> bool {
    let ChangeError::Store(error) = error else { return false };
    if !error.is_retryable() || *retries == BUSY_RETRIES {
        return false;
    }
    tracing::warn!(error = %ErrorChain(error), retries, "table is busy, writing again");
    tokio::time::sleep(Duration::from_millis(200 << *retries)).await;
    *retries += 1;
    true
}
