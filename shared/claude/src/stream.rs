//! The events of a stream.

use std::{pin::Pin, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use serde::Deserialize;
use sse_stream::{Sse, SseByteStream};

use crate::{
    client::ErrorBody,
    error::{ClaudeError, ErrorAnswer},
};

/// More bytes than any answer has: 128,000 output tokens with their events stay below it.
const MAX_STREAM_BYTES: usize = 64 * 1024 * 1024;

/// An answer on its way. Dropping it closes the connection, and Claude stops writing.
pub struct AnswerStream {
    events: Pin<Box<dyn Stream<Item = Result<Sse, sse_stream::Error>> + Send>>,
    idle: Duration,
    /// Claude's name for the request.
    pub request_id: Option<String>,
}

/// An event that matters here; others are [`Event::Other`].
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The beginning, with the model's name and the input tokens.
    MessageStart {
        /// The message, still empty.
        message: MessageHead,
    },
    /// A block begins.
    ContentBlockStart {
        /// Its number.
        index: usize,
        /// Its kind, and perhaps its first text.
        content_block: BlockHead,
    },
    /// A block grows.
    ContentBlockDelta {
        /// Its number.
        index: usize,
        /// By what.
        delta: Delta,
    },
    /// The end is told.
    MessageDelta {
        /// Why the model stopped.
        delta: StopDelta,
        /// Tokens so far; replaces what was told before.
        #[serde(default)]
        usage: UsageFields,
    },
    /// The end. Without it the answer is not complete.
    MessageStop,
    /// The answer ends here, unfinished. [`AnswerStream::next`] returns it as an error.
    Error(ErrorBody),
    /// Anything else, also what does not exist yet.
    #[serde(other)]
    Other,
}

/// The head of the message.
#[derive(Debug, Deserialize)]
pub struct MessageHead {
    /// The model, as it names itself.
    #[serde(default)]
    pub model: String,
    /// Input tokens.
    #[serde(default)]
    pub usage: UsageFields,
}

/// The head of a block.
#[derive(Debug, Deserialize)]
pub struct BlockHead {
    /// `text`, `thinking` or another.
    #[serde(rename = "type")]
    pub kind: String,
    /// First text.
    #[serde(default)]
    pub text: String,
}

/// What a block grows by.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Delta {
    /// Text.
    TextDelta {
        /// To append.
        text: String,
    },
    /// A citation of the block.
    CitationsDelta {
        /// Where it points: an object of the API. One that is not understood must not cost the
        /// whole answer.
        citation: serde_json::Value,
    },
    /// Thinking, signatures, JSON of tools, what does not exist yet.
    #[serde(other)]
    Other,
}

/// Why the model stopped.
#[derive(Debug, Deserialize)]
pub struct StopDelta {
    /// `end_turn`, `max_tokens`, `refusal` and so on.
    pub stop_reason: Option<String>,
}

/// Tokens; a field that is missing, null or no count was not told.
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

/// A count of tokens, if it is one: an odd number must not cost the whole answer.
fn count<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    Ok(serde_json::Value::deserialize(from)?.as_u64())
}

/// Cache writes by how long they live.
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
            std::future::ready(if fits { Ok(chunk) } else { Err(StreamFault::Endless) })
        });
        Self { events: Box::pin(SseByteStream::new(bytes)), idle, request_id }
    }

    /// The next event; `None` once the connection has closed.
    pub async fn next(&mut self) -> Result<Option<Event>, ClaudeError> {
        loop {
            let next = tokio::time::timeout(self.idle, self.events.next())
                .await
                .map_err(|_| ClaudeError::Stalled(self.idle))?;
            let Some(event) = next else { return Ok(None) };
            let event = event.map_err(fault)?;
            let Some(data) = event.data else { continue };
            // The error's own words may quote the answer: only its kind and place are kept.
            let event = serde_json::from_str(&data).map_err(|error| {
                ClaudeError::Malformed(format!("{:?} error at column {}", error.classify(), error.column()))
            })?;
            return match event {
                Event::Error(body) => {
                    let request_id = self.request_id.clone();
                    let mut answer = ErrorAnswer { status: 200, request_id, ..ErrorAnswer::default() };
                    body.put_into(&mut answer);
                    Err(ClaudeError::Answered(Box::new(answer)))
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
    Endless,
}

fn fault(error: sse_stream::Error) -> ClaudeError {
    match error {
        sse_stream::Error::Body(source) => match source.downcast::<StreamFault>() {
            Ok(fault) => match *fault {
                StreamFault::Http(error) => ClaudeError::Connection(error),
                StreamFault::Endless => ClaudeError::Endless,
            },
            Err(other) => ClaudeError::Malformed(other.to_string()),
        },
        other => ClaudeError::Malformed(other.to_string()),
    }
}
