//! Reads the events of an answer: server-sent events, or a whole message from a gateway that does not stream.
//!
//! [`read_event`] decides about every event. An event that carries nothing is skipped: empty data, `[DONE]`, a comment
//! that a gateway wrote into the data, an unknown type. `null` counts as absent. Data that is not JSON fails the call,
//! which may be retried. `docs/errors.md` lists the cases.

use std::{collections::VecDeque, pin::Pin, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use serde_json::Value;
use sse_stream::{Sse, SseByteStream};

use crate::error::{ApiErrorResponse, ClaudeError};

/// Limit on the bytes of one answer. An answer of 128,000 output tokens, with all its events, stays below it.
pub(crate) const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// The events of one answer. Dropping the stream closes the connection, which stops the generation.
pub struct AnswerStream {
    source: Source,
    /// Claude's id of the request, from the response header `request-id`.
    pub request_id: Option<String>,
}

enum Source {
    Events(Pin<Box<dyn Stream<Item = Result<Sse, sse_stream::Error>> + Send>>),
    /// A message that came whole, as the events that would have brought it.
    Message(VecDeque<Event>),
}

/// The events that [`crate::AnswerBuilder`] needs.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The first event. A second one means that the answer starts over, for example with another model.
    MessageStart {
        /// Id of the message. Empty if missing.
        id: String,
        /// Model id as Claude reports it. Empty if missing.
        model: String,
        /// Input tokens, and the output tokens so far.
        usage: UsageFields,
    },
    /// A content block starts.
    ContentBlockStart {
        /// Position of the block in the message, from 0. `None` if missing.
        index: Option<usize>,
        /// `text`, `thinking` or another kind. Empty if missing.
        kind: String,
        /// Text that the block starts with. Empty if missing.
        text: String,
    },
    /// A content block grows by a piece of text.
    Text {
        /// Position of the growing block in the message, from 0. `None` if missing.
        index: Option<usize>,
        /// The text to append to the block.
        text: String,
    },
    /// A citation that supports the text of a block.
    Citation {
        /// Position of the block in the message, from 0. `None` if missing.
        index: Option<usize>,
        /// The citation object of the API, not parsed yet. A citation of an unknown form must not fail the answer.
        citation: Value,
    },
    /// Reports why the model stopped, and newer token counts. It can come more than once.
    MessageDelta {
        /// `end_turn`, `max_tokens`, `refusal` or another reason. `None` if the event reports none.
        stop_reason: Option<String>,
        /// Category of a refusal, such as `cyber`.
        refusal_category: Option<String>,
        /// Cumulative counts. They replace the counts of earlier events.
        usage: UsageFields,
    },
    /// The last event. Without it the answer is not complete.
    MessageStop,
}

/// Token counts of one event. A count that is missing, null or not a whole number is `None`, and the earlier count
/// stays valid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the API's")]
pub struct UsageFields {
    pub input_tokens: Option<u64>,
    pub output_tokens: Option<u64>,
    pub cache_read_input_tokens: Option<u64>,
    pub cache_creation_input_tokens: Option<u64>,
    /// The writes to the cache by the lifetime of the entry, if the event tells them apart.
    pub cache_creation: Option<CacheCreation>,
}

/// Input tokens written to the prompt cache, by lifetime of the cache entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the API's")]
pub struct CacheCreation {
    pub ephemeral_5m_input_tokens: Option<u64>,
    pub ephemeral_1h_input_tokens: Option<u64>,
}

impl AnswerStream {
    /// Reads a stream of events. `idle` is the longest pause between two pieces of it. Any bytes end the pause, also a
    /// comment that only keeps the connection alive.
    pub(crate) fn events(response: reqwest::Response, idle: Duration) -> Self {
        let request_id = request_id(&response);
        let chunks = (response.bytes_stream().boxed(), MAX_ANSWER_BYTES, false);
        let bytes = stream::unfold(chunks, move |(mut chunks, left, failed)| async move {
            if failed {
                return None;
            }
            let chunk: Result<Bytes, StreamFault> = match tokio::time::timeout(idle, chunks.next()).await {
                Err(_) => Err(StreamFault::Stalled(idle)),
                Ok(None) => return None,
                Ok(Some(Err(error))) => Err(StreamFault::Http(error)),
                Ok(Some(Ok(chunk))) if chunk.len() > left => Err(StreamFault::TooLong),
                Ok(Some(Ok(chunk))) => Ok(chunk),
            };
            let left = left - chunk.as_ref().map_or(0, Bytes::len);
            let failed = chunk.is_err();
            Some((chunk, (chunks, left, failed)))
        });
        Self { source: Source::Events(Box::pin(SseByteStream::new(bytes.boxed()))), request_id }
    }

    /// Reads a message that came whole.
    pub(crate) fn message(message: &Value, request_id: Option<String>) -> Self {
        Self { source: Source::Message(events_of(message)), request_id }
    }

    /// Returns the next event, or `None` once the answer has ended. `None` does not mean that the answer is complete,
    /// see [`Event::MessageStop`]. Fails if no byte arrives within the idle timeout, if the connection breaks, if the
    /// stream is malformed or too long, and if Claude sends an `error` event.
    pub async fn next(&mut self) -> Result<Option<Event>, ClaudeError> {
        let events = match &mut self.source {
            Source::Message(events) => return Ok(events.pop_front()),
            Source::Events(events) => events,
        };
        loop {
            let Some(sent) = events.next().await else { return Ok(None) };
            let sent = sent.map_err(fault)?;
            match read_event(sent.event.as_deref(), sent.data.as_deref().unwrap_or_default())? {
                Some(Read::Event(event)) => return Ok(Some(event)),
                Some(Read::Error(mut response)) => {
                    response.request_id = response.request_id.or_else(|| self.request_id.clone());
                    return Err(ClaudeError::ErrorResponse(response));
                }
                None => {}
            }
        }
    }
}

/// Claude's id of a request.
pub(crate) fn request_id(response: &reqwest::Response) -> Option<String> {
    response.headers().get("request-id").and_then(|id| id.to_str().ok()).map(str::to_owned)
}

enum Read {
    Event(Event),
    Error(Box<ApiErrorResponse>),
}

/// Reads one server-sent event. `None`: it carries nothing.
fn read_event(name: Option<&str>, data: &str) -> Result<Option<Read>, ClaudeError> {
    let data = data.trim();
    if data.is_empty() || data == "[DONE]" || data.starts_with(':') {
        return Ok(None);
    }
    // The message of a JSON error may quote the answer. Only its kind and its position are kept.
    let value: Value = serde_json::from_str(data).map_err(|error| {
        ClaudeError::Malformed(format!("{:?} error at column {}", error.classify(), error.column()))
    })?;
    let index = value["index"].as_u64().and_then(|index| usize::try_from(index).ok());
    let event = match value["type"].as_str().or(name).unwrap_or_default() {
        "error" => return Ok(Some(Read::Error(Box::new(ApiErrorResponse::from_body(200, &value))))),
        "message_start" => message_start(&value["message"]),
        "content_block_start" => {
            let block = &value["content_block"];
            Event::ContentBlockStart { index, kind: text(&block["type"]), text: text(&block["text"]) }
        }
        "content_block_delta" => match value["delta"]["type"].as_str().unwrap_or_default() {
            "text_delta" => Event::Text { index, text: text(&value["delta"]["text"]) },
            "citations_delta" => Event::Citation { index, citation: value["delta"]["citation"].clone() },
            _ => return Ok(None),
        },
        "message_delta" => message_delta(&value["delta"], &value["usage"]),
        "message_stop" => Event::MessageStop,
        _ => return Ok(None),
    };
    Ok(Some(Read::Event(event)))
}

/// The events that would have brought a whole message.
fn events_of(message: &Value) -> VecDeque<Event> {
    let mut events = VecDeque::from([message_start(message)]);
    for (index, block) in message["content"].as_array().into_iter().flatten().enumerate() {
        let index = Some(index);
        events.push_back(Event::ContentBlockStart { index, kind: text(&block["type"]), text: text(&block["text"]) });
        let citations = block["citations"].as_array().into_iter().flatten();
        events.extend(citations.map(|citation| Event::Citation { index, citation: citation.clone() }));
    }
    events.push_back(message_delta(message, &message["usage"]));
    events.push_back(Event::MessageStop);
    events
}

fn message_start(message: &Value) -> Event {
    Event::MessageStart { id: text(&message["id"]), model: text(&message["model"]), usage: usage(&message["usage"]) }
}

fn message_delta(stop: &Value, counts: &Value) -> Event {
    Event::MessageDelta {
        stop_reason: stop["stop_reason"].as_str().map(str::to_owned),
        refusal_category: stop["stop_details"]["category"].as_str().map(str::to_owned),
        usage: usage(counts),
    }
}

fn usage(counts: &Value) -> UsageFields {
    let by_age = &counts["cache_creation"];
    UsageFields {
        input_tokens: counts["input_tokens"].as_u64(),
        output_tokens: counts["output_tokens"].as_u64(),
        cache_read_input_tokens: counts["cache_read_input_tokens"].as_u64(),
        cache_creation_input_tokens: counts["cache_creation_input_tokens"].as_u64(),
        cache_creation: by_age.is_object().then(|| CacheCreation {
            ephemeral_5m_input_tokens: by_age["ephemeral_5m_input_tokens"].as_u64(),
            ephemeral_1h_input_tokens: by_age["ephemeral_1h_input_tokens"].as_u64(),
        }),
    }
}

/// A text, or an empty text for any other value.
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[derive(Debug, thiserror::Error)]
enum StreamFault {
    #[error("the connection broke")]
    Http(#[source] reqwest::Error),
    #[error("no bytes for {0:?}")]
    Stalled(Duration),
    #[error("too many bytes")]
    TooLong,
}

fn fault(error: sse_stream::Error) -> ClaudeError {
    match error {
        sse_stream::Error::Body(source) => match source.downcast::<StreamFault>() {
            Ok(fault) => match *fault {
                StreamFault::Http(error) => ClaudeError::Connection(error),
                StreamFault::Stalled(idle) => ClaudeError::Stalled(idle),
                StreamFault::TooLong => ClaudeError::StreamTooLong,
            },
            Err(other) => ClaudeError::Malformed(other.to_string()),
        },
        other => ClaudeError::Malformed(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: Option<&str>, data: &str) -> Result<Option<Event>, ClaudeError> {
        read_event(name, data).map(|read| match read {
            Some(Read::Event(event)) => Some(event),
            Some(Read::Error(_)) | None => None,
        })
    }

    #[test]
    fn events_that_carry_nothing_are_skipped() {
        let nothing = [
            "",
            "  ",
            "[DONE]",
            ": keepalive",
            "null",
            "[]",
            "\"text\"",
            "{}",
            r#"{"type":"ping"}"#,
            r#"{"type":"content_block_stop","index":0}"#,
            r#"{"type":"something_new","text":"x"}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}"#,
            r#"{"type":"content_block_delta","index":0,"delta":null}"#,
        ];
        for data in nothing {
            assert_eq!(read(None, data).expect(data), None, "{data}");
        }
        assert!(read(None, "<html>").is_err());
        assert_eq!(read(Some("message_stop"), "{}").expect("named by its event"), Some(Event::MessageStop));
    }

    #[test]
    fn null_counts_as_absent() {
        let start = r#"{"type":"message_start","message":{"id":null,"model":null,"content":null,"usage":null}}"#;
        let empty = UsageFields::default();
        let expected = Event::MessageStart { id: String::new(), model: String::new(), usage: empty.clone() };
        assert_eq!(read(None, start).expect("read"), Some(expected));
        let end = r#"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_details":null},"usage":null}"#;
        let stop_reason = Some("end_turn".to_owned());
        let expected = Event::MessageDelta { stop_reason, refusal_category: None, usage: empty };
        assert_eq!(read(None, end).expect("read"), Some(expected));
        let block = r#"{"type":"content_block_start","index":null,"content_block":{"type":"text","text":null}}"#;
        let expected = Event::ContentBlockStart { index: None, kind: "text".to_owned(), text: String::new() };
        assert_eq!(read(None, block).expect("read"), Some(expected));
    }

    /// The stream of a response that sends each piece a minute after the piece before.
    fn slow(pieces: Vec<String>) -> AnswerStream {
        let body = stream::iter(pieces).then(|piece| async move {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok::<_, std::io::Error>(piece)
        });
        let response = http::Response::new(reqwest::Body::wrap_stream(body));
        AnswerStream::events(response.into(), Duration::from_secs(90))
    }

    #[tokio::test(start_paused = true)]
    async fn any_bytes_end_the_idle_pause() {
        let mut pieces = vec![": keepalive\n".to_owned(); 5];
        pieces.push("\ndata: {\"type\":\"message_stop\"}\n\n".to_owned());
        assert_eq!(slow(pieces).next().await.expect("alive"), Some(Event::MessageStop));
    }

    #[tokio::test(start_paused = true)]
    async fn silence_is_an_error() {
        let silent = stream::pending::<std::io::Result<String>>();
        let response = http::Response::new(reqwest::Body::wrap_stream(silent));
        let failed = AnswerStream::events(response.into(), Duration::from_secs(90)).next().await;
        assert!(matches!(failed, Err(ClaudeError::Stalled(_))), "{failed:?}");
    }
}
