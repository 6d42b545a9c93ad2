//! The HTTP contract: who calls, what a request may hold, and what answers look like.
//!
//! A route is a function from a [`Call`] to `Result<Reply, Problem>`; [`answer`] does the
//! rest: identity, request id, headers, problem bodies and one log line.

mod call;
mod fields;
mod job_body;
mod problem;
mod reply;

pub use call::{Call, answer};
pub use fields::Fields;
pub use job_body::{JobBody, job_body, listed_job_body};
pub use problem::{FieldError, Problem};
pub use reply::Reply;
