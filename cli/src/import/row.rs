//! Rows, as the readers of files produce them.

use std::fmt;

use clap::ValueEnum;
use serde_json::Value;

/// Kind of entries in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Source {
    /// Pull requests, as `gh pr list --json …` or `gh search prs --json …` print them.
    Github,
    /// Evidence, as JSON or CSV.
    Evidence,
    /// Goals, as JSON or CSV.
    Goals,
    /// Reviews, as JSON or CSV.
    Reviews,
}

impl Source {
    /// Route to which the entries are posted.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Github | Self::Evidence => "/api/evidence",
            Self::Goals => "/api/goals",
            Self::Reviews => "/api/reviews",
        }
    }
}

/// Where an entry begins in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line, counted from 1.
    pub line: usize,
    /// Position in the list of a JSON file, counted from 1. A list may be on one line.
    pub item: Option<usize>,
}

impl Place {
    pub(crate) const fn line(line: usize) -> Self {
        Self { line, item: None }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let item = self.item.map_or_else(String::new, |item| format!(", item {item}"));
        f.pad(&format!("line {}{item}", self.line))
    }
}

/// An entry as it was read from a file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) place: Place,
    pub(crate) value: Value,
}

/// A row that this program or the API has rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    pub place: Place,
    /// Start of its title, or of its content. Empty if it has neither.
    pub title: String,
    pub reason: String,
}

/// Result of reading a file, before anything is sent.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) rows: Vec<Row>,
    pub(crate) rejected: Vec<Rejected>,
    /// Remarks for the user, for example on ignored columns.
    pub(crate) notes: Vec<String>,
}

/// Text by which a person recognises a row: the start of its title or content, without control characters.
pub(crate) fn title(value: &Value) -> String {
    let text = ["title", "content"].into_iter().find_map(|name| value.get(name).and_then(Value::as_str));
    let mut clean: String = text.unwrap_or_default().chars().filter(|c| !c.is_control()).take(60).collect();
    if clean.chars().count() == 60 {
        clean.push('…');
    }
    clean
}
