//! Keeps citations valid when a person edits the text.

use crate::job::result::Citation;

/// Returns the citations whose words are still in `after`, unchanged and in the same order, with their new offsets.
/// Offsets are Unicode code points.
pub fn carried_over(before: &str, after: &str, citations: &[Citation]) -> Vec<Citation> {
    if before == after {
        return citations.to_vec();
    }
    let before: Vec<char> = before.chars().collect();
    let mut in_order: Vec<&Citation> = citations.iter().collect();
    in_order.sort_by_key(|citation| (citation.start, citation.end));

    let mut kept: Vec<Citation> = Vec::new();
    // Where the search continues: a byte offset, and the number of characters before it.
    let (mut from, mut from_chars) = (0, 0);
    let mut last: Option<(usize, usize, Option<usize>)> = None;
    for citation in in_order {
        // Several citations can cover the same passage. They share one search result.
        if let Some((start, end, found)) = last
            && (start, end) == (citation.start, citation.end)
        {
            kept.extend(found.map(|at| moved(citation, at)));
            continue;
        }
        let words: String = before.get(citation.start..citation.end).unwrap_or_default().iter().collect();
        let found = if words.trim().is_empty() { None } else { after[from..].find(&words) };
        let at = found.map(|offset| {
            let at = from_chars + after[from..from + offset].chars().count();
            (from, from_chars) = (from + offset, at);
            at
        });
        kept.extend(at.map(|at| moved(citation, at)));
        last = Some((citation.start, citation.end, at));
    }
    kept
}

fn moved(citation: &Citation, start: usize) -> Citation {
    Citation { start, end: start + (citation.end - citation.start), ..citation.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ids::SourceId,
        library::source::{SourceField, SourceType},
    };

    const BEFORE: &str = "🚀 I mended payments. I wrote docs. I helped Ana.";

    fn cite(words: &str) -> Citation {
        let at = BEFORE.find(words).expect("is there");
        let start = BEFORE[..at].chars().count();
        let end = start + words.chars().count();
        let source_id = SourceId::named(words);
        Citation {
            start,
            end,
            source_type: SourceType::Evidence,
            source_id,
            field: SourceField::Summary,
            passage: None,
            cited_text: String::new(),
        }
    }

    fn words(after: &str, citations: &[Citation]) -> Vec<String> {
        let chars: Vec<char> = after.chars().collect();
        citations.iter().map(|citation| chars[citation.start..citation.end].iter().collect()).collect()
    }

    #[test]
    fn citations_of_words_that_stay_move_with_them_and_others_go() {
        let citations = ["I mended payments.", "I wrote docs.", "I helped Ana."].map(cite);
        let cases: [(&str, &[&str]); 6] = [
            (BEFORE, &["I mended payments.", "I wrote docs.", "I helped Ana."]),
            ("👩‍💻 In short: I mended payments. I helped Ana.", &["I mended payments.", "I helped Ana."]),
            ("🚀 I mended payments. I wrote many docs. I helped Ana.", &["I mended payments.", "I helped Ana."]),
            ("I helped Ana. I wrote docs.", &["I wrote docs."]),
            ("Something else.", &[]),
            ("", &[]),
        ];
        for (after, expected) in cases {
            let kept = carried_over(BEFORE, after, &citations);
            assert_eq!(words(after, &kept), expected, "{after}");
        }
    }

    #[test]
    fn several_sources_of_one_claim_stay_together() {
        let one = cite("I wrote docs.");
        let two = Citation { source_id: SourceId::named("another"), ..one.clone() };
        let kept = carried_over(BEFORE, "I wrote docs. I wrote docs.", &[one, two]);
        assert_eq!(kept.iter().map(|citation| citation.start).collect::<Vec<_>>(), [0, 0]);
    }

    proptest::proptest! {
        #[test]
        fn every_kept_citation_covers_the_same_words(
            before in "\\PC{0,60}", after in "\\PC{0,60}", spans in proptest::collection::vec((0_usize..60, 0_usize..12), 0..6)
        ) {
            let length = before.chars().count();
            let citations: Vec<Citation> = spans.into_iter().map(|(start, more)| {
                let start = start.min(length);
                let end = (start + more).min(length);
                Citation { start, end, source_type: SourceType::Goal, source_id: SourceId::new(), field: SourceField::Summary, passage: None, cited_text: String::new() }
            }).collect();
            for after in [after.clone(), format!("{before}{after}"), format!("{after}{before}")] {
                for kept in carried_over(&before, &after, &citations) {
                    let original = citations.iter().find(|citation| citation.source_id == kept.source_id).expect("known");
                    proptest::prop_assert_eq!(
                        words(&after, std::slice::from_ref(&kept)), words(&before, std::slice::from_ref(original))
                    );
                }
            }
        }
    }
}
