//! The limits of a user in responses: the headers `RateLimit` and `RateLimit-Policy`
//! (draft-ietf-httpapi-ratelimit-headers), and the problems with status 429.

use api::{Problem, Reply};
use domain::problem::ProblemCode;
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

/// The 429 for an admission that was denied. It names the limit and how long to wait, in seconds.
pub(crate) fn rate_limited(admission: Admission, limits: Limits) -> Problem {
    let (code, detail, wait) = if let Admission::TooFast(wait) = admission {
        let detail = format!("You may create {} jobs a minute. Wait a moment.", limits.creates_per_minute);
        (ProblemCode::TooManyRequests, detail, wait)
    } else {
        let most = limits.active_jobs;
        let detail = format!(
            "You have {most} jobs in progress, as many as the limit allows. Wait until one ends, or cancel one."
        );
        (ProblemCode::TooManyActiveJobs, detail, LOOK_AGAIN_SECONDS)
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
