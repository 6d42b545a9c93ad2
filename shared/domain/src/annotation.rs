//! What is known about a text beside its words: where its claims come from, and which of them no source supports.
//!
//! All offsets are Unicode code points.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    ids::SourceId,
    library::source::{SourceField, SourceType},
};

/// A passage of the content and a source that supports it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Citation {
    /// Offset of the first character of the passage in `content`, in Unicode code points.
    pub start: usize,
    /// Offset after the last character of the passage in `content`, in Unicode code points.
    pub end: usize,
    /// Whether the source is evidence, a goal or a review.
    pub source_type: SourceType,
    /// Id of the piece of evidence, the goal or the review.
    pub source_id: SourceId,
    /// The field of the source that `citedText` stands in.
    pub field: SourceField,
    /// Number of the cited passage within a long review, from 1. `null` if the source was offered as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passage: Option<usize>,
    /// The beginning of the cited passage, word for word from the stored source. At most 300 characters. Empty if the source
    /// was deleted.
    pub cited_text: String,
}

/// Passages of one kind that a text lists, so that an item and a response stay small whatever a text holds.
pub const MAX_PASSAGES: usize = 1_000;

/// A passage of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Passage {
    /// Offset of the first character in `content`, in Unicode code points.
    pub start: usize,
    /// Offset after the last character in `content`, in Unicode code points.
    pub end: usize,
}

/// A number, amount, date or version that stands in no source which its sentence cites, and not in the instruction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnsupportedNumber {
    /// Offset of the first character in `content`, in Unicode code points.
    pub start: usize,
    /// Offset after the last character in `content`, in Unicode code points.
    pub end: usize,
    /// The number as it stands in `content`.
    pub text: String,
}

/// What a text rests on. It is computed from the text, its citations and their sources. The model is not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Grounding {
    /// Number of sentences. A list item, and a row of a table, is a sentence. Headings, code and gaps are not.
    pub sentences: usize,
    /// Number of sentences with a citation.
    pub cited: usize,
    /// The sentences without a citation, at most [`MAX_PASSAGES`] of them.
    pub uncited: Vec<Passage>,
    /// Numbers that a job wrote and that no cited source supports, at most [`MAX_PASSAGES`] of them.
    pub unsupported_numbers: Vec<UnsupportedNumber>,
    /// Passages of the form `[To add: …]`, where the sources say too little, at most [`MAX_PASSAGES`] of them.
    pub gaps: Vec<Passage>,
}

impl Grounding {
    /// The text without the numbers that no source supports.
    pub fn without_unsupported(&self, content: &str) -> String {
        let is_unsupported =
            |at: &usize| self.unsupported_numbers.iter().any(|number| (number.start..number.end).contains(at));
        content.chars().enumerate().filter(|(at, _)| !is_unsupported(at)).map(|(_, c)| c).collect()
    }

    /// Adds what a further part of the text rests on, which begins at `offset`.
    pub fn extend(&mut self, part: Self, offset: usize) {
        let moved = |passage: Passage| Passage { start: passage.start + offset, end: passage.end + offset };
        self.sentences += part.sentences;
        self.cited += part.cited;
        self.uncited.extend(part.uncited.into_iter().map(moved));
        self.gaps.extend(part.gaps.into_iter().map(moved));
        self.unsupported_numbers.extend(part.unsupported_numbers.into_iter().map(|number| UnsupportedNumber {
            start: number.start + offset,
            end: number.end + offset,
            text: number.text,
        }));
    }

    /// Its numbers without the passages.
    pub fn counts(&self) -> Value {
        json!({
            "sentences": self.sentences,
            "cited": self.cited,
            "unsupportedNumbers": self.unsupported_numbers.len(),
            "gaps": self.gaps.len(),
        })
    }
}

/// What is known about a text beside its words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Annotations {
    /// Sorted by `start`. Several citations may cover the same passage.
    pub citations: Vec<Citation>,
    /// What the text rests on.
    pub grounding: Grounding,
}
