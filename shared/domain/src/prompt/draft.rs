//! Turns an answer of the model into the result of a job.

use crate::{
    annotation::Citation,
    grounding,
    ids::SourceId,
    job::{
        result::{JobResult, Output},
        status::StatusReason,
    },
    prompt::{
        AnswerFormat, Prompt, PromptItem,
        answer::{Answer, Span, Stop},
        insights::{Insights, InvalidInsights},
    },
    sanitize::markdown,
};

/// A result that is ready to be saved.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The result of the job.
    pub result: JobResult,
    /// Number of citations and evidence names that were left out because they name no known source.
    pub dropped_references: usize,
}

/// Why an answer cannot become a result.
#[derive(Debug, thiserror::Error)]
pub enum UnusableAnswer {
    /// The model declined. A retry would not help.
    #[error("the model refused{}", category.as_ref().map(|category| format!(": {category}")).unwrap_or_default())]
    ModelRefused {
        /// The category that the model named, such as `cyber`.
        category: Option<String>,
    },
    /// The token limit cut the answer before it contained anything useful. A retry would end the same way.
    #[error("the token limit ended the answer before there was anything of use")]
    OutputLimit,
    /// The answer has no text. This happens now and then, and a retry may help.
    #[error("the answer has no text")]
    Empty,
    /// The insights do not have the requested form. A retry may help.
    #[error("the answer is not of the form that was asked for")]
    Malformed(#[from] InvalidInsights),
}

/// Turns an answer to `prompt` into a draft. Fails if the model declined, or if the answer holds nothing useful.
pub fn draft(prompt: &Prompt, answer: &Answer) -> Result<Draft, UnusableAnswer> {
    if answer.stop == Stop::Refusal {
        let is_word = |category: &&String| {
            category.len() <= 40 && category.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        let category = answer.refusal_category.as_ref().filter(is_word).cloned();
        return Err(UnusableAnswer::ModelRefused { category });
    }
    let read = read(prompt, answer);
    match &read {
        // The answer to a retry would be cut at the same place.
        Err(UnusableAnswer::Empty | UnusableAnswer::Malformed(_)) if answer.stop == Stop::Truncated => {
            Err(UnusableAnswer::OutputLimit)
        }
        _ => read,
    }
}

fn read(prompt: &Prompt, answer: &Answer) -> Result<Draft, UnusableAnswer> {
    let (output, dropped_references) = match prompt.format {
        AnswerFormat::CitedText => {
            cited_text(prompt, &sanitized(prompt, &answer.spans)).ok_or(UnusableAnswer::Empty)?
        }
        AnswerFormat::Insights => {
            let text: String = answer.spans.iter().map(|span| span.text.as_str()).collect();
            if text.trim().is_empty() {
                return Err(UnusableAnswer::Empty);
            }
            let (insights, dropped) = Insights::read(text.trim(), &prompt.source_names())?;
            let (analysis, grounding) = insights.markdown(&prompt.facts());
            (Output::Analysis { analysis, insights, grounding }, dropped)
        }
    };
    let mut result = JobResult {
        output: Some(output),
        tokens_used: answer.tokens.output,
        sources: prompt.sources,
        unknown_evidence_ids: prompt.unknown_evidence_ids.clone(),
        model: answer.model.clone(),
        notices: Vec::new(),
    };
    if answer.stop == Stop::Truncated {
        result.add_notice(StatusReason::Truncated);
    }
    Ok(Draft { result, dropped_references: dropped_references + answer.unreadable_citations })
}

/// The spans without what a reader must not follow, and without white space around the whole. Links lead to hosts of the
/// sources that the answer cites.
fn sanitized(prompt: &Prompt, spans: &[Span]) -> Vec<Span> {
    let cited = spans.iter().flat_map(|span| &span.citations).flat_map(|target| prompt.items(target));
    let hosts: Vec<String> = cited.filter_map(|item| item.web_host.clone()).collect();
    let pieces: Vec<&str> = spans.iter().map(|span| span.text.as_str()).collect();
    let texts = markdown::sanitized(&pieces, &hosts).into_iter();
    texts.zip(spans).map(|(text, span)| Span { text, citations: span.citations.clone() }).collect()
}

/// Joins the spans and turns their citation targets into citations with code-point offsets. Also returns how many targets
/// were left out. `None` if there is no text.
fn cited_text(prompt: &Prompt, spans: &[Span]) -> Option<(Output, usize)> {
    let content: String = spans.iter().map(|span| span.text.as_str()).collect();
    if content.is_empty() {
        return None;
    }
    let mut cited: Vec<(usize, usize, &PromptItem)> = Vec::new();
    let mut dropped = 0;
    let mut start = 0;
    for span in spans {
        let end = start + span.text.chars().count();
        let targets: Vec<&[PromptItem]> = span.citations.iter().map(|target| prompt.items(target)).collect();
        dropped += targets.iter().filter(|items| items.is_empty() || start == end).count();
        // A source is cited once for a passage, however many of its passages the model names.
        let mut sources: Vec<SourceId> = Vec::new();
        for item in targets.into_iter().flatten().filter(|_| start < end) {
            if !sources.contains(&item.source_id) {
                sources.push(item.source_id);
                cited.push((start, end, item));
            }
        }
        start = end;
    }
    dropped += cited.len().saturating_sub(MAX_CITATIONS);
    cited.truncate(MAX_CITATIONS);
    // Many citations have shorter quotes, so that a result stays small whatever it cites.
    let quote_chars = (MAX_QUOTES_CHARS / cited.len().max(1)).clamp(MIN_QUOTE_CHARS, MAX_QUOTE_CHARS);
    let citations: Vec<Citation> = cited
        .into_iter()
        .map(|(start, end, item)| Citation {
            start,
            end,
            source_type: item.source_type,
            source_id: item.source_id,
            field: item.source.field,
            passage: item.source.passage,
            cited_text: quote(&item.source.text, quote_chars).to_owned(),
        })
        .collect();
    let annotations = grounding::of_draft(&content, citations, &prompt.facts());
    Some((Output::text(content, annotations), dropped))
}

/// Citations of one text. Further citations are left out, from the end.
const MAX_CITATIONS: usize = 500;
/// Characters of all quotes of a text together, roughly.
const MAX_QUOTES_CHARS: usize = 20_000;
/// The longest and the shortest limit of one quote, in characters.
const MAX_QUOTE_CHARS: usize = 300;
const MIN_QUOTE_CHARS: usize = 40;
/// The longest quote in bytes. It limits texts in scripts of several bytes for a character.
const MAX_QUOTE_BYTES: usize = 450;

/// The beginning of a text, word for word, of at most `max` characters. It ends at a word, unless the first word is
/// longer.
fn quote(text: &str, max: usize) -> &str {
    let text = text.trim();
    let cut = text.char_indices().nth(max).map_or(text.len(), |(cut, _)| cut);
    let cut = cut.min(text.floor_char_boundary(MAX_QUOTE_BYTES));
    if cut == text.len() {
        return text;
    }
    let next_is_space = text[cut..].starts_with(char::is_whitespace);
    let end = if next_is_space { cut } else { text[..cut].rfind(char::is_whitespace).unwrap_or(cut) };
    text[..end].trim_end()
}

#[cfg(test)]
#[path = "draft_tests.rs"]
mod tests;
