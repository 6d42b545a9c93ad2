//! What a COMPLETED job holds, and what it cost.

use std::ops::Add;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ids::SourceId, insights::Insights};

/// Where a citation points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, strum::Display, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum SourceType {
    /// A piece of evidence.
    Evidence,
    /// A goal.
    Goal,
    /// A review.
    Review,
}

/// One claim of the content and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Citation {
    /// First character of the claim in `content`, in Unicode code points.
    pub start: usize,
    /// One past its last character, in Unicode code points.
    pub end: usize,
    /// Evidence, goal or review.
    pub source_type: SourceType,
    /// Which one.
    pub source_id: SourceId,
    /// The words of the source that Claude named.
    pub cited_text: String,
}

/// How much context a job was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceCounts {
    /// Pieces of evidence sent.
    pub evidence: usize,
    /// Pieces of evidence left out to stay within the token budget.
    pub evidence_omitted: usize,
    /// Goals sent.
    pub goals: usize,
    /// Goals left out.
    #[serde(default)]
    pub goals_omitted: usize,
    /// Reviews sent.
    pub reviews: usize,
    /// Reviews left out.
    #[serde(default)]
    pub reviews_omitted: usize,
}

/// What a COMPLETED job made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobResult {
    /// The text or the insights.
    #[serde(flatten)]
    pub output: Output,
    /// Output tokens of the answer.
    pub tokens_used: u64,
    /// The context it was made from.
    pub sources: SourceCounts,
    /// The model that wrote it, as it named itself.
    pub model: String,
}

/// Text for a block, or insights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Output {
    /// GENERATE and REFINE.
    #[serde(rename_all = "camelCase")]
    Text {
        /// Markdown; never empty.
        content: String,
        /// In order of `start`.
        citations: Vec<Citation>,
        /// The evidence that is cited, in order of first mention.
        evidence_ids: Vec<SourceId>,
    },
    /// ANALYZE.
    #[serde(rename_all = "camelCase")]
    Analysis {
        /// The insights as Markdown.
        analysis: String,
        /// The insights.
        insights: Insights,
    },
}

/// Tokens and money, as Claude counted them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// Input tokens at the full price.
    pub input_tokens: u64,
    /// Output tokens, thinking included.
    pub output_tokens: u64,
    /// Input tokens read from the prompt cache.
    pub cache_read_input_tokens: u64,
    /// Input tokens written to the prompt cache.
    pub cache_creation_input_tokens: u64,
    /// Millionths of a US dollar, by the configured prices.
    pub cost_micro_usd: u64,
}

impl Add for Usage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            input_tokens: self.input_tokens.saturating_add(other.input_tokens),
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
            cache_read_input_tokens: self.cache_read_input_tokens.saturating_add(other.cache_read_input_tokens),
            cache_creation_input_tokens: self
                .cache_creation_input_tokens
                .saturating_add(other.cache_creation_input_tokens),
            cost_micro_usd: self.cost_micro_usd.saturating_add(other.cost_micro_usd),
        }
    }
}
