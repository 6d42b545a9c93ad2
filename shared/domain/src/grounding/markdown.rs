//! Finds the sentences of a Markdown text, and where they stand in it.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use unicode_segmentation::UnicodeSegmentation as _;

use super::{
    number::{Number, find},
    words,
};

/// A sentence or a heading.
#[derive(Debug)]
pub(super) struct Part {
    /// Without Markdown. A gap is left out.
    text: String,
    /// For each piece of `text`: its first byte, and the bytes of the content that it stands for.
    places: Vec<(usize, Range<usize>)>,
    /// Whether it is a sentence: it can have a citation. Headings are none.
    pub(super) is_sentence: bool,
}

impl Part {
    /// Its bytes in the content, from the first letter to the last. Marks in between are included.
    pub(super) fn range(&self) -> Range<usize> {
        self.in_content(&(0..self.text.len()))
    }

    /// Its numbers, with their bytes in the content.
    pub(super) fn numbers(&self) -> Vec<(Range<usize>, Number)> {
        find(&self.text).into_iter().map(|(range, number)| (self.in_content(&range), number)).collect()
    }

    fn in_content(&self, range: &Range<usize>) -> Range<usize> {
        let first = self.places.partition_point(|(at, _)| *at <= range.start).saturating_sub(1);
        let last = self.places.partition_point(|(at, _)| *at < range.end).saturating_sub(1);
        let start = self.places.get(first).map_or(0, |(_, place)| place.start);
        let end = self.places.get(last).map_or(start, |(_, place)| place.end);
        start..end
    }
}

/// The sentences and headings of `content`, in order. `gaps` are left out of them.
pub(super) fn parts(content: &str, gaps: &[Range<usize>]) -> Vec<Part> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_GFM;
    let mut reader = Reader { content, gaps, leaf: Leaf::default(), parts: Vec::new() };
    let (mut skipped, mut strong, mut row) = (0_u32, 0_u32, false);
    for (event, range) in Parser::new_ext(content, options).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(_) | Tag::HtmlBlock | Tag::Image { .. } | Tag::MetadataBlock(_)) => {
                skipped += 1;
            }
            Event::End(TagEnd::CodeBlock | TagEnd::HtmlBlock | TagEnd::Image | TagEnd::MetadataBlock(_)) => {
                skipped -= 1;
            }
            _ if skipped > 0 => {}
            Event::Start(Tag::Strong) => strong += 1,
            Event::End(TagEnd::Strong) => strong -= 1,
            Event::Start(Tag::TableRow) => row = true,
            Event::End(TagEnd::TableRow) => {
                row = false;
                reader.end(Form::Whole);
            }
            Event::End(TagEnd::TableHead | TagEnd::Heading(_)) => reader.end(Form::Heading),
            Event::Start(tag) if ends_leaf(tag.to_end()) && !row => reader.end(Form::Prose),
            Event::End(tag) if ends_leaf(tag) && !row => reader.end(Form::Prose),
            Event::Text(text) => reader.push(&text, range, strong > 0),
            Event::Code(text) => reader.push_code(&text, range, strong > 0),
            Event::End(TagEnd::TableCell) | Event::SoftBreak => reader.leaf.text.push(' '),
            Event::HardBreak => reader.leaf.text.push('\n'),
            _ => {}
        }
    }
    reader.end(Form::Prose);
    reader.parts
}

/// How the text of a leaf is divided.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Prose,
    /// A row of a table is one sentence.
    Whole,
    Heading,
}

/// The text of one paragraph, list item, row or heading. White space for a break stands for nothing of the content.
#[derive(Default)]
struct Leaf {
    text: String,
    places: Vec<(usize, Range<usize>)>,
    has_plain: bool,
}

struct Reader<'a> {
    content: &'a str,
    gaps: &'a [Range<usize>],
    leaf: Leaf,
    parts: Vec<Part>,
}

impl Reader<'_> {
    /// Adds the text of an event. `range` is where it stands in the content.
    fn push(&mut self, text: &str, range: Range<usize>, is_strong: bool) {
        self.leaf.has_plain |= !is_strong && text.contains(char::is_alphanumeric);
        // An entity such as `&amp;` stands for a character with other bytes.
        let is_verbatim = self.content.get(range.clone()) == Some(text);
        for (at, c) in text.char_indices() {
            let start = range.start + at;
            let place = if is_verbatim { start..start + c.len_utf8() } else { range.clone() };
            let gap = self.gaps.partition_point(|gap| gap.end <= place.start);
            if self.gaps.get(gap).is_some_and(|gap| gap.contains(&place.start)) {
                continue;
            }
            self.leaf.places.push((self.leaf.text.len(), place));
            self.leaf.text.push(c);
        }
    }

    /// Adds code between words. The marks around it are no part of it.
    fn push_code(&mut self, text: &str, range: Range<usize>, is_strong: bool) {
        let at = self.content.get(range.clone()).and_then(|marked| marked.find(text));
        let range = at.map_or(range.clone(), |at| range.start + at..range.start + at + text.len());
        self.push(text, range, is_strong);
    }

    /// Ends the leaf, and divides it into parts.
    fn end(&mut self, form: Form) {
        let Leaf { text, places, has_plain } = std::mem::take(&mut self.leaf);
        // A line in bold without a full stop stands as a heading above what follows.
        let is_label = !has_plain && !text.trim_end().ends_with(['.', '!', '?', '。', '！', '？', '…']);
        let ranges = match form {
            Form::Prose if !is_label => sentences(&text),
            _ => std::iter::once(0..text.len()).collect(),
        };
        for range in ranges {
            let trimmed = text[range.clone()].trim();
            if !trimmed.contains(char::is_alphanumeric) {
                continue;
            }
            let start = range.start + text[range].find(trimmed).unwrap_or_default();
            let first = |at: usize| places.partition_point(|(place, _)| *place < at);
            let within = &places[first(start)..first(start + trimmed.len())];
            self.parts.push(Part {
                text: trimmed.to_owned(),
                places: within.iter().map(|(at, place)| (at - start, place.clone())).collect(),
                is_sentence: form == Form::Whole || (form == Form::Prose && !is_label),
            });
        }
    }
}

/// Divides a text at the ends of its sentences (Unicode Standard Annex 29), but not after an abbreviation. The standard
/// does not divide before a digit that a small letter follows, and it divides inside of quotes.
fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut sentences: Vec<Range<usize>> = Vec::new();
    for (start, sentence) in text.split_sentence_bound_indices() {
        let mut piece = start..start + sentence.len();
        // French sets a space before the closing quote.
        if let Some(before) = sentences.last_mut()
            && let Some(rest) = sentence.trim_start().strip_prefix('»')
        {
            before.end = piece.end - rest.len();
            piece.start = before.end;
        }
        let ends: Vec<usize> = before_digits(&text[piece.clone()]).map(|at| piece.start + at).collect();
        for end in ends.into_iter().chain([piece.end]) {
            let next = piece.start..end;
            piece.start = end;
            match sentences.last_mut() {
                Some(before) if words::continues(&text[before.clone()], &text[next.clone()]) => before.end = next.end,
                _ => sentences.push(next),
            }
        }
    }
    sentences
}

/// The places where a digit follows a full stop and a space.
fn before_digits(text: &str) -> impl Iterator<Item = usize> {
    let stops = text.match_indices(". ").map(|(at, stop)| at + stop.len());
    stops.filter(move |at| text[*at..].starts_with(|c: char| c.is_numeric()))
}

/// Whether a tag separates paragraphs, and does not only mark words.
const fn ends_leaf(tag: TagEnd) -> bool {
    !matches!(
        tag,
        TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::Link
            | TagEnd::TableCell
    )
}
