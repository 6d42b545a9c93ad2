//! Numbers the cited sources, and describes each of them in a footnote.

use std::{collections::BTreeMap, fmt::Write as _};

use super::{
    escape::{link_target, one_line, plain},
    library::Library,
};
use crate::{
    annotation::Citation,
    ids::SourceId,
    library::{evidence::EvidenceFields, source::SourceType},
    zone::Zone,
};

/// Longest quotation of a source in a footnote, in characters.
const QUOTE_CHARS: usize = 200;

/// The cited sources in the order of their first citation. Each passage of a long review is a source of its own.
#[derive(Default)]
pub(super) struct Footnotes<'a> {
    /// The first citation of each source. Its position, counted from 1, is the number of the footnote.
    first: Vec<&'a Citation>,
    numbers: BTreeMap<(SourceType, SourceId, Option<usize>), usize>,
}

impl<'a> Footnotes<'a> {
    /// The number of the footnote for a citation. A new source gets the next number.
    pub(super) fn number(&mut self, citation: &'a Citation) -> usize {
        let source = (citation.source_type, citation.source_id, citation.passage);
        *self.numbers.entry(source).or_insert_with(|| {
            self.first.push(citation);
            self.first.len()
        })
    }

    /// All footnotes, one a line. Empty if nothing is cited.
    pub(super) fn list(&self, library: &Library, zone: &Zone, label_prefix: &str) -> String {
        let mut list = String::new();
        for (index, citation) in self.first.iter().enumerate() {
            let note = note(citation, library, zone);
            // Writing to a `String` cannot fail.
            let _ = writeln!(list, "[^{label_prefix}{}]: {note}", index + 1);
        }
        list
    }
}

fn note(citation: &Citation, library: &Library, zone: &Zone) -> String {
    let id = &citation.source_id;
    let found = match citation.source_type {
        SourceType::Evidence => library.evidence.get(id).map(|evidence| evidence_note(evidence, zone)),
        SourceType::Goal => library.goals.get(id).map(|goal| format!("Goal: {}", plain(&goal.title))),
        SourceType::Review => library.reviews.get(id).map(|review| {
            let kind = review.review_type.to_string().to_lowercase();
            format!("Review {} ({kind}): “{}”", review.year, quote(&citation.cited_text))
        }),
    };
    found.unwrap_or_else(|| {
        let kind = citation.source_type.to_string().to_lowercase();
        format!("{kind} that was deleted")
    })
}

fn evidence_note(evidence: &EvidenceFields, zone: &Zone) -> String {
    let title = plain(&evidence.title);
    let target = evidence.url.as_deref().and_then(link_target);
    let linked = target.map_or_else(|| title.clone(), |target| format!("[{title}]({target})"));
    let day = evidence.occurred_at.day(zone);
    let Some(repo) = &evidence.repo else {
        return format!("{linked} ({day})");
    };
    let number = evidence.number.map_or_else(String::new, |number| format!("#{number}"));
    format!("{linked} ({}{number}, {day})", plain(repo))
}

fn quote(text: &str) -> String {
    let line = one_line(text);
    let short = line.char_indices().nth(QUOTE_CHARS).map(|(end, _)| format!("{}…", &line[..end]));
    plain(&short.unwrap_or(line))
}
