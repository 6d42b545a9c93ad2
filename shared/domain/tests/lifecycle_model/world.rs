//! The rules, the scenario and one state: a step changes the state and leaves events.

use std::rc::Rc;

use domain::{
    ids::{BlockId, DocumentId, LeaseToken, UserId},
    job::{
        Job, JobState,
        apply_mode::ApplyMode,
        lifecycle::{JobPolicy, NewJob, TransitionError},
        status::JobType,
    },
};

use crate::{
    events::{Event, Request, Verb, Written},
    rules::{Answer, Rules},
    scenario::{Scenario, time},
    state::{Message, State, StoredJob, holder, released_by},
};

/// What stays the same in all states of a scenario.
pub struct Setting {
    pub rules: Rules,
    pub scenario: Scenario,
    pub policy: JobPolicy,
    user: UserId,
    document: DocumentId,
    block: BlockId,
    /// More tokens than a state can hold.
    tokens: [LeaseToken; 8],
}

impl Setting {
    pub fn new(rules: Rules, scenario: Scenario) -> Self {
        Self {
            rules,
            scenario,
            policy: scenario.policy(),
            user: UserId::new("ada").expect("valid"),
            document: DocumentId::new(),
            block: BlockId::new(),
            tokens: std::array::from_fn(|_| LeaseToken::new()),
        }
    }

    /// The first state: a block without content and a job that waits for it.
    pub fn first_state(&self) -> State {
        let state = State {
            now: 0,
            jobs: Vec::new(),
            history: Vec::new(),
            is_deleted: false,
            edits_left: self.scenario.edits,
            messages: Vec::new(),
            workers: [None, None],
        };
        let mut world = World::new(self, state);
        world.create();
        world.state
    }
}

/// A state that changes.
pub struct World<'a> {
    pub setting: &'a Setting,
    pub state: State,
    pub events: Vec<Event>,
}

impl<'a> World<'a> {
    pub const fn new(setting: &'a Setting, state: State) -> Self {
        Self { setting, state, events: Vec::new() }
    }

    pub const fn rules(&self) -> &'a Rules {
        &self.setting.rules
    }

    /// The clock of everybody but the workers.
    pub const fn clock(&self) -> i64 {
        self.state.now + self.setting.scenario.others_ahead
    }

    /// The clock of a worker.
    pub const fn clock_of(&self, worker: usize) -> i64 {
        self.state.now + self.setting.scenario.workers_ahead[worker]
    }

    /// A request of anybody but a worker.
    pub const fn request(&self, verb: Verb, job: usize) -> Request {
        Request { verb, job, token: None, at: self.clock(), is_on_time: true }
    }

    /// Stores the next job of the scenario, and sends its message.
    pub fn create(&mut self) {
        let job_type = self.setting.scenario.jobs[self.state.jobs.len()];
        let new = NewJob {
            user: self.setting.user.clone(),
            job_type,
            document_id: Some(self.setting.document),
            block_id: Some(self.setting.block),
            prompt: None,
            apply_mode: ApplyMode::default(),
            retry_of: None,
            request: None,
        };
        let mut job = (self.rules().create)(new, &self.setting.policy, time(self.clock()));
        if job_type == JobType::Generate {
            job.content_revision = Some(self.state.history.len() as u64);
        }
        self.state.jobs.push(StoredJob { job: Rc::new(job), answer: None, calls: 0 });
        self.send(self.state.jobs.len() - 1);
    }

    /// Sends a new message for a job.
    pub fn send(&mut self, job: usize) {
        self.enqueue(Message { job, receives: 0 });
    }

    /// Puts a message into the queue. If the queue is full, the message is lost.
    pub fn enqueue(&mut self, message: Message) {
        if self.state.messages.len() < self.setting.scenario.messages {
            let place = self.state.messages.partition_point(|other| *other < message);
            self.state.messages.insert(place, message);
        }
    }

    /// A token that no job and no worker has.
    pub fn new_token(&self) -> LeaseToken {
        let is_used = |token: &LeaseToken| {
            let by_worker = self.state.workers.iter().flatten().any(|worker| worker.token == *token);
            by_worker || self.state.jobs.iter().any(|stored| tokens(&stored.job).contains(&Some(*token)))
        };
        *self.setting.tokens.iter().find(|token| !is_used(token)).expect("a state holds fewer tokens")
    }

    /// Reads a job and changes it.
    pub fn change(&mut self, request: Request, rule: &dyn Fn(&Job) -> Answer) -> Result<Rc<Job>, TransitionError> {
        let job = self.state.job_with_answer(request.job);
        self.change_from(request, job, false, rule)
    }

    /// Writes a job if its revision is still the one that was read. After a conflict, reads it again and asks the rule
    /// again. If the answer to the first write is lost, the write is repeated, which looks like a conflict.
    pub fn change_from(
        &mut self,
        request: Request,
        mut read: Rc<Job>,
        mut is_answer_lost: bool,
        rule: &dyn Fn(&Job) -> Answer,
    ) -> Result<Rc<Job>, TransitionError> {
        loop {
            let next = rule(&read)?;
            if next.revision == read.revision {
                return Ok(Rc::new(next));
            }
            let is_written = self.put_if_current(request, &read, &next);
            if is_written && !is_answer_lost {
                return Ok(Rc::new(next));
            }
            is_answer_lost &= !is_written;
            read = self.read_again(request.job, &read);
        }
    }

    /// The job after a conflict. The answer that was read before is kept.
    pub fn read_again(&self, job: usize, read: &Job) -> Rc<Job> {
        let stored = &self.state.jobs[job].job;
        match &read.saved_answer {
            Some(answer) if !stored.is_finished() => {
                Rc::new(Job { saved_answer: Some(answer.clone()), ..Job::clone(stored) })
            }
            _ => Rc::clone(stored),
        }
    }

    /// Writes `next` if the job has the revision of `read`.
    pub fn put_if_current(&mut self, request: Request, read: &Rc<Job>, next: &Job) -> bool {
        let is_current = self.state.jobs[request.job].job.revision == read.revision;
        if is_current {
            self.put(request, read, next);
        }
        is_current
    }

    /// Writes a job without its answer.
    pub fn put(&mut self, request: Request, read: &Rc<Job>, next: &Job) {
        let after = Rc::new(Job { saved_answer: None, ..next.clone() });
        let before = std::mem::replace(&mut self.state.jobs[request.job].job, Rc::clone(&after));
        self.events.push(Event::Wrote(Written { request, read: Rc::clone(read), before, after }));
    }
}

/// The tokens that a stored job holds.
pub const fn tokens(job: &Job) -> [Option<LeaseToken>; 3] {
    let completed_by = match job.state {
        JobState::Completed { lease_token, .. } => Some(lease_token),
        _ => None,
    };
    [holder(job), released_by(job), completed_by]
}
