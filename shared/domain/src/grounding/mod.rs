//! Computes what a text rests on: the sentences with a citation and without, the numbers that no source supports, and the
//! gaps that a person must fill.
//!
//! - `text` is a text with its sentences and gaps. `markdown` finds the sentences.
//! - `number` finds the numbers of a plain text.
//! - `support` compares the numbers of a sentence with the sources that it cites.
//! - `carry` keeps citations and numbers in place when a person edits the text.

mod carry;
mod day;
mod decimal;
mod markdown;
mod number;
mod offsets;
mod support;
mod text;
mod tokens;
mod words;

use crate::annotation::{Annotations, Citation};

use self::{carry::Carry, text::Text};
pub use support::Facts;

/// The annotations of a text that a job wrote.
pub fn of_draft(content: &str, citations: Vec<Citation>, facts: &Facts) -> Annotations {
    let text = Text::read(content);
    let unsupported = support::unsupported(&text, &citations, facts);
    text.annotations(citations, unsupported)
}

/// The annotations of a text after an edit by a person. Citations and unsupported numbers stay where their words are
/// unchanged. The numbers that the person adds are the person's own.
pub fn of_edit(before: &str, after: &str, annotations: &Annotations) -> Annotations {
    if before == after {
        return annotations.clone();
    }
    let carry = Carry::new(before, after);
    let citations = annotations.citations.iter().filter_map(|citation| {
        let (start, end) = carry.passage(citation.start, citation.end)?;
        Some(Citation { start, end, ..citation.clone() })
    });
    let text = Text::read(after);
    let unsupported = annotations.grounding.unsupported_numbers.iter().filter_map(|number| {
        let (start, end) = carry.passage(number.start, number.end)?;
        Some(text.offsets.bytes(start, end))
    });
    let unsupported = unsupported.collect();
    text.annotations(citations.collect(), unsupported)
}

#[cfg(test)]
mod tests;
