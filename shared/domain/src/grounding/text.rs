//! A text with its sentences, headings and gaps.

use std::ops::Range;

use super::{
    markdown::{Part, parts},
    offsets::Offsets,
};
use crate::annotation::{Annotations, Citation, Grounding, MAX_PASSAGES, Passage, UnsupportedNumber};

/// A text and its parts.
pub(super) struct Text<'a> {
    content: &'a str,
    pub(super) parts: Vec<Part>,
    /// Bytes of `content`.
    gaps: Vec<Range<usize>>,
    pub(super) offsets: Offsets,
}

impl<'a> Text<'a> {
    pub(super) fn read(content: &'a str) -> Self {
        let gaps = gaps(content);
        Self { content, parts: parts(content, &gaps), gaps, offsets: Offsets::of(content) }
    }

    /// Whether `citation` covers a word of `part`.
    pub(super) fn rests_on(&self, part: &Part, citation: &Citation) -> bool {
        let cited = self.offsets.bytes(citation.start, citation.end);
        let range = part.range();
        let common = range.start.max(cited.start)..range.end.min(cited.end);
        self.content.get(common).is_some_and(|common| common.contains(char::is_alphanumeric))
    }

    /// `unsupported` are ranges of bytes.
    pub(super) fn annotations(&self, citations: Vec<Citation>, mut unsupported: Vec<Range<usize>>) -> Annotations {
        unsupported.sort_by_key(|range| range.start);
        let sentences = || self.parts.iter().filter(|part| part.is_sentence);
        let is_cited = |part: &&Part| citations.iter().any(|citation| self.rests_on(part, citation));
        let passage = |range: Range<usize>| {
            let (start, end) = self.offsets.code_points(&range);
            Passage { start, end }
        };
        let mut uncited: Vec<Passage> =
            sentences().filter(|part| !is_cited(part)).map(|part| passage(part.range())).collect();
        let sentences = sentences().count();
        let cited = sentences - uncited.len();
        uncited.truncate(MAX_PASSAGES);
        let unsupported = unsupported.into_iter().take(MAX_PASSAGES).map(|range| {
            let Passage { start, end } = passage(range.clone());
            UnsupportedNumber { start, end, text: self.content[range].to_owned() }
        });
        let grounding = Grounding {
            sentences,
            cited,
            uncited,
            unsupported_numbers: unsupported.collect(),
            gaps: self.gaps.iter().take(MAX_PASSAGES).cloned().map(passage).collect(),
        };
        Annotations { citations, grounding }
    }
}

/// What begins a gap, in any case of letters.
const GAP: &str = "[to add:";

/// The longest gap, in bytes.
const MAX_GAP_BYTES: usize = 1_000;

/// The passages `[To add: …]`, in bytes. A gap ends at the bracket that closes it, at the latest at the end of its line.
fn gaps(content: &str) -> Vec<Range<usize>> {
    let mut gaps: Vec<Range<usize>> = Vec::new();
    for (start, _) in content.match_indices('[') {
        let begins = content.get(start..start + GAP.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(GAP));
        if !begins || gaps.last().is_some_and(|gap| start < gap.end) {
            continue;
        }
        let end = content.floor_char_boundary(start + MAX_GAP_BYTES);
        let line = content[start..end].lines().next().unwrap_or_default();
        let mut open = 0;
        let closed = line.char_indices().find(|(_, c)| {
            open += i32::from(*c == '[') - i32::from(*c == ']');
            open == 0
        });
        gaps.extend(closed.map(|(at, _)| start..start + at + 1));
    }
    gaps
}
