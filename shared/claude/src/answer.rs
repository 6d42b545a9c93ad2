//! Builds an answer from the events of a stream.

use domain::{
    price::TokenCounts,
    prompt::draft::{Answer, CitationTarget, Span, Stop},
};

use serde_json::Value;

use crate::{
    error::ClaudeError,
    stream::{Delta, Event, UsageFields},
};

/// An answer that is still being received.
#[derive(Debug, Default)]
pub struct AnswerBuilder {
    /// Text blocks by their position in the message. Blocks of other kinds are not kept.
    spans: Vec<(usize, Span)>,
    stop: Option<Stop>,
    unreadable_citations: usize,
    tokens: TokenCounts,
    model: String,
    complete: bool,
}

impl AnswerBuilder {
    /// Applies the next event and returns the text that it added, which may be empty. Fails if text or a citation
    /// belongs to a block that did not start as text.
    pub fn push(&mut self, event: Event) -> Result<&str, ClaudeError> {
        match event {
            Event::MessageStart { message } => {
                self.model = message.model;
                self.count(&message.usage);
            }
            Event::ContentBlockStart { index, content_block } => {
                if content_block.kind == "text" {
                    self.spans.push((index, Span { text: content_block.text, citations: Vec::new() }));
                    return Ok(self.spans.last().map_or("", |(_, span)| span.text.as_str()));
                }
            }
            Event::ContentBlockDelta { index, delta } => return self.grow(index, delta),
            Event::MessageDelta { delta, usage } => {
                self.count(&usage);
                if let Some(reason) = delta.stop_reason {
                    self.stop = Some(stop(reason));
                }
            }
            Event::MessageStop => self.complete = true,
            Event::Error(_) | Event::Other => {}
        }
        Ok("")
    }

    fn grow(&mut self, index: usize, delta: Delta) -> Result<&str, ClaudeError> {
        if matches!(delta, Delta::Other) {
            return Ok("");
        }
        let Some((_, span)) = self.spans.iter_mut().rev().find(|(of, _)| *of == index) else {
            return Err(ClaudeError::Malformed(format!("a delta for block {index}, which did not begin")));
        };
        match delta {
            Delta::TextDelta { text } => {
                let before = span.text.len();
                span.text.push_str(&text);
                return Ok(&span.text[before..]);
            }
            Delta::CitationsDelta { citation } => match target(&citation) {
                Some(target) => span.citations.push(target),
                None => self.unreadable_citations += 1,
            },
            Delta::Other => {}
        }
        Ok("")
    }

    /// Counts are cumulative: a reported count replaces the earlier count.
    fn count(&mut self, usage: &UsageFields) {
        let TokenCounts { input, output, cache_read, cache_write_5m, cache_write_1h } = &mut self.tokens;
        let set = |to: &mut u64, reported: Option<u64>| *to = reported.unwrap_or(*to);
        set(input, usage.input_tokens);
        set(output, usage.output_tokens);
        set(cache_read, usage.cache_read_input_tokens);
        match &usage.cache_creation {
            Some(by_age) => {
                set(cache_write_5m, by_age.ephemeral_5m_input_tokens);
                set(cache_write_1h, by_age.ephemeral_1h_input_tokens);
            }
            // Only the total is reported. It includes the writes for an hour that an earlier event reported.
            None => {
                let all = usage.cache_creation_input_tokens;
                set(cache_write_5m, all.map(|all| all.saturating_sub(*cache_write_1h)));
            }
        }
    }

    /// Whether `message_stop` has arrived. No event after it matters.
    pub const fn is_complete(&self) -> bool {
        self.complete
    }

    /// Token counts that Claude has reported so far. Valid at any time, also after the stream broke.
    pub const fn tokens(&self) -> TokenCounts {
        self.tokens
    }

    /// Model id as Claude reports it. Empty before `message_start`.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Returns the answer. Fails with [`ClaudeError::UnexpectedEof`] if the stream ended without a stop reason or
    /// without `message_stop`, even if it brought text.
    pub fn finish(self) -> Result<Answer, ClaudeError> {
        let Some(stop) = self.stop.filter(|_| self.complete) else {
            return Err(ClaudeError::UnexpectedEof);
        };
        let spans = self.spans.into_iter().map(|(_, span)| span).collect();
        let Self { unreadable_citations, tokens, model, .. } = self;
        Ok(Answer { spans, stop, unreadable_citations, tokens, model })
    }
}

/// Reads a citation of content blocks. Other kinds of citations have no block indices and give `None`.
fn target(citation: &Value) -> Option<CitationTarget> {
    let index = |name: &str| citation[name].as_u64().and_then(|index| usize::try_from(index).ok());
    Some(CitationTarget {
        document: index("document_index")?,
        start_item: index("start_block_index")?,
        end_item: index("end_block_index")?,
        cited_text: citation["cited_text"].as_str().unwrap_or_default().to_owned(),
    })
}

fn stop(reason: String) -> Stop {
    match reason.as_str() {
        "end_turn" | "stop_sequence" => Stop::EndTurn,
        "max_tokens" | "model_context_window_exceeded" => Stop::Truncated,
        "refusal" => Stop::Refusal,
        _ => Stop::Other(reason),
    }
}
