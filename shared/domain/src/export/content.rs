//! The text of one block: with its marks, without footnotes of its own, and with nothing left open.

use super::{
    escape, labels,
    layout::{Fence, Layout, Spot},
    marks::{self, Cited},
};

/// A cited claim, in Unicode code points. Nothing is assumed about its offsets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The number of the footnote.
    pub(super) number: usize,
}

/// Markdown that can stand between other parts of a document.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) text: String,
    /// Whether the first line is indented. It would go on with a list or with code before it.
    pub(super) is_indented: bool,
    pub(super) begins_with_list: bool,
    pub(super) ends_in_list: bool,
}

/// Prepares the Markdown of a block.
pub(super) fn markdown(content: &str, claims: &[Claim], label_prefix: &str) -> Content {
    let escapes = labels::escapes(content);
    let text = labels::escaped(content, &escapes);
    let layout = Layout::read(&text);
    let marks = |numbers: &[usize]| marks(numbers, label_prefix);

    let mut inserted: Vec<(usize, String)> = layout.html_ends.clone();
    let closing = layout.fences.iter().filter_map(|fence| Some((fence.end, closing_line(fence)?)));
    inserted.extend(closing);
    let mut at_end = String::new();
    for (spot, numbers) in marks::spots(&text, &layout, &cited(content, claims, &escapes)) {
        match spot {
            Spot::Within(at) => inserted.push((at, marks::within(&text, &layout, at, &marks(&numbers)))),
            Spot::Below(index) => {
                let fence = &layout.fences[index];
                inserted.push((fence.end, line_below(&text, fence, &marks(&numbers))));
            }
            Spot::End => at_end = format!("\n\n{}", marks(&numbers)),
        }
    }
    // The sort is stable: a closing fence stays before the mark below it.
    inserted.sort_by_key(|(at, _)| *at);

    let text = format!("{}{at_end}", with(&text, &inserted).trim_end());
    let text = without_blank_lines_before(&text);
    Content {
        text: text.to_owned(),
        is_indented: text.starts_with([' ', '\t']),
        begins_with_list: layout.begins_with_list,
        ends_in_list: layout.ends_in_list && at_end.is_empty(),
    }
}

/// The words of a heading. All marks stand at its end.
pub(super) fn heading(content: &str, claims: &[Claim], label_prefix: &str) -> String {
    let line = escape::heading(content);
    let line = labels::escaped(&line, &labels::escapes(&line));
    let mut numbers: Vec<usize> = Vec::new();
    for claim in claims {
        if !numbers.contains(&claim.number) {
            numbers.push(claim.number);
        }
    }
    let layout = Layout::read(&line);
    let marks = if numbers.is_empty() { String::new() } else { marks(&numbers, label_prefix) };
    format!("{line}{}", marks::within(&line, &layout, line.len(), &marks).trim_end())
}

fn marks(numbers: &[usize], label_prefix: &str) -> String {
    numbers.iter().map(|number| format!("[^{label_prefix}{number}]")).collect()
}

/// The claims in bytes of the escaped text.
fn cited(content: &str, claims: &[Claim], escapes: &[usize]) -> Vec<Cited> {
    if claims.is_empty() {
        return Vec::new();
    }
    let bytes: Vec<usize> = content.char_indices().map(|(at, _)| at).collect();
    let byte = |at: usize| {
        let at = bytes.get(at).copied().unwrap_or(content.len());
        at + escapes.partition_point(|escape| *escape < at)
    };
    let cited =
        |claim: &Claim| Cited { range: byte(claim.start.min(claim.end))..byte(claim.end), number: claim.number };
    claims.iter().map(cited).collect()
}

/// The closing fence that a code block lacks, on a line of its own.
fn closing_line(fence: &Fence) -> Option<String> {
    Some(format!("\n{}{}", fence.indent, fence.missing.as_ref()?))
}

/// A paragraph below a code block. Words that follow must not become a part of it.
fn line_below(text: &str, fence: &Fence, marks: &str) -> String {
    let below = text[fence.end..].lines().nth(1).unwrap_or_default();
    let is_blank = below.trim_matches(|c: char| c == '>' || c.is_whitespace()).is_empty();
    let blank_line = if is_blank { String::new() } else { format!("\n{}", fence.indent.trim_end()) };
    format!("\n{}{marks}{blank_line}", fence.indent)
}

/// The text with each of the parts inserted at its byte.
fn with(text: &str, inserted: &[(usize, String)]) -> String {
    let length = inserted.iter().map(|(_, part)| part.len()).sum::<usize>();
    let mut joined = String::with_capacity(text.len() + length);
    let mut from = 0;
    for (at, part) in inserted {
        joined.push_str(&text[from..*at]);
        joined.push_str(part);
        from = *at;
    }
    joined.push_str(&text[from..]);
    joined
}

/// Keeps the indentation of the first line, because it may be code.
fn without_blank_lines_before(text: &str) -> &str {
    let blank = text.len() - text.trim_start_matches([' ', '\t', '\n', '\r']).len();
    let line = text[..blank].rfind(['\n', '\r']).map_or(0, |end| end + 1);
    &text[line..]
}
