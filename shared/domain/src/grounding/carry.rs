//! Follows passages of a text through an edit.

use std::{
    ops::Range,
    time::{Duration, Instant},
};

use similar::{Algorithm, DiffOp, capture_diff_slices_deadline};
use unicode_segmentation::UnicodeSegmentation as _;

/// Words of both texts up to which the smallest difference is searched, however long it takes.
const EXACT_WORDS: usize = 20_000;
/// How long the smallest difference of longer texts is searched. Then a larger one is taken, and less stays in place.
const PATIENCE: Duration = Duration::from_secs(1);

/// The passages that two texts have in common, in order.
pub(super) struct Carry(Vec<Same>);

/// Offsets in code points.
struct Same {
    before: Range<usize>,
    after_start: usize,
}

impl Carry {
    pub(super) fn new(before: &str, after: &str) -> Self {
        let (before, after): (Vec<&str>, Vec<&str>) =
            (before.split_word_bounds().collect(), after.split_word_bounds().collect());
        let is_long = before.len() + after.len() > EXACT_WORDS;
        let deadline = is_long.then(|| Instant::now() + PATIENCE);
        let starts = |words: &[&str]| -> Vec<usize> {
            let lengths = words.iter().scan(0, |at, word| {
                *at += word.chars().count();
                Some(*at)
            });
            std::iter::once(0).chain(lengths).collect()
        };
        let (old, new) = (starts(&before), starts(&after));
        let mut same: Vec<Same> = Vec::new();
        for operation in capture_diff_slices_deadline(Algorithm::Patience, &before, &after, deadline) {
            let DiffOp::Equal { old_index, new_index, len } = operation else { continue };
            let (range, after_start) = (old[old_index]..old[old_index + len], new[new_index]);
            match same.last_mut() {
                Some(last) if last.before.end == range.start && last.after_start + last.before.len() == after_start => {
                    last.before.end = range.end;
                }
                _ => same.push(Same { before: range, after_start }),
            }
        }
        Self(same)
    }

    /// Where a passage stands after the edit. `None` if it has changed, or is empty.
    pub(super) fn passage(&self, start: usize, end: usize) -> Option<(usize, usize)> {
        let at = self.0.partition_point(|same| same.before.end <= start);
        let same = self.0.get(at).filter(|same| same.before.start <= start && start < end && end <= same.before.end)?;
        let moved = |at: usize| same.after_start + (at - same.before.start);
        Some((moved(start), moved(end)))
    }
}
