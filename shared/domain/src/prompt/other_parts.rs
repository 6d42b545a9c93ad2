//! What a task says about the other parts of the document, so that a part repeats neither a title nor a story.

use std::collections::{BTreeSet, HashMap};

use crate::{
    ids::SourceId,
    prompt::{json_string::json, report_parts::ReportParts},
    report::block::{Block, BlockType},
};

/// Parts before and behind the block that are named.
pub const MAX_OTHERS: usize = 40;
/// The longest title, in characters.
const TITLE_CHARS: usize = 80;
/// Pieces of evidence that are named for a part.
const MAX_NAMES: usize = 20;

/// A line for each other part, in the order of the document: its title, and the evidence that it cites. `places` are those
/// of the evidence in the prompt. Empty, or begins with a line break.
pub(super) fn of_task(report: &ReportParts<'_>, places: &HashMap<SourceId, usize>) -> String {
    let Some(block) = report.block else { return String::new() };
    let mut parts: Vec<&Block> = report.others.iter().filter(|other| other.id != block.id).collect();
    parts.sort_by_key(|part| report.document.position(part.id));
    let own_place = report.document.position(block.id);
    let mut lines = Vec::new();
    let mut is_behind = false;
    for part in parts {
        let Some(line) = line(part, places) else { continue };
        if !is_behind && report.document.position(part.id) > own_place {
            is_behind = true;
            lines.push("- (this part)".to_owned());
        }
        lines.push(line);
    }
    if lines.is_empty() {
        return String::new();
    }
    if !is_behind {
        lines.push("- (this part)".to_owned());
    }
    format!(
        "\nThe parts of the review, with the evidence that they tell already. Do not tell it again:\n{}",
        lines.join("\n")
    )
}

fn line(part: &Block, places: &HashMap<SourceId, usize>) -> Option<String> {
    let title = match part.block_type {
        BlockType::Heading => part.content.as_deref(),
        BlockType::PromptResponse => part.prompt.as_deref(),
        BlockType::Text | BlockType::Divider => None,
    };
    let title: Option<String> = title.and_then(first_line).map(|line| line.chars().take(TITLE_CHARS).collect());
    let places: BTreeSet<usize> =
        part.annotations.citations.iter().filter_map(|citation| places.get(&citation.source_id).copied()).collect();
    let names: Vec<String> = places.into_iter().take(MAX_NAMES).map(|place| format!("E{}", place + 1)).collect();
    match (title, names.is_empty()) {
        (None, true) => None,
        (None, false) => Some(format!("- {}", names.join(" "))),
        (Some(title), true) => Some(format!("- {}", json(&title))),
        (Some(title), false) => Some(format!("- {} {}", json(&title), names.join(" "))),
    }
}

fn first_line(text: &str) -> Option<&str> {
    text.lines().map(str::trim).find(|line| !line.is_empty())
}
