//! Builds an answer from the events of a stream.

use domain::{
    price::TokenCounts,
    prompt::answer::{Answer, CitationTarget, Span, Stop},
};
use serde_json::Value;

use crate::{
    error::ClaudeError,
    stream::{Event, UsageFields},
};

/// Kinds of content blocks whose text is not part of the answer. Text of any other kind is: text that was sent is text.
const NOT_TEXT: [&str; 4] = ["thinking", "redacted_thinking", "tool_use", "server_tool_use"];
/// English and code have about four bytes per token.
const BYTES_PER_TOKEN: u64 = 4;

/// An answer that is still being received.
#[derive(Debug, Default)]
pub struct AnswerBuilder {
    /// Id of the message, once it has started.
    id: Option<String>,
    blocks: Vec<Block>,
    stop: Option<Stop>,
    refusal_category: Option<String>,
    unreadable_citations: usize,
    /// Model and counts of messages that this answer has replaced. They were billed too.
    replaced: Vec<(String, TokenCounts)>,
    tokens: TokenCounts,
    /// Whether the counts of the end have arrived. Until then the output is estimated from the text.
    counted: bool,
    model: String,
    complete: bool,
}

/// A content block.
#[derive(Debug)]
struct Block {
    /// Its position in the message, if the events name it.
    index: Option<usize>,
    /// `None` for a block that is not part of the text.
    span: Option<Span>,
}

/// What an event has changed.
#[derive(Debug, PartialEq, Eq)]
pub enum Update<'a> {
    /// Nothing that can be shown.
    Nothing,
    /// More text.
    Text(&'a str),
    /// The answer has started over. The text before is void.
    Restarted,
}

impl AnswerBuilder {
    /// Applies the next event and returns what it changed.
    pub fn push(&mut self, event: Event) -> Update<'_> {
        match event {
            Event::MessageStart { id, model, usage } => {
                // Text may come before the message starts.
                let Some(before) = self.id.replace(id) else {
                    self.model = model;
                    self.count(&usage);
                    return Update::Nothing;
                };
                let mut replaced = std::mem::take(&mut self.replaced);
                // A message with another id is another answer, and both are billed.
                if self.id.as_ref() != Some(&before) {
                    replaced.push((std::mem::take(&mut self.model), self.current()));
                }
                *self = Self { id: self.id.take(), model, replaced, ..Self::default() };
                self.count(&usage);
                return Update::Restarted;
            }
            Event::ContentBlockStart { index, kind, text, citations } => {
                let span = (!NOT_TEXT.contains(&kind.as_str())).then(|| Span { text, citations: Vec::new() });
                self.blocks.push(Block { index, span });
                for citation in &citations {
                    self.cite(index, citation);
                }
                let text = self.blocks.last().and_then(|block| block.span.as_ref()).map_or("", |span| &span.text);
                return if text.is_empty() { Update::Nothing } else { Update::Text(text) };
            }
            Event::Text { index, text } => {
                if text.is_empty() {
                    return Update::Nothing;
                }
                let span = self.text_span(index);
                let before = span.text.len();
                span.text.push_str(&text);
                return Update::Text(&span.text[before..]);
            }
            Event::Citation { index, citation } => self.cite(index, &citation),
            Event::MessageDelta { stop_reason, refusal_category, usage } => {
                self.counted |= usage.output_tokens.is_some();
                self.count(&usage);
                self.refusal_category = refusal_category.or_else(|| self.refusal_category.take());
                // A later `end_turn` does not take back that the answer was cut.
                self.stop = match (self.stop.take(), stop_reason.map(stop)) {
                    (Some(Stop::Truncated), Some(Stop::EndTurn)) => Some(Stop::Truncated),
                    (before, now) => now.or(before),
                };
            }
            Event::MessageStop => self.complete = true,
        }
        Update::Nothing
    }

    /// The newest block at `index`, or the newest of all if no index is given.
    fn block(&mut self, index: Option<usize>) -> Option<&mut Block> {
        self.blocks.iter_mut().rfind(|block| index.is_none() || block.index == index)
    }

    /// The text that grows at `index`. A text block that did not start is started.
    fn text_span(&mut self, index: Option<usize>) -> &mut Span {
        let known = self.blocks.iter().rposition(|block| index.is_none() || block.index == index);
        let at = known.filter(|at| self.blocks[*at].span.is_some()).unwrap_or(self.blocks.len());
        if at == self.blocks.len() {
            self.blocks.push(Block { index, span: None });
        }
        self.blocks[at].span.get_or_insert_default()
    }

    fn cite(&mut self, index: Option<usize>, citation: &Value) {
        let target = target(citation);
        match (target, self.block(index).and_then(|block| block.span.as_mut())) {
            (Some(target), Some(span)) => span.citations.push(target),
            _ => self.unreadable_citations += 1,
        }
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

    /// Token counts so far, valid at any time, also after the stream broke. Until Claude reports the output at the end,
    /// the output is at least what the streamed text amounts to.
    pub fn tokens(&self) -> TokenCounts {
        self.billed().fold(TokenCounts::default(), |sum, (_, tokens)| sum + tokens)
    }

    /// Whether Claude has reported the output of the whole answer. Hidden thinking is in no other event.
    pub const fn is_counted(&self) -> bool {
        self.counted
    }

    /// The counts by model, as Claude names it. Models differ in price.
    pub fn billed(&self) -> impl Iterator<Item = (&str, TokenCounts)> {
        let replaced = self.replaced.iter().map(|(model, tokens)| (model.as_str(), *tokens));
        replaced.chain([(self.model.as_str(), self.current())])
    }

    fn current(&self) -> TokenCounts {
        let streamed: usize = self.blocks.iter().filter_map(|block| Some(block.span.as_ref()?.text.len())).sum();
        let estimate = (streamed as u64).div_ceil(BYTES_PER_TOKEN);
        let output = if self.counted { self.tokens.output } else { self.tokens.output.max(estimate) };
        TokenCounts { output, ..self.tokens }
    }

    /// Returns the answer. Fails with [`ClaudeError::UnexpectedEof`] if the stream ended without `message_stop`, even if
    /// it brought text.
    pub fn finish(self) -> Result<Answer, ClaudeError> {
        if !self.complete {
            return Err(ClaudeError::UnexpectedEof);
        }
        let tokens = self.tokens();
        let Self { blocks, stop, refusal_category, unreadable_citations, model, .. } = self;
        let spans = blocks.into_iter().filter_map(|block| block.span).collect();
        let stop = stop.unwrap_or_else(|| Stop::Other("none".to_owned()));
        Ok(Answer { spans, stop, refusal_category, unreadable_citations, tokens, model })
    }
}

/// Reads a citation of content blocks. Other kinds of citations have no block indices and give `None`.
fn target(citation: &Value) -> Option<CitationTarget> {
    let index = |name: &str| citation[name].as_u64().and_then(|index| usize::try_from(index).ok());
    Some(CitationTarget {
        document: index("document_index")?,
        start_item: index("start_block_index")?,
        end_item: index("end_block_index")?,
    })
}

fn stop(reason: String) -> Stop {
    match reason.as_str() {
        "end_turn" | "stop_sequence" => Stop::EndTurn,
        "max_tokens" | "model_context_window_exceeded" | "length" | "pause_turn" => Stop::Truncated,
        "refusal" => Stop::Refusal,
        _ => Stop::Other(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(id: &str) -> Event {
        Event::MessageStart { id: id.to_owned(), model: "m".to_owned(), usage: usage(100, 1) }
    }

    fn usage(input: u64, output: u64) -> UsageFields {
        UsageFields { input_tokens: Some(input), output_tokens: Some(output), ..UsageFields::default() }
    }

    fn text(index: Option<usize>, text: &str) -> Event {
        Event::Text { index, text: text.to_owned() }
    }

    fn words(builder: AnswerBuilder) -> String {
        builder.finish().expect("complete").spans.into_iter().map(|span| span.text).collect()
    }

    #[test]
    fn a_second_message_start_voids_the_text_before_and_both_are_billed() {
        let mut builder = AnswerBuilder::default();
        builder.push(start("one"));
        assert_eq!(builder.push(text(Some(0), "I mended the pay")), Update::Text("I mended the pay"));
        assert_eq!(builder.push(start("two")), Update::Restarted);
        builder.push(text(Some(0), "I mended the payments."));
        builder.push(Event::MessageDelta { stop_reason: None, refusal_category: None, usage: usage(100, 9) });
        builder.push(Event::MessageStop);
        let tokens = builder.tokens();
        assert_eq!((tokens.input, tokens.output), (200, 4 + 9));
        assert_eq!(builder.billed().count(), 2);
        assert_eq!(words(builder), "I mended the payments.");

        let mut repeated = AnswerBuilder::default();
        repeated.push(start("one"));
        repeated.push(start("one"));
        assert_eq!(repeated.tokens().input, 100, "the same message is billed once");
    }

    #[test]
    fn text_that_was_sent_is_text_and_thinking_is_not() {
        let mut builder = AnswerBuilder::default();
        let block = |index, kind: &str, text: &str| Event::ContentBlockStart {
            index: Some(index),
            kind: kind.to_owned(),
            text: text.to_owned(),
            citations: Vec::new(),
        };
        builder.push(text(None, "Before, "));
        builder.push(start("one"));
        builder.push(block(0, "thinking", "hidden"));
        assert_eq!(builder.push(text(Some(0), "shown. ")), Update::Text("shown. "));
        assert_eq!(builder.push(block(1, "a_new_kind", "One ")), Update::Text("One "));
        builder.push(text(Some(1), "two "));
        builder.push(text(Some(7), "three "));
        builder.push(text(None, "four"));
        builder.push(Event::MessageStop);
        assert_eq!(words(builder), "Before, shown. One two three four");
    }
}
