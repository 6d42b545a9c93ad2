//! Claude's Messages API, as of version 2026-10-21: one request, streamed.
//!
//! [`request`] makes the body, [`auth`] proves who pays, [`client`] sends it, [`stream`] reads the events,
//! [`answer`] puts them together, and [`error`] says which failures pass.

pub mod answer;
pub mod auth;
pub mod client;
pub mod error;
pub mod request;
pub mod stream;

pub use answer::AnswerBuilder;
pub use auth::{Auth, Provider, SigV4};
pub use client::{Client, Timeouts};
pub use error::{ClaudeError, Final, Verdict};
pub use request::{Effort, Settings};
pub use stream::AnswerStream;
