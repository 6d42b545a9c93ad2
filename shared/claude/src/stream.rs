//! Reads the server-sent events of an answer.

use std::{pin::Pin, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use serde::Deserialize;
use sse_stream::{Sse, SseByteStream};

use crate::error::{ApiErrorResponse, ClaudeError, ErrorBody};

/// Limit on the bytes of one stream. An answer of 128,000 output tokens, with all its events, stays below it.
const MAX_STREAM_BYTES: usize = 64 * 1024 * 1024;

/// The events of one answer. Dropping the stream closes the connection, which stops the generation.
pub struct AnswerStream {
    events: Pin<Box<dyn Stream<Item = Result<Sse, sse_stream::Error>> + Send>>,
    idle: Duration,
    /// Claude's id of the request, from the response header `request-id`.
    pub request_id: Option<String>,
}

/// The types of events that [`crate::AnswerBuilder`] needs. All other types become [`Event::Other`].
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The first event. It names the model and reports the first token counts.
    MessageStart {
        /// The head of the message, still without content.
        message: MessageHead,
    },
    /// A content block starts: text, thinking or another kind.
    ContentBlockStart {
        /// Position of the block in the message, from 0.
        index: usize,
        /// The kind of the block, and the text that it starts with.
        content_block: BlockHead,
    },
    /// A content block grows by one piece.
    ContentBlockDelta {
        /// Position of the growing block in the message, from 0.
        index: usize,
        /// The piece to append to the block.
        delta: Delta,
    },
    /// Reports why the model stopped, and newer token counts. It can come more than once.
    MessageDelta {
        /// The stop reason, if this event reports one.
        delta: StopDelta,
        /// Cumulative counts. They replace the counts of earlier events.
        #[serde(default)]
        usage: UsageFields,
    },
    /// The last event. Without it the answer is not complete.
    MessageStop,
    /// Claude gave up before the answer was complete. [`AnswerStream::next`] returns this event as an error.
    Error(ErrorBody),
    /// Any other event, for example `ping`, or a type of a newer version of the API.
    #[serde(other)]
    Other,
}

/// The fields of `message_start.message` that this crate needs.
#[derive(Debug, Deserialize)]
pub struct MessageHead {
    /// Model id as Claude reports it. Empty if missing.
    #[serde(default)]
    pub model: String,
    /// Input tokens, and the output tokens so far.
    #[serde(default)]
    pub usage: UsageFields,
}

/// The fields of `content_block_start.content_block` that this crate needs.
#[derive(Debug, Deserialize)]
pub struct BlockHead {
    /// `text`, `thinking` or another kind. Only `text` blocks are kept.
    #[serde(rename = "type")]
    pub kind: String,
    /// Text that the block starts with. Empty if missing.
    #[serde(default)]
    pub text: String,
}

/// A piece of a content block.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Delta {
    /// A piece of the answer's text.
    TextDelta {
        /// Text to append to the block.
        text: String,
    },
    /// A citation that supports the text of the block.
    CitationsDelta {
        /// The citation object of the API, not parsed yet. A citation of an unknown form must not fail the whole
        /// answer.
        citation: serde_json::Value,
    },
    /// Thinking, signatures, JSON of tools, and types of a newer version of the API.
    #[serde(other)]
    Other,
}

/// The fields of `message_delta.delta` that this crate needs.
#[derive(Debug, Deserialize)]
pub struct StopDelta {
    /// `end_turn`, `max_tokens`, `refusal` or another reason. `None` if the event reports none.
    pub stop_reason: Option<String>,
}

/// Token counts of one event. A count that is missing, null or not a whole number is `None`, and the earlier count
/// stays valid.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the names are the API's")]
pub struct UsageFields {
    #[serde(deserialize_with = "count")]
    pub input_tokens: Option<u64>,
    #[serde(deserialize_with = "count")]
    pub output_tokens: Option<u64>,
    #[serde(deserialize_with = "count")]
    pub cache_read_input_tokens: Option<u64>,
    #[serde(deserialize_with = "count")]
    pub cache_creation_input_tokens: Option<u64>,
    pub cache_creation: Option<CacheCreation>,
}

/// Reads a token count. Any other value becomes `None`, so that it does not fail the whole answer.
fn count<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    Ok(serde_json::Value::deserialize(from)?.as_u64())
}

/// Input tokens written to the prompt cache, by lifetime of the cache entry.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the names are the API's")]
pub struct CacheCreation {
    #[serde(deserialize_with = "count")]
    pub ephemeral_5m_input_tokens: Option<u64>,
    #[serde(deserialize_with = "count")]
    pub ephemeral_1h_input_tokens: Option<u64>,
}

impl AnswerStream {
    pub(crate) fn new(response: reqwest::Response, idle: Duration) -> Self {
        let request_id = response.headers().get("request-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
        let mut left = MAX_STREAM_BYTES;
        let bytes = response.bytes_stream().map_err(StreamFault::Http).and_then(move |chunk: Bytes| {
            let fits = left >= chunk.len();
            left = left.saturating_sub(chunk.len());
            std::future::ready(if fits { Ok(chunk) } else { Err(StreamFault::TooLong) })
        });
        Self { events: Box::pin(SseByteStream::new(bytes)), idle, request_id }
    }

    /// Returns the next event, or `None` once the connection has closed. `None` does not mean that the answer is
    /// complete, see [`Event::MessageStop`]. Fails if no event arrives within the idle timeout, if the connection
    /// breaks, if the stream is malformed or too long, and if Claude sends an `error` event.
    pub async fn next(&mut self) -> Result<Option<Event>, ClaudeError> {
        loop {
            let next = tokio::time::timeout(self.idle, self.events.next())
                .await
                .map_err(|_| ClaudeError::Stalled(self.idle))?;
            let Some(event) = next else { return Ok(None) };
            let event = event.map_err(fault)?;
            let Some(data) = event.data else { continue };
            // The message of a JSON error may quote the answer. Only its kind and its position are kept.
            let event = serde_json::from_str(&data).map_err(|error| {
                ClaudeError::Malformed(format!("{:?} error at column {}", error.classify(), error.column()))
            })?;
            return match event {
                Event::Error(body) => {
                    let request_id = self.request_id.clone();
                    let mut answer = ApiErrorResponse { status: 200, request_id, ..ApiErrorResponse::default() };
                    body.put_into(&mut answer);
                    Err(ClaudeError::ErrorResponse(Box::new(answer)))
                }
                event => Ok(Some(event)),
            };
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum StreamFault {
    #[error("the connection broke")]
    Http(#[source] reqwest::Error),
    #[error("too many bytes")]
    TooLong,
}

fn fault(error: sse_stream::Error) -> ClaudeError {
    match error {
        sse_stream::Error::Body(source) => match source.downcast::<StreamFault>() {
            Ok(fault) => match *fault {
                StreamFault::Http(error) => ClaudeError::Connection(error),
                StreamFault::TooLong => ClaudeError::StreamTooLong,
            },
            Err(other) => ClaudeError::Malformed(other.to_string()),
        },
        other => ClaudeError::Malformed(other.to_string()),
    }
}
