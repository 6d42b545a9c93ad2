//! What makes two states the same.
//!
//! Everything is left out that no rule and no invariant can tell apart:
//!
//! - Times count from the slowest clock that is in use. What is past by that clock is all the same.
//! - A token is only told by the worker that has it. The tokens of dead workers are all the same.
//! - Of a worker's copy of a job, only this matters: whether it is current. A write from an old copy reads again.
//! - Of a finished job, only the kind of its end matters, and of its messages only that they exist.
//! - Workers with equal clocks may be exchanged.

use domain::{
    ids::LeaseToken,
    job::{JobState, status::StatusReason},
};
use jiff::Timestamp;

use crate::{
    scenario::{MAX_RECEIVES, tick},
    state::{Message, Stage, State, Worker, Writer},
    world::tokens,
};

/// Room for two jobs, two workers, the queue and the block.
const BYTES: usize = 64;
/// Bytes of a worker.
const WORKER_BYTES: usize = 6;
/// There is no such thing.
const NONE: u8 = 255;

/// A state without what does not matter.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; BYTES]);

/// A key that is being written.
struct Writing {
    bytes: [u8; BYTES],
    length: usize,
    /// The slowest clock in use.
    now: i64,
}

impl Writing {
    const fn new(now: i64) -> Self {
        Self { bytes: [0; BYTES], length: 0, now }
    }

    const fn push(&mut self, byte: u8) {
        self.bytes[self.length] = byte;
        self.length += 1;
    }

    fn push_small(&mut self, number: impl TryInto<u8>) {
        self.push(number.try_into().unwrap_or(NONE));
    }

    fn push_time(&mut self, time: Option<Timestamp>) {
        match time {
            Some(time) => self.push_small((tick(time) - self.now).max(0)),
            None => self.push(NONE),
        }
    }
}

/// The key of a state. `workers_ahead` are the clocks of the workers.
pub fn key(state: &State, workers_ahead: [i64; 2]) -> Key {
    let mut key = Writing::new(slowest_clock(state, workers_ahead));
    key.push_small(state.now - key.now);
    for index in 0..state.jobs.len() {
        add_job(&mut key, state, index);
        key.push_small(state.jobs[index].calls);
    }
    let [first, second] = &state.workers;
    let mut workers = [worker_bytes(first.as_ref(), state), worker_bytes(second.as_ref(), state)];
    if workers_ahead[0] == workers_ahead[1] {
        workers.sort_unstable();
    }
    workers.as_flattened().iter().for_each(|byte| key.push(*byte));
    for message in &state.messages {
        key.push(message_byte(*message, state));
    }
    key.push(NONE);
    for writer in &state.history {
        match writer {
            Writer::User => key.push(0),
            Writer::Job(index) => key.push_small(index + 1),
        }
    }
    key.push(NONE);
    key.push_small(u8::from(state.is_deleted) + 2 * state.edits_left);
    Key(key.bytes)
}

/// The key of a job while no worker lives.
pub fn key_of_job(state: &State, index: usize) -> Key {
    let mut key = Writing::new(state.now);
    add_job(&mut key, state, index);
    Key(key.bytes)
}

/// A worker that has read its job may use a time from before the last tick.
fn slowest_clock(state: &State, workers_ahead: [i64; 2]) -> i64 {
    let used = state.workers.iter().zip(workers_ahead).filter_map(|(worker, ahead)| match worker.as_ref()?.stage {
        Stage::Claiming { at } => Some(at - ahead),
        _ => None,
    });
    used.min().unwrap_or(state.now).min(state.now)
}

fn add_job(key: &mut Writing, state: &State, index: usize) {
    let stored = &state.jobs[index];
    let job = &stored.job;
    key.push(job.status() as u8);
    if !job.usage.is_empty() {
        for [attempt, _, _, _, _, _, calls] in Vec::from(job.usage.clone()) {
            key.push_small(attempt * 8 + calls);
        }
    }
    key.push(NONE);
    if job.is_finished() {
        return key.push(u8::from(job.status_reason() == Some(StatusReason::Cancelled)));
    }
    if let Some(answer) = &stored.answer {
        key.push_small(answer.content_revision);
        key.push_small(answer.attempt * 8 + answer.usage.unwrap_or_default().paid_calls);
    }
    key.push(NONE);
    let (due, until) = match &job.state {
        JobState::Pending { next_attempt_at, .. } => (*next_attempt_at, None),
        JobState::Processing { lease } => (None, Some(lease.until)),
        JobState::Completed { .. } | JobState::Failed { .. } => (None, None),
    };
    for time in [due, until, job.resend_at, Some(job.deadline_at)] {
        key.push_time(time);
    }
    key.push_small(job.attempt);
    key.push_small(job.resends.min(5));
    key.push_small(job.content_revision.unwrap_or(u64::from(NONE)));
}

fn worker_bytes(worker: Option<&Worker>, state: &State) -> [u8; WORKER_BYTES] {
    let Some(worker) = worker else { return [NONE; WORKER_BYTES] };
    let stored = &state.jobs[worker.message.job].job;
    let is_current = worker.job.revision == stored.revision;
    let (stage, detail) = match worker.stage {
        Stage::Claiming { at } => (0, at - state.now),
        Stage::Claimed => (1, 0),
        Stage::Called { read_revision } => (2, i64::try_from(read_revision).unwrap_or_default()),
        Stage::Saved => (3, 0),
        Stage::Released => (4, 0),
    };
    let attempt = worker.job.attempt * 8 + worker.calls;
    [
        message_byte(worker.message, state),
        u8::from(is_current) + 2 * u8::from(worker.job.saved_answer.is_some()) + 4 * places(worker.token, state),
        u8::try_from(attempt).unwrap_or(NONE),
        u8::try_from(worker.job.usage.total().unwrap_or_default().paid_calls).unwrap_or(NONE),
        stage,
        u8::try_from(detail + 1).unwrap_or(NONE),
    ]
}

/// Where a token is stored, one bit for each place.
fn places(token: LeaseToken, state: &State) -> u8 {
    let stored = state.jobs.iter().flat_map(|stored| tokens(&stored.job));
    stored.enumerate().map(|(place, other)| u8::from(other == Some(token)) << place).sum()
}

fn message_byte(message: Message, state: &State) -> u8 {
    let is_finished = state.jobs[message.job].job.is_finished();
    let receives = if is_finished { 0 } else { message.receives };
    u8::try_from(message.job).unwrap_or(NONE) * (MAX_RECEIVES + 1) + receives
}
