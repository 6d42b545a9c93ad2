//! The items of a prompt: one source each, or a passage of a long review.

use std::ops::Range;

use crate::{
    ids::SourceId,
    library::{
        evidence::Evidence,
        goal::{Goal, GoalStatus},
        review::Review,
        source::{SourceField, SourceType},
        web_address::web_host,
    },
    prompt::json_string::json,
    zone::Zone,
};

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
    /// The host of its web address, to which an answer that cites it may link.
    pub web_host: Option<String>,
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

pub(super) fn evidence_item(index: usize, evidence: &Evidence, zone: &Zone) -> PromptItem {
    let fields = &evidence.fields;
    let name = format!("E{}", index + 1);
    let mut text = format!("{name} {} {}", fields.occurred_at.day(zone), fields.evidence_type);
    // Most work is finished.
    if let Some(state) = fields.state.filter(|state| !state.is_finished()) {
        text.push_str(&format!(" {state}"));
    }
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
    let web_host = fields.url.as_deref().and_then(web_host);
    PromptItem { text, name, source_type: SourceType::Evidence, source_id: evidence.id, source, web_host }
}

pub(super) fn goal_item(index: usize, goal: &Goal) -> PromptItem {
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
    PromptItem { text, name, source_type: SourceType::Goal, source_id: goal.id, source, web_host: None }
}

/// A short review is one item. A long one is offered passage by passage, so that a citation names a passage.
pub(super) fn review_items(index: usize, review: &Review) -> Vec<PromptItem> {
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
            web_host: None,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_paragraphs_of_a_long_review_share_a_passage() {
        let text: String = (0..2_000).map(|number| format!("Item {number}\n\n")).collect();
        let found = passages(&text);
        assert!(found.iter().all(|passage| text.contains(passage)));
        assert!(found.len() < text.len() / SHORT_BYTES + 1, "{}", found.len());
        assert!(found.concat().contains("Item 0\n\nItem 1\n\n") && text.trim_end().ends_with(found[found.len() - 1]));
    }
}
