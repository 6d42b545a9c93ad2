//! Builds the prompt of a job: the system prompt, the documents and the task.
//!
//! The order is fixed and the bytes are stable. So a second block of the same document finds the system prompt and the
//! documents in the prompt cache. Text from users and other systems is untrusted. It stands in JSON strings, and the
//! system prompt declares the documents to be data.

pub mod answer;
pub mod draft;
mod facts;
pub mod insights;
mod items;
mod json_string;
mod other_parts;
mod report_parts;
pub mod shorten;
mod shortening;
mod source_names;

use std::{
    cmp::Reverse,
    collections::HashMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use crate::{
    grounding::Facts,
    ids::{SourceId, UserId},
    job::{Job, result::SourceCounts, status::JobType},
    library::{date_range::DateRange, evidence::Evidence, selection::Context, source::SourceType},
    prompt::{
        answer::CitationTarget,
        items::{evidence_item, goal_item, review_items},
        json_string::json,
    },
    report::{block::Block, document::Document},
};

pub use items::{PromptItem, SourcePassage};
pub use other_parts::MAX_OTHERS;
pub use report_parts::ReportParts;
pub use shortening::Shortening;

const SYSTEM: &str = include_str!("../../prompts/system.md");
const GENERATE: &str = include_str!("../../prompts/generate.md");
const GENERATE_DEFAULT: &str = include_str!("../../prompts/generate-default.md");
const REFINE: &str = include_str!("../../prompts/refine.md");
const REFINE_DEFAULT: &str = include_str!("../../prompts/refine-default.md");
const ANALYZE: &str = include_str!("../../prompts/analyze.md");
const ANALYZE_DEFAULT: &str = include_str!("../../prompts/analyze-default.md");

/// What Claude is asked, independent of the form of its API.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    /// The system prompt: rules for writing, and for text that is not trusted.
    pub system: String,
    /// The sources that Claude may cite. No document is empty.
    pub documents: Vec<PromptDocument>,
    /// The task. It comes last, because it differs from job to job.
    pub task: String,
    /// What follows the task, if the answer to it was too long.
    pub shortening: Option<Shortening>,
    /// The form that the answer must have.
    pub format: AnswerFormat,
    /// How many sources are in the prompt, and how many were left out.
    pub sources: SourceCounts,
    /// Pinned and excluded ids that name no piece of evidence.
    pub unknown_evidence_ids: Vec<SourceId>,
    /// Texts of the user whose numbers the answer may state without a citation.
    pub given: Vec<String>,
    /// The period of the document.
    pub period: DateRange,
}

/// The form that an answer must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerFormat {
    /// Markdown with citations of the sources.
    CitedText,
    /// A JSON object that follows [`crate::prompt::insights::schema`].
    Insights,
}

/// All sources of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct PromptDocument {
    /// The title that Claude sees: `Evidence`, `Goals` or `Reviews`.
    pub title: &'static str,
    /// Where the sources come from. Claude sees this text but cannot cite it.
    pub about: &'static str,
    /// One item for each source. A citation names a range of items.
    pub items: Vec<PromptItem>,
}

impl Prompt {
    /// The items that a citation names, or none if it names no known items.
    pub fn items(&self, target: &CitationTarget) -> &[PromptItem] {
        let document = self.documents.get(target.document);
        document.and_then(|document| document.items.get(target.start_item..target.end_item)).unwrap_or_default()
    }

    /// The input tokens of the whole prompt, estimated.
    pub fn tokens(&self) -> usize {
        let shortening =
            self.shortening.as_ref().map_or(0, |shortening| shortening.draft.len() + shortening.task.len());
        (self.prefix_bytes() + self.task.len() + shortening).div_ceil(BYTES_PER_TOKEN)
    }

    /// The input tokens that jobs with the same context share, estimated.
    pub fn prefix_tokens(&self) -> usize {
        self.prefix_bytes() / BYTES_PER_TOKEN
    }

    fn prefix_bytes(&self) -> usize {
        /// JSON around each item.
        const ITEM_BYTES: usize = 40;
        let items = self.documents.iter().flat_map(|document| &document.items);
        self.system.len() + items.map(|item| item.text.len() + ITEM_BYTES).sum::<usize>()
    }

    /// A hash of the bytes that jobs of one user with the same context share, which is the part that the prompt cache
    /// holds. The user is included, so that no job waits for a call of another user.
    pub fn prefix(&self, user: &UserId) -> u64 {
        let mut hasher = DefaultHasher::new();
        user.hash(&mut hasher);
        self.system.hash(&mut hasher);
        (self.format == AnswerFormat::CitedText).hash(&mut hasher);
        for item in self.documents.iter().flat_map(|document| &document.items) {
            item.text.hash(&mut hasher);
        }
        hasher.finish()
    }

    /// What the numbers of the answer may rest on.
    pub fn facts(&self) -> Facts {
        let items = self.documents.iter().flat_map(|document| &document.items);
        let given = self.given.iter().map(String::as_str);
        Facts::new(given, &self.period, items.map(|item| (item.source_id, without_escapes(&item.text))))
    }

    /// The sources by short name in lower case, for example `e3`.
    pub fn source_names(&self) -> HashMap<String, (SourceType, SourceId)> {
        let items = self.documents.iter().flat_map(|document| &document.items);
        items.map(|item| (item.name.to_lowercase(), (item.source_type, item.source_id))).collect()
    }
}

/// What a prompt may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PromptLimits {
    /// An estimate for the whole prompt. Half of what it leaves for documents is reserved for evidence, as far as there is evidence. Goals and then
    /// reviews take the rest, and evidence takes what is left.
    pub tokens: usize,
    /// Pieces of evidence.
    pub evidence: usize,
}

/// Builds the prompt of `job`. Sources that exceed the limits are
/// left out, and counted.
pub fn build(job: &Job, report: &ReportParts<'_>, context: &Context, limits: PromptLimits) -> Prompt {
    let ReportParts { document, block, .. } = *report;
    let format = match job.job_type {
        JobType::Generate | JobType::Refine => AnswerFormat::CitedText,
        JobType::Analyze => AnswerFormat::Insights,
    };
    let zone = &document.time_zone;
    let task_of = |evidence: usize, parts: &str| {
        let facts = facts::of_task(job, document, block, context, evidence);
        task(job, block, &format!("{facts}{parts}"))
    };
    // The longest line about the other parts names every piece of evidence.
    let everything: HashMap<SourceId, usize> = context.evidence.iter().map(|piece| (piece.id, 998)).collect();
    let longest_task = task_of(context.evidence.len(), &other_parts::of_task(report, &everything));

    // The budget covers the whole prompt. A tenth of it belongs to the task and the system prompt, even if they are shorter.
    // Otherwise prompts of different lengths would lead to different documents, and the second block of a document would
    // not find the documents of the first block in the prompt cache. A longer task, such as a long text to refine, takes
    // more.
    let all = limits.tokens.saturating_mul(BYTES_PER_TOKEN);
    let budget = all.saturating_sub((SYSTEM.len() + longest_task.len()).max(all / 10));
    // A name with three digits leaves room for every place in the prompt.
    let wanted = context.evidence.iter().take(limits.evidence);
    let wanted: Vec<(&Evidence, usize)> =
        wanted.map(|piece| (piece, evidence_item(998, piece, zone).text.len())).collect();
    let reserved = wanted.iter().map(|(_, bytes)| bytes).sum::<usize>().min(budget / 2);
    let mut left = budget - reserved;
    let goals = fitting(context.goals.iter().enumerate().map(|(i, goal)| vec![goal_item(i, goal)]), &mut left);
    let reviews = fitting(context.reviews.iter().enumerate().map(|(i, review)| review_items(i, review)), &mut left);
    left += reserved;
    let mut evidence: Vec<&Evidence> = wanted
        .iter()
        .map_while(|(piece, bytes)| {
            left = left.checked_sub(*bytes)?;
            Some(*piece)
        })
        .collect();
    evidence.sort_by_key(|piece| Reverse((piece.fields.occurred_at.listed_at(), piece.id)));
    let places = evidence.iter().enumerate().map(|(place, piece)| (piece.id, place)).collect();
    let evidence: Vec<_> =
        evidence.into_iter().enumerate().map(|(i, piece)| vec![evidence_item(i, piece, zone)]).collect();

    let task = task_of(evidence.len(), &other_parts::of_task(report, &places));
    let sources = SourceCounts {
        evidence: evidence.len(),
        evidence_matched: context.evidence_matched,
        evidence_matched_is_lower_bound: context.evidence_matched_is_lower_bound,
        evidence_over_limit: context.evidence_matched.saturating_sub(context.evidence.len()),
        evidence_over_budget: context.evidence.len() - evidence.len(),
        goals: goals.len(),
        goals_omitted: context.goals.len() - goals.len(),
        reviews: reviews.len(),
        reviews_omitted: context.reviews.len() - reviews.len(),
    };
    let documents = [
        ("Evidence", "The person's work, newest first, collected from code hosts, trackers and messages.", evidence),
        ("Goals", "The person's active goals, and those that were reached.", goals),
        ("Reviews", "Past reviews of the person, newest first. SELF: the person's own earlier words.", reviews),
    ];
    let documents = documents
        .into_iter()
        .filter(|(_, _, sources)| !sources.is_empty())
        .map(|(title, about, sources)| PromptDocument { title, about, items: sources.concat() })
        .collect();
    let given = given(job, document, block);
    let period = document.context_config.evidence_date_range.clone();
    let unknown_evidence_ids = context.unknown_evidence_ids.clone();
    let shortening = None;
    Prompt {
        system: SYSTEM.to_owned(),
        documents,
        task,
        shortening,
        format,
        sources,
        unknown_evidence_ids,
        given,
        period,
    }
}

fn task(job: &Job, block: Option<&Block>, facts: &str) -> String {
    let own = job.prompt.as_deref();
    match job.job_type {
        JobType::Generate => {
            let prompt = own.or_else(|| block.and_then(|block| block.prompt.as_deref()));
            let prompt = json(prompt.unwrap_or(GENERATE_DEFAULT.trim_end()));
            fill(GENERATE, &[("facts", facts), ("prompt", &prompt)])
        }
        JobType::Refine => {
            let content = json(block.and_then(|block| block.content.as_deref()).unwrap_or_default());
            let prompt = json(own.unwrap_or(REFINE_DEFAULT.trim_end()));
            fill(REFINE, &[("facts", facts), ("content", &content), ("prompt", &prompt)])
        }
        JobType::Analyze => {
            let prompt = json(own.unwrap_or(ANALYZE_DEFAULT.trim_end()));
            fill(ANALYZE, &[("facts", facts), ("prompt", &prompt)])
        }
    }
}

/// Texts of the user whose numbers the answer may state: the name and the description of the document,
/// the instruction, and the text to refine. A number that an earlier job wrote into that text without a source stays unsupported.
fn given(job: &Job, document: &Document, block: Option<&Block>) -> Vec<String> {
    let of_block = block.and_then(|block| match job.job_type {
        JobType::Refine => {
            block.content.as_ref().map(|content| block.annotations.grounding.without_unsupported(content))
        }
        _ => block.prompt.clone().filter(|_| job.prompt.is_none()),
    });
    [Some(document.name.clone()), document.description.clone(), job.prompt.clone(), of_block]
        .into_iter()
        .flatten()
        .collect()
}

/// English and code have about four bytes per token. Three leaves room for other scripts.
const BYTES_PER_TOKEN: usize = 3;

/// Takes sources from the front while all their items fit into `left`, and subtracts their sizes from `left`.
fn fitting(sources: impl Iterator<Item = Vec<PromptItem>>, left: &mut usize) -> Vec<Vec<PromptItem>> {
    sources
        .map_while(|items| {
            *left = left.checked_sub(items.iter().map(|item| item.text.len()).sum())?;
            Some(items)
        })
        .collect()
}

/// The words of a text with JSON strings. Otherwise, the `n` of `\\n` would be a letter of the word after it.
fn without_escapes(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        words.push(if character == '\\' { ' ' } else { character });
        if character == '\\' && characters.next() == Some('u') {
            characters.by_ref().take(4).for_each(drop);
        }
    }
    words
}

/// Fills the `{{name}}` placeholders of a template in one pass. Placeholders inside of a value stay as they are.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template.trim_end();
    while let Some((before, after)) = rest.split_once("{{") {
        text.push_str(before);
        let Some((name, after)) = after.split_once("}}") else {
            text.push_str("{{");
            rest = after;
            continue;
        };
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            text.push_str(value);
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
#[path = "prompt_tests.rs"]
mod tests;
