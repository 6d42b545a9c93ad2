//! Citations and groundings as they are stored: in columns of small numbers, which deflate well.

use std::collections::BTreeSet;

use domain::{
    annotation::{Citation, Grounding, Passage, UnsupportedNumber},
    ids::SourceId,
    library::source::{SourceField, SourceType},
};
use serde::{Deserialize, Serialize};

use crate::erasure::Quote;

/// A grounding whose passages are lists of numbers: for each passage, the characters since the passage before, and its
/// own. So most numbers are small, and deflate well.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GroundingColumns {
    sentences: usize,
    cited: usize,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    uncited: Vec<usize>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unsupported_numbers: Vec<usize>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    gaps: Vec<usize>,
}

impl GroundingColumns {
    pub(crate) fn from_rows(grounding: &Grounding) -> Self {
        let ends = |passage: &Passage| (passage.start, passage.end);
        Self {
            sentences: grounding.sentences,
            cited: grounding.cited,
            uncited: distances(grounding.uncited.iter().map(ends)),
            unsupported_numbers: distances(grounding.unsupported_numbers.iter().map(|at| (at.start, at.end))),
            gaps: distances(grounding.gaps.iter().map(ends)),
        }
    }

    pub(crate) fn into_rows(self, text: &str) -> Grounding {
        let (mut rest, mut at) = (text.chars(), 0);
        let number = |Passage { start, end }| {
            rest.by_ref().take(start - at).for_each(drop);
            at = end;
            UnsupportedNumber { start, end, text: rest.by_ref().take(end - start).collect() }
        };
        Grounding {
            sentences: self.sentences,
            cited: self.cited,
            uncited: passages(&self.uncited).collect(),
            unsupported_numbers: passages(&self.unsupported_numbers).map(number).collect(),
            gaps: passages(&self.gaps).collect(),
        }
    }
}

/// Passages are sorted, and do not overlap.
fn distances(passages: impl Iterator<Item = (usize, usize)>) -> Vec<usize> {
    let mut before = 0;
    let distances = passages.flat_map(|(start, end)| {
        let distances = [start.saturating_sub(before), end.saturating_sub(start)];
        before = end;
        distances
    });
    distances.collect()
}

fn passages(distances: &[usize]) -> impl Iterator<Item = Passage> {
    let (pairs, _) = distances.as_chunks::<2>();
    pairs.iter().scan(0, |before, [distance, length]| {
        let start = *before + distance;
        *before = start + length;
        Some(Passage { start, end: *before })
    })
}

/// Citations in columns. Many citations of few passages stay small, and columns deflate better than rows.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CitationColumns {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    passages: Vec<(SourceType, SourceId, SourceField, Option<usize>, String)>,
    /// Distance of each start to the start before. The first counts from 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    starts: Vec<i64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    lengths: Vec<usize>,
    /// Index of the passage.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cited: Vec<usize>,
}

impl CitationColumns {
    pub(crate) fn from_rows(rows: &[Citation]) -> Self {
        let mut columns = Self::default();
        let mut before = 0;
        for citation in rows {
            let Citation { start, end, source_type, source_id, field, passage, cited_text } = citation.clone();
            let passage = (source_type, source_id, field, passage, cited_text);
            let at = columns.passages.iter().position(|known| *known == passage).unwrap_or_else(|| {
                columns.passages.push(passage);
                columns.passages.len() - 1
            });
            let place = i64::try_from(start).unwrap_or(i64::MAX);
            columns.starts.push(place - before);
            columns.lengths.push(end.saturating_sub(start));
            columns.cited.push(at);
            before = place;
        }
        columns
    }

    pub(crate) fn quotes(&self) -> impl Iterator<Item = Quote> {
        let quoted = self.passages.iter().filter(|(.., words)| !words.is_empty());
        quoted.map(|(source_type, id, field, _, words)| Quote {
            source: (*source_type, *id),
            field: *field,
            words: words.clone(),
        })
    }

    /// Takes out these words. Returns whether there were any.
    pub(crate) fn erase_quotes(&mut self, lost: &BTreeSet<Quote>) -> bool {
        let mut erased = false;
        for (source_type, id, field, _, words) in &mut self.passages {
            let quote = Quote { source: (*source_type, *id), field: *field, words: words.clone() };
            if lost.contains(&quote) {
                words.clear();
                erased = true;
            }
        }
        erased
    }

    pub(crate) fn into_rows(self) -> Vec<Citation> {
        let mut start = 0;
        let rows = self.starts.into_iter().zip(self.lengths).zip(self.cited);
        rows.filter_map(|((distance, length), at)| {
            start += distance;
            let start = usize::try_from(start).ok()?;
            let (source_type, source_id, field, passage, cited_text) = self.passages.get(at)?.clone();
            Some(Citation { start, end: start + length, source_type, source_id, field, passage, cited_text })
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn citation(start: usize, passage: usize) -> Citation {
        Citation {
            start,
            end: start + 40,
            source_type: SourceType::Review,
            source_id: SourceId::named("one review"),
            field: SourceField::Content,
            passage: Some(passage),
            cited_text: format!("Passage {passage} says that the work was good."),
        }
    }

    #[test]
    fn citations_are_read_as_they_were_written() {
        // Two citations of one passage, in any order of their starts.
        let rows = vec![citation(10, 1), citation(10, 2), citation(400, 1), citation(90, 3)];
        let columns = CitationColumns::from_rows(&rows);
        assert_eq!(columns.passages.len(), 3, "a passage is stored once");
        let json = serde_json::to_string(&columns).expect("JSON");
        assert_eq!(serde_json::from_str::<CitationColumns>(&json).expect("columns").into_rows(), rows);
    }

    #[test]
    fn a_grounding_is_read_as_it_was_written() {
        let text = "Äpfel: 12 %. [To add: who] And more.";
        let passage = |start, end| Passage { start, end };
        let grounding = Grounding {
            sentences: 3,
            cited: 1,
            uncited: vec![passage(0, 12), passage(27, 36)],
            unsupported_numbers: vec![UnsupportedNumber { start: 7, end: 11, text: "12 %".to_owned() }],
            gaps: vec![passage(13, 26)],
        };
        let json = serde_json::to_string(&GroundingColumns::from_rows(&grounding)).expect("JSON");
        assert_eq!(
            serde_json::from_str::<GroundingColumns>(&json).expect("numbers").into_rows(text),
            grounding,
            "{json}"
        );
    }
}
