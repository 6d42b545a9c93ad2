//! Erasure: takes the texts of what was deleted out of everything that stays.
//!
//! - A job keeps its times, its tokens and its cost, and loses its prompt, its answer and its input (`jobs`).
//! - A stored response loses its body, or the words of a deleted source (`responses`).
//! - A citation keeps its place and loses the words of its source (`citations`). This is the only change of a text that
//!   was written.

use domain::{
    ids::SourceId,
    library::source::{SourceField, SourceType},
};

mod citations;
mod jobs;
mod responses;

/// Words of a source in a citation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Quote {
    pub source: (SourceType, SourceId),
    pub field: SourceField,
    pub words: String,
}
