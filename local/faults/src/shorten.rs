//! Makes a failing schedule short: it leaves out faults and steps as long as the schedule still fails in the same way.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    chance::CallId,
    platform::Prototype,
    schedule::{Outcome, Plan, run},
};

/// The shortest plan that was found, and how it went.
pub fn shorten(plan: &Plan, outcome: Outcome, prototype: &Arc<Prototype>) -> (Plan, Outcome) {
    let invariant = name_of(&outcome);
    let mut shortest = plan.clone();
    let mut best = outcome;
    let try_plan = |plan: &Plan| {
        let outcome = run(plan, prototype);
        (name_of(&outcome) == invariant).then_some(outcome)
    };
    // Steps first: each brings many faults along.
    for step in best.steps.clone() {
        let mut plan = shortest.clone();
        plan.without.insert(step);
        if let Some(outcome) = try_plan(&plan) {
            (shortest, best) = (plan, outcome);
        }
    }
    let mut faults: Vec<CallId> = best.faults.iter().map(|(call, _)| call.clone()).collect();
    let mut size = faults.len();
    while size > 0 {
        let mut at = 0;
        while at < faults.len() {
            let mut fewer = faults.clone();
            fewer.drain(at..(at + size).min(faults.len()));
            let plan = Plan { only: Some(fewer.iter().cloned().collect::<BTreeSet<_>>()), ..shortest.clone() };
            match try_plan(&plan) {
                Some(outcome) => (shortest, best, faults) = (plan, outcome, fewer),
                None => at += size,
            }
        }
        size /= 2;
    }
    (shortest, best)
}

fn name_of(outcome: &Outcome) -> Option<String> {
    outcome.violations.first().and_then(|violation| violation.split(':').next()).map(str::to_owned)
}
