//! Limits of a user, as answers tell them: `RateLimit` and `RateLimit-Policy` of the IETF's draft
//! (draft-ietf-httpapi-ratelimit-headers), and 429.

use api::{Problem, Reply};
use domain::problem::ProblemCode;
use jiff::Timestamp;
use runtime::Settings;
use store::limits::{Admission, Limits, seconds_to_next_minute};

/// Whoever has too many jobs under way may look again after so many seconds.
const LOOK_AGAIN_SECONDS: u32 = 5;

/// The limits as they are set; zero means none.
pub fn read(settings: &mut Settings) -> Limits {
    Limits {
        active_jobs: settings.number("MAX_ACTIVE_JOBS", 0, 0..=100),
        creates_per_minute: settings.number("MAX_CREATES_PER_MINUTE", 0, 0..=100_000),
    }
}

/// Why the user may not create a job now.
pub(crate) fn refused(admission: Admission, limits: Limits, now: Timestamp) -> Problem {
    let (code, detail, wait) = if admission == Admission::TooFast {
        let detail = format!("You may create {} jobs a minute. Wait a moment.", limits.creates_per_minute);
        (ProblemCode::TooManyRequests, detail, seconds_to_next_minute(now))
    } else {
        let most = limits.active_jobs;
        let detail = format!("You have {most} jobs under way, as many as you may have. Wait for one, or cancel one.");
        (ProblemCode::TooManyActiveJobs, detail, LOOK_AGAIN_SECONDS)
    };
    let problem = Problem::new(code, detail).header("retry-after", wait).header("ratelimit-policy", policy(limits));
    match code {
        ProblemCode::TooManyRequests => problem.header("ratelimit", left(0, now)),
        _ => problem,
    }
}

/// The answer, with what is left.
pub(crate) fn headers(reply: Reply, limits: Limits, creates_left: Option<u32>, now: Timestamp) -> Reply {
    if limits.are_off() {
        return reply;
    }
    let reply = reply.header("ratelimit-policy", &policy(limits));
    match creates_left {
        Some(creates) => reply.header("ratelimit", &left(creates, now)),
        None => reply,
    }
}

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

fn left(creates: u32, now: Timestamp) -> String {
    format!("\"creates\";r={creates};t={}", seconds_to_next_minute(now))
}
