//! Writes plausible prose from the documents of a request.

use std::ops::Range;

use serde_json::{Value, json};

use super::request::{Asked, Document};

/// Model id of the offline writer. It costs nothing.
pub const MODEL: &str = "offline-writer";

/// First sentence of every text of the offline writer.
pub(super) const NOTICE: &str = "This draft was written by the offline writer, not by Claude.";

/// A piece of Markdown text with its citations. The API sends each piece as a separate text block.
#[derive(Clone, Debug, Default)]
pub struct Piece {
    pub text: String,
    pub cites: Vec<Cite>,
}

/// A citation of items in a document of the request. Tests may cite items that do not exist.
#[derive(Clone, Debug)]
pub struct Cite {
    /// Index of the document, counted from 0.
    pub document: usize,
    /// Indices of the cited items, counted from 0. The end is exclusive.
    pub items: Range<usize>,
}

impl Piece {
    /// A piece of text without citations.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), cites: Vec::new() }
    }
}

/// Most items of one document that the text mentions.
const MENTIONED: usize = 4;

pub(super) fn write(asked: &Asked) -> Vec<Piece> {
    if asked.insights {
        return vec![Piece::plain(insights(asked).to_string())];
    }
    let mut pieces = vec![Piece::plain(format!("{NOTICE} "))];
    if asked.documents.is_empty() {
        pieces.push(Piece::plain("There is no evidence for this part yet, so there is nothing to report.".to_owned()));
    }
    for (index, document) in asked.documents.iter().enumerate() {
        pieces.push(Piece::plain(opening(document)));
        for (item, text) in document.items.iter().take(MENTIONED).enumerate() {
            let words = field(text, "title").or_else(|| field(text, "content")).unwrap_or_else(|| text.clone());
            let words = shorten(&words);
            let sentence = match document.title.as_str() {
                "Goals" => format!("I am working towards “{words}”."),
                "Reviews" => format!("A review said: “{words}”"),
                _ => work(text, &words),
            };
            let cite = Cite { document: index, items: item..item + 1 };
            let cites = asked.cited.then_some(cite).into_iter().collect();
            pieces.push(Piece { text: sentence, cites });
            pieces.push(Piece::plain(" ".to_owned()));
        }
    }
    if let Some(max) = asked.max_characters {
        let mut length = 0;
        let fitting = pieces.iter().take_while(|piece| {
            length += piece.text.chars().count();
            length <= max
        });
        pieces.truncate(fitting.count().max(1));
    }
    pieces
}

/// A sentence about a piece of evidence. Work of others that the person reviewed is not the person's work.
fn work(item: &str, words: &str) -> String {
    let when = when(item);
    let mut words_of_item = item.split_whitespace().skip(2);
    let (kind, state) = (words_of_item.next(), words_of_item.next());
    match kind {
        _ if matches!(state, Some("OPEN" | "DRAFT" | "IN_PROGRESS")) => format!("“{words}” is under way."),
        _ if state == Some("CLOSED") => format!("“{words}” was given up{when}."),
        Some("PR_REVIEWED" | "JIRA_REVIEWED") => format!("I reviewed “{words}”{when}."),
        Some("SLACK") => format!("A message{when} says: “{words}”."),
        _ => format!("I worked on “{words}”{when}."),
    }
}

fn opening(document: &Document) -> String {
    match document.title.as_str() {
        "Goals" => "\n\nMy goals: ".to_owned(),
        "Reviews" => "\n\nFeedback: ".to_owned(),
        _ => String::new(),
    }
}

fn insights(asked: &Asked) -> Value {
    let names: Vec<String> = asked
        .documents
        .iter()
        .filter(|document| document.title == "Evidence")
        .flat_map(|document| &document.items)
        .filter_map(|item| item.split_whitespace().next().map(str::to_owned))
        .take(3)
        .collect();
    let entry = |title: &str, summary: &str, evidence: &[String]| json!([{"title": title, "summary": summary, "evidence": evidence}]);
    json!({
        "themes": entry("Recent work", NOTICE, &names),
        "strengths": entry("Steady delivery", "The newest pieces of evidence show finished work.", &names),
        "gaps": entry("Outcomes", "The evidence says what was done, rarely what it changed.", &[]),
        "recommendations": entry("Collect outcomes", "Add what users or colleagues gained.", &[]),
    })
}

/// Returns a field of an item. An item has one line per field: the name, a colon, and a JSON string.
fn field(item: &str, name: &str) -> Option<String> {
    let prefix = format!("{name}: ");
    let value = item.lines().find_map(|line| line.strip_prefix(&prefix))?;
    serde_json::from_str(value).ok()
}

/// Returns ` in <month> <year>` if the second word of an item is a date, otherwise an empty text.
fn when(item: &str) -> String {
    let date = item.split_whitespace().nth(1).and_then(|word| word.parse::<jiff::civil::Date>().ok());
    date.map(|date| format!(" in {}", date.strftime("%B %Y"))).unwrap_or_default()
}

fn shorten(text: &str) -> String {
    const LONGEST: usize = 120;
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= LONGEST {
        return line;
    }
    line.chars().take(LONGEST - 1).chain(['…']).collect()
}
