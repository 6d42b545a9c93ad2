//! What a worker does with a message, as the package `worker` does it.

use std::rc::Rc;

use domain::{
    job::{
        Job, JobState, SavedAnswer,
        apply_mode::PresentContent,
        failure::Failure,
        lifecycle::{Retry, TransitionError, progress},
        policy::MAX_PAID_CALLS,
        progress::Phase,
        result::{JobResult, SourceCounts, Usage},
    },
    report::revision::ChangedBy,
};
use jiff::SignedDuration;

use crate::{
    events::{Event, Request, Verb},
    rules::Answer,
    scenario::{WAIT, time},
    state::{Stage, Worker, Writer, holder},
    world::World,
};

/// Why a worker releases its job, in words for the user.
const DETAIL: &str = "Claude is overloaded.";

impl World<'_> {
    /// A worker takes a message and reads its job. If the rules refuse the claim, the worker ends at once.
    pub fn deliver(&mut self, index: usize, message: usize) {
        let mut message = self.state.messages.remove(message);
        message.receives += 1;
        let at = self.clock_of(index);
        let job = self.state.job_with_answer(message.job);
        let token = self.new_token();
        let worker = Worker { message, token, job, stage: Stage::Claiming { at }, calls: 0 };
        let refused = self.ask_claim(&worker, at, &worker.job).err();
        self.state.workers[index] = Some(worker);
        if let Some(error) = refused {
            self.refuse_claim(index, at, error);
        }
    }

    /// The worker writes its claim.
    pub fn claim(&mut self, index: usize, is_answer_lost: bool) {
        let worker = self.worker(index);
        let Stage::Claiming { at } = worker.stage else { return };
        let request = Request { at, ..self.request_of(index, Verb::Claim) };
        let setting = self.setting;
        let token = worker.token;
        let rule = |job: &Job| (setting.rules.claim)(job, token, &setting.policy, time(at));
        match self.change_from(request, Rc::clone(&worker.job), is_answer_lost, &rule) {
            Ok(job) => {
                let stage = if job.saved_answer.is_some() { Stage::Saved } else { Stage::Claimed };
                self.state.workers[index] = Some(Worker { job, stage, ..worker });
            }
            Err(error) => self.refuse_claim(index, at, error),
        }
    }

    fn ask_claim(&self, worker: &Worker, at: i64, job: &Job) -> Answer {
        let policy = &self.setting.policy;
        (self.rules().claim)(job, worker.token, policy, time(at))
    }

    fn refuse_claim(&mut self, index: usize, at: i64, error: TransitionError) {
        let mut has_sent = false;
        match error {
            TransitionError::Overdue => {
                let setting = self.setting;
                let request = Request { at, token: None, ..self.request_of(index, Verb::Expire) };
                // If the job is not overdue any more, the sweeper takes care of it.
                let _ = self.change(request, &|job| (setting.rules.expire)(job, &setting.policy, time(at)));
            }
            TransitionError::TooEarly => {
                self.send(self.worker(index).message.job);
                has_sent = true;
            }
            _ => {}
        }
        self.acknowledge(index, has_sent);
    }

    /// The worker renews its lease. The renewal is stored beside the job, so it does not depend on the revision.
    pub fn heartbeat(&mut self, index: usize) {
        let worker = self.worker(index);
        let (now, token) = (self.clock_of(index), worker.token);
        let setting = self.setting;
        let usage = self.usage(&worker);
        let ask = |job: &Job| {
            let reported = progress(Phase::Generating, 50, "", time(now));
            (setting.rules.heartbeat)(job, setting.policy.lease(token, time(now)), reported, usage, time(now))
        };
        let stored = Rc::clone(&self.state.jobs[worker.message.job].job);
        let is_changed = stored.revision > worker.job.revision;
        let asked = if is_changed { &stored } else { &worker.job };
        let Ok(next) = ask(asked) else { return self.lose(index) };
        // The job itself stays as it is stored. Readers find the lease of its holder only.
        let beaten =
            if holder(&stored) == Some(token) { with_lease_of(&stored, &next, usage) } else { Job::clone(&stored) };
        self.put(self.request_of(index, Verb::Heartbeat), &stored, &beaten);
    }

    /// The worker makes its prompt and calls the model, which answers.
    pub fn call(&mut self, index: usize) {
        let mut worker = self.worker(index);
        worker.calls += 1;
        worker.stage = Stage::Called { read_revision: self.state.history.len() as u64 };
        self.state.jobs[worker.message.job].calls += 1;
        self.state.workers[index] = Some(worker);
    }

    /// Whether the worker may pay for a call, by what it knows about earlier attempts and by the bound of the scenario.
    pub fn may_call(&self, worker: &Worker) -> bool {
        let known = worker.job.usage.total().unwrap_or_default().paid_calls;
        let paid_before = known.max(worker.job.attempt.saturating_sub(1));
        worker.calls < self.setting.scenario.calls_per_attempt && paid_before + worker.calls < MAX_PAID_CALLS
    }

    /// The worker stores the answer, unless an answer is stored already.
    pub fn save_answer(&mut self, index: usize) {
        let mut worker = self.worker(index);
        let Stage::Called { read_revision } = worker.stage else { return };
        let content_revision = worker.job.content_revision.unwrap_or(read_revision);
        let usage = self.usage(&worker);
        let answer = SavedAnswer { result: result(), content_revision, attempt: worker.job.attempt, usage };
        let stored = self.state.jobs[worker.message.job].answer.get_or_insert_with(|| Rc::new(answer));
        worker.job =
            Rc::new(Job { saved_answer: Some(Box::new(SavedAnswer::clone(stored))), ..Job::clone(&worker.job) });
        worker.stage = Stage::Saved;
        self.state.workers[index] = Some(worker);
    }

    /// The worker completes the job together with the block, in one transaction.
    pub fn commit(&mut self, index: usize, is_answer_lost: bool) {
        let worker = self.worker(index);
        let Some(answer) = worker.job.saved_answer.clone() else { return };
        if self.state.is_deleted {
            return self.fail(index, &Failure::block_not_found());
        }
        let newest = self.state.history.len() as u64;
        let mut result = answer.result.clone();
        let present = PresentContent { revision: newest, written_by: (newest > 0).then_some(ChangedBy::User) };
        let withheld = (self.rules().withheld)(worker.job.apply_mode, &result, answer.content_revision, present);
        if let Some(reason) = withheld {
            result.add_notice(reason);
        }
        let is_applied = withheld.is_none();
        match self.complete(index, &result, is_answer_lost) {
            Ok(true) if is_applied => {
                self.state.history.push(Writer::Job(worker.message.job));
                self.events.push(Event::Applied { base: answer.content_revision, newest });
                self.acknowledge(index, false);
            }
            Ok(_) => self.acknowledge(index, false),
            Err(_) => self.lose(index),
        }
    }

    /// Returns whether this call has written the job.
    fn complete(
        &mut self,
        index: usize,
        result: &JobResult,
        mut is_answer_lost: bool,
    ) -> Result<bool, TransitionError> {
        let worker = self.worker(index);
        let now = time(self.clock_of(index));
        let mut read = Rc::clone(&worker.job);
        let mut is_written = false;
        loop {
            let mut next = (self.rules().complete)(&read, worker.token, result.clone(), now)?;
            if next.revision == read.revision {
                return Ok(is_written);
            }
            next.usage.set(worker.job.attempt, self.usage(&worker));
            if self.put_if_current(self.request_of(index, Verb::Complete), &read, &next) {
                is_written = true;
                if !is_answer_lost {
                    return Ok(true);
                }
                is_answer_lost = false;
            }
            read = self.read_again(worker.message.job, &read);
        }
    }

    /// The worker fails the job for good.
    pub fn fail(&mut self, index: usize, failure: &Failure) {
        let worker = self.worker(index);
        let (now, usage) = (time(self.clock_of(index)), self.usage(&worker));
        let setting = self.setting;
        let rule = |job: &Job| {
            let mut next = (setting.rules.fail)(job, worker.token, failure.clone(), now)?;
            next.usage.set(worker.job.attempt, usage);
            Ok(next)
        };
        match self.change_from(self.request_of(index, Verb::Fail), Rc::clone(&worker.job), false, &rule) {
            Ok(_) => self.acknowledge(index, false),
            Err(_) => self.lose(index),
        }
    }

    /// The worker releases the job for another attempt. It sends the message of that attempt in its next step.
    pub fn release(&mut self, index: usize, is_answer_lost: bool) {
        let worker = self.worker(index);
        let (now, usage) = (time(self.clock_of(index)), self.usage(&worker));
        let setting = self.setting;
        let retry = Retry { after: SignedDuration::from_secs(WAIT), detail: Some(DETAIL) };
        let rule = |job: &Job| {
            let mut next = (setting.rules.release_for_retry)(job, worker.token, &retry, &setting.policy, now)?;
            next.usage.set(worker.job.attempt, usage);
            Ok(next)
        };
        let request = self.request_of(index, Verb::Release);
        match self.change_from(request, Rc::clone(&worker.job), is_answer_lost, &rule) {
            Ok(job) if job.is_finished() => self.acknowledge(index, false),
            Ok(job) => self.state.workers[index] = Some(Worker { job, stage: Stage::Released, ..worker.clone() }),
            Err(_) => self.lose(index),
        }
    }

    /// The worker sends the message of the next attempt.
    pub fn send_own(&mut self, index: usize) {
        self.send(self.worker(index).message.job);
        self.acknowledge(index, true);
    }

    /// The worker dies and forgets everything. Its message becomes visible again.
    pub fn die(&mut self, index: usize) {
        if let Some(worker) = self.state.workers[index].take() {
            self.enqueue(worker.message);
        }
    }

    /// The worker has lost the job. It reports what it has spent, if the job has failed.
    fn lose(&mut self, index: usize) {
        let worker = self.worker(index);
        if let Some(usage) = self.usage(&worker) {
            let (now, attempt) = (time(self.clock_of(index)), worker.job.attempt);
            let setting = self.setting;
            let rule = |job: &Job| (setting.rules.record_late_usage)(job, attempt, usage, now);
            let request = self.request_of(index, Verb::LateUsage);
            // A job that has not failed takes no report.
            let _ = self.change(request, &rule);
        }
        self.acknowledge(index, false);
    }

    fn acknowledge(&mut self, index: usize, has_sent: bool) {
        if let Some(worker) = self.state.workers[index].take() {
            let (job, token) = (worker.message.job, worker.token);
            self.events.push(Event::Acknowledged { job, token, has_sent });
        }
    }

    fn worker(&self, index: usize) -> Worker {
        self.state.workers[index].clone().expect("a worker with a message")
    }

    fn usage(&self, worker: &Worker) -> Option<Usage> {
        let spends = self.setting.scenario.reports_usage && worker.calls > 0;
        spends.then(|| Usage { paid_calls: worker.calls, ..Usage::default() })
    }

    fn request_of(&self, index: usize, verb: Verb) -> Request {
        let worker = self.state.workers[index].as_ref().expect("a worker with a message");
        let scenario = &self.setting.scenario;
        Request {
            verb,
            job: worker.message.job,
            token: Some(worker.token),
            at: self.clock_of(index),
            is_on_time: scenario.workers_ahead[index] == scenario.others_ahead,
        }
    }
}

/// The stored job, as its readers find it after a heartbeat.
fn with_lease_of(stored: &Job, beaten: &Job, usage: Option<Usage>) -> Job {
    let mut job = stored.clone();
    if let (JobState::Processing { lease }, JobState::Processing { lease: renewed }) = (&mut job.state, &beaten.state) {
        lease.until = lease.until.max(renewed.until);
    }
    job.usage.set(job.attempt, usage);
    job
}

fn result() -> JobResult {
    JobResult {
        unknown_evidence_ids: Vec::new(),
        output: None,
        tokens_used: 1,
        sources: SourceCounts::default(),
        model: String::new(),
        notices: Vec::new(),
    }
}
