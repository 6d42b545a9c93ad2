//! The HTTP contract: who calls, what a request may hold, and what answers look like.
//!
//! A route is a function from a [`Call`] to `Result<Reply, Problem>`; [`answer`] does the
//! rest: identity, request id, headers, problem bodies and one log line.

mod call;
mod cursor;
mod if_match;
mod job_body;
mod problem;
mod query;
mod reply;

pub use call::{Call, MAX_BODY_BYTES, answer};
pub use cursor::cursor;
pub use if_match::IfMatch;
pub use job_body::{JobBody, job_body, listed_job_body};
pub use problem::Problem;
pub use query::Query;
pub use reply::Reply;
