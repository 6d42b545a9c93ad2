//! The steps that are possible in a state.

use std::fmt;

use domain::job::failure::Failure;

use crate::{
    state::{Message, Stage, Worker},
    world::World,
};

/// One step of somebody. Workers, jobs and messages are named by their index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Tick,
    Deliver { worker: u8, message: u8 },
    Duplicate { message: u8 },
    Lose { message: u8 },
    EndOrResend { message: u8 },
    Claim { worker: u8, is_answer_lost: bool },
    Heartbeat { worker: u8 },
    Call { worker: u8 },
    SaveAnswer { worker: u8 },
    Commit { worker: u8, is_answer_lost: bool },
    Fail { worker: u8 },
    Release { worker: u8, is_answer_lost: bool },
    SendOwn { worker: u8 },
    Die { worker: u8 },
    Sweep { job: u8, is_sent: bool },
    Cancel { job: u8 },
    Replace,
    Edit,
    Delete,
    Abandon { job: u8 },
}

/// All steps that are possible.
pub fn steps(world: &World<'_>) -> Vec<Step> {
    let mut steps = Vec::with_capacity(24);
    if world.may_tick() {
        steps.push(Step::Tick);
    }
    for (index, worker) in (0..).zip(&world.state.workers) {
        match worker {
            Some(worker) => add_steps_of_worker(world, index, worker, &mut steps),
            None => add_deliveries(world, index, &mut steps),
        }
    }
    add_steps_of_messages(world, &mut steps);
    add_steps_of_others(world, &mut steps);
    steps
}

fn add_steps_of_worker(world: &World<'_>, index: u8, worker: &Worker, steps: &mut Vec<Step>) {
    let losses = [false, true];
    steps.push(Step::Die { worker: index });
    if matches!(worker.stage, Stage::Claimed | Stage::Called { .. } | Stage::Saved) {
        steps.push(Step::Heartbeat { worker: index });
    }
    if matches!(worker.stage, Stage::Claimed | Stage::Called { .. }) {
        steps.push(Step::Fail { worker: index });
        steps.extend(losses.map(|is_answer_lost| Step::Release { worker: index, is_answer_lost }));
        if !world.state.is_deleted && world.may_call(worker) {
            steps.push(Step::Call { worker: index });
        }
    }
    match worker.stage {
        Stage::Claiming { .. } => {
            steps.extend(losses.map(|is_answer_lost| Step::Claim { worker: index, is_answer_lost }));
        }
        Stage::Claimed => {}
        Stage::Called { .. } => steps.push(Step::SaveAnswer { worker: index }),
        Stage::Saved => steps.extend(losses.map(|is_answer_lost| Step::Commit { worker: index, is_answer_lost })),
        Stage::Released => steps.push(Step::SendOwn { worker: index }),
    }
}

fn add_deliveries(world: &World<'_>, worker: u8, steps: &mut Vec<Step>) {
    let most = world.setting.scenario.receives;
    let deliveries = distinct(&world.state.messages).filter(|(_, message)| message.receives < most);
    steps.extend(deliveries.map(|(message, _)| Step::Deliver { worker, message }));
}

fn add_steps_of_messages(world: &World<'_>, steps: &mut Vec<Step>) {
    let has_room = world.state.messages.len() < world.setting.scenario.messages;
    for (message, Message { receives, .. }) in distinct(&world.state.messages) {
        steps.push(Step::Lose { message });
        if has_room {
            steps.push(Step::Duplicate { message });
        }
        if *receives == world.setting.scenario.receives {
            steps.push(Step::EndOrResend { message });
        }
    }
}

fn add_steps_of_others(world: &World<'_>, steps: &mut Vec<Step>) {
    let (state, scenario) = (&world.state, &world.setting.scenario);
    for (job, stored) in (0..).zip(&state.jobs) {
        if world.is_overdue(&stored.job) {
            steps.extend([true, false].map(|is_sent| Step::Sweep { job, is_sent }));
        }
        steps.push(Step::Cancel { job });
        if state.is_deleted {
            steps.push(Step::Abandon { job });
        }
    }
    if state.is_deleted {
        return;
    }
    if state.jobs.len() < scenario.jobs.len() {
        steps.push(Step::Replace);
    }
    if state.edits_left > 0 {
        steps.push(Step::Edit);
    }
    if scenario.may_delete {
        steps.push(Step::Delete);
    }
}

/// The first of equal messages, with its index.
fn distinct(messages: &[Message]) -> impl Iterator<Item = (u8, &Message)> {
    let is_first = |index: usize| index == 0 || messages[index - 1] != messages[index];
    messages
        .iter()
        .enumerate()
        .filter(move |(index, _)| is_first(*index))
        .map(|(index, message)| (narrow(index), message))
}

fn narrow(index: usize) -> u8 {
    u8::try_from(index).expect("few of everything")
}

impl World<'_> {
    /// A worker that has read its job claims it in a bounded time, which bounds how old its clock is.
    fn may_tick(&self) -> bool {
        (0..).zip(&self.state.workers).all(|(index, worker)| match worker.as_ref().map(|worker| worker.stage) {
            Some(Stage::Claiming { at }) => self.clock_of(index) < at + self.setting.scenario.claims_within,
            _ => true,
        })
    }

    /// Takes one step.
    pub fn take(&mut self, step: Step) {
        match step {
            Step::Tick => self.state.now += 1,
            Step::Deliver { worker, message } => self.deliver(worker.into(), message.into()),
            Step::Duplicate { message } => self.enqueue(self.state.messages[usize::from(message)]),
            Step::Lose { message } => {
                self.state.messages.remove(message.into());
            }
            Step::EndOrResend { message } => self.end_or_resend(message.into()),
            Step::Claim { worker, is_answer_lost } => self.claim(worker.into(), is_answer_lost),
            Step::Heartbeat { worker } => self.heartbeat(worker.into()),
            Step::Call { worker } => self.call(worker.into()),
            Step::SaveAnswer { worker } => self.save_answer(worker.into()),
            Step::Commit { worker, is_answer_lost } => self.commit(worker.into(), is_answer_lost),
            Step::Fail { worker } => self.fail(worker.into(), &Failure::refused(None)),
            Step::Release { worker, is_answer_lost } => self.release(worker.into(), is_answer_lost),
            Step::SendOwn { worker } => self.send_own(worker.into()),
            Step::Die { worker } => self.die(worker.into()),
            Step::Sweep { job, is_sent } => self.sweep(job.into(), is_sent),
            Step::Cancel { job } => self.cancel(job.into()),
            Step::Replace => self.replace(),
            Step::Edit => self.edit(),
            Step::Delete => self.state.is_deleted = true,
            Step::Abandon { job } => self.abandon(job.into()),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |worker: u8| if worker == 0 { "worker A" } else { "worker B" };
        let lost =
            |is_lost: bool| if is_lost { ", but the answer to its write is lost, so it writes again" } else { "" };
        match *self {
            Self::Tick => write!(f, "time passes"),
            Self::Deliver { worker, .. } => write!(f, "{} takes a message and reads its job", name(worker)),
            Self::Duplicate { .. } => write!(f, "the queue delivers a message twice"),
            Self::Lose { .. } => write!(f, "the queue loses a message"),
            Self::EndOrResend { .. } => write!(f, "the dead-letter function takes a message"),
            Self::Claim { worker, is_answer_lost } => write!(f, "{} claims{}", name(worker), lost(is_answer_lost)),
            Self::Heartbeat { worker } => write!(f, "{} sends a heartbeat", name(worker)),
            Self::Call { worker } => write!(f, "{} calls the model, which answers", name(worker)),
            Self::SaveAnswer { worker } => write!(f, "{} saves the answer", name(worker)),
            Self::Commit { worker, is_answer_lost } => write!(f, "{} commits{}", name(worker), lost(is_answer_lost)),
            Self::Fail { worker } => write!(f, "{} fails the job for good", name(worker)),
            Self::Release { worker, is_answer_lost } => {
                write!(f, "{} releases the job for a retry{}", name(worker), lost(is_answer_lost))
            }
            Self::SendOwn { worker } => write!(f, "{} sends the message of the next attempt", name(worker)),
            Self::Die { worker } => write!(f, "{} dies", name(worker)),
            Self::Sweep { job, is_sent: true } => write!(f, "the sweeper takes care of job {}", job + 1),
            Self::Sweep { job, is_sent: false } => {
                write!(f, "the sweeper takes care of job {}, and dies before it sends a message", job + 1)
            }
            Self::Cancel { job } => write!(f, "the user cancels job {}", job + 1),
            Self::Replace => write!(f, "the user creates the next job, which replaces a job in flight"),
            Self::Edit => write!(f, "the user edits the block"),
            Self::Delete => write!(f, "the user deletes the block"),
            Self::Abandon { job } => write!(f, "the deletion of the block reaches job {}", job + 1),
        }
    }
}
