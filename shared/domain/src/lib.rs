//! What a background job is, from its creation to its end. Pure Rust: no AWS, no Lambda, no sockets, no async.
//!
//! Read the folders in this order:
//!
//! - [`job`]: a job, its status, and [`job::lifecycle`], the only place where statuses change.
//! - [`report`]: the document and the block that a job writes.
//! - [`library`]: the evidence, goals and reviews that a job reads, and how they are selected.
//! - [`prompt`]: what Claude is asked, and how its answer becomes a draft.
//! - [`sanitize`]: what is taken out of a text before it is stored.
//! - [`grounding`]: what the text of a draft rests on.
//!
//! This crate does know three things of its surroundings. [`input`] reads the fields of a JSON request. The types of
//! [`report`] and [`library`] derive the form in which they are stored. The limits of texts and ids are chosen so that
//! they fit into DynamoDB.

#![warn(missing_docs)]

#[macro_use]
mod wire_enum;

pub mod annotation;
pub mod budget;
pub mod error_chain;
pub mod estimate;
pub mod export;
pub mod grounding;
pub mod ids;
pub mod input;
mod json_text;
pub mod nearest_name;
pub mod price;
pub mod problem;
pub mod random;
pub mod rfc3339;
pub mod sanitize;
pub mod time;
pub mod zone;

pub mod job;
pub mod library;
pub mod prompt;
pub mod report;

/// A transform for the schema of an enum that may grow: its known values, or any other string.
pub fn open_set(schema: &mut schemars::Schema) {
    let known = std::mem::take(schema);
    *schema = schemars::json_schema!({"anyOf": [known, {"type": "string"}]});
}
