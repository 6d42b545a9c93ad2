//! What everybody but the workers does: the user, the sweeper and the function of the dead-letter queue.

use domain::job::{
    Job,
    failure::Failure,
    lifecycle::{Remedy, TransitionError},
};

use crate::{
    events::{Event, Verb},
    scenario::time,
    state::Writer,
    world::World,
};

impl World<'_> {
    /// Whether the sweeper looks at the job.
    pub fn is_overdue(&self, job: &Job) -> bool {
        (self.rules().is_overdue)(job, &self.setting.policy, time(self.clock()))
    }

    /// The sweeper writes an overdue job. It may die before it sends the message.
    pub fn sweep(&mut self, job: usize, is_sent: bool) {
        let (setting, now) = (self.setting, time(self.clock()));
        let swept = self.change(self.request(Verb::Sweep, job), &|job| {
            (setting.rules.sweep)(job, &setting.policy, now).map(|remedy| match remedy {
                Remedy::Resend(job) | Remedy::End(job) => *job,
            })
        });
        if swept.is_ok_and(|job| !job.is_finished()) && is_sent {
            self.send(job);
        }
    }

    /// The function of the dead-letter queue ends the job of a message, or sends it again.
    pub fn end_or_resend(&mut self, message: usize) {
        let job = self.state.messages.remove(message).job;
        let (setting, now) = (self.setting, time(self.clock()));
        let request = self.request(Verb::Expire, job);
        let ended = self.change(request, &|job| (setting.rules.expire)(job, &setting.policy, now));
        if ended.is_err_and(|error| error == TransitionError::NotOverdue) {
            self.send(job);
        }
    }

    pub fn cancel(&mut self, job: usize) {
        let (setting, now) = (self.setting, time(self.clock()));
        let answer = self.change(self.request(Verb::Cancel, job), &|job| (setting.rules.cancel)(job, now));
        self.events.push(Event::CancelAnswered { job, is_accepted: answer.is_ok() });
    }

    /// The user creates the next job. It replaces a job that is in flight.
    pub fn replace(&mut self) {
        let last = self.state.jobs.len() - 1;
        let current = self.state.job_with_answer(last);
        if let Ok(after) = (self.rules().supersede)(&current, time(self.clock())) {
            self.put_if_current(self.request(Verb::Supersede, last), &current, &after);
        }
        self.create();
    }

    pub fn edit(&mut self) {
        self.state.history.push(Writer::User);
        self.state.edits_left -= 1;
    }

    /// The deletion of the block ends a job of the block.
    pub fn abandon(&mut self, job: usize) {
        let (setting, now) = (self.setting, time(self.clock()));
        let rule = |job: &Job| Ok((setting.rules.abandon)(job, Failure::block_not_found(), now));
        let _ = self.change(self.request(Verb::Abandon, job), &rule);
        self.events.push(Event::Abandoned { job });
    }
}
