//! Hand-made texts in several languages (`cases.txt`), and random edits of them.

use std::ops::Range;

use proptest::{prelude::*, sample::Index};

use super::*;
use crate::{
    annotation::{Grounding, MAX_PASSAGES},
    ids::SourceId,
    library::{
        date_range::DateRange,
        source::{SourceField, SourceType},
    },
};

/// A text of `cases.txt`, with what is expected of it. Citations stand in it as `⟨1,2|passage⟩`.
struct Case {
    name: &'static str,
    sources: Vec<(SourceId, &'static str)>,
    allowed: Vec<&'static str>,
    period: DateRange,
    content: String,
    citations: Vec<Citation>,
    /// Lines that begin with `+` (a cited sentence), `-` (one without a citation), `!` (an unsupported number) or `?` (a
    /// gap).
    expected: Vec<String>,
}

impl Case {
    fn annotations(&self) -> Annotations {
        let facts = Facts::new(
            self.allowed.iter().copied(),
            &self.period,
            self.sources.iter().map(|(id, text)| (*id, (*text).to_owned())),
        );
        of_draft(&self.content, self.citations.clone(), &facts)
    }
}

fn cases() -> Vec<Case> {
    include_str!("cases.txt").split("\n=== ").skip(1).map(case).collect()
}

fn case(text: &'static str) -> Case {
    let (head, rest) = text.split_once("\ntext:\n").expect("text");
    let (marked, expected) = rest.split_once("\nexpect:").expect("expect");
    let mut lines = head.lines();
    let name = lines.next().expect("name");
    let (mut sources, mut allowed, mut period) = (Vec::new(), Vec::new(), DateRange::default());
    for line in lines {
        let (label, value) = line.split_once(": ").expect("label");
        match label.split_once(' ') {
            Some(("source", number)) => sources.push((SourceId::named(number), value)),
            _ if label == "allowed" => allowed.push(value),
            _ => {
                let (start, end) = value.split_once("..").expect("period");
                period = DateRange { start: start.parse().ok(), end: end.parse().ok() };
            }
        }
    }
    let (content, citations) = read_marks(marked);
    let expected = expected.lines().skip(1).filter(|line| !line.is_empty()).map(|line| line.replace('↵', "\n"));
    Case { name, sources, allowed, period, content, citations, expected: expected.collect() }
}

fn read_marks(marked: &str) -> (String, Vec<Citation>) {
    let (mut content, mut citations) = (String::new(), Vec::new());
    for (index, piece) in marked.split('⟨').enumerate() {
        let Some((passage, rest)) = piece.split_once('⟩').filter(|_| index > 0) else {
            content.push_str(piece);
            continue;
        };
        let (numbers, passage) = passage.split_once('|').expect("numbers");
        let start = content.chars().count();
        content.push_str(passage);
        let end = content.chars().count();
        citations.extend(numbers.split(',').map(|number| citation(start, end, SourceId::named(number))));
        content.push_str(rest);
    }
    (content, citations)
}

fn citation(start: usize, end: usize, source_id: SourceId) -> Citation {
    let (source_type, field) = (SourceType::Evidence, SourceField::Summary);
    Citation { start, end, source_type, source_id, field, passage: None, cited_text: String::new() }
}

fn passage(content: &str, start: usize, end: usize) -> String {
    content.chars().skip(start).take(end - start).collect()
}

/// The grounding in the form of `cases.txt`. Sentences with a citation are only counted.
fn lines(content: &str, grounding: &Grounding) -> Vec<String> {
    let show = |mark: char, start, end| format!("{mark} {}", passage(content, start, end));
    let uncited = grounding.uncited.iter().map(|at| show('-', at.start, at.end));
    let numbers = grounding.unsupported_numbers.iter().map(|at| show('!', at.start, at.end));
    let gaps = grounding.gaps.iter().map(|at| show('?', at.start, at.end));
    uncited.chain(numbers).chain(gaps).collect()
}

#[test]
fn the_grounding_of_every_case_is_as_expected() {
    let cases = cases();
    assert!(cases.len() >= 60, "{}", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let annotations = case.annotations();
        // Each sentence with a citation is checked, too: without citations, it is listed.
        let all = of_edit("", &case.content, &Annotations::default()).grounding.uncited;
        let sentences: Vec<String> = all.iter().map(|at| passage(&case.content, at.start, at.end)).collect();
        let is_sentence = |line: &&String| line.starts_with("+ ") || line.starts_with("- ");
        let expected: Vec<&str> = case.expected.iter().filter(is_sentence).map(|line| &line[2..]).collect();
        if sentences != expected {
            wrong.push(format!("{}\n  sentences {sentences:#?}\n  expected {expected:#?}", case.name));
        }
        let found = lines(&case.content, &annotations.grounding);
        let mut expected: Vec<String> = case.expected.iter().filter(|line| !line.starts_with("+ ")).cloned().collect();
        expected.sort_by_key(|line| "-!?".find(&line[..1]));
        if found != expected {
            wrong.push(format!("{}\n  found {found:#?}\n  expected {expected:#?}", case.name));
        }
        let grounding = annotations.grounding;
        assert_eq!(grounding.cited + grounding.uncited.len(), grounding.sentences, "{}", case.name);
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// What an edit inserts: words, digits beside digits, Markdown, and characters of several bytes.
const INSERTED: [&str; 14] =
    ["", "", " ", "7", "0 %", "\n\n", "\n- ", "**", "a word ", "I did it. ", "👩‍💻", "é", "[To add: who]", "| 3 |"];

/// Replaces some characters of a text.
fn edited(content: &str, at: Index, removed: usize, inserted: &str) -> (String, Range<usize>) {
    let chars: Vec<char> = content.chars().collect();
    let start = at.index(chars.len() + 1);
    let end = (start + removed).min(chars.len());
    let before: String = chars[..start].iter().collect();
    let after: String = chars[end..].iter().collect();
    (format!("{before}{inserted}{after}"), start..end)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// A hundred edits, one after the other. What stays covers the words that it covered, and nothing goes that the edit
    /// does not touch.
    #[test]
    fn annotations_stay_in_place_through_a_hundred_edits(
        case in any::<Index>(),
        edits in proptest::collection::vec((any::<Index>(), 0_usize..9, 0..INSERTED.len()), 100)
    ) {
        let cases = cases();
        let case = &cases[case.index(cases.len())];
        let (mut content, mut annotations) = (case.content.clone(), case.annotations());
        for (at, removed, inserted) in edits {
            let (next, touched) = edited(&content, at, removed, INSERTED[inserted]);
            let kept = of_edit(&content, &next, &annotations);
            let moved = |at: usize| (at + next.chars().count()).wrapping_sub(content.chars().count());
            let is_apart = |start: usize, end: usize| end + 1 < touched.start || start > touched.end + 1;
            let place = |start: usize, end: usize| match end <= touched.start {
                true => (start, end),
                false => (moved(start), moved(end)),
            };
            for citation in &kept.citations {
                let words = passage(&next, citation.start, citation.end);
                let is_old = annotations.citations.iter().any(|old| {
                    old.source_id == citation.source_id && passage(&content, old.start, old.end) == words
                });
                prop_assert!(is_old);
            }
            for old in &annotations.citations {
                let (start, end) = place(old.start, old.end);
                let stays = kept.citations.iter().any(|new| (new.start, new.end, new.source_id) == (start, end, old.source_id));
                prop_assert!(stays || !is_apart(old.start, old.end), "{content:?} → {next:?}: {old:?}");
            }
            let grounding = &kept.grounding;
            for number in &grounding.unsupported_numbers {
                prop_assert_eq!(&passage(&next, number.start, number.end), &number.text);
            }
            for old in &annotations.grounding.unsupported_numbers {
                let (start, _) = place(old.start, old.end);
                let stays = grounding.unsupported_numbers.iter().any(|new| new.start == start && new.text == old.text);
                prop_assert!(stays || !is_apart(old.start, old.end), "{content:?} → {next:?}: {old:?}");
            }
            let ends = grounding.uncited.iter().chain(&grounding.gaps).map(|at| (at.start, at.end));
            for (start, end) in ends {
                let words = passage(&next, start, end);
                prop_assert!(start < end && words == words.trim() && words.contains(char::is_alphanumeric), "{next:?}");
            }
            prop_assert!(grounding.cited + grounding.uncited.len() == grounding.sentences);
            (content, annotations) = (next, kept);
        }
    }

    #[test]
    fn any_text_can_be_read(content in "\\PC{0,80}", after in "\\PC{0,80}", citations in proptest::collection::vec((0_usize..90, 0_usize..90), 0..4)) {
        let citations = citations.into_iter().map(|(start, end)| citation(start, end, SourceId::named("1"))).collect();
        let facts = Facts::new([], &DateRange::default(), []);
        let written = of_draft(&content, citations, &facts);
        of_edit(&content, &after, &written);
    }
}

#[test]
fn a_long_text_without_a_full_stop_or_of_many_sentences_is_read_and_edited() {
    for piece in
        ["a", "a. ", "1 ", "1 111", "1.", "- ", "| 1 ", "**a", "[to add: ", "[to add: x] ", "[[", "> ", "See 1. "]
    {
        let content = piece.repeat(200_000 / piece.len());
        let written = of_edit("", &content, &Annotations::default());
        assert!(written.grounding.uncited.len() <= MAX_PASSAGES);
        of_edit(&content, &format!("x{content}. y"), &written);
    }
}
