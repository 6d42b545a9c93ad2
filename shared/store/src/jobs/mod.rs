//! Jobs in the table: creation, transitions, completion, lists, limits, and the index of unfinished jobs.

pub mod complete;
pub mod create;
pub mod inline_input;
pub(crate) mod item;
pub mod limits;
pub mod list;
pub(crate) mod progress;
mod transitions;
pub mod unfinished;

pub use item::JOB_RETENTION_SECONDS;
