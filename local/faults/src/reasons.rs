//! Whether each job had a reason to end as it did. A service that failed every job would keep all other invariants.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::{
    history::History,
    items::{Block, is_of_job, number, text},
    model::Called,
    platform::Platform,
    process::Process,
};

/// Looks for a reason for each job that has failed, or whose text was held out.
pub fn check(
    platform: &Platform,
    history: &History,
    (jobs, blocks): (&BTreeMap<String, &Value>, &BTreeMap<String, Block<'_>>),
    violated: &dyn Fn(&str, String),
) {
    let calls = platform.journal().all();
    for (id, job) in jobs {
        let (status, reason) = (text(job, "status"), text(job, "statusReason"));
        platform.network().count(match (status, reason) {
            ("COMPLETED", "NOT_APPLIED") => "jobs held out",
            ("COMPLETED", _) => "jobs completed",
            (_, "CANCELLED" | "SUPERSEDED") => "jobs cancelled or replaced",
            _ => "jobs failed",
        });
        let is_of_job = |call: &&Called| is_of_job(history, (id, job), (&call.message, &call.tag));
        let calls: Vec<&Called> = calls.iter().filter(is_of_job).collect();
        let is_explained = match (status, reason) {
            ("COMPLETED", "NOT_APPLIED") => is_held_out(job, blocks, &calls),
            ("COMPLETED", "PROPOSED") => text(job, "applyMode") != "replace",
            ("COMPLETED", _) => true,
            (_, "NOT_APPLIED") => is_outdated(job, blocks),
            (_, "CANCELLED") => history.is_cancelled(id),
            (_, "SUPERSEDED") => history.has_replacement(),
            _ => is_failure(platform, history, (id, job), &calls),
        };
        if !is_explained {
            violated(
                "a job ends for a reason",
                format!("{id} is {status} {reason}: {}", job["failure"]["M"]["code"]["S"]),
            );
        }
        if reason == "RETRIES_EXHAUSTED" && !is_used_up(job, calls.len()) {
            violated(
                "a job is tried as often as it may",
                format!("{id} failed after attempt {}", number(job, "attempt")),
            );
        }
        // Each attempt is a delivery of its message. Two workers whose clocks differ take a job from each other.
        let deliveries = platform.workers_of(id).len();
        if number(job, "attempt") > deliveries as u64 && !platform.network().chance().clocks_differ {
            violated("each attempt has a worker", format!("{id} has {} of {deliveries}", number(job, "attempt")));
        }
    }
    check_bases(platform, history, (jobs, blocks), violated);
}

/// A text is held out if it is cut, or if there is newer content than the job may replace.
fn is_held_out(job: &Value, blocks: &BTreeMap<String, Block<'_>>, calls: &[&Called]) -> bool {
    is_outdated(job, blocks) || calls.iter().any(|call| call.script == "is cut")
}

/// Whether there is newer content than the job may replace.
fn is_outdated(job: &Value, blocks: &BTreeMap<String, Block<'_>>) -> bool {
    let Some(block) = blocks.get(text(job, "blockId")) else { return true };
    block.revisions.last().is_none_or(|newest| number(newest, "number") > number(job, "contentRevision"))
}

/// A job fails if its worker, its sender or the model had a fault, or if the schedule has left it no chance.
fn is_failure(platform: &Platform, history: &History, (id, job): (&str, &Value), calls: &[&Called]) -> bool {
    let chance = platform.network().chance();
    let has_limits = chance.workers.is_some() || chance.budgets != Default::default() || chance.clocks_differ;
    // A REFINE of an empty block.
    let is_invalid = job["failure"]["M"]["code"]["S"] == "NOTHING_TO_REFINE";
    let workers = platform.workers_of(id);
    let had_fault = workers.is_empty() || workers.iter().any(Process::had_fault);
    has_limits
        || history.has_deletion()
        || is_invalid
        || had_fault
        || began_late(job)
        || calls.iter().any(|call| call.script != "writes")
}

/// Whether the time of the job was nearly over when a worker got its message, because the message was lost again and
/// again.
fn began_late(job: &Value) -> bool {
    /// A call and its retries take less, unless they have a fault.
    const LONGEST_ATTEMPT: SignedDuration = SignedDuration::from_secs(120);
    let time = |name: &str| job[name]["S"].as_str().and_then(|time| time.parse::<Timestamp>().ok());
    let began = time("startedAt").or_else(|| time("completedAt"));
    began.zip(time("deadlineAt")).is_some_and(|(began, end)| end.duration_since(began) < LONGEST_ATTEMPT)
}

/// Whether a job has no attempt, no call or no time left.
fn is_used_up(job: &Value, calls: usize) -> bool {
    /// The model asks for at most 90 s before the next call.
    const LONGEST_WAIT: SignedDuration = SignedDuration::from_secs(120);
    let time = |name: &str| text(job, name).parse::<Timestamp>().unwrap();
    number(job, "attempt") >= number(job, "maxAttempts")
        // An attempt whose worker died counts as one that was paid.
        || calls as u64 + number(job, "attempt") > u64::from(domain::job::policy::MAX_PAID_CALLS)
        || time("deadlineAt").duration_since(time("completedAt")) < LONGEST_WAIT
}

/// A job begins with the text of the job before it.
fn check_bases(
    platform: &Platform,
    history: &History,
    (jobs, blocks): (&BTreeMap<String, &Value>, &BTreeMap<String, Block<'_>>),
    violated: &dyn Fn(&str, String),
) {
    if platform.network().chance().clocks_differ {
        return;
    }
    for (id, job) in jobs.iter().filter(|(_, job)| job.get("contentRevision").is_some()) {
        let Some(block) = blocks.get(text(job, "blockId")) else { continue };
        let base = number(job, "contentRevision");
        let newer = block.revisions.iter().filter(|revision| number(revision, "number") > base);
        for other in newer.filter_map(|revision| revision["jobId"]["S"].as_str()) {
            let Some(other_job) = jobs.get(other).filter(|_| other != id && history.taken(other) == 0) else {
                continue;
            };
            // Times sort as texts.
            if text(other_job, "completedAt") < text(job, "createdAt") {
                violated("a job begins with the newest text", format!("{id} began before {other} had ended"));
            }
        }
    }
}
