//! The HTTP contract: the caller, requests, responses and errors.
//!
//! A route is a function from a [`Call`] to `Result<Reply, Problem>`. [`answer`] does the rest. It identifies the
//! caller, sets the request id and the headers, turns a problem into a response body and writes one log line.

#![warn(missing_docs)]

mod access;
mod call;
mod cursor;
mod event;
mod idempotency;
mod identity;
mod if_match;
mod job_body;
mod job_input;
mod page;
mod polling;
mod problem;
pub mod problem_code;
mod query;
mod reply;
pub mod routes;
mod serve;
mod store_state;
mod trace_context;

pub use call::{Call, MAX_BODY_BYTES, REQUEST_TIMEOUT, answer, no_route};
pub use cursor::Cursors;
pub use event::request_of_event;
pub use idempotency::{IDEMPOTENCY_KEY_PATTERN, Idempotency};
pub use identity::user_id;
pub use if_match::IfMatch;
pub use job_body::{AnalysisResult, JobBody, ResultBody, TextResult, job_body, listed_job_body};
pub use job_input::{DocumentJobsInput, JobInput, JobOptions, MAX_JOBS_OF_DOCUMENT, OnConflict, Only};
pub use page::fitting;
pub use polling::IfNoneMatch;
pub use problem::{KindBody, Problem, ProblemBody};
pub use query::{DEFAULT_LIMIT, MAX_LIMIT, Query};
pub use reply::{Reply, bytes_in_response};
pub use serve::serve;
pub use store_state::StoreState;
