//! A client of Claude's Messages API, written for version `2026-10-21` of the API.
//!
//! # Problem
//!
//! One call takes seconds to minutes, because the model reads and thinks before it writes. The call costs money. It can
//! break at any moment: before the response, with an error status, or in the middle of a stream that began with status
//! `200`. A broken stream cannot be resumed. The API has no idempotency key, so a repeated call is billed again. The
//! text must be shown while it grows, and a call whose job was cancelled must stop.
//!
//! # Design
//!
//! - [`request::body`] turns a prompt into the JSON body. The system prompt and the last document carry cache marks.
//!   The task comes last, because it differs from job to job.
//! - [`Auth`] authenticates the request with an API key, or with a signature made from AWS credentials.
//! - [`Client::stream`] sends the request and returns an [`AnswerStream`] once Claude has responded with a 2xx status.
//! - [`AnswerStream::next`] returns one server-sent event after the other.
//! - [`AnswerBuilder`] appends text and citations to their blocks, and keeps the newest token counts. It builds an
//!   answer only from a stream that reported a stop reason and ended with `message_stop`.
//! - [`ClaudeError`] says what went wrong, and [`ClaudeError::retryability`] whether a retry can help.
//!
//! # Time limits
//!
//! [`Timeouts::idle`] limits the wait for the response headers and then for each event. Every event counts, also
//! `ping`, but a comment line of a proxy does not. No limit covers the whole call: a long answer is fine while events
//! arrive. The caller has the deadline of the job. It drops the stream, which closes the connection and stops the
//! generation.
//!
//! # Errors and retries
//!
//! This crate never retries. It decides [`Retryability`] from the status, `error.type` and `error_code` of an error.
//! The header `x-should-retry` overrides that decision. The headers `retry-after-ms` and `retry-after` set the wait. An
//! `error` event in a stream goes through the same table as an error response. A broken connection, silence, a stream
//! that ends early and a malformed event are always retryable.
//!
//! The worker retries, in `functions/worker/src/generate.rs`: at most two quick retries with one prompt, none after a
//! wait of more than 8 s. Longer waits are left to the queue. If Claude rejects the API key and the secret holds
//! another key by now, the worker calls once more with that key.
//!
//! # Cost
//!
//! Token counts are cumulative. `message_start` reports the first counts, and each `message_delta` replaces them.
//! [`AnswerBuilder::tokens`] returns the newest counts at any time, so a call that breaks or is dropped half-way is
//! still charged to its job. Output that Claude wrote after its last report is missing from these counts.
//!
//! # Why not otherwise
//!
//! - An SDK: there is no official SDK for Rust. The retries of the official SDKs cover only the response status, never
//!   an error inside a stream.
//! - A response without streaming: it shows no progress, and minutes of silence look like a dead connection.
//! - Resuming a broken stream: the API cannot do that. A retry starts from the beginning and is billed in full.

#![warn(missing_docs)]

pub mod answer;
pub mod auth;
pub mod client;
pub mod error;
pub mod request;
pub mod stream;
pub mod transport;

pub use answer::{AnswerBuilder, Update};
pub use auth::{Auth, Provider, SigV4};
pub use client::{Client, Timeouts};
pub use error::{ClaudeError, PermanentReason, Retryability};
pub use request::{Effort, ModelSettings};
pub use stream::AnswerStream;
