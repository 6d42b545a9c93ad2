//! Whether the schedules find mutations of the service. `docs/testing.md` lists the seed that finds each of them.

use std::sync::Arc;

use strum::VariantArray as _;

use crate::{
    mutation::Mutation,
    platform::Prototype,
    schedule::{Plan, run},
};

/// The table has a row for each mutation: its name, what it does, the seed, and what is found.
const TABLE: &str = include_str!("../../../docs/testing.md");

/// A run of fewer schedules does not look for mutations.
pub const ENOUGH: usize = 1_000;

/// Schedules after the listed one that may find a mutation instead, because the service has changed since.
const NEAR: u64 = 3_000;

/// Looks for every mutation, at its listed seed first.
pub fn are_found(prototype: &Arc<Prototype>) -> bool {
    let mut missed = Vec::new();
    let mut moved = Vec::new();
    for mutation in Mutation::VARIANTS {
        let Some(listed) = listed(*mutation) else {
            missed.push(format!("{mutation} is not listed"));
            continue;
        };
        match first(listed.0..listed.0 + NEAR, *mutation, prototype) {
            Some(found) if found == listed => {}
            Some((seed, invariant)) => moved.push(format!("{mutation} by seed {seed}: {invariant}")),
            None => missed.push(mutation.to_string()),
        }
    }
    println!("{} mutations of the service, {} not found {missed:?}", Mutation::VARIANTS.len(), missed.len());
    if !moved.is_empty() {
        println!("not found as docs/testing.md lists it: {}", moved.join(", "));
    }
    missed.is_empty()
}

/// The seed and the invariant of a mutation's row.
fn listed(mutation: Mutation) -> Option<(u64, String)> {
    let row = TABLE.lines().find(|line| line.starts_with(&format!("| `{mutation}` |")))?;
    let mut cells = row.split('|').skip(3).map(str::trim);
    Some((cells.next()?.parse().ok()?, cells.next()?.to_owned()))
}

/// The first of these seeds whose schedule fails if the service has this mutation, and holds without it. With the invariant
/// that fails.
fn first(
    mut seeds: impl Iterator<Item = u64>,
    mutation: Mutation,
    prototype: &Arc<Prototype>,
) -> Option<(u64, String)> {
    seeds.find_map(|seed| {
        let outcome = run(&Plan::mutated(seed, mutation), prototype);
        let invariant = outcome.violations.first()?.split(':').next()?.to_owned();
        let holds = run(&Plan { seed, ..Plan::default() }, prototype).violations.is_empty();
        holds.then_some((seed, invariant))
    })
}

/// Prints, for the table, the first seed that finds each mutation. Returns whether all are found.
pub fn print_all(seed: u64, schedules: usize, prototype: &Arc<Prototype>) -> bool {
    let mut all = true;
    for mutation in Mutation::VARIANTS {
        match first((seed..).take(schedules), *mutation, prototype) {
            Some((seed, invariant)) => println!("| `{mutation}` | … | {seed} | {invariant} |"),
            None => {
                println!("| `{mutation}` | … | not found in {schedules} | |");
                all = false;
            }
        }
    }
    all
}
