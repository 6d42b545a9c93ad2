//! Replaces parts of a text, and keeps places in it.

use std::ops::Range;

/// A text, and places in it that move with its words. All places are in bytes.
#[derive(Debug)]
pub(super) struct Edited {
    pub(super) text: String,
    /// In ascending order.
    pub(super) places: Vec<usize>,
}

impl Edited {
    /// Replaces each range by its text. A place within a replaced range moves to the end of what replaces it. A range
    /// that begins within the one before is left out.
    pub(super) fn apply(&mut self, mut edits: Vec<(Range<usize>, String)>) {
        edits.sort_by_key(|(range, _)| (range.start, range.end));
        let mut text = String::with_capacity(self.text.len());
        let mut places = self.places.iter_mut().peekable();
        let mut from = 0;
        for (range, replacement) in edits {
            if range.start < from {
                continue;
            }
            let moved = text.len();
            while let Some(place) = places.next_if(|place| **place <= range.start) {
                *place = moved + (*place - from);
            }
            text.push_str(&self.text[from..range.start]);
            text.push_str(&replacement);
            while let Some(place) = places.next_if(|place| **place < range.end) {
                *place = text.len();
            }
            from = range.end;
        }
        let moved = text.len();
        for place in places {
            *place = moved + (*place - from);
        }
        text.push_str(&self.text[from..]);
        self.text = text;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_move_with_their_words() {
        let mut edited = Edited { text: "one two three".to_owned(), places: vec![0, 4, 5, 7, 8, 13] };
        edited.apply(vec![(4..7, "2".to_owned()), (5..6, "left out".to_owned()), (13..13, "!".to_owned())]);
        assert_eq!(edited.text, "one 2 three!");
        assert_eq!(edited.places, [0, 4, 5, 5, 6, 11]);
    }
}
