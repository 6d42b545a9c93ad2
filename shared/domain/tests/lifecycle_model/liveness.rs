//! Whether every job ends, whatever the workers do from now on.
//!
//! From each state, all workers die, and time passes while the sweeper runs in every tick. In the worst case its
//! messages are lost, or each of them reaches a worker that claims the job and dies at once. The job must have ended
//! when its deadline has passed and a lease, of any clock, has ended.

use std::{collections::HashSet, rc::Rc};

use domain::job::{JobState, lifecycle::Remedy};

use crate::{
    invariants::Invariant,
    key::{Key, key_of_job},
    scenario::{LEASE, tick, time},
    state::State,
    world::{Setting, World},
};

pub const ENDS: Invariant = "a job ends soon after its deadline, even if all workers die";
pub const IS_FREED: Invariant = "a job whose worker has died is released or ended within two leases";

/// A clock that is ahead by up to a lease is trusted. It may have given a lease that ends two leases from now.
const LONGEST_LEASE: i64 = 2 * LEASE;

/// Who claims the job whenever it can be claimed. Each of them dies at once.
#[derive(Clone, Copy)]
enum Claimer {
    Nobody,
    Worker(usize),
}

/// Jobs that are known to end.
#[derive(Default)]
pub struct Liveness {
    known: HashSet<Key>,
}

impl Liveness {
    /// Returns the invariant that a job of this state breaks.
    pub fn broken_in(&mut self, setting: &Setting, state: &State) -> Option<Invariant> {
        (0..state.jobs.len()).find_map(|index| {
            let is_new = !state.jobs[index].job.is_finished() && self.known.insert(key_of_job(state, index));
            is_new.then(|| broken_in_job(setting, state, index)).flatten()
        })
    }
}

fn broken_in_job(setting: &Setting, state: &State, index: usize) -> Option<Invariant> {
    [Claimer::Nobody, Claimer::Worker(0), Claimer::Worker(1)].into_iter().find_map(|claimer| {
        let mut state = state.clone();
        state.workers = [None, None];
        state.messages.clear();
        run(World::new(setting, state), index, claimer)
    })
}

/// Lets time pass until the job has ended.
fn run(mut world: World<'_>, index: usize, claimer: Claimer) -> Option<Invariant> {
    let start = world.clock();
    let deadline = tick(world.state.jobs[index].job.deadline_at).max(start);
    let mut held_since = start;
    loop {
        let now = world.clock();
        sweep(&mut world, index);
        claim(&mut world, index, claimer);
        let job = &world.state.jobs[index].job;
        match job.state {
            JobState::Processing { .. } if matches!(claimer, Claimer::Nobody) && now - held_since >= LONGEST_LEASE => {
                return Some(IS_FREED);
            }
            JobState::Processing { .. } => {}
            JobState::Pending { .. } => held_since = now,
            JobState::Completed { .. } | JobState::Failed { .. } => return None,
        }
        if now >= deadline + LONGEST_LEASE {
            return Some(ENDS);
        }
        world.state.now += 1;
    }
}

fn sweep(world: &mut World<'_>, index: usize) {
    if !world.is_overdue(&world.state.jobs[index].job) {
        return;
    }
    let job = world.state.job_with_answer(index);
    let (rules, policy) = (world.rules(), &world.setting.policy);
    if let Ok(Remedy::Resend(next) | Remedy::End(next)) = (rules.sweep)(&job, policy, time(world.clock())) {
        world.state.jobs[index].job = Rc::new(*next);
    }
}

fn claim(world: &mut World<'_>, index: usize, claimer: Claimer) {
    let Claimer::Worker(worker) = claimer else { return };
    let now = time(world.clock_of(worker));
    let policy = &world.setting.policy;
    let job = world.state.job_with_answer(index);
    if let Ok(next) = (world.rules().claim)(&job, world.new_token(), policy, now) {
        world.state.jobs[index].job = Rc::new(next);
    }
}
