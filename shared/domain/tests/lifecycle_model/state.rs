//! One block of one user, with everything that can happen to it at one moment.

use std::{fmt, rc::Rc};

use domain::{
    ids::LeaseToken,
    job::{Job, JobState, SavedAnswer},
};

/// The state of the model.
#[derive(Clone)]
pub struct State {
    /// The slowest clock, in ticks.
    pub now: i64,
    /// The jobs of the block, in the order of their creation.
    pub jobs: Vec<StoredJob>,
    /// Who wrote each revision of the block. The number of the newest revision is the length.
    pub history: Vec<Writer>,
    /// Whether the block is deleted. Its history is kept here, to check it.
    pub is_deleted: bool,
    /// How often the user may still edit the block.
    pub edits_left: u8,
    /// The queue, sorted.
    pub messages: Vec<Message>,
    /// What each worker does. `None`: it waits for a message.
    pub workers: [Option<Worker>; 2],
}

/// What the table holds about a job.
#[derive(Clone)]
pub struct StoredJob {
    /// The job, with the newest lease.
    pub job: Rc<Job>,
    /// The answer, which is stored beside the job.
    pub answer: Option<Rc<SavedAnswer>>,
    /// How many calls were paid for. Nobody in the model sees it.
    pub calls: u32,
}

/// Who wrote a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    User,
    /// The job with this index.
    Job(usize),
}

/// A message in the queue. It names one job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Message {
    /// The index of the job.
    pub job: usize,
    /// How often it was delivered.
    pub receives: u8,
}

/// A worker with a message.
#[derive(Clone)]
pub struct Worker {
    pub message: Message,
    /// Made before the claim is written.
    pub token: LeaseToken,
    /// The job as this worker last read or wrote it.
    pub job: Rc<Job>,
    pub stage: Stage,
    /// Calls that this attempt has paid for.
    pub calls: u32,
}

/// How far a worker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It has read the job, at this tick of its own clock, and will claim it.
    Claiming { at: i64 },
    /// It holds the job.
    Claimed,
    /// The model has answered. The prompt was made of the revision with this number.
    Called { read_revision: u64 },
    /// The answer is stored.
    Saved,
    /// The job is released, and its next message is not sent yet.
    Released,
}

impl State {
    /// The job as a reader finds it.
    pub fn job_with_answer(&self, index: usize) -> Rc<Job> {
        let stored = &self.jobs[index];
        match &stored.answer {
            Some(answer) if !stored.job.is_finished() && stored.job.attempt > 0 => {
                Rc::new(Job { saved_answer: Some(Box::new(SavedAnswer::clone(answer))), ..Job::clone(&stored.job) })
            }
            _ => Rc::clone(&stored.job),
        }
    }
}

/// The token of the worker that holds the job.
pub const fn holder(job: &Job) -> Option<LeaseToken> {
    match job.state {
        JobState::Processing { lease } => Some(lease.token),
        _ => None,
    }
}

/// The token of the worker that has released the job.
pub const fn released_by(job: &Job) -> Option<LeaseToken> {
    match job.state {
        JobState::Pending { released_by, .. } => released_by,
        _ => None,
    }
}

impl fmt::Display for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User => write!(f, "the user"),
            Self::Job(index) => write!(f, "job {}", index + 1),
        }
    }
}
