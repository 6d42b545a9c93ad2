//! The result of a COMPLETED job, and what a job cost.

use std::ops::Add;

use serde::{Deserialize, Serialize};

use crate::{
    annotation::{Annotations, Grounding},
    ids::SourceId,
    job::status::StatusReason,
    library::source::SourceType,
    prompt::insights::Insights,
};

/// How many sources went into the prompt of a job, and how many were left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceCounts {
    /// Pieces of evidence in the prompt.
    pub evidence: usize,
    /// Pieces of evidence that match the configuration of the document.
    #[serde(default)]
    pub evidence_matched: usize,
    /// Whether even more match.
    #[serde(default)]
    pub evidence_matched_is_lower_bound: bool,
    /// Matching pieces that were left out because a job reads only so many.
    #[serde(default)]
    pub evidence_over_limit: usize,
    /// Matching pieces that were left out to stay within the token budget.
    #[serde(default)]
    pub evidence_over_budget: usize,
    /// Goals that the prompt contains.
    pub goals: usize,
    /// Goals left out to stay within the token budget.
    #[serde(default)]
    pub goals_omitted: usize,
    /// Reviews that the prompt contains.
    pub reviews: usize,
    /// Reviews left out to stay within the token budget.
    #[serde(default)]
    pub reviews_omitted: usize,
}

impl SourceCounts {
    /// Matching pieces of evidence that are not in the prompt.
    pub const fn evidence_omitted(&self) -> usize {
        self.evidence_over_limit + self.evidence_over_budget
    }
}

/// The result of a COMPLETED job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobResult {
    /// A text for the block, or insights. `None` if it was not read: it is stored beside the job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Output>,
    /// Output tokens of the answer, thinking included.
    pub tokens_used: u64,
    /// How many sources the answer was written from.
    pub sources: SourceCounts,
    /// Pinned and excluded ids of the configuration that name no piece of evidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown_evidence_ids: Vec<SourceId>,
    /// Model id as Claude reported it.
    pub model: String,
    /// What the user must know about the result, most important first. Set with [`JobResult::add_notice`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<StatusReason>,
}

impl JobResult {
    /// Adds a notice in its place. The first notice becomes the `statusReason` of the job.
    pub fn add_notice(&mut self, notice: StatusReason) {
        if !self.notices.contains(&notice) {
            self.notices.push(notice);
            self.notices.sort_by_key(|notice| NOTICE_ORDER.iter().position(|known| known == notice));
        }
    }

    /// Whether the text was written to its block, if the job writes one.
    pub fn is_applied(&self) -> bool {
        !self.notices.iter().any(|notice| matches!(notice, StatusReason::NotApplied | StatusReason::Proposed))
    }

    /// Whether the output limit cut the answer.
    pub fn is_truncated(&self) -> bool {
        self.notices.contains(&StatusReason::Truncated)
    }
}

/// The notices of a result, most important first.
const NOTICE_ORDER: [StatusReason; 4] =
    [StatusReason::NotApplied, StatusReason::Proposed, StatusReason::Truncated, StatusReason::TooLong];

/// A text for a block, or insights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Output {
    /// The output of GENERATE and REFINE.
    #[serde(rename_all = "camelCase")]
    Text {
        /// Markdown without white space around it. Never empty.
        content: String,
        /// What the text rests on.
        #[serde(skip)]
        annotations: Annotations,
        /// Ids of the cited evidence, in order of the first citation.
        evidence_ids: Vec<SourceId>,
    },
    /// The output of ANALYZE, which writes no block.
    #[serde(rename_all = "camelCase")]
    Analysis {
        /// The insights as Markdown text.
        analysis: String,
        /// The insights as lists, with the ids of their evidence.
        insights: Insights,
        /// What `analysis` rests on.
        #[serde(default)]
        grounding: Grounding,
    },
}

impl Output {
    /// A text, with the ids of the evidence that its citations name.
    pub fn text(content: String, annotations: Annotations) -> Self {
        let mut evidence_ids = Vec::new();
        for citation in annotations.citations.iter().filter(|citation| citation.source_type == SourceType::Evidence) {
            if !evidence_ids.contains(&citation.source_id) {
                evidence_ids.push(citation.source_id);
            }
        }
        Self::Text { content, annotations, evidence_ids }
    }
}

/// Tokens as Claude reported them, and their cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// Input tokens at the full price: neither read from the prompt cache nor written to it.
    pub input_tokens: u64,
    /// Output tokens, which include thinking tokens.
    pub output_tokens: u64,
    /// Input tokens read from the prompt cache.
    pub cache_read_input_tokens: u64,
    /// Input tokens written to the prompt cache.
    pub cache_creation_input_tokens: u64,
    /// Cost in millionths of a US dollar, by the configured prices.
    pub cost_micro_usd: u64,
    /// Calls to Claude whose answer had started, and which are billed. They are limited by
    /// [`crate::job::policy::MAX_PAID_CALLS`].
    #[serde(default)]
    pub paid_calls: u32,
}

/// What the attempts of a job have spent. An attempt has one entry, which every report replaces. So a report that arrives
/// twice, or from a worker that has lost the job, counts once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<[u64; 7]>", into = "Vec<[u64; 7]>")]
pub struct UsageByAttempt(Vec<(u32, Usage)>);

impl UsageByAttempt {
    /// Sets what an attempt has spent so far. `None`, or less than is known, changes nothing.
    pub fn set(&mut self, attempt: u32, usage: Option<Usage>) {
        let Some(usage) = usage else { return };
        let size = |usage: &Usage| (usage.paid_calls, usage.cost_micro_usd, usage.output_tokens);
        match self.0.iter_mut().find(|(known, _)| *known == attempt) {
            Some((_, known)) if size(known) > size(&usage) => {}
            Some((_, known)) => *known = usage,
            None => self.0.push((attempt, usage)),
        }
    }

    /// Whether nothing was spent.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The sum over all attempts. `None` if nothing was spent.
    pub fn total(&self) -> Option<Usage> {
        self.0.iter().map(|(_, usage)| *usage).reduce(Usage::add)
    }
}

/// Stored as lists of numbers, which are small: the attempt and the fields of [`Usage`] in their order.
impl From<UsageByAttempt> for Vec<[u64; 7]> {
    fn from(usage: UsageByAttempt) -> Self {
        let row = |(attempt, usage): (u32, Usage)| {
            let Usage {
                input_tokens,
                output_tokens,
                cache_read_input_tokens,
                cache_creation_input_tokens,
                cost_micro_usd,
                paid_calls,
            } = usage;
            let counts = [input_tokens, output_tokens, cache_read_input_tokens, cache_creation_input_tokens];
            let [input, output, read, creation] = counts;
            [attempt.into(), input, output, read, creation, cost_micro_usd, paid_calls.into()]
        };
        usage.0.into_iter().map(row).collect()
    }
}

impl From<Vec<[u64; 7]>> for UsageByAttempt {
    fn from(rows: Vec<[u64; 7]>) -> Self {
        let entry = |[attempt, input, output, read, creation, cost, calls]: [u64; 7]| {
            let usage = Usage {
                input_tokens: input,
                output_tokens: output,
                cache_read_input_tokens: read,
                cache_creation_input_tokens: creation,
                cost_micro_usd: cost,
                paid_calls: u32::try_from(calls).unwrap_or(u32::MAX),
            };
            (u32::try_from(attempt).unwrap_or(u32::MAX), usage)
        };
        Self(rows.into_iter().map(entry).collect())
    }
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
            paid_calls: self.paid_calls.saturating_add(other.paid_calls),
        }
    }
}
