//! Takes out of a text what a reader cannot see, and out of an answer what a reader must not follow.
//!
//! Texts are sanitized once, before they are stored, whoever has written them.

mod edits;
pub mod invisible;
pub mod markdown;
