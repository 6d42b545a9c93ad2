//! Chooses the spot of each footnote mark.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use unicode_segmentation::UnicodeSegmentation as _;

use super::layout::{Layout, Spot};

/// How far before a mark a web address may begin, in bytes.
const ADDRESS_BYTES: usize = 2_048;

/// Most characters of punctuation that a mark follows. It keeps a text of nothing but full stops from taking long.
const MAX_PUNCTUATION: usize = 8;

/// A cited claim in a text, in bytes, and the number of its footnote.
pub(super) struct Cited {
    pub(super) range: Range<usize>,
    pub(super) number: usize,
}

/// The numbers of the footnotes at each spot, each number once.
pub(super) fn spots(text: &str, layout: &Layout, cited: &[Cited]) -> BTreeMap<Spot, Vec<usize>> {
    let ends = whole_characters(text, cited.iter().map(|cited| end(text, &cited.range)).collect());
    let mut seen = BTreeSet::new();
    let mut spots: BTreeMap<Spot, Vec<usize>> = BTreeMap::new();
    for (cited, at) in cited.iter().zip(ends) {
        let mut spot = layout.spot(text, at);
        // The claim may end in bold, with its full stop behind.
        if let Spot::Within(at) = spot {
            spot = layout.spot(text, after_run(text, after_punctuation(text, at)));
        }
        if seen.insert((spot, cited.number)) {
            spots.entry(spot).or_default().push(cited.number);
        }
    }
    spots
}

/// The end of a claim, without white space and with the punctuation that follows.
fn end(text: &str, claim: &Range<usize>) -> usize {
    let words = text[claim.clone()].trim_end();
    after_punctuation(text, claim.start + words.len())
}

/// The end of the punctuation at `at`, or `at` itself if the punctuation belongs to a word such as `example.com`.
fn after_punctuation(text: &str, at: usize) -> usize {
    let is_punctuation = |c: &char| {
        matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '…' | '。' | '，' | '、' | '；' | '：' | '！' | '？')
    };
    let punctuation = text[at..].chars().take(MAX_PUNCTUATION).take_while(is_punctuation);
    let end = at + punctuation.map(char::len_utf8).sum::<usize>();
    let is_in_word = text[..end].ends_with(|c: char| c.is_ascii()) && text[end..].starts_with(char::is_alphanumeric);
    if is_in_word { at } else { end }
}

/// The end of the run of backticks, asterisks, underscores or tildes that surrounds `at`, or `at` itself. The two parts of
/// a run would mean something else than the whole.
fn after_run(text: &str, at: usize) -> usize {
    let before = text[..at].chars().next_back().filter(|c| matches!(c, '`' | '*' | '_' | '~'));
    before.map_or(at, |c| text.len() - text[at..].trim_start_matches(c).len())
}

/// Moves each position to the end of the character that it would split. A character as a reader sees it may consist of
/// several code points: an emoji with joiners, a flag, a letter with its accents.
fn whole_characters(text: &str, mut positions: Vec<usize>) -> Vec<usize> {
    if text.is_ascii() {
        return positions;
    }
    let mut order: Vec<usize> = (0..positions.len()).collect();
    order.sort_unstable_by_key(|index| positions[*index]);
    let mut ends = text.grapheme_indices(true).map(|(start, character)| start + character.len()).peekable();
    for index in order {
        let at = positions[index];
        if at > 0 {
            while ends.next_if(|end| *end < at).is_some() {}
            positions[index] = ends.peek().copied().unwrap_or(at);
        }
    }
    positions
}

/// The marks as they stand at byte `at`. A space keeps them apart from what would change their meaning: an address takes
/// in what follows it, and brackets or parentheses make links.
pub(super) fn within(text: &str, layout: &Layout, at: usize, marks: &str) -> String {
    let (before, after) = (&text[..at], &text[at..]);
    let left = if before.ends_with(['\\', ']']) || ends_in_address(before, layout) { " " } else { "" };
    // Some readers of Markdown take an escaped bracket for a bracket here.
    let makes_link = after.starts_with(['(', '[', ':']) || after.starts_with("\\[");
    let right = if makes_link { " " } else { "" };
    format!("{left}{marks}{right}")
}

/// Whether GitHub makes a link of the last word without being asked to.
fn ends_in_address(before: &str, layout: &Layout) -> bool {
    let mut from = before.len().saturating_sub(ADDRESS_BYTES);
    while !before.is_char_boundary(from) {
        from += 1;
    }
    let near = &before[from..];
    let word = near.rfind(|c: char| c.is_whitespace() || c == '<').unwrap_or(0);
    let lower = near[word..].to_ascii_lowercase();
    let mut addresses = lower.match_indices("://").chain(lower.match_indices("www.")).map(|(at, _)| from + word + at);
    addresses.any(|at| !layout.is_inside(at))
}
