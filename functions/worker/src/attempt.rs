//! One attempt at a claimed job.
//!
//! # Problem
//!
//! An attempt waits for Claude for seconds to minutes. In that time its user may cancel the job or replace it, another
//! worker may take it because this one was too slow, the job may reach its deadline, and Lambda may reach its own. The
//! page wants to show the text while it grows. The table may be slow or throttled at any moment.
//!
//! # Design
//!
//! [`run`] polls four futures side by side in one `select!` loop:
//!
//! - **the work**: read the context, call Claude, make a draft. It writes nothing to the table but what it reserves from the
//!   budgets. It reports its progress through a `watch` channel (`progress.rs`), which keeps only the newest value, so that
//!   text which arrives between two heartbeats is written once.
//! - **the heartbeat**: one small write stores the newest progress and what the attempt has spent, and renews the lease.
//!   The first follows after `JOB_HEARTBEAT_SECONDS`, the others after twice that time. If it finds that the job was
//!   changed, this worker does not hold the job any more: the job was cancelled, replaced, abandoned with its block,
//!   ended by the sweeper, or claimed by another worker. The attempt ends at once. A heartbeat that hangs stops none of
//!   the other futures.
//! - **the deadline of the job**: the job fails as `TIMED_OUT`.
//! - **the deadline of the invocation**, 15 s early: the job is released for its next attempt, or fails if this was the
//!   last one. Lambda would kill this attempt without a word.
//!
//! # Cancellation safety
//!
//! Whichever future wins, the others are dropped. Dropping the work drops the stream from Claude: the HTTP client closes
//! the connection, or resets the stream of an HTTP/2 connection, and Claude stops writing. The work holds nothing that
//! must be cleaned up: its only side effects are metrics, and what a call has cost is recorded when the call is dropped
//! (`call.rs`). A reservation that is on its way is kept by `spending.rs`, which waits for it at the end. The end of the job is written after the loop, by `claimed_job.rs`, so it is never dropped half-way.
//!
//! A heartbeat that fails because the table is busy is only logged. With the default settings the lease outlives four
//! heartbeats. Should all of them fail, another worker claims the job, and the conditional writes reject this one. The
//! cost is a second call to Claude, never a second write of the block.
//!
//! # Why not otherwise
//!
//! A task for the heartbeat would need a second channel for its verdict, and would outlive a panic of the work. A
//! timeout around each call would not know the deadline of the job. One loop holds all ways to end in one place.

use std::time::Duration;

use domain::{
    error_chain::ErrorChain,
    job::{Claim, Job, failure::Failure, lifecycle, progress::Phase, timeline::JobEvent},
    problem::ProblemCode,
    prompt::{draft::Draft, shorten},
    sanitize::markdown,
};
use store::ChangeError;
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until, timeout_at},
};

use crate::{
    claimed_job::ClaimedJob,
    gather::{self, Gathered},
    generate,
    outcome::{AttemptError, RecordOutcome},
    progress::{AttemptProgress, ProgressReporter},
    spending::Spending,
    state::State,
};

/// Runs the job until this attempt ends. `stop_at` is when the invocation must begin to end.
pub(crate) async fn run(state: &State, mut claimed: ClaimedJob<'_>, stop_at: Instant) -> RecordOutcome {
    let job = claimed.claim.job.clone();
    let now = state.clock.now();
    let first = job.progress.clone().unwrap_or_else(|| lifecycle::progress(Phase::Gathering, 5, "", now));
    let (reporter, progress_rx) = ProgressReporter::new(first, state.clock.clone());
    let time_left = Duration::try_from(job.deadline_at.duration_since(now)).unwrap_or_default();

    let mut spending = Spending::new(&job, now);
    let ended = {
        let ends_at = stop_at.min(Instant::now() + time_left);
        let mut work = std::pin::pin!(work(state, &job, &mut spending, &reporter, ends_at));
        let mut deadline = std::pin::pin!(sleep(time_left));
        let mut invocation_ends = std::pin::pin!(sleep_until(stop_at));
        let mut heartbeats = std::pin::pin!(heartbeats(state, claimed.claim.clone(), &progress_rx));
        // In this order, so that finished work counts even if a deadline has come meanwhile.
        tokio::select! {
            biased;
            ended = &mut work => Ok(ended),
            () = &mut deadline => Ok(Err(AttemptError::Permanent(Failure::timed_out()))),
            () = &mut invocation_ends => {
                Ok(Err(AttemptError::Retryable { wait: Some(Duration::ZERO), detail: None }))
            }
            lost = &mut heartbeats => Err(lost),
        }
    };
    claimed.claim.usage = progress_rx.borrow().usage;
    if let Some(at) = progress_rx.borrow().called_at {
        claimed.claim.job.timeline.note(JobEvent::Called, at);
    }
    let spent = claimed.claim.usage.unwrap_or_default();
    let outcome = end(state, claimed, ended, &progress_rx).await;
    // Last, because nobody waits for it.
    spending.settle(state, &job, spent).await;
    outcome
}

/// Writes how the attempt has ended.
async fn end(
    state: &State,
    claimed: ClaimedJob<'_>,
    ended: Result<Result<(Gathered, Draft), AttemptError>, ChangeError>,
    progress_rx: &watch::Receiver<AttemptProgress>,
) -> RecordOutcome {
    match ended {
        Err(lost) => claimed.lost(state, lost).await,
        Ok(Ok((gathered, draft))) => {
            let claim = claimed.claim.clone();
            // The block of an inline input is not stored.
            let block = gathered.block.filter(|_| claim.job.block_id.is_some());
            let lease = async {
                // The commit itself finds out whether the job is lost.
                let lost = heartbeats(state, claim, progress_rx).await;
                tracing::info!(reason = %lost, "no more heartbeats");
                std::future::pending::<()>().await;
            };
            tokio::select! {
                biased;
                outcome = claimed.complete(state, block, draft) => outcome,
                () = lease => RecordOutcome::Retry,
            }
        }
        Ok(Err(AttemptError::Permanent(failure))) => claimed.fail(state, failure).await,
        Ok(Err(AttemptError::Retryable { wait, detail })) => claimed.release(state, wait, detail).await,
    }
}

/// Renews the lease until this worker does not hold the job any more. Returns the reason.
async fn heartbeats(state: &State, mut claim: Claim, progress_rx: &watch::Receiver<AttemptProgress>) -> ChangeError {
    let mut wait = state.config.heartbeat;
    loop {
        sleep(wait).await;
        wait = 2 * state.config.heartbeat;
        let AttemptProgress { mut progress, usage, called_at } = progress_rx.borrow().clone();
        progress.partial_text = progress.partial_text.map(|text| markdown::sanitized(&[&text], &[]).concat());
        claim.usage = usage;
        if let Some(at) = called_at {
            claim.job.timeline.note(JobEvent::Called, at);
        }
        match state.store.heartbeat(&claim, progress, &state.config.policy, state.clock.now()).await {
            Ok(job) => claim.job = job,
            Err(ChangeError::Store(error)) => {
                tracing::warn!(error = %ErrorChain(&error), "heartbeat was not written");
            }
            Err(lost) => return lost,
        }
    }
}

/// Retries of a prompt that Claude finds too large, each with half of the evidence.
const MAX_HALVINGS: u32 = 3;

async fn work(
    state: &State,
    job: &Job,
    spending: &mut Spending,
    reporter: &ProgressReporter,
    ends_at: Instant,
) -> Result<(Gathered, Draft), AttemptError> {
    // On the heap, because the future of all its reads is large, and ten jobs run at once.
    let mut gathered = Box::pin(gather::gather(state, job)).await?;
    let mut halvings = 0;
    loop {
        let generated = generate::generate(state, job, &gathered.prompt, spending, reporter);
        let failed = match generated.await {
            Ok(draft) => {
                let Some(max) = gathered.max_characters() else { return Ok((gathered, draft)) };
                let second = match shorten::prompt(&gathered.prompt, &draft, max) {
                    Some(prompt) => {
                        let shortening = generate::generate(state, job, &prompt, spending, reporter);
                        in_time(ends_at, shortening).await
                    }
                    None => None,
                };
                return Ok((gathered, shorten::shorter(draft, second, max)));
            }
            Err(failed) => failed,
        };
        match &failed {
            AttemptError::Permanent(failure)
                if failure.code == ProblemCode::PromptTooLarge && halvings < MAX_HALVINGS && spending.may_pay() =>
            {
                halvings += 1;
                gathered = gathered.halved(job, state.config.context_tokens).ok_or(failed)?;
                tracing::warn!(
                    evidence = gathered.prompt.sources.evidence,
                    evidence_omitted = gathered.prompt.sources.evidence_omitted(),
                    "prompt too large, trying with half of the evidence"
                );
            }
            _ => return Err(failed),
        }
    }
}

/// The time that a shortening leaves for the commit.
const COMMIT_TIME: Duration = Duration::from_secs(5);

/// The answer of a shortening. `None` if it fails, or if the time runs out: then the draft stays, because it is paid for.
async fn in_time(ends_at: Instant, shortening: impl Future<Output = Result<Draft, AttemptError>>) -> Option<Draft> {
    match timeout_at(ends_at - COMMIT_TIME, shortening).await {
        Ok(Ok(draft)) => Some(draft),
        Ok(Err(error)) => {
            tracing::warn!(?error, "the draft was not shortened");
            None
        }
        Err(_) => {
            tracing::warn!("there was no time to shorten the draft");
            None
        }
    }
}
