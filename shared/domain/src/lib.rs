//! What a background job is and how it lives: pure Rust, without AWS, HTTP or Lambda.
//!
//! Read the modules in this order: a [`Job`](job::Job) and the transitions of its
//! [`life`], the [`document`] it writes into, the [`evidence`] it writes from and how that
//! is [selected](selection), the [`prompt`] made of both, and the [`draft`] that an answer
//! becomes.

pub mod causes;
pub mod fields;
pub mod ids;
mod json_text;
pub mod terms;
pub mod time;

pub mod failure;
pub mod job;
pub mod life;
pub mod problem;
pub mod result;

pub mod applied;
pub mod citation;
pub mod context_config;
pub mod document;

pub mod evidence;
pub mod goal;
pub mod library;
pub mod review;
pub mod selection;

pub mod draft;
pub mod insights;
pub mod price;
pub mod prompt;

/// In a schema: values that are known, and others that clients must expect.
fn open_set(schema: &mut schemars::Schema) {
    let known = std::mem::take(schema);
    *schema = schemars::json_schema!({"anyOf": [known, {"type": "string"}]});
}
