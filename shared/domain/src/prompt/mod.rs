//! Builds the prompt of a job: the system prompt, the documents and the task.
//!
//! The order is fixed and the bytes are stable. So a second block of the same document finds the system prompt and the
//! documents in the prompt cache. Text from users and other systems is untrusted. It stands in JSON strings, and the
//! system prompt declares the documents to be data.

pub mod answer;
pub mod draft;
mod facts;
pub mod insights;
mod json_string;
mod source_names;

use std::{
    cmp::Reverse,
    collections::HashMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    ops::Range,
};

use crate::{
    grounding::Facts,
    ids::{SourceId, UserId},
    job::{Job, result::SourceCounts, status::JobType},
    library::{
        date_range::DateRange,
        evidence::Evidence,
        goal::{Goal, GoalStatus},
        review::Review,
        selection::Context,
        source::{SourceField, SourceType},
    },
    prompt::{answer::CitationTarget, json_string::json},
    report::{block::Block, document::Document},
};

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
    /// The form that the answer must have.
    pub format: AnswerFormat,
    /// How many sources are in the prompt, and how many were left out.
    pub sources: SourceCounts,
    /// Pinned ids that name no piece of evidence.
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

/// One source, as Claude sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptItem {
    /// The text of the source. Values that are not trusted stand in JSON strings.
    pub text: String,
    /// The short name in `text`, for example `E3`.
    pub name: String,
    /// Whether the source is evidence, a goal or a review.
    pub source_type: SourceType,
    /// Id of the piece of evidence, the goal or the review.
    pub source_id: SourceId,
    /// What may be quoted of it, from the stored source. The text of the prompt is never quoted.
    pub source: SourcePassage,
}

/// A passage of a stored source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcePassage {
    /// The field that the passage stands in.
    pub field: SourceField,
    /// Number of the passage within a long review, from 1.
    pub passage: Option<usize>,
    /// The passage, word for word.
    pub text: String,
}

impl Prompt {
    /// The items that a citation names, or none if it names no known items.
    pub fn items(&self, target: &CitationTarget) -> &[PromptItem] {
        let document = self.documents.get(target.document);
        document.and_then(|document| document.items.get(target.start_item..target.end_item)).unwrap_or_default()
    }

    /// The input tokens of the whole prompt, estimated.
    pub fn tokens(&self) -> usize {
        /// JSON around each item.
        const ITEM_BYTES: usize = 40;
        let items = self.documents.iter().flat_map(|document| &document.items);
        let documents: usize = items.map(|item| item.text.len() + ITEM_BYTES).sum();
        (self.system.len() + self.task.len() + documents).div_ceil(BYTES_PER_TOKEN)
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

/// Builds the prompt of `job`. For a job that writes a block, `block` is that block. Sources that exceed the limits are
/// left out, and counted.
pub fn build(job: &Job, document: &Document, block: Option<&Block>, context: &Context, limits: PromptLimits) -> Prompt {
    let format = match job.job_type {
        JobType::Generate | JobType::Refine => AnswerFormat::CitedText,
        JobType::Analyze => AnswerFormat::Insights,
    };
    let task_of = |evidence: usize| task(job, block, &facts::of_task(job, document, context, evidence));
    let longest_task = task_of(context.evidence.len());

    // The budget covers the whole prompt. A tenth of it belongs to the task and the system prompt, even if they are shorter.
    // Otherwise prompts of different lengths would lead to different documents, and the second block of a document would
    // not find the documents of the first block in the prompt cache. A longer task, such as a long text to refine, takes
    // more.
    let all = limits.tokens.saturating_mul(BYTES_PER_TOKEN);
    let budget = all.saturating_sub((SYSTEM.len() + longest_task.len()).max(all / 10));
    // A name with three digits leaves room for every place in the prompt.
    let wanted = context.evidence.iter().take(limits.evidence);
    let wanted: Vec<(&Evidence, usize)> = wanted.map(|piece| (piece, evidence_item(998, piece).text.len())).collect();
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
    evidence.sort_by_key(|piece| Reverse((piece.fields.occurred_at, piece.id)));
    let evidence: Vec<_> = evidence.into_iter().enumerate().map(|(i, piece)| vec![evidence_item(i, piece)]).collect();

    let task = task_of(evidence.len());
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
    Prompt { system: SYSTEM.to_owned(), documents, task, format, sources, unknown_evidence_ids, given, period }
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

fn evidence_item(index: usize, evidence: &Evidence) -> PromptItem {
    let fields = &evidence.fields;
    let name = format!("E{}", index + 1);
    let mut text = format!("{name} {} {}", date(fields.occurred_at), fields.evidence_type);
    if let Some(category) = fields.category {
        text.push_str(&format!(" {category}"));
    }
    if let Some(scope) = fields.scope {
        text.push_str(&format!(" {scope}"));
    }
    if let Some(repo) = &fields.repo {
        let number = fields.number.map(|number| format!("#{number}")).unwrap_or_default();
        text.push_str(&format!(" {}", json(&format!("{repo}{number}"))));
    }
    text.push_str(&format!("\ntitle: {}\nsummary: {}", json(&fields.title), json(&fields.summary)));
    if !fields.criteria.is_empty() {
        text.push_str(&format!("\ncriteria: {}", json(&fields.criteria.join("; "))));
    }
    let source = passage(&[(SourceField::Summary, &fields.summary), (SourceField::Title, &fields.title)]);
    PromptItem { text, name, source_type: SourceType::Evidence, source_id: evidence.id, source }
}

fn goal_item(index: usize, goal: &Goal) -> PromptItem {
    let fields = &goal.fields;
    let name = format!("G{}", index + 1);
    let mut text = name.clone();
    if fields.status == GoalStatus::Completed {
        text.push_str(" COMPLETED");
    }
    if let Some(percent) = fields.progress_percent {
        text.push_str(&format!(" {percent} % done"));
    }
    if let Some(date) = fields.target_date {
        text.push_str(&format!(" due {date}"));
    }
    if let Some(priority) = &fields.priority {
        text.push_str(&format!(" priority {}", json(priority)));
    }
    text.push_str(&format!("\ntitle: {}\ndescription: {}", json(&fields.title), json(&fields.description)));
    for milestone in &fields.milestones {
        let status = milestone.status.as_deref().unwrap_or("open");
        text.push_str(&format!("\nmilestone: {} {}", json(&milestone.title), json(status)));
    }
    let source = passage(&[(SourceField::Description, &fields.description), (SourceField::Title, &fields.title)]);
    PromptItem { text, name, source_type: SourceType::Goal, source_id: goal.id, source }
}

/// A short review is one item. A long one is offered passage by passage, so that a citation names a passage.
fn review_items(index: usize, review: &Review) -> Vec<PromptItem> {
    let fields = &review.fields;
    let name = format!("R{}", index + 1);
    let mut heading = format!("{name} {} {}", fields.year, fields.review_type);
    if let Some(weight) = fields.weight {
        heading.push_str(&format!(" weight {weight}"));
    }
    let passages = passages(&fields.content);
    let is_long = passages.len() > 1;
    let count = passages.len();
    passages
        .into_iter()
        .enumerate()
        .map(|(at, text)| PromptItem {
            text: match is_long {
                true => format!("{heading} passage {} of {count}\ncontent: {}", at + 1, json(text)),
                false => format!("{heading}\ncontent: {}", json(text)),
            },
            name: name.clone(),
            source_type: SourceType::Review,
            source_id: review.id,
            source: SourcePassage {
                field: SourceField::Content,
                passage: is_long.then_some(at + 1),
                text: text.to_owned(),
            },
        })
        .collect()
}

/// A text up to this length stays whole, in bytes.
const WHOLE_BYTES: usize = 1_500;

/// A passage that is shorter does not stand alone, in bytes.
const SHORT_BYTES: usize = 200;

/// Splits a long text at its blank lines, and a long paragraph after a sentence or a word. Loses nothing but white
/// space.
fn passages(text: &str) -> Vec<&str> {
    if text.len() <= WHOLE_BYTES {
        return vec![text];
    }
    let mut passages = Vec::new();
    for paragraph in text.split("\n\n").flat_map(|part| part.split("\r\n\r\n")).map(str::trim) {
        let mut rest = paragraph;
        while rest.len() > WHOLE_BYTES {
            let start = &rest[..rest.floor_char_boundary(WHOLE_BYTES)];
            let sentence = [". ", "! ", "? ", ".\n"].iter().filter_map(|end| start.rfind(end)).max().map(|at| at + 1);
            let cut = sentence.or_else(|| start.rfind(char::is_whitespace)).filter(|at| *at > 0).unwrap_or(start.len());
            passages.push(rest[..cut].trim_end());
            rest = rest[cut..].trim_start();
        }
        passages.push(rest);
    }
    passages.retain(|passage| !passage.is_empty());
    let passages = joined(text, &passages);
    if passages.is_empty() { vec![text] } else { passages }
}

/// Headings and other short passages of `text` get the next passage, so that a quote says something.
fn joined<'a>(text: &'a str, passages: &[&str]) -> Vec<&'a str> {
    let mut joined: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    for passage in passages {
        let start = at + text[at..].find(passage).unwrap_or_default();
        at = start + passage.len();
        match joined.last_mut() {
            Some(before) if before.len() < SHORT_BYTES => before.end = at,
            _ => joined.push(start..at),
        }
    }
    joined.into_iter().map(|range| &text[range]).collect()
}

/// The first field that is not blank.
fn passage(fields: &[(SourceField, &String)]) -> SourcePassage {
    let found = fields.iter().find(|(_, text)| !text.trim().is_empty()).or(fields.last());
    let (field, text) = found.map_or((SourceField::Title, String::new()), |(field, text)| (*field, (*text).clone()));
    SourcePassage { field, passage: None, text }
}

fn date(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
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
