//! The prompt of a job: instructions of ours, documents of others, and the task.
//!
//! The order is fixed (system, documents, task) and the bytes are stable, so that a second
//! block of the same document finds system and documents in the prompt cache. Untrusted text
//! stands in JSON strings inside documents that are declared to be data.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use crate::{
    document::{Block, Document},
    evidence::Evidence,
    goal::Goal,
    ids::{SourceId, UserId},
    job::{Job, JobType},
    result::{SourceCounts, SourceType},
    review::Review,
    selection::Context,
};

const SYSTEM: &str = include_str!("../prompts/system.md");
const GENERATE: &str = include_str!("../prompts/generate.md");
const GENERATE_DEFAULT: &str = include_str!("../prompts/generate-default.md");
const REFINE: &str = include_str!("../prompts/refine.md");
const REFINE_DEFAULT: &str = include_str!("../prompts/refine-default.md");
const ANALYZE: &str = include_str!("../prompts/analyze.md");
const ANALYZE_DEFAULT: &str = include_str!("../prompts/analyze-default.md");

/// What Claude is asked, free of the form of its API.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    /// Our instructions.
    pub system: String,
    /// What may be cited; none is empty.
    pub documents: Vec<PromptDocument>,
    /// The task, last.
    pub task: String,
    /// What the answer looks like.
    pub format: AnswerFormat,
    /// How much of the context went in.
    pub sources: SourceCounts,
}

/// What the answer looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerFormat {
    /// Markdown with citations.
    CitedText,
    /// JSON after [`crate::insights::schema`].
    Insights,
}

/// One kind of source.
#[derive(Clone, Debug, PartialEq)]
pub struct PromptDocument {
    /// Evidence, Goals or Reviews.
    pub title: &'static str,
    /// Where it comes from; seen by the model, not citable.
    pub about: &'static str,
    /// One for each source; a citation names an item.
    pub items: Vec<PromptItem>,
}

/// One source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptItem {
    /// As the model sees it.
    pub text: String,
    /// The short name in `text`, such as E3.
    pub name: String,
    /// Evidence, goal or review.
    pub source_type: SourceType,
    /// Which one.
    pub source_id: SourceId,
}

impl Prompt {
    /// The budget that leaves half of this prompt's evidence, in tokens; nothing if there is no
    /// evidence to leave out.
    pub fn halved_budget(&self) -> Option<usize> {
        if self.sources.evidence < 2 {
            return None;
        }
        let items = self.documents.iter().flat_map(|document| &document.items);
        let bytes = items.map(|item| match item.source_type {
            SourceType::Evidence => item.text.len() / 2,
            SourceType::Goal | SourceType::Review => item.text.len(),
        });
        Some(bytes.sum::<usize>() / BYTES_PER_TOKEN)
    }

    /// Names the part that is the same for all of a user's jobs of a document with the same
    /// context: what the prompt cache holds.
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

    /// Evidence by its short name in lower case.
    pub fn evidence_names(&self) -> HashMap<String, SourceId> {
        self.documents
            .iter()
            .flat_map(|document| &document.items)
            .filter(|item| item.source_type == SourceType::Evidence)
            .map(|item| (item.name.to_lowercase(), item.source_id))
            .collect()
    }
}

/// The prompt of `job`. Goals, reviews and evidence take `budget_tokens` (estimated) in this
/// order, but half of it is the evidence's, as far as there is any; what does not fit is left out,
/// oldest first, and counted. For jobs that write a block, `block` is that block.
pub fn build(job: &Job, document: &Document, block: Option<&Block>, context: &Context, budget_tokens: usize) -> Prompt {
    let own = job.prompt.as_deref();
    let name = json_inner(&document.name);
    let (task, format) = match job.job_type {
        JobType::Generate => {
            let prompt = own.or_else(|| block.and_then(|block| block.prompt.as_deref()));
            let prompt = json(prompt.unwrap_or(GENERATE_DEFAULT.trim_end()));
            (fill(GENERATE, &[("document", &name), ("prompt", &prompt)]), AnswerFormat::CitedText)
        }
        JobType::Refine => {
            let content = json(block.and_then(|block| block.content.as_deref()).unwrap_or_default());
            let prompt = json(own.unwrap_or(REFINE_DEFAULT.trim_end()));
            let values = [("document", name.as_str()), ("content", &content), ("prompt", &prompt)];
            (fill(REFINE, &values), AnswerFormat::CitedText)
        }
        JobType::Analyze => {
            let prompt = json(own.unwrap_or(ANALYZE_DEFAULT.trim_end()));
            (fill(ANALYZE, &[("document", &name), ("prompt", &prompt)]), AnswerFormat::Insights)
        }
    };

    // Of the documents alone: two blocks of one document must not differ in them because their
    // prompts differ in length, or the second would not find the first one's in the cache.
    let budget = budget_tokens.saturating_mul(BYTES_PER_TOKEN);
    let evidence: Vec<_> = context.evidence.iter().enumerate().map(|(i, e)| evidence_item(i, e)).collect();
    let reserved = evidence.iter().map(|item| item.text.len()).sum::<usize>().min(budget / 2);
    let mut left = budget - reserved;
    let goals = fitting(context.goals.iter().enumerate().map(|(i, goal)| goal_item(i, goal)), &mut left);
    let reviews = fitting(context.reviews.iter().enumerate().map(|(i, review)| review_item(i, review)), &mut left);
    left += reserved;
    let evidence = fitting(evidence.into_iter(), &mut left);

    let sources = SourceCounts {
        evidence: evidence.len(),
        evidence_omitted: context.evidence.len() - evidence.len(),
        goals: goals.len(),
        goals_omitted: context.goals.len() - goals.len(),
        reviews: reviews.len(),
        reviews_omitted: context.reviews.len() - reviews.len(),
    };
    let documents = [
        ("Evidence", "The person's work, newest first, collected from code hosts, trackers and messages.", evidence),
        ("Goals", "The person's active goals.", goals),
        ("Reviews", "Past reviews of the person, newest first.", reviews),
    ];
    let documents = documents
        .into_iter()
        .filter(|(_, _, items)| !items.is_empty())
        .map(|(title, about, items)| PromptDocument { title, about, items })
        .collect();
    Prompt { system: SYSTEM.to_owned(), documents, task, format, sources }
}

/// English and code run at about four bytes a token; three leaves room for other scripts.
const BYTES_PER_TOKEN: usize = 3;

/// The first items that fit into what is left of the budget. What does not fit takes nothing.
fn fitting(items: impl Iterator<Item = PromptItem>, left: &mut usize) -> Vec<PromptItem> {
    items
        .map_while(|item| {
            *left = left.checked_sub(item.text.len())?;
            Some(item)
        })
        .collect()
}

fn evidence_item(index: usize, evidence: &Evidence) -> PromptItem {
    let facts = &evidence.facts;
    let name = format!("E{}", index + 1);
    let mut text = format!("{name} {} {}", date(facts.occurred_at), facts.evidence_type);
    if let Some(category) = facts.category {
        text.push_str(&format!(" {category}"));
    }
    if let Some(scope) = facts.scope {
        text.push_str(&format!(" {scope}"));
    }
    if let Some(repo) = &facts.repo {
        let number = facts.number.map(|number| format!("#{number}")).unwrap_or_default();
        text.push_str(&format!(" {}", json(&format!("{repo}{number}"))));
    }
    if let Some(metrics) = facts.metrics {
        text.push_str(&format!(" +{}", metrics.additions.unwrap_or_default()));
        text.push_str(&format!(" -{}", metrics.deletions.unwrap_or_default()));
        if let Some(files) = metrics.changed_files {
            text.push_str(&format!(" {files} files"));
        }
    }
    text.push_str(&format!("\ntitle: {}\nsummary: {}", json(&facts.title), json(&facts.summary)));
    if !facts.criteria.is_empty() {
        text.push_str(&format!("\ncriteria: {}", json(&facts.criteria.join("; "))));
    }
    PromptItem { text, name, source_type: SourceType::Evidence, source_id: evidence.id }
}

fn goal_item(index: usize, goal: &Goal) -> PromptItem {
    let facts = &goal.facts;
    let name = format!("G{}", index + 1);
    let mut text = name.clone();
    if let Some(percent) = facts.progress_percent {
        text.push_str(&format!(" {percent} % done"));
    }
    if let Some(date) = facts.target_date {
        text.push_str(&format!(" due {date}"));
    }
    if let Some(priority) = &facts.priority {
        text.push_str(&format!(" priority {}", json(priority)));
    }
    text.push_str(&format!("\ntitle: {}\ndescription: {}", json(&facts.title), json(&facts.description)));
    for milestone in &facts.milestones {
        let status = milestone.status.as_deref().unwrap_or("open");
        text.push_str(&format!("\nmilestone: {} {}", json(&milestone.title), json(status)));
    }
    PromptItem { text, name, source_type: SourceType::Goal, source_id: goal.id }
}

fn review_item(index: usize, review: &Review) -> PromptItem {
    let facts = &review.facts;
    let name = format!("R{}", index + 1);
    let mut text = format!("{name} {} {}", facts.year, facts.review_type);
    if let Some(weight) = facts.weight {
        text.push_str(&format!(" weight {weight}"));
    }
    text.push_str(&format!("\ncontent: {}", json(&facts.content)));
    PromptItem { text, name, source_type: SourceType::Review, source_id: review.id }
}

fn date(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn json_inner(text: &str) -> String {
    let quoted = json(text);
    quoted[1..quoted.len() - 1].to_owned()
}

/// Puts values into a template in one pass: what a value holds is never looked at again.
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
