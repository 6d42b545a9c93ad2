//! Reads the events of an answer: server-sent events, or a whole message from a gateway that does not stream.
//!
//! `read_event` decides about every event. An event that carries nothing is skipped: empty data, `[DONE]`, a comment
//! that a gateway wrote into the data, an unknown type. `null` counts as absent. Data that is not JSON fails the call,
//! which may be retried. `docs/errors.md` lists the cases.

use std::{collections::VecDeque, pin::Pin, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use serde_json::Value;
use sse_stream::{Sse, SseByteStream};

use crate::error::{ApiErrorResponse, ClaudeError};

/// Limit on the bytes of one answer. An answer of 128,000 output tokens, with all its events, stays below it.
const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// The events of one answer. Dropping the stream closes the connection, which stops the generation.
///
/// The first byte that is no white space says what the answer is: `{` begins a whole message or an error, `<` a page of
/// another server, and anything else a stream of events.
pub struct AnswerStream {
    source: Source,
    /// The base URL, for an error.
    address: String,
    /// Claude's id of the request, from the response header `request-id`.
    pub request_id: Option<String>,
}

type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, StreamFault>> + Send>>;

enum Source {
    /// No byte has been read yet.
    Unread(Chunks),
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
        /// Citations that the block starts with, not parsed yet.
        citations: Vec<Value>,
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
    /// Reads an answer. `idle` is the longest pause between two pieces of it. Any bytes end the pause, also a comment that
    /// only keeps the connection alive.
    pub(crate) fn new(response: reqwest::Response, idle: Duration, address: String) -> Self {
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
        Self { source: Source::Unread(bytes.boxed()), address, request_id }
    }

    /// Returns the next event, or `None` once the answer has ended. `None` does not mean that the answer is complete,
    /// see [`Event::MessageStop`]. Fails if no byte arrives within the idle timeout, if the connection breaks, if the
    /// stream is malformed or too long, if Claude sends an error, and if the answer is none of the Messages API.
    pub async fn next(&mut self) -> Result<Option<Event>, ClaudeError> {
        loop {
            let events = match &mut self.source {
                Source::Unread(bytes) => {
                    let source = begin(bytes, &self.address).await;
                    self.source = source.map_err(|error| self.with_request_id(error))?;
                    continue;
                }
                Source::Message(events) => return Ok(events.pop_front()),
                Source::Events(events) => events,
            };
            let Some(sent) = events.next().await else { return Ok(None) };
            let sent = sent.map_err(fault)?;
            let read = read_event(sent.event.as_deref(), sent.data.as_deref().unwrap_or_default());
            if let Some(event) = read.map_err(|error| self.with_request_id(error))? {
                return Ok(Some(event));
            }
        }
    }

    /// An error that names no request is about the request of this stream.
    fn with_request_id(&self, error: ClaudeError) -> ClaudeError {
        match error {
            ClaudeError::ErrorResponse(mut response) => {
                response.request_id = response.request_id.or_else(|| self.request_id.clone());
                ClaudeError::ErrorResponse(response)
            }
            other => other,
        }
    }
}

/// Reads as much as it takes to know what the answer is. A whole message is read to its end.
async fn begin(bytes: &mut Chunks, address: &str) -> Result<Source, ClaudeError> {
    let wrong_address =
        |found: &str| ClaudeError::WrongAddress { address: address.to_owned(), found: found.to_owned() };
    let mut start = Vec::new();
    let first = loop {
        if let Some(first) = start.iter().find(|byte: &&u8| !byte.is_ascii_whitespace()) {
            break Some(*first);
        }
        let Some(chunk) = bytes.next().await else { break None };
        start.extend_from_slice(&chunk.map_err(ClaudeError::from)?);
    };
    match first {
        Some(b'<') => Err(wrong_address("it sends a page")),
        Some(b'{') => {
            while let Some(chunk) = bytes.next().await {
                start.extend_from_slice(&chunk.map_err(ClaudeError::from)?);
            }
            match serde_json::from_slice::<Value>(&start) {
                Ok(message) if message["content"].is_array() => Ok(Source::Message(events_of(&message))),
                Ok(error) if error["error"].is_object() => {
                    Err(ClaudeError::ErrorResponse(Box::new(ApiErrorResponse::from_body(200, &error))))
                }
                Err(error) if error.is_eof() => Err(ClaudeError::UnexpectedEof),
                _ => Err(wrong_address("it sends JSON that is no message")),
            }
        }
        // The answer has ended without a byte that says anything.
        None => Ok(Source::Message(VecDeque::new())),
        Some(_) => {
            let rest = std::mem::replace(bytes, stream::empty().boxed());
            let whole = stream::iter([Ok(Bytes::from(start))]).chain(rest);
            Ok(Source::Events(Box::pin(SseByteStream::new(whole.boxed()))))
        }
    }
}

/// Claude's id of a request.
fn request_id(response: &reqwest::Response) -> Option<String> {
    response.headers().get("request-id").and_then(|id| id.to_str().ok()).map(str::to_owned)
}

/// Reads one server-sent event. `None`: it carries nothing. An `error` event is an error.
fn read_event(name: Option<&str>, data: &str) -> Result<Option<Event>, ClaudeError> {
    let data = data.trim();
    if data.is_empty() || data == "[DONE]" || data.starts_with(':') {
        return Ok(None);
    }
    // The message of a JSON error may quote the answer. Only its kind and its position are kept.
    let value: Value =
        serde_json::from_str(data).or_else(|_| serde_json::from_str(&without_lone_surrogates(data))).map_err(
            |error| ClaudeError::Malformed(format!("{:?} error at column {}", error.classify(), error.column())),
        )?;
    let index = value["index"].as_u64().and_then(|index| usize::try_from(index).ok());
    let event = match value["type"].as_str().or(name).unwrap_or_default() {
        "error" => {
            return Err(ClaudeError::ErrorResponse(Box::new(ApiErrorResponse::from_body(200, &value))));
        }
        "message_start" => message_start(&value["message"]),
        "content_block_start" => block_start(index, &value["content_block"]),
        "content_block_delta" => match value["delta"]["type"].as_str().unwrap_or("text_delta") {
            "text_delta" if value["delta"]["text"].is_string() => {
                Event::Text { index, text: text(&value["delta"]["text"]) }
            }
            "citations_delta" => Event::Citation { index, citation: value["delta"]["citation"].clone() },
            _ => return Ok(None),
        },
        "message_delta" => message_delta(&value["delta"], &value["usage"]),
        "message_stop" => Event::MessageStop,
        _ => return Ok(None),
    };
    Ok(Some(event))
}

/// The events that would have brought a whole message.
fn events_of(message: &Value) -> VecDeque<Event> {
    let mut events = VecDeque::from([message_start(message)]);
    for (index, block) in message["content"].as_array().into_iter().flatten().enumerate() {
        events.push_back(block_start(Some(index), block));
    }
    events.push_back(message_delta(message, &message["usage"]));
    events.push_back(Event::MessageStop);
    events
}

fn block_start(index: Option<usize>, block: &Value) -> Event {
    let citations = block["citations"].as_array().cloned().unwrap_or_default();
    Event::ContentBlockStart { index, kind: text(&block["type"]), text: text(&block["text"]), citations }
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

/// Replaces each `\uXXXX` that is half of a character by U+FFFD. Models cut characters in two, and JSON with half a
/// character cannot be read.
fn without_lone_surrogates(json: &str) -> String {
    let unit = |at: usize| {
        let digits = json.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut text = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let escape = json.len() - rest.len() + at;
        let length = match (unit(escape), unit(escape + 6)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                text.push('\u{fffd}');
                rest = &rest[at + 6..];
                continue;
            }
            (Some(_), _) => 6,
            // A backslash and the character after it.
            (None, _) => 1 + rest[at + 1..].chars().next().map_or(0, char::len_utf8),
        };
        text.push_str(&rest[at..at + length]);
        rest = &rest[at + length..];
    }
    text + rest
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

impl From<StreamFault> for ClaudeError {
    fn from(fault: StreamFault) -> Self {
        match fault {
            StreamFault::Http(error) => Self::Connection(error),
            StreamFault::Stalled(idle) => Self::Stalled(idle),
            StreamFault::TooLong => Self::StreamTooLong,
        }
    }
}

fn fault(error: sse_stream::Error) -> ClaudeError {
    match error {
        sse_stream::Error::Body(source) => match source.downcast::<StreamFault>() {
            Ok(fault) => (*fault).into(),
            Err(other) => ClaudeError::Malformed(other.to_string()),
        },
        other => ClaudeError::Malformed(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: Option<&str>, data: &str) -> Result<Option<Event>, ClaudeError> {
        read_event(name, data)
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

    #[tokio::test]
    async fn an_answer_without_a_word_ends() {
        for body in ["", " \n", ": keepalive\n\n"] {
            let response = reqwest::Response::from(http::Response::new(body));
            let mut stream = AnswerStream::new(response, Duration::from_secs(1), String::new());
            for _ in 0..2 {
                assert_eq!(stream.next().await.expect("no error"), None, "{body:?}");
            }
        }
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
        let expected = Event::ContentBlockStart {
            index: None,
            kind: "text".to_owned(),
            text: String::new(),
            citations: Vec::new(),
        };
        assert_eq!(read(None, block).expect("read"), Some(expected));
    }

    #[test]
    fn half_a_character_does_not_lose_the_text() {
        let delta =
            |text: &str| format!(r#"{{"type":"content_block_delta","delta":{{"type":"text_delta","text":"{text}"}}}}"#);
        for (sent, expected) in [
            (r"a \ud83d", "a \u{fffd}"),
            (r"\ude00 b \\ud83d", "\u{fffd} b \\ud83d"),
            (r"\ud83d\ude00 \ud83d\n\u00e9", "😀 \u{fffd}\né"),
        ] {
            let expected = Event::Text { index: None, text: expected.to_owned() };
            assert_eq!(read(None, &delta(sent)).expect(sent), Some(expected), "{sent}");
        }
        assert!(read(None, &delta(r"\ud83d\")).is_err());
    }

    fn answer(body: &'static str) -> AnswerStream {
        let response = http::Response::new(reqwest::Body::from(body));
        AnswerStream::new(response.into(), Duration::from_secs(90), String::new())
    }

    #[tokio::test]
    async fn the_first_byte_says_what_the_answer_is() {
        let stop = answer("\n data: {\"type\":\"message_stop\"}\n\n").next().await;
        assert!(stop.is_ok(), "{stop:?}");
        let message =
            answer("\n{\"content\":[{\"type\":\"text\",\"text\":\"Done.\"}]}").next().await.expect("a message");
        assert!(matches!(message, Some(Event::MessageStart { .. })), "{message:?}");
        let cut = answer("{\"content\":[{\"type\":\"te").next().await;
        assert!(matches!(cut, Err(ClaudeError::UnexpectedEof)), "{cut:?}");
        for other in ["<html>", "{\"hello\":1}", "{} x"] {
            let wrong = answer(other).next().await;
            assert!(matches!(wrong, Err(ClaudeError::WrongAddress { .. })), "{other}: {wrong:?}");
        }
    }

    /// The stream of a response that sends each piece a minute after the piece before.
    fn slow(pieces: Vec<String>) -> AnswerStream {
        let body = stream::iter(pieces).then(|piece| async move {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok::<_, std::io::Error>(piece)
        });
        let response = http::Response::new(reqwest::Body::wrap_stream(body));
        AnswerStream::new(response.into(), Duration::from_secs(90), String::new())
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
        let failed = AnswerStream::new(response.into(), Duration::from_secs(90), String::new()).next().await;
        assert!(matches!(failed, Err(ClaudeError::Stalled(_))), "{failed:?}");
    }
}
