//! Stores what an attempt has come to.

use std::time::Duration;

use domain::{
    applied,
    causes::Causes,
    document::Block,
    draft::Draft,
    failure::Failure,
    ids::LeaseToken,
    job::{Job, Kept, StatusReason},
    life,
    problem::ProblemCode,
    result::{JobResult, Usage},
};
use jiff::{SignedDuration, Timestamp};
use store::{
    ChangeError, StoreError,
    commit::{BlockChange, Committed, Completion},
};

use crate::{State, record::Fate};

/// Times that a commit is tried while the table is busy; the lease is worth more than this.
const COMMIT_TRIES: u32 = 5;

/// Completes the job together with its block. The answer is kept with the job first: should
/// this worker die, or the table be busy for too long, the next one commits it.
pub(crate) async fn complete(
    state: &State,
    job: &Job,
    token: LeaseToken,
    block: Option<&Block>,
    draft: Draft,
    mut usage: Option<Usage>,
) -> Fate {
    let kept = Kept { result: draft.result, reason: draft.reason };
    let now = state.clock.now();
    match state.store.keep(job, token, &kept, usage, &state.config.terms, now).await {
        Ok(job) => {
            // What it cost is on the job by now.
            usage = None;
            commit_kept(state, &job, token, block, kept, usage).await
        }
        Err(ChangeError::Store(error)) => {
            tracing::warn!(error = %Causes(&error), "answer not kept; committing all the same");
            commit_kept(state, job, token, block, kept, usage).await
        }
        Err(error) => unwritten(state, error, usage).await,
    }
}

/// Commits an answer. `block` is the block as it was read last.
pub(crate) async fn commit_kept(
    state: &State,
    job: &Job,
    token: LeaseToken,
    block: Option<&Block>,
    kept: Kept,
    usage: Option<Usage>,
) -> Fate {
    let now = state.clock.now();
    let change = block_change(job, block, &kept.result, now);
    let mut completion = Completion { token, result: kept.result, reason: kept.reason, usage, now };
    let committed = match commit(state, job, &completion, change.as_ref()).await {
        // The user's edit stands; the text is kept with the job.
        Ok(Committed::BlockChanged) => {
            completion.reason = Some(StatusReason::NotApplied);
            commit(state, job, &completion, None).await
        }
        other => other,
    };
    match committed {
        Ok(Committed::Yes(job)) => {
            state.metrics.job_ended(&job);
            Fate::Delete
        }
        Ok(Committed::BlockGone | Committed::BlockChanged) => {
            fail(state, job, token, Failure::block_not_found(), usage).await
        }
        Err(ChangeError::Store(StoreError::TooLarge { bytes })) => {
            tracing::warn!(bytes, "answer too large to store");
            let detail = "The answer is larger than can be stored. Ask for a shorter text.";
            fail(state, job, token, Failure::invalid(ProblemCode::ResultTooLarge, detail), usage).await
        }
        Err(error) => unwritten(state, error, usage).await,
    }
}

async fn commit(
    state: &State,
    job: &Job,
    completion: &Completion,
    change: Option<&BlockChange>,
) -> Result<Committed, ChangeError> {
    let mut attempt = 0;
    loop {
        match state.store.complete(job, completion, change).await {
            Err(ChangeError::Store(error)) if error.is_retryable() && attempt < COMMIT_TRIES => {
                tracing::warn!(error = %Causes(&error), attempt, "commit not written; trying again");
                tokio::time::sleep(Duration::from_millis(200 << attempt)).await;
                attempt += 1;
            }
            other => return other,
        }
    }
}

fn block_change(job: &Job, block: Option<&Block>, result: &JobResult, now: Timestamp) -> Option<BlockChange> {
    let block = block?;
    let (changed, revision) = applied::apply(job, result, block, now)?;
    let read_version = job.block_version.unwrap_or(block.version);
    Some(BlockChange { read_version, block: changed, revision })
}

/// Ends the job badly.
pub(crate) async fn fail(state: &State, job: &Job, token: LeaseToken, failure: Failure, usage: Option<Usage>) -> Fate {
    match state.store.fail(job, token, &failure, usage, state.clock.now()).await {
        Ok(job) => {
            state.metrics.job_ended(&job);
            Fate::Delete
        }
        Err(error) => unwritten(state, error, usage).await,
    }
}

/// Gives the job back for another attempt, and its message with it.
pub(crate) async fn give_back(
    state: &State,
    job: &Job,
    token: LeaseToken,
    receipt_handle: &str,
    wait: Option<Duration>,
    detail: Option<&str>,
    usage: Option<Usage>,
) -> Fate {
    let terms = &state.config.terms;
    let wait = wait.map_or_else(
        || life::backoff_ceiling(job.attempt, terms).mul_f64(rand::random()),
        |wait| SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX),
    );
    match state.store.give_back(job, token, &life::Retry { after: wait, detail }, usage, terms, state.clock.now()).await
    {
        Ok(job) if job.is_finished() => {
            state.metrics.job_ended(&job);
            Fate::Delete
        }
        Ok(job) => {
            tracing::info!(
                attempt = job.attempt,
                wait_ms = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX),
                "job given back"
            );
            // If this fails, the message comes back when its visibility ends, and the sweeper watches.
            if let Err(error) = state.queue.put_back(receipt_handle, wait).await {
                tracing::warn!(error = %Causes(&error), "message not put back early");
            }
            Fate::DeliverAgain
        }
        Err(error) => unwritten(state, error, usage).await,
    }
}

/// Adds what a cancelled job cost after it was cancelled.
pub(crate) async fn keep_usage(state: &State, job: &Job, usage: Option<Usage>) {
    let Some(usage) = usage else { return };
    if let Err(error) = state.store.add_usage(job, usage, state.clock.now()).await {
        tracing::warn!(error = %Causes(&error), ?usage, "usage of a lost job not stored");
    }
}

async fn unwritten(state: &State, error: ChangeError, usage: Option<Usage>) -> Fate {
    match error {
        ChangeError::Refused(refused) => {
            tracing::info!(refusal = %refused.refusal, status = %refused.job.status(), "job lost; nothing written");
            keep_usage(state, &refused.job, usage).await;
            Fate::Delete
        }
        ChangeError::NotFound => {
            tracing::info!("job is gone; nothing written");
            Fate::Delete
        }
        // The job stays PROCESSING until its lease ends, then it is claimed again.
        ChangeError::Store(error) => {
            tracing::error!(error = %Causes(&error), "the end of the job was not written");
            Fate::DeliverAgain
        }
    }
}
