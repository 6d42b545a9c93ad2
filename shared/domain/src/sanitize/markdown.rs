//! Takes out of Markdown what a reader must not follow, or could not see in it.
//!
//! A model may obey a text that it was only to read. So its answer has no HTML, no images, no notes of its own, and links
//! to the given hosts only. What is taken out stays as text where it has any. Code stays as it is.

use std::ops::Range;

use super::{edits::Edited, invisible};
use crate::{
    export::{dialect::GITHUB, labels},
    library::web_address::web_host,
};
use pulldown_cmark::{Event, LinkType, Parser, Tag, TagEnd};

/// Rounds until nothing is left to take out. What is taken out may reveal something that stood behind it.
const MAX_ROUNDS: usize = 20;

/// Sanitizes a text that comes in pieces, and returns the pieces. A link stays if its host is one of `hosts`. White space
/// around the text goes, too: without the indentation of code, its words would be Markdown.
pub fn sanitized(pieces: &[&str], hosts: &[String]) -> Vec<String> {
    let mut end = 0;
    let ends = pieces.iter().map(|piece| {
        end += piece.len();
        end
    });
    let mut edited = Edited { places: ends.collect(), text: pieces.concat() };
    let without = |range| (range, String::new());
    edited.apply(invisible::hidden(&edited.text).into_iter().map(without).collect());
    for round in 0.. {
        edited.apply(around(&edited.text).into_iter().map(without).collect());
        let edits = edits(&edited.text, hosts);
        if edits.is_empty() {
            break;
        }
        if round == MAX_ROUNDS {
            edited.apply(fenced(&edited.text));
            break;
        }
        edited.apply(edits);
    }
    if let Some(end) = edited.places.last_mut() {
        *end = edited.text.len();
    }
    let mut start = 0;
    let piece = |end: usize| {
        let piece = edited.text[start..end].to_owned();
        start = end;
        piece
    };
    edited.places.into_iter().map(piece).collect()
}

/// The white space around the text.
fn around(text: &str) -> [Range<usize>; 2] {
    let end = text.trim_end().len();
    [0..end - text[..end].trim_start().len(), end..text.len()]
}

/// The whole text as code.
fn fenced(text: &str) -> Vec<(Range<usize>, String)> {
    let fence = "`".repeat(longest_run(text, '`').max(2) + 1);
    vec![(0..0, format!("{fence}\n")), (text.len()..text.len(), format!("\n{fence}"))]
}

/// What one look at the text finds.
fn edits(text: &str, hosts: &[String]) -> Vec<(Range<usize>, String)> {
    let is_allowed = |address: &str| web_host(address).is_some_and(|host| hosts.contains(&host));
    // Until it is escaped, a footnote looks like the definition of a link.
    let mut edits: Vec<_> = labels::escapes(text).into_iter().map(|at| (at..at, "\\".to_owned())).collect();
    if !edits.is_empty() {
        return edits;
    }
    let mut run = Run::default();
    // The link or image that is open: its range, what it becomes, and where its own text begins and ends.
    let mut open: Vec<Open> = Vec::new();
    let mut code = 0_u32;
    let parser = Parser::new_ext(text, GITHUB);
    for (_, definition) in parser.reference_definitions().iter() {
        if !is_allowed(&definition.dest) {
            edits.push((definition.span.clone(), String::new()));
        }
    }
    for (event, range) in parser.into_offset_iter() {
        if let Some(open) = open.last_mut().filter(|open| range.end < open.range.end || range.start > open.range.start)
        {
            open.inner.start = open.inner.start.min(range.start);
            open.inner.end = open.inner.end.max(range.end);
        }
        match &event {
            Event::Text(written) if code == 0 => {
                let is_verbatim = text.get(range.clone()) == Some(written);
                if !is_verbatim && !invisible::hidden(written).is_empty() {
                    edits.push((range, String::new()));
                } else if open.is_empty() {
                    run.push(written, range, is_verbatim);
                }
                continue;
            }
            Event::Html(_) | Event::InlineHtml(_) => {
                // Not `\<`: Python-Markdown does not know this escape, and draws the element.
                let marks = text[range.clone()].match_indices('<');
                edits.extend(marks.map(|(at, _)| (range.start + at..range.start + at + 1, "&lt;".to_owned())));
            }
            Event::Start(Tag::CodeBlock(_)) => code += 1,
            Event::End(TagEnd::CodeBlock) => code = code.saturating_sub(1),
            Event::Start(Tag::Image { dest_url, link_type, .. }) => {
                open.push(Open::new(&range, *link_type, dest_url, false));
            }
            Event::Start(Tag::Link { dest_url, link_type, .. }) => {
                open.push(Open::new(&range, *link_type, dest_url, is_allowed(dest_url)));
            }
            Event::End(TagEnd::Image | TagEnd::Link) => {
                edits.extend(open.pop().filter(|open| !open.stays).map(|open| open.replaced(text)));
            }
            _ => {}
        }
        edits.extend(run.addresses(&is_allowed));
        run = Run::default();
    }
    edits.extend(run.addresses(&is_allowed));
    edits
}

/// A link or an image whose end is not reached yet.
struct Open {
    range: Range<usize>,
    /// The range of what stands in it.
    inner: Range<usize>,
    /// The address, if it is the text of the link, too.
    address: Option<String>,
    stays: bool,
}

impl Open {
    fn new(range: &Range<usize>, link_type: LinkType, address: &str, stays: bool) -> Self {
        let is_own_text = matches!(link_type, LinkType::Autolink | LinkType::Email);
        let address = is_own_text.then(|| address.to_owned());
        Self { range: range.clone(), inner: range.end..range.start, address, stays }
    }

    /// Its range, and the text that replaces it.
    fn replaced(self, text: &str) -> (Range<usize>, String) {
        let own = || text.get(self.inner.clone()).unwrap_or_default().to_owned();
        (self.range.clone(), self.address.as_deref().map_or_else(own, as_code))
    }
}

/// Text without marks in between, as a reader of Markdown looks for addresses in it.
#[derive(Default)]
struct Run {
    text: String,
    /// For each piece: its first byte in `text`, its bytes in the content, and whether it stands there as it is.
    pieces: Vec<(usize, Range<usize>, bool)>,
}

impl Run {
    fn push(&mut self, text: &str, range: Range<usize>, is_verbatim: bool) {
        self.pieces.push((self.text.len(), range, is_verbatim));
        self.text.push_str(text);
    }

    /// The addresses that are not allowed, as code: readers make a link of an address that stands in the text.
    fn addresses(&self, is_allowed: &impl Fn(&str) -> bool) -> Vec<(Range<usize>, String)> {
        let found = addresses(&self.text).into_iter().filter(|range| {
            let address = &self.text[range.clone()];
            let with_scheme = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
            !is_allowed(&with_scheme)
        });
        found.map(|range| (self.in_content(&range), as_code(&self.text[range]))).collect()
    }

    fn in_content(&self, range: &Range<usize>) -> Range<usize> {
        let place = |at: usize, is_end: bool| {
            let index = self.pieces.partition_point(|(from, ..)| if is_end { *from < at } else { *from <= at });
            let Some((from, content, is_verbatim)) = self.pieces.get(index.saturating_sub(1)) else { return 0 };
            match (is_verbatim, is_end) {
                (true, _) => content.start + (at - from),
                (false, true) => content.end,
                (false, false) => content.start,
            }
        };
        place(range.start, false)..place(range.end, true)
    }
}

/// The web addresses and mail addresses in a text without marks, at least those that GitHub Flavored Markdown makes links
/// of.
pub(crate) fn addresses(text: &str) -> Vec<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while let Some(mark) = ["http://", "https://", "www.", "@"].iter().filter_map(|mark| lower[at..].find(mark)).min() {
        let mark = at + mark;
        let address = if lower[mark..].starts_with('@') { mail(text, at, mark) } else { web(text, mark) };
        at = address.as_ref().map_or(mark + 1, |address| address.end);
        found.extend(address);
    }
    found
}

/// The web address that begins at `start`.
fn web(text: &str, start: usize) -> Option<Range<usize>> {
    let length = text[start..].find(ends_address).unwrap_or(text.len() - start);
    let address = text[start..start + length].trim_end_matches(is_punctuation);
    (!address.is_empty()).then(|| start..start + address.len())
}

/// The mail address around the sign at `sign`, not before `from`.
fn mail(text: &str, from: usize, sign: usize) -> Option<Range<usize>> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_+".contains(byte);
    let is_host = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_".contains(byte);
    let name = text.as_bytes()[from..sign].iter().rev().take_while(|byte| is_name(byte)).count();
    let host = text.as_bytes()[sign + 1..].iter().take_while(|byte| is_host(byte)).count();
    let host = text[sign + 1..sign + 1 + host].trim_end_matches(is_punctuation);
    (name > 0 && host.contains('.')).then(|| sign - name..sign + 1 + host.len())
}

fn ends_address(c: char) -> bool {
    c.is_whitespace() || matches!(c, '<' | '>' | '`' | '|' | '"' | '\\')
}

const fn is_punctuation(c: char) -> bool {
    matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | ')' | ']' | '}' | '\'' | '*' | '_' | '~')
}

/// A code span of a text that has no line break.
pub(crate) fn as_code(text: &str) -> String {
    let marks = "`".repeat(longest_run(text, '`') + 1);
    format!("{marks}{text}{marks}")
}

fn longest_run(text: &str, of: char) -> usize {
    text.split(|c| c != of).map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
#[path = "markdown_tests.rs"]
mod tests;
