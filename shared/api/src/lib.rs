//! The HTTP contract: who calls, what a request may hold, and what answers look like.
//!
//! A route is a function from a [`Call`] to `Result<Reply, Problem>`; [`answer`] does the
//! rest: identity, request id, headers, problem bodies and one log line.

mod call;
mod cursor;
mod if_match;
mod job_body;
mod once;
mod polling;
mod problem;
mod query;
mod reply;
pub mod routes;

pub use call::{Call, MAX_BODY_BYTES, answer, no_route};
pub use cursor::Cursors;
pub use if_match::IfMatch;
pub use job_body::{AnalysisResult, JobBody, ResultBody, TextResult, job_body, listed_job_body};
pub use once::{IDEMPOTENCY_KEY_PATTERN, Once};
pub use polling::{IfNoneMatch, MAX_WAIT_SECONDS, preferred_wait};
pub use problem::{KindBody, Problem, ProblemBody};
pub use query::{DEFAULT_LIMIT, MAX_LIMIT, Query};
pub use reply::Reply;
