//! Converts offsets in bytes to offsets in code points, and back.

use std::ops::Range;

/// The byte at which each code point of a text begins, and the end of the text.
pub(super) struct Offsets(Vec<usize>);

impl Offsets {
    pub(super) fn of(text: &str) -> Self {
        Self(text.char_indices().map(|(at, _)| at).chain([text.len()]).collect())
    }

    /// An offset after the end counts as the end.
    pub(super) fn bytes(&self, start: usize, end: usize) -> Range<usize> {
        let byte = |at: usize| self.0.get(at).or(self.0.last()).copied().unwrap_or_default();
        byte(start)..byte(end)
    }

    /// The bytes must be boundaries of characters.
    pub(super) fn code_points(&self, bytes: &Range<usize>) -> (usize, usize) {
        let code_point = |at: usize| self.0.partition_point(|byte| *byte < at);
        (code_point(bytes.start), code_point(bytes.end))
    }
}
