//! Reports: documents, their blocks, and the history of each block.

pub mod applied;
pub mod block;
pub mod context_config;
pub mod document;
pub mod new_document;
pub mod revision;
