//! Reads the items of the table as the checks need them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{history::History, table::key_of};

/// What the rows of a block say.
#[derive(Default)]
pub struct Block<'a> {
    pub item: Option<&'a Value>,
    pub revisions: Vec<&'a Value>,
}

impl Block<'_> {
    /// The number of the revision with this content.
    pub fn number_of(&self, content: &str, texts: &BTreeMap<String, Value>) -> Option<u64> {
        let has_content = |revision: &&&Value| {
            texts.get(text(revision, "text")).is_some_and(|text| text["markdown"].as_str() == Some(content))
        };
        self.revisions.iter().find(has_content).map(|revision| number(revision, "number"))
    }
}

/// Whether a call was made for a job. A message names several jobs, so the tag of the prompt decides.
pub fn is_of_job(history: &History, (id, job): (&str, &Value), (message, tag): (&str, &str)) -> bool {
    let own = text(job, "prompt").split(' ').next().unwrap_or_default();
    let is_of_block = || history.block_of(tag).is_some_and(|block| block == text(job, "blockId"));
    message.contains(id) && (own == tag || (own.is_empty() && is_of_block()))
}

pub fn kind<'a>(items: &'a [Value], prefix: &'static str) -> impl Iterator<Item = &'a Value> {
    items.iter().filter(move |item| key_of(item).1.starts_with(prefix))
}

pub fn text<'a>(item: &'a Value, name: &str) -> &'a str {
    item[name]["S"].as_str().unwrap_or_default()
}

pub fn number(item: &Value, name: &str) -> u64 {
    item[name]["N"].as_str().and_then(|number| number.parse().ok()).unwrap_or_default()
}
