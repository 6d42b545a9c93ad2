//! Turns an answer of the model into the result of a job.

use crate::{
    ids::SourceId,
    job::{
        result::{Citation, JobResult, Output, SourceType},
        status::StatusReason,
    },
    price::TokenCounts,
    prompt::{AnswerFormat, Prompt, insights::Insights},
};

/// A complete answer of the model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The text in pieces, each with its citations.
    pub spans: Vec<Span>,
    /// Why the model stopped writing.
    pub stop: Stop,
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
    /// The text of the cited items, as Claude returned it.
    pub cited_text: String,
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

/// A result that is ready to be saved.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The result of the job.
    pub result: JobResult,
    /// [`StatusReason::Truncated`], or `None` if the answer is whole.
    pub reason: Option<StatusReason>,
    /// Number of citations and evidence names that were left out because they name no known source.
    pub dropped_references: usize,
}

/// Why an answer cannot become a result.
#[derive(Debug, thiserror::Error)]
pub enum UnusableAnswer {
    /// The model declined. A retry would not help.
    #[error("the model refused")]
    ModelRefused,
    /// The token limit cut the answer before it contained anything useful. A retry would end the same way.
    #[error("the token limit ended the answer before there was anything of use")]
    OutputLimit,
    /// The answer has no text. This happens now and then, and a retry may help.
    #[error("the answer has no text")]
    Empty,
    /// The insights do not have the requested form. A retry may help. The error holds only a kind and a position,
    /// because the text is the model's.
    #[error("the answer is not of the form that was asked for: {kind} error at column {column}")]
    Malformed {
        /// `Syntax`, `Data`, `Eof` or `Io`, the categories of `serde_json`.
        kind: String,
        /// Column of the error in its line.
        column: usize,
    },
}

/// Turns an answer to `prompt` into a draft. Fails if the model declined, or if the answer holds nothing useful.
pub fn draft(prompt: &Prompt, answer: &Answer) -> Result<Draft, UnusableAnswer> {
    if answer.stop == Stop::Refusal {
        return Err(UnusableAnswer::ModelRefused);
    }
    let read = read(prompt, answer);
    match &read {
        // The answer to a retry would be cut at the same place.
        Err(UnusableAnswer::Empty | UnusableAnswer::Malformed { .. }) if answer.stop == Stop::Truncated => {
            Err(UnusableAnswer::OutputLimit)
        }
        _ => read,
    }
}

fn read(prompt: &Prompt, answer: &Answer) -> Result<Draft, UnusableAnswer> {
    let reason = (answer.stop == Stop::Truncated).then_some(StatusReason::Truncated);
    let (output, dropped_references) = match prompt.format {
        AnswerFormat::CitedText => cited_text(prompt, &answer.spans).ok_or(UnusableAnswer::Empty)?,
        AnswerFormat::Insights => {
            let text: String = answer.spans.iter().map(|span| span.text.as_str()).collect();
            if text.trim().is_empty() {
                return Err(UnusableAnswer::Empty);
            }
            let (insights, dropped) = Insights::read(text.trim(), &prompt.evidence_names()).map_err(|error| {
                let kind = format!("{:?}", error.classify());
                UnusableAnswer::Malformed { kind, column: error.column() }
            })?;
            (Output::Analysis { analysis: insights.markdown(), insights }, dropped)
        }
    };
    let result =
        JobResult { output, tokens_used: answer.tokens.output, sources: prompt.sources, model: answer.model.clone() };
    Ok(Draft { result, reason, dropped_references: dropped_references + answer.unreadable_citations })
}

/// Joins the spans and turns their citation targets into citations with code-point offsets. Trims white space around
/// the whole text and shifts the offsets accordingly. Also returns how many targets were left out. `None` if no text
/// remains.
fn cited_text(prompt: &Prompt, spans: &[Span]) -> Option<(Output, usize)> {
    let whole: String = spans.iter().map(|span| span.text.as_str()).collect();
    let content = whole.trim();
    if content.is_empty() {
        return None;
    }
    let lead = whole.chars().take_while(|c| c.is_whitespace()).count();
    let length = content.chars().count();

    let mut citations = Vec::new();
    let mut dropped = 0;
    let mut at = 0;
    for span in spans {
        let next = at + span.text.chars().count();
        let start = at.saturating_sub(lead).min(length);
        let end = next.saturating_sub(lead).min(length);
        at = next;
        for target in &span.citations {
            let items = prompt
                .documents
                .get(target.document)
                .and_then(|document| document.items.get(target.start_item..target.end_item))
                .unwrap_or_default();
            if items.is_empty() || start == end {
                dropped += 1;
                continue;
            }
            citations.extend(items.iter().map(|item| Citation {
                start,
                end,
                source_type: item.source_type,
                source_id: item.source_id,
                cited_text: target.cited_text.clone(),
            }));
        }
    }
    let mut evidence_ids: Vec<SourceId> = Vec::new();
    for citation in citations.iter().filter(|citation| citation.source_type == SourceType::Evidence) {
        if !evidence_ids.contains(&citation.source_id) {
            evidence_ids.push(citation.source_id);
        }
    }
    Some((Output::Text { content: content.to_owned(), citations, evidence_ids }, dropped))
}

#[cfg(test)]
#[path = "draft_tests.rs"]
mod tests;
