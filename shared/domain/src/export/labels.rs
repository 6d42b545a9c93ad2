//! Footnotes that a text has by itself.
//!
//! A text may say `[^1]`, and even define it. Two blocks may define the same label, and one of them may look like ours.
//! So the footnote syntax of every text is escaped. The reader sees it as it was written, and it links nowhere. In
//! addition no label of ours occurs in any text, for readers of Markdown that know no escapes.

use std::{collections::BTreeSet, ops::Range};

use pulldown_cmark::{Event, LinkType, Parser, Tag};

use super::dialect::GITHUB;

const REFERENCE: &str = "[^";

/// The first of `s`, `ss`, `sss` and so on that with a number behind it is no label in any of the texts.
pub(super) fn free_prefix<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut taken = BTreeSet::new();
    for text in texts {
        for (at, _) in text.match_indices(REFERENCE) {
            let label = &text.as_bytes()[at + REFERENCE.len()..];
            let letters = label.iter().take_while(|byte| byte.eq_ignore_ascii_case(&b's')).count();
            if label.get(letters).is_some_and(u8::is_ascii_digit) {
                taken.insert(letters);
            }
        }
    }
    let free = (1..).find(|letters| !taken.contains(letters));
    "s".repeat(free.unwrap_or(1))
}

/// The places in `text` where a backslash must stand so that the text has no footnotes, in order. Code needs none, and a
/// backslash would show there. It is needed all the same at the beginning of a line of a code span or a tag, because a
/// definition there ends the paragraph before there is any code.
pub(crate) fn escapes(text: &str) -> Vec<usize> {
    if !text.contains(REFERENCE) {
        return Vec::new();
    }
    let verbatim = verbatim(text);
    let mut index = 0;
    let mut escapes = Vec::new();
    for (at, _) in text.match_indices(REFERENCE) {
        while verbatim.get(index).is_some_and(|verbatim| verbatim.range.end <= at) {
            index += 1;
        }
        let is_verbatim = verbatim
            .get(index)
            .is_some_and(|verbatim| verbatim.range.contains(&at) && (verbatim.is_block || !begins_line(text, at)));
        if !is_verbatim && !is_escaped(text, at) {
            escapes.push(at);
        }
    }
    escapes
}

/// The text with a backslash at each of the places.
pub(super) fn escaped(text: &str, escapes: &[usize]) -> String {
    let mut escaped = String::with_capacity(text.len() + escapes.len());
    let mut from = 0;
    for at in escapes {
        escaped.push_str(&text[from..*at]);
        escaped.push('\\');
        from = *at;
    }
    escaped.push_str(&text[from..]);
    escaped
}

/// Whether an odd number of backslashes stands before the place.
fn is_escaped(text: &str, at: usize) -> bool {
    text.as_bytes()[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// Whether only white space and the marks of quotes stand before the place on its line.
fn begins_line(text: &str, at: usize) -> bool {
    let before = text[..at].trim_end_matches([' ', '\t', '>']);
    before.is_empty() || before.ends_with(['\n', '\r'])
}

/// A part of a text in which a backslash is a backslash.
struct Verbatim {
    range: Range<usize>,
    /// Whether it is made of whole lines.
    is_block: bool,
}

/// The verbatim parts of a text, in order and without overlaps.
fn verbatim(text: &str) -> Vec<Verbatim> {
    let mut parts = Vec::new();
    for (event, range) in Parser::new_ext(text, GITHUB).into_offset_iter() {
        let is_block = match event {
            Event::Start(Tag::CodeBlock(_) | Tag::HtmlBlock) => true,
            Event::Start(Tag::Link { link_type: LinkType::Autolink | LinkType::Email, .. })
            | Event::Code(_)
            | Event::InlineHtml(_) => false,
            _ => continue,
        };
        parts.push(Verbatim { range, is_block });
    }
    parts
}
