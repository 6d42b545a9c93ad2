//! Puts the events of a stream together.

use domain::{
    draft::{Answer, Place, Span, Stop},
    price::TokenCounts,
};

use crate::{
    error::ClaudeError,
    stream::{Delta, Event, UsageFields},
};

/// An answer that grows.
#[derive(Debug, Default)]
pub struct AnswerBuilder {
    /// Text blocks by the index of the API; other kinds of blocks have none.
    spans: Vec<(usize, Span)>,
    stop: Option<Stop>,
    tokens: TokenCounts,
    model: String,
    complete: bool,
}

impl AnswerBuilder {
    /// Takes the next event; returns the text that it brought.
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
            Delta::CitationsDelta { citation } => {
                if let (Some(document), Some(start_item), Some(end_item)) =
                    (citation.document_index, citation.start_block_index, citation.end_block_index)
                {
                    span.citations.push(Place { document, start_item, end_item, cited_text: citation.cited_text });
                }
            }
            Delta::Other => {}
        }
        Ok("")
    }

    /// Counts are cumulative: what is told replaces what was told before.
    fn count(&mut self, usage: &UsageFields) {
        let TokenCounts { input, output, cache_read, cache_write_5m, cache_write_1h } = &mut self.tokens;
        let set = |to: &mut u64, told: Option<u64>| *to = told.unwrap_or(*to);
        set(input, usage.input_tokens);
        set(output, usage.output_tokens);
        set(cache_read, usage.cache_read_input_tokens);
        match &usage.cache_creation {
            Some(by_age) => {
                set(cache_write_5m, by_age.ephemeral_5m_input_tokens);
                set(cache_write_1h, by_age.ephemeral_1h_input_tokens);
            }
            None => set(cache_write_5m, usage.cache_creation_input_tokens),
        }
    }

    /// Whether the stream has told its end.
    pub const fn is_complete(&self) -> bool {
        self.complete
    }

    /// Tokens so far.
    pub const fn tokens(&self) -> TokenCounts {
        self.tokens
    }

    /// The model, as it names itself; empty before the stream has begun.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// The whole answer. A stream that did not tell its end is no answer, whatever it held.
    pub fn finish(self) -> Result<Answer, ClaudeError> {
        let Some(stop) = self.stop.filter(|_| self.complete) else {
            return Err(ClaudeError::Cut);
        };
        let spans = self.spans.into_iter().map(|(_, span)| span).collect();
        Ok(Answer { spans, stop, tokens: self.tokens, model: self.model })
    }
}

fn stop(reason: String) -> Stop {
    match reason.as_str() {
        "end_turn" | "stop_sequence" => Stop::EndTurn,
        "max_tokens" | "model_context_window_exceeded" => Stop::Truncated,
        "refusal" => Stop::Refusal,
        _ => Stop::Other(reason),
    }
}
