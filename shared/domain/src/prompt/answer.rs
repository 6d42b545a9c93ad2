//! An answer of the model, as the client of the Messages API builds it.

use crate::price::TokenCounts;

/// A complete answer of the model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The text in pieces, each with its citations.
    pub spans: Vec<Span>,
    /// Why the model stopped writing.
    pub stop: Stop,
    /// Category of a refusal, such as `cyber`, if the model named it.
    pub refusal_category: Option<String>,
    /// Number of citations that were left out because their form is unknown.
    pub unreadable_citations: usize,
    /// Token counts of the call.
    pub tokens: TokenCounts,
    /// Model id as Claude reported it.
    pub model: String,
}

/// A piece of text, and the sources that support it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Markdown, perhaps with white space around it.
    pub text: String,
    /// The items of the prompt that support the text.
    pub citations: Vec<CitationTarget>,
}

/// A range of items in one document of the prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CitationTarget {
    /// Index of the document in the prompt, from 0.
    pub document: usize,
    /// Index of the first item, from 0.
    pub start_item: usize,
    /// Index after the last item.
    pub end_item: usize,
}

/// Why the model stopped writing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Stop {
    /// The model had finished its answer.
    #[default]
    EndTurn,
    /// The token limit or the context window cut the answer.
    Truncated,
    /// The model declined to answer.
    Refusal,
    /// A stop reason that this version does not know. The answer is used all the same.
    Other(String),
}
