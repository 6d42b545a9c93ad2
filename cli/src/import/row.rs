//! Rows, as the readers of files produce them.

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

/// An entry as it was read from a file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    /// Line on which the entry begins, counted from 1.
    pub(crate) line: usize,
    pub(crate) value: Value,
}

/// A row that this program or the API has rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Line on which the entry begins, counted from 1.
    pub line: usize,
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
