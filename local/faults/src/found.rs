//! Whether the schedules find mutations of the service. `docs/testing.md` lists the seed that finds each of them.

use std::{process::ExitCode, sync::Arc};

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
const NEAR: u64 = 1_000;

/// Looks for every mutation, at its listed seed first.
pub fn are_found(prototype: &Arc<Prototype>) -> bool {
    let mut missed = Vec::new();
    let mut moved = Vec::new();
    for mutation in Mutation::VARIANTS {
        let listed = listed_seed(*mutation).unwrap_or_default();
        match (listed..listed + NEAR).find(|seed| finds(*seed, *mutation, prototype).is_some()) {
            Some(seed) if seed == listed => {}
            Some(seed) => moved.push(format!("{mutation} by seed {seed}")),
            None => missed.push(mutation.to_string()),
        }
    }
    println!("{} mutations of the service, {} not found {missed:?}", Mutation::VARIANTS.len(), missed.len());
    if !moved.is_empty() {
        println!("found by another seed than docs/testing.md lists: {}", moved.join(", "));
    }
    missed.is_empty()
}

fn listed_seed(mutation: Mutation) -> Option<u64> {
    let row = TABLE.lines().find(|line| line.starts_with(&format!("| `{mutation}` |")))?;
    row.split('|').nth(3)?.trim().parse().ok()
}

/// The invariant that a schedule breaks, if the service has this mutation.
fn finds(seed: u64, mutation: Mutation, prototype: &Arc<Prototype>) -> Option<String> {
    let outcome = run(&Plan::mutated(seed, mutation), prototype);
    outcome.violations.first().map(|violation| violation.split(':').next().unwrap_or_default().to_owned())
}

/// Prints, for the table, the first seed that finds each mutation.
pub fn print_all(first: u64, schedules: usize, prototype: &Arc<Prototype>) -> ExitCode {
    let mut all = ExitCode::SUCCESS;
    for mutation in Mutation::VARIANTS {
        let seeds = (first..).take(schedules);
        let found = seeds.into_iter().find_map(|seed| Some((seed, finds(seed, *mutation, prototype)?)));
        match found {
            Some((seed, invariant)) => println!("| `{mutation}` | … | {seed} | {invariant} |"),
            None => {
                println!("| `{mutation}` | … | not found in {schedules} | |");
                all = ExitCode::FAILURE;
            }
        }
    }
    all
}
