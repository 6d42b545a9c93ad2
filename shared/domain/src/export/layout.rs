//! Finds the places in a Markdown text where a footnote mark may stand.
//!
//! A mark may stand in or after words of a paragraph, a heading, a list item or a cell of a table. Code, links, images,
//! tags, entities and emphasis stay whole, so a mark can only follow them.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use super::{dialect::GITHUB, open_end};

/// Neighbouring positions at which a mark may stand, in bytes.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// A mark after this position, and before `first`, moves forward to `first`. Equal to `first` for words.
    from: usize,
    first: usize,
    last: usize,
    /// Number of the paragraph, heading, list item or cell.
    leaf: usize,
}

/// A fenced code block.
#[derive(Debug)]
pub(super) struct Fence {
    pub(super) range: Range<usize>,
    /// The end of its last line.
    pub(super) end: usize,
    /// What a line below the fence begins with, to be in the same list item or quote.
    pub(super) indent: String,
    /// The closing fence, if the text has none.
    pub(super) missing: Option<String>,
}

/// Where a mark stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Spot {
    /// At this byte, within a line of words.
    Within(usize),
    /// On a line of its own below the fence with this index.
    Below(usize),
    /// On a line of its own at the end of the text, because the text has no words.
    End,
}

/// What a text consists of.
#[derive(Debug, Default)]
pub(super) struct Layout {
    places: Vec<Place>,
    pub(super) fences: Vec<Fence>,
    /// What must be inserted to complete each unfinished piece of HTML, and where.
    pub(super) html_ends: Vec<(usize, String)>,
    pub(super) begins_with_list: bool,
    pub(super) ends_in_list: bool,
}

impl Layout {
    /// Reads a text that has no footnotes of its own.
    pub(super) fn read(text: &str) -> Self {
        let mut reader = Reader { text, layout: Self::default(), leaf: 0, linked: 0, code: None, is_html: false };
        for (index, (event, range)) in Parser::new_ext(text, GITHUB).into_offset_iter().enumerate() {
            if index == 0 {
                reader.layout.begins_with_list = matches!(event, Event::Start(Tag::List(_)));
            }
            reader.layout.ends_in_list = matches!(event, Event::End(TagEnd::List(_)));
            reader.read(&event, range);
        }
        reader.layout
    }

    /// The spot for a mark after a claim that ends at byte `at`.
    ///
    /// A claim that ends in a code fence has its mark on a line below the fence. The sentence before the fence may have
    /// other sources, and the sentence behind it may have none, so a mark in either of them would be wrong. A claim that
    /// ends between two places, for example behind the last bar of a table row, has its mark at the place before.
    pub(super) fn spot(&self, text: &str, at: usize) -> Spot {
        let fence = self.fences.partition_point(|fence| fence.range.end < at);
        if self.fences.get(fence).is_some_and(|fence| fence.range.start < at) {
            return Spot::Below(fence);
        }
        let next = self.places.partition_point(|place| place.last < at);
        match self.places.get(next) {
            Some(place) if place.first <= at => return Spot::Within(at),
            Some(place) if place.from < at => return Spot::Within(place.first),
            _ => {}
        }
        if let Some(place) = next.checked_sub(1).and_then(|before| self.places.get(before)) {
            let words = text[place.first..place.last].trim_end();
            return Spot::Within(place.first + words.len());
        }
        let first = self.places.iter().take_while(|place| place.leaf == self.places[0].leaf).last();
        first.map_or(Spot::End, |place| Spot::Within(place.last))
    }

    /// Whether the byte is inside of a link, an image, code or a tag.
    pub(super) fn is_inside(&self, at: usize) -> bool {
        let next = self.places.partition_point(|place| place.last < at);
        self.places.get(next).is_some_and(|place| place.from <= at && at < place.first)
    }
}

/// A code block whose end is still to come.
struct OpenCode {
    range: Range<usize>,
    is_fenced: bool,
    /// The end of the code that was read.
    written: usize,
}

struct Reader<'a> {
    text: &'a str,
    layout: Layout,
    leaf: usize,
    /// How many links and images contain the current event.
    linked: usize,
    code: Option<OpenCode>,
    /// Whether the current event belongs to a block of HTML.
    is_html: bool,
}

impl Reader<'_> {
    fn read(&mut self, event: &Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let is_fenced = matches!(kind, CodeBlockKind::Fenced(_));
                self.code = Some(OpenCode { written: range.start, range, is_fenced });
            }
            Event::Text(_) if self.code.is_some() => {
                if let Some(code) = &mut self.code {
                    code.written = range.end;
                }
            }
            Event::End(TagEnd::CodeBlock) => self.end_code(),
            Event::Start(Tag::HtmlBlock) => {
                self.is_html = true;
                self.html(&range);
            }
            Event::End(TagEnd::HtmlBlock) => self.is_html = false,
            // The indentation of a line of HTML is an event of its own.
            _ if self.is_html => {}
            Event::Start(Tag::Link { .. } | Tag::Image { .. }) => self.linked += 1,
            Event::End(TagEnd::Link | TagEnd::Image) => {
                self.linked -= 1;
                self.whole(range);
            }
            Event::End(TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough) => self.end_emphasis(range),
            Event::Text(words) if self.text.get(range.clone()) == Some(words) => self.words(range),
            // Text that is not written as it reads is an entity.
            Event::Code(_) | Event::InlineHtml(_) | Event::Text(_) => self.whole(range),
            Event::Start(tag) if !is_inline(tag.to_end()) => self.leaf += 1,
            Event::End(tag) if !is_inline(*tag) => self.leaf += 1,
            _ => {}
        }
    }

    /// Words: a mark may follow each character of them.
    fn words(&mut self, range: Range<usize>) {
        let first = self.text[range.clone()].chars().next().map_or(0, char::len_utf8);
        let first = range.start + first;
        if self.linked == 0 && first <= range.end && first > range.start {
            self.layout.places.push(Place { from: first, first, last: range.end, leaf: self.leaf });
        }
    }

    /// Something that stays whole: a mark may follow it.
    fn whole(&mut self, range: Range<usize>) {
        if self.linked == 0 {
            let Range { start, end } = range;
            self.layout.places.push(Place { from: start, first: end, last: end, leaf: self.leaf });
        }
    }

    /// A mark before a closing `**` could keep it from closing, so it moves behind.
    fn end_emphasis(&mut self, range: Range<usize>) {
        if self.linked > 0 {
            return;
        }
        let (leaf, end) = (self.leaf, range.end);
        match self.layout.places.last_mut().filter(|place| place.leaf == leaf) {
            Some(place) if place.from < place.first => (place.first, place.last) = (end, end),
            Some(place) => {
                let last = self.text[..place.last].chars().next_back().map_or(0, char::len_utf8);
                let from = place.last - last;
                let behind = Place { from, first: end, last: end, leaf };
                if from < place.first {
                    *place = behind;
                } else {
                    place.last = from;
                    self.layout.places.push(behind);
                }
            }
            None => self.whole(range),
        }
    }

    fn end_code(&mut self) {
        let Some(OpenCode { range, written, .. }) = self.code.take().filter(|code| code.is_fenced) else {
            return;
        };
        let code = &self.text[range.clone()];
        let line = self.text[..range.start].rfind(['\n', '\r']).map_or(0, |end| end + 1);
        let indent = self.text[line..range.start].chars();
        let indent: String = indent.map(|c| if c == '>' || c.is_whitespace() { c } else { ' ' }).collect();
        let is_closed = open_end::is_closed(code, written - range.start);
        let missing = (!is_closed).then(|| open_end::fence(code).to_owned());
        let end = range.start + code.trim_end().len();
        self.layout.fences.push(Fence { range, end, indent, missing });
    }

    fn html(&mut self, range: &Range<usize>) {
        let html = self.text[range.clone()].trim_end();
        let end = open_end::html_end(html);
        if !end.is_empty() {
            self.layout.html_ends.push((range.start + html.len(), end));
        }
    }
}

/// Whether a tag only marks words of a line.
const fn is_inline(tag: TagEnd) -> bool {
    matches!(
        tag,
        TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::Link
            | TagEnd::Image
    )
}
