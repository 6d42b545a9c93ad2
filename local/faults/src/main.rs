//! Thousands of schedules of faults, each replayable from its seed.
//!
//! The service runs as it is deployed: the real functions, the real store and queue, the real SDK with its retries. Only
//! DynamoDB, SQS and Claude are simulated, and only time is not real. `docs/testing.md` says how to use it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs,
    reason = "tests"
)]

mod chance;
mod check;
mod found;
mod history;
mod items;
mod leaver;
mod model;
mod mutation;
mod network;
mod options;
mod platform;
mod process;
mod prototype;
mod reasons;
mod schedule;
mod shorten;
mod sqs;
mod story;
mod table;
mod user;
mod watch;

use std::{
    collections::BTreeMap,
    process::ExitCode,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use options::{Mutations, Options};
use platform::Prototype;
use schedule::{Outcome, Plan, run};

/// Seeds that once failed. They run first.
const KEPT: &str = include_str!("../seeds.txt");
const KEPT_IN: &str = "local/faults/seeds.txt";

fn main() -> ExitCode {
    let options = match Options::read() {
        Ok(options) => options,
        Err(wrong) => {
            eprintln!("{wrong}");
            return ExitCode::from(2);
        }
    };
    schedule::note_panics();
    let prototype = Arc::new(prototype::prototype());
    let is_well = match options.mutation {
        None => holds(&options, &prototype),
        Some(Mutations::All) => found::print_all(options.seed, options.schedules, &prototype),
        Some(Mutations::One(mutation)) => {
            let plans: Vec<Plan> = options.seeds().map(|seed| Plan::mutated(seed, mutation)).collect();
            let failure = run_all(&plans, &options, &prototype);
            let is_found = failure.is_some();
            explain(failure, &prototype);
            println!("{mutation} is {}found", if is_found { "" } else { "not " });
            is_found
        }
    };
    ExitCode::from(u8::from(!is_well))
}

/// Runs the kept seeds and new ones, and looks whether the schedules still find mutations.
fn holds(options: &Options, prototype: &Arc<Prototype>) -> bool {
    // With `STORY`, only the story of the seed is wanted.
    let kept = if options.tells { "" } else { KEPT };
    let kept: Vec<u64> = kept.lines().filter_map(|line| line.split_whitespace().next()?.parse().ok()).collect();
    println!("schedules from seed {} on, after {} seeds that once failed", options.seed, kept.len());
    let plans: Vec<Plan> =
        kept.into_iter().chain(options.seeds()).map(|seed| Plan { seed, ..Plan::default() }).collect();
    let failure = run_all(&plans, options, prototype);
    let holds = failure.is_none();
    explain(failure, prototype);
    holds && (options.schedules < found::ENOUGH || found::are_found(prototype))
}

/// What all threads have seen so far.
#[derive(Default)]
struct Progress {
    done: AtomicUsize,
    failed: AtomicBool,
    counts: Mutex<BTreeMap<&'static str, usize>>,
    /// Of those that failed, the schedule with the lowest number.
    failure: Mutex<Option<(usize, Plan, Outcome)>>,
}

/// Runs these schedules on all processors. Returns the first that fails.
fn run_all(plans: &[Plan], options: &Options, prototype: &Arc<Prototype>) -> Option<(Plan, Outcome)> {
    let started = Instant::now();
    let (progress, next) = (Progress::default(), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().unwrap().get() {
            scope.spawn(|| {
                while !progress.failed.load(Ordering::Relaxed) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(plan) = plans.get(number) else { return };
                    one(plan, number, options, prototype, &progress);
                }
            });
        }
    });
    report(&progress, started.elapsed());
    progress.failure.into_inner().unwrap().map(|(_, plan, outcome)| (plan, outcome))
}

fn one(plan: &Plan, number: usize, options: &Options, prototype: &Arc<Prototype>, progress: &Progress) {
    let mut outcome = run(plan, prototype);
    if options.tells {
        println!("schedule of seed {}:\n{}", plan.seed, outcome.story.lines().join("\n"));
    }
    if number.is_multiple_of(100) {
        outcome.violations.extend(not_repeated(plan, &outcome, prototype));
    }
    let done = progress.done.fetch_add(1, Ordering::Relaxed) + 1;
    for (what, count) in &outcome.counts {
        *progress.counts.lock().unwrap().entry(what).or_default() += count;
    }
    if done.is_multiple_of(500) {
        println!("{done} schedules");
    }
    if !outcome.violations.is_empty() {
        progress.failed.store(true, Ordering::Relaxed);
        let mut failure = progress.failure.lock().unwrap();
        if failure.as_ref().is_none_or(|(first, ..)| number < *first) {
            *failure = Some((number, plan.clone(), outcome));
        }
    }
}

/// Runs a schedule again. It must go the same way.
fn not_repeated(plan: &Plan, outcome: &Outcome, prototype: &Arc<Prototype>) -> Option<String> {
    let again = run(plan, prototype);
    if again.story.digest() == outcome.story.digest() {
        return None;
    }
    let (one, two) = (outcome.story.lines(), again.story.lines());
    let at = one.iter().zip(&two).position(|(one, two)| one != two).unwrap_or_default();
    Some(format!("a seed repeats its schedule: line {at}: {:?} and {:?}", one.get(at), two.get(at)))
}

fn report(progress: &Progress, time: Duration) {
    let done = progress.done.load(Ordering::Relaxed);
    let violations = usize::from(progress.failed.load(Ordering::Relaxed));
    println!("{done} schedules in {:.0} s, {violations} with a violation", time.as_secs_f64());
    let counts = progress.counts.lock().unwrap();
    let counts: Vec<String> = counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
    println!("what happened: {}", counts.join(", "));
}

/// Prints the shortest schedule that still fails.
fn explain(failure: Option<(Plan, Outcome)>, prototype: &Arc<Prototype>) {
    let Some((plan, outcome)) = failure else { return };
    println!("seed {} fails: {}", plan.seed, outcome.violations.join("; "));
    if std::env::var_os("QUICK").is_some() {
        return;
    }
    let (plan, outcome) = shorten::shorten(&plan, outcome, prototype);
    println!("\nthe shortest schedule that still fails:\n{}", outcome.story.lines().join("\n"));
    println!("\nseed {}: {}", plan.seed, outcome.violations.join("; "));
    println!("its faults: {:?}", outcome.faults);
    match plan.mutation {
        Some(mutation) => println!("Replay it: make faults N=1 SEED={} MUTATION={mutation}", plan.seed),
        None => {
            println!("Replay it: make faults N=1 SEED={}. Once it is mended, keep the seed in {KEPT_IN}.", plan.seed);
        }
    }
}
