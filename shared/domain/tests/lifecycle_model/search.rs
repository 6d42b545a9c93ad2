//! Visits every reachable state, the near ones first, and tells the shortest story of a broken invariant.

use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    fmt::{self, Write as _},
};

use domain::job::{
    Job, JobState,
    status::{JobStatus, StatusReason},
};

use crate::{
    events::{Event, Verb},
    invariants::{self, Invariant},
    key::{Key, key},
    liveness::Liveness,
    scenario::tick,
    state::{State, Worker},
    steps::{Step, steps},
    world::{Setting, World},
};

/// How a job can end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct End {
    verb: Verb,
    status: JobStatus,
    reason: Option<StatusReason>,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { verb, status, reason } = self;
        write!(f, "{verb:?}: {status}")?;
        reason.map_or(Ok(()), |reason| write!(f, " {reason}"))
    }
}

/// What a search without a broken invariant has seen.
#[derive(Default)]
pub struct Seen {
    pub states: usize,
    pub transitions: usize,
    /// The most calls that one job has paid for.
    pub most_calls: u32,
    pub ends: Vec<End>,
}

/// An invariant that does not hold, and how it came to that.
pub struct Violation {
    pub invariant: Invariant,
    pub path: Vec<Step>,
}

/// The step that has led to a state, and the state before. The first state has none.
type Origin = Option<(u32, Step)>;

/// A search that is going on.
struct Search<'a> {
    setting: &'a Setting,
    ids: HashMap<Key, u32>,
    origins: Vec<Origin>,
    frontier: VecDeque<(u32, State)>,
    liveness: Liveness,
    seen: Seen,
}

/// Visits every state of a scenario.
pub fn search(setting: &Setting) -> Result<Seen, Violation> {
    let mut search = Search {
        setting,
        ids: HashMap::new(),
        origins: Vec::new(),
        frontier: VecDeque::new(),
        liveness: Liveness::default(),
        seen: Seen::default(),
    };
    search.visit(setting.first_state(), None)?;
    while let Some((id, state)) = search.frontier.pop_front() {
        search.expand(id, state)?;
    }
    search.seen.states = search.origins.len();
    Ok(search.seen)
}

impl Search<'_> {
    /// Takes every possible step from a state.
    fn expand(&mut self, id: u32, state: State) -> Result<(), Violation> {
        let world = World::new(self.setting, state);
        for step in steps(&world) {
            let mut next = World::new(self.setting, world.state.clone());
            next.take(step);
            self.seen.transitions += 1;
            for event in &next.events {
                if let Some(invariant) = invariants::broken_by_event(&next, event) {
                    return Err(Violation { invariant, path: self.path(Some((id, step))) });
                }
                self.note(event);
            }
            self.visit(next.state, Some((id, step)))?;
        }
        Ok(())
    }

    /// Checks a state that is new, and keeps it for later.
    fn visit(&mut self, state: State, origin: Origin) -> Result<(), Violation> {
        let id = u32::try_from(self.origins.len()).expect("fewer states");
        match self.ids.entry(key(&state, self.setting.scenario.workers_ahead)) {
            Entry::Occupied(_) => return Ok(()),
            Entry::Vacant(entry) => entry.insert(id),
        };
        let broken = invariants::broken_in(self.setting, &state);
        if let Some(invariant) = broken.or_else(|| self.liveness.broken_in(self.setting, &state)) {
            return Err(Violation { invariant, path: self.path(origin) });
        }
        let calls = state.jobs.iter().map(|stored| stored.calls).max().unwrap_or_default();
        self.seen.most_calls = self.seen.most_calls.max(calls);
        self.origins.push(origin);
        self.frontier.push_back((id, state));
        Ok(())
    }

    fn note(&mut self, event: &Event) {
        let Event::Wrote(written) = event else { return };
        if written.before.is_finished() || !written.after.is_finished() {
            return;
        }
        let (verb, after) = (written.request.verb, &written.after);
        let end = End { verb, status: after.status(), reason: after.status_reason() };
        if !self.seen.ends.contains(&end) {
            self.seen.ends.push(end);
        }
    }

    /// The steps that lead to a state.
    fn path(&self, mut origin: Origin) -> Vec<Step> {
        let mut path = Vec::new();
        while let Some((id, step)) = origin {
            path.push(step);
            origin = self.origins[id as usize];
        }
        path.reverse();
        path
    }
}

impl Violation {
    /// Tells what has happened, step by step, each with the state after it.
    pub fn story(&self, setting: &Setting) -> String {
        let mut world = World::new(setting, setting.first_state());
        let mut story = format!("  0. the user creates job 1\n       {}\n", picture(&world));
        for (number, step) in (1..).zip(&self.path) {
            world.take(*step);
            let _ = writeln!(story, "  {number}. {step}\n       {}", picture(&world));
        }
        story + &format!("  This breaks: {}.\n", self.invariant)
    }
}

/// A state in one line.
fn picture(world: &World<'_>) -> String {
    let state = &world.state;
    let mut picture = format!("tick {}", state.now);
    for (number, stored) in (1..).zip(&state.jobs) {
        let _ = write!(picture, "; job {number} {}", picture_of_job(&stored.job, state));
    }
    for writer in &state.history {
        let _ = write!(picture, "; revision by {writer}");
    }
    let _ = write!(picture, "; {} messages", state.messages.len());
    picture
}

fn picture_of_job(job: &Job, state: &State) -> String {
    let has_token = |worker: &Option<Worker>, token| worker.as_ref().is_some_and(|worker| worker.token == token);
    let (attempt, deadline) = (job.attempt, tick(job.deadline_at));
    match &job.state {
        JobState::Pending { next_attempt_at, .. } => {
            let due = next_attempt_at.map(|due| format!(" due at {},", tick(due))).unwrap_or_default();
            format!("PENDING,{due} {attempt} attempts, deadline {deadline}")
        }
        JobState::Processing { lease } => {
            let mut named = ["worker A", "worker B"].into_iter().zip(&state.workers);
            let holder =
                named.find(|(_, worker)| has_token(worker, lease.token)).map_or("a dead worker", |(name, _)| name);
            format!("held by {holder} until {}, {attempt} attempts, deadline {deadline}", tick(lease.until))
        }
        JobState::Completed { .. } | JobState::Failed { .. } => {
            let reason = job.status_reason().map(|reason| format!(" {reason}")).unwrap_or_default();
            format!("{}{reason}", job.status())
        }
    }
}
