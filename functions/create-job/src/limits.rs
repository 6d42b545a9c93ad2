//! The limits and budgets of a user in responses: the headers `RateLimit` and `RateLimit-Policy`
//! (draft-ietf-httpapi-ratelimit-headers), and the problems with status 429.

use api::{Problem, Reply};
use domain::{
    budget::{Budgets, Committed},
    problem::ProblemCode,
};
use jiff::Timestamp;
use runtime::Settings;
use store::jobs::limits::{Admission, Allowance, Limits};

/// `Retry-After` when too many jobs are in flight. It is a guess, because the end of a job cannot be foreseen.
const LOOK_AGAIN_SECONDS: u32 = 5;

/// Reads the limits from the settings. Zero, the default, means no limit.
pub(crate) fn read(settings: &mut Settings) -> Limits {
    Limits {
        active_jobs: settings.number("MAX_ACTIVE_JOBS", 0, 0..=100),
        creates_per_minute: settings.number("MAX_CREATES_PER_MINUTE", 0, 0..=100_000),
    }
}

/// Fails with 429 if the budgets of the day are spent. `others` is what the output of all jobs but one may cost, in
/// millionths of a US dollar: there must be room for it.
pub(crate) fn check_budget(budgets: Budgets, committed: Committed, others: u64, now: Timestamp) -> Result<(), Problem> {
    match budgets.left(committed) {
        Some(left) if left <= others => Err(Problem::budget_exceeded(now)),
        _ => Ok(()),
    }
}

/// The 429 for an admission that was denied. It names the limit and how long to wait, in seconds.
pub(crate) fn rate_limited(admission: Admission, limits: Limits) -> Problem {
    let (most_active, per_minute) = (limits.active_jobs, limits.creates_per_minute);
    let (code, detail, wait) = match admission {
        Admission::TooFast(wait) => {
            let detail = format!("You may create {per_minute} jobs a minute. Wait a moment.");
            (ProblemCode::TooManyRequests, detail, wait)
        }
        Admission::TooManyActive(left @ 1..) => {
            let detail = format!(
                "You may have {most_active} jobs in progress, and create {left} more now. Name at most {left} blocks in blockIds."
            );
            (ProblemCode::TooManyActiveJobs, detail, LOOK_AGAIN_SECONDS)
        }
        Admission::TooManyActive(_) | Admission::Granted(_) => {
            let detail = format!(
                "You have {most_active} jobs in progress, as many as the limit allows. Wait until one ends, or cancel one."
            );
            (ProblemCode::TooManyActiveJobs, detail, LOOK_AGAIN_SECONDS)
        }
    };
    let problem = Problem::new(code, detail).header("retry-after", wait).header("ratelimit-policy", policy(limits));
    match code {
        ProblemCode::TooManyRequests => problem.header("ratelimit", left(0, wait)),
        _ => problem,
    }
}

/// Adds the rate limit headers to a response.
pub(crate) fn headers(reply: Reply, limits: Limits, allowance: Allowance) -> Reply {
    if limits.are_off() {
        return reply;
    }
    let reply = reply.header("ratelimit-policy", &policy(limits));
    match allowance.creates_left {
        Some(creates) => reply.header("ratelimit", &left(creates, allowance.reset_seconds)),
        None => reply,
    }
}

/// The value of `RateLimit-Policy`, such as `"creates";q=20;w=60, "active";q=5`.
fn policy(limits: Limits) -> String {
    let mut policies = Vec::new();
    if limits.creates_per_minute > 0 {
        policies.push(format!("\"creates\";q={};w=60", limits.creates_per_minute));
    }
    if limits.active_jobs > 0 {
        policies.push(format!("\"active\";q={}", limits.active_jobs));
    }
    policies.join(", ")
}

/// The value of `RateLimit`, such as `"creates";r=19;t=42`: jobs left, and seconds until there is one more.
fn left(creates: u32, reset_seconds: u32) -> String {
    format!("\"creates\";r={creates};t={reset_seconds}")
}
