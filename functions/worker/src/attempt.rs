//! One attempt at a claimed job, under a heartbeat and its deadlines.

use std::time::Duration;

use domain::{
    causes::Causes,
    draft::Draft,
    failure::Failure,
    ids::LeaseToken,
    job::{Job, Kept, Phase, Progress},
    life,
    problem::ProblemCode,
    result::Usage,
    time::Clock,
};
use store::ChangeError;
use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior, interval_at, sleep, sleep_until},
};

use crate::{
    State, finish,
    gather::{self, Gathered},
    record::Fate,
    write,
};

/// Partial text stops growing here, in bytes: it is written with every heartbeat.
const MAX_PARTIAL_BYTES: usize = 64 * 1024;

/// Why an attempt brought no draft.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// It can never work.
    Fail(Failure),
    /// It may work later; not before `wait`, if that is known. `detail` is for the user.
    Later { wait: Option<Duration>, detail: Option<&'static str> },
}

/// What an attempt has brought so far: told by the work, written by the heartbeat.
#[derive(Clone, Debug)]
pub(crate) struct Live {
    pub(crate) progress: Progress,
    pub(crate) usage: Option<Usage>,
}

/// The work's end of [`Live`].
pub(crate) struct Teller {
    live: watch::Sender<Live>,
    clock: Clock,
}

impl Teller {
    /// A new step. The text so far is thrown away.
    pub(crate) fn step(&self, phase: Phase, percent: u8, message: &str) {
        let now = self.clock.now();
        self.live.send_modify(|live| {
            let percent = percent.max(live.progress.percent);
            live.progress = life::progress(phase, percent, message, now);
        });
    }

    /// More text.
    pub(crate) fn text(&self, more: &str, message: &str) {
        let now = self.clock.now();
        self.live.send_modify(|live| {
            let mut text = live.progress.partial_text.take().unwrap_or_default();
            text.push_str(start_of(more, MAX_PARTIAL_BYTES.saturating_sub(text.len())));
            let percent = percent(text.len()).max(live.progress.percent);
            live.progress =
                Progress { partial_text: Some(text), ..life::progress(Phase::Generating, percent, message, now) };
        });
    }

    /// What the calls of this attempt have cost so far.
    pub(crate) fn usage(&self, usage: Usage) {
        self.live.send_modify(|live| live.usage = Some(usage));
    }
}

/// The beginning of a text, of at most `max` bytes.
fn start_of(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}

/// Nobody knows how long the text will be: towards 90, ever slower.
fn percent(bytes: usize) -> u8 {
    let share = bytes.saturating_mul(70) / (bytes + 1_500);
    u8::try_from(20 + share).unwrap_or(90)
}

/// Runs the job to whatever end this attempt has.
pub(crate) async fn run(
    state: &State,
    mut job: Job,
    token: LeaseToken,
    receipt_handle: &str,
    stop_at: Instant,
) -> Fate {
    let first = job.progress.clone().unwrap_or_else(|| life::progress(Phase::Gathering, 5, "", state.clock.now()));
    let (live, told) = watch::channel(Live { progress: first, usage: None });
    let teller = Teller { live, clock: state.clock.clone() };
    let left = Duration::try_from(job.deadline_at.duration_since(state.clock.now())).unwrap_or_default();

    let outcome = {
        let claimed = job.clone();
        let mut work = std::pin::pin!(work(state, &claimed, &teller));
        let mut deadline = std::pin::pin!(sleep(left));
        let mut lambda_ends = std::pin::pin!(sleep_until(stop_at));
        let mut beat = interval_at(Instant::now() + state.config.heartbeat, state.config.heartbeat);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                outcome = &mut work => break outcome,
                () = &mut deadline => break Err(Stopped::Fail(Failure::timed_out())),
                () = &mut lambda_ends => break Err(Stopped::Later { wait: Some(Duration::ZERO), detail: None }),
                _ = beat.tick() => {
                    let Live { progress, usage } = told.borrow().clone();
                    match state.store.heartbeat(&job, token, progress, usage, &state.config.terms, state.clock.now()).await {
                        Ok(next) => job = next,
                        // Leaving drops the work, which closes the connection to Claude.
                        Err(ChangeError::Refused(refused)) => {
                            tracing::info!(refusal = %refused.refusal, status = %refused.job.status(), "job lost; work dropped");
                            let usage = told.borrow().usage;
                            finish::keep_usage(state, &refused.job, usage).await;
                            return Fate::Delete;
                        }
                        Err(ChangeError::NotFound) => {
                            tracing::info!("job is gone; work dropped");
                            return Fate::Delete;
                        }
                        // The lease outlives several missed heartbeats; the next may work.
                        Err(ChangeError::Store(error)) => {
                            tracing::warn!(error = %Causes(&error), "heartbeat not written");
                        }
                    }
                }
            }
        }
    };
    let usage = told.borrow().usage;
    match outcome {
        Ok((gathered, draft)) => finish::complete(state, &job, token, gathered.block.as_ref(), draft, usage).await,
        Err(Stopped::Fail(failure)) => finish::fail(state, &job, token, failure, usage).await,
        Err(Stopped::Later { wait, detail }) => {
            finish::give_back(state, &job, token, receipt_handle, wait, detail, usage).await
        }
    }
}

async fn work(state: &State, job: &Job, teller: &Teller) -> Result<(Gathered, Draft), Stopped> {
    let gathered = gather::gather(state, job).await?;
    let mut spent = Usage::default();
    match write::write(state, &job.user, &gathered.prompt, &mut spent, teller).await {
        Ok(draft) => Ok((gathered, draft)),
        // Once more, with half of the evidence.
        Err(Stopped::Fail(failure)) if failure.code == ProblemCode::PromptTooLarge => {
            let Some(gathered) = gathered.halved(job) else { return Err(Stopped::Fail(failure)) };
            tracing::warn!(
                evidence = gathered.prompt.sources.evidence,
                evidence_omitted = gathered.prompt.sources.evidence_omitted,
                "prompt too large; trying with half of it"
            );
            let draft = write::write(state, &job.user, &gathered.prompt, &mut spent, teller).await?;
            Ok((gathered, draft))
        }
        Err(stopped) => Err(stopped),
    }
}

/// Commits an answer that an earlier worker has left.
pub(crate) async fn commit(state: &State, job: Job, token: LeaseToken, kept: Kept) -> Fate {
    tracing::info!("committing an answer that was kept");
    let read = match job.block_id {
        Some(block) => state.store.block(&job.user, job.document_id, block).await,
        None => Ok(None),
    };
    match read {
        Ok(None) if job.block_id.is_some() => finish::fail(state, &job, token, Failure::block_not_found(), None).await,
        Ok(block) => finish::commit_kept(state, &job, token, block.as_ref(), kept, None).await,
        Err(error) => {
            tracing::error!(error = %Causes(&error), "block not read; the answer stays kept");
            Fate::DeliverAgain
        }
    }
}
