//! A check of the life of a job in every order of events, within bounds.
//!
//! The model holds one block of one user, with its jobs, its messages and two workers. It asks the real rules in
//! `domain::job::lifecycle`, and writes their answers as the package `store` does: only if nothing has changed since
//! the job was read. In every state it tries every step: of the clock, the queue, each worker, the sweeper, the
//! function of the dead-letter queue and the user. Workers die, freeze, keep old copies and have wrong clocks.
//!
//! A worker reads its job in one step and writes its claim in a later one. Its other writes start from the copy that it
//! holds, however old that is. Everybody else reads and writes in one step, because a write from an old copy is refused
//! and the rule is asked again. The queue may deliver a message early: the rules must refuse it.
//!
//! - `rules`: the rules as a table.
//! - `scenario`: the bounds, and the clocks.
//! - `state`, `world`: a state, and how a job is written.
//! - `worker`, `others`, `steps`: who does what, and when it is possible.
//! - `events`, `invariants`, `liveness`: what must hold.
//! - `key`, `search`: the search through all states.
//! - `broken_rules`: mistakes that the model must find.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs, reason = "tests")]

mod broken_rules;
mod events;
mod invariants;
mod key;
mod liveness;
mod others;
mod rules;
mod scenario;
mod search;
mod state;
mod steps;
mod worker;
mod world;

use std::{thread, time::Instant};

use crate::{
    broken_rules::{BROKEN, BrokenRule},
    rules::REAL,
    scenario::{SCENARIOS, Scenario},
    search::{Seen, search},
    world::Setting,
};

/// Every way in which a job can end, by the transition that ends it. The search must see them all, and no other.
const ENDS: [&str; 14] = [
    "Abandon: FAILED INVALID",
    "Cancel: FAILED CANCELLED",
    "Complete: COMPLETED",
    "Complete: COMPLETED NOT_APPLIED",
    "Expire: FAILED EXPIRED",
    "Expire: FAILED RETRIES_EXHAUSTED",
    "Expire: FAILED TIMED_OUT",
    "Fail: FAILED INVALID",
    "Fail: FAILED REFUSED",
    "Release: FAILED RETRIES_EXHAUSTED",
    "Supersede: FAILED SUPERSEDED",
    "Sweep: FAILED EXPIRED",
    "Sweep: FAILED RETRIES_EXHAUSTED",
    "Sweep: FAILED TIMED_OUT",
];

#[test]
fn every_reachable_state_of_a_job_keeps_the_invariants() {
    let all = thread::scope(|scope| {
        let searches = SCENARIOS.map(|scenario| scope.spawn(move || check(scenario)));
        searches.map(|search| search.join().expect("a search that does not panic"))
    });
    let states: usize = all.iter().map(|seen| seen.states).sum();
    let transitions: usize = all.iter().map(|seen| seen.transitions).sum();
    println!("{:<30} {states:>8} states, {transitions:>8} transitions", "together");
    let mut ends: Vec<String> = all.into_iter().flat_map(|seen| seen.ends).map(|end| end.to_string()).collect();
    ends.sort();
    ends.dedup();
    assert_eq!(ends, ENDS);
}

/// Searches a scenario with the real rules.
fn check(scenario: Scenario) -> Seen {
    let (name, start) = (scenario.name, Instant::now());
    let setting = Setting::new(REAL, scenario);
    let seen =
        search(&setting).unwrap_or_else(|violation| panic!("\"{name}\" goes wrong:\n{}", violation.story(&setting)));
    let Seen { states, transitions, most_calls, .. } = seen;
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{name:<30} {states:>8} states, {transitions:>8} transitions, {most_calls} paid calls at most, {seconds:.1} s"
    );
    assert_eq!(most_calls, scenario.most_paid_calls(), "{name}: the bound on paid calls is reached");
    seen
}

#[test]
fn every_broken_rule_is_found() {
    let wrong: Vec<String> = BROKEN.iter().filter_map(|broken| find(broken).err()).collect();
    println!("{} broken rules", BROKEN.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Tells the story of a broken rule, or what is wrong with it.
fn find(broken: &BrokenRule) -> Result<(), String> {
    let BrokenRule { name, scenario, invariant, break_rule } = broken;
    let mut rules = REAL;
    break_rule(&mut rules);
    let setting = Setting::new(rules, *scenario);
    let Err(violation) = search(&setting) else { return Err(format!("{name}: not found")) };
    println!("{name}. Found in \"{}\":\n{}", scenario.name, violation.story(&setting));
    if violation.invariant == *invariant {
        Ok(())
    } else {
        Err(format!("{name}: found by \"{}\"", violation.invariant))
    }
}
