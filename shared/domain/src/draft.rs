//! From an answer of the model to the result of a job.

use crate::{
    ids::SourceId,
    insights::Insights,
    job::StatusReason,
    price::TokenCounts,
    prompt::{AnswerFormat, Prompt},
    result::{Citation, JobResult, Output, SourceType},
};

/// An answer of the model, complete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The text, in pieces; each with what it rests on.
    pub spans: Vec<Span>,
    /// Why the model stopped.
    pub stop: Stop,
    /// Citations of a form that is not understood.
    pub unreadable_citations: usize,
    /// What it cost.
    pub tokens: TokenCounts,
    /// The model, as it names itself.
    pub model: String,
}

/// A piece of text and what it rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Markdown.
    pub text: String,
    /// Places in the prompt's documents.
    pub citations: Vec<Place>,
}

/// A range of items of one document of the prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which document of the prompt, from 0.
    pub document: usize,
    /// First item, from 0.
    pub start_item: usize,
    /// One past the last item.
    pub end_item: usize,
    /// The words that the model named.
    pub cited_text: String,
}

/// Why the model stopped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Stop {
    /// It was done.
    #[default]
    EndTurn,
    /// The token limit or the context window ended it.
    Truncated,
    /// It declined.
    Refusal,
    /// Something that we do not know (yet).
    Other(String),
}

/// A finished draft.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// What the job made.
    pub result: JobResult,
    /// `Truncated`, or nothing.
    pub reason: Option<StatusReason>,
    /// Citations or evidence names that pointed nowhere and were dropped.
    pub dropped_references: usize,
}

/// An answer that no result can be made of.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// The model declined. Trying again is no use.
    #[error("the model refused")]
    Refused,
    /// The token limit ended the answer before there was anything of use.
    #[error("the token limit ended the answer before there was anything of use")]
    OutputLimit,
    /// No text. It happens; trying again may help.
    #[error("the answer has no text")]
    Empty,
    /// Insights that are not of the form that was asked for.
    /// The place is told, not the words: they are the model's.
    #[error("the answer is not of the form that was asked for: {kind} error at column {column}")]
    Malformed {
        /// Syntax, data or end of input.
        kind: String,
        /// Where.
        column: usize,
    },
}

/// Makes a result of an answer to `prompt`.
pub fn draft(prompt: &Prompt, answer: &Answer) -> Result<Draft, Unusable> {
    if answer.stop == Stop::Refusal {
        return Err(Unusable::Refused);
    }
    let read = read(prompt, answer);
    match &read {
        // The next answer would end there, too.
        Err(Unusable::Empty | Unusable::Malformed { .. }) if answer.stop == Stop::Truncated => {
            Err(Unusable::OutputLimit)
        }
        _ => read,
    }
}

fn read(prompt: &Prompt, answer: &Answer) -> Result<Draft, Unusable> {
    let reason = (answer.stop == Stop::Truncated).then_some(StatusReason::Truncated);
    let (output, dropped_references) = match prompt.format {
        AnswerFormat::CitedText => cited_text(prompt, &answer.spans).ok_or(Unusable::Empty)?,
        AnswerFormat::Insights => {
            let text: String = answer.spans.iter().map(|span| span.text.as_str()).collect();
            if text.trim().is_empty() {
                return Err(Unusable::Empty);
            }
            let (insights, dropped) = Insights::read(text.trim(), &prompt.evidence_names()).map_err(|error| {
                let kind = format!("{:?}", error.classify());
                Unusable::Malformed { kind, column: error.column() }
            })?;
            (Output::Analysis { analysis: insights.markdown(), insights }, dropped)
        }
    };
    let result =
        JobResult { output, tokens_used: answer.tokens.output, sources: prompt.sources, model: answer.model.clone() };
    Ok(Draft { result, reason, dropped_references: dropped_references + answer.unreadable_citations })
}

/// Joins the spans and turns their places into citations with code-point offsets. White
/// space around the whole text is cut, and the offsets with it. `None` if nothing is left.
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
        for place in &span.citations {
            let items = prompt
                .documents
                .get(place.document)
                .and_then(|document| document.items.get(place.start_item..place.end_item))
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
                cited_text: place.cited_text.clone(),
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
