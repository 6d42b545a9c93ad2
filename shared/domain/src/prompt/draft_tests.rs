use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::library::source::SourceType;
use crate::{
    job::result::SourceCounts,
    library::{date_range::DateRange, source::SourceField},
    prompt::{PromptDocument, PromptItem, SourcePassage, answer::CitationTarget, shorten},
};

fn prompt(format: AnswerFormat) -> Prompt {
    let item = |name: &str, source_type| PromptItem {
        text: String::new(),
        name: name.to_owned(),
        source_type,
        source_id: SourceId::new(),
        source: SourcePassage { field: SourceField::Summary, passage: None, text: format!("The words of {name}.") },
        web_host: (name == "E1").then(|| "git.example.com".to_owned()),
    };
    let items = (1..=3).map(|i| item(&format!("E{i}"), SourceType::Evidence)).collect();
    Prompt {
        system: String::new(),
        documents: vec![
            PromptDocument { title: "Evidence", about: "", items },
            PromptDocument { title: "Goals", about: "", items: vec![item("G1", SourceType::Goal)] },
        ],
        task: String::new(),
        shortening: None,
        format,
        sources: SourceCounts::default(),
        unknown_evidence_ids: Vec::new(),
        given: Vec::new(),
        period: DateRange::default(),
    }
}

fn target(document: usize, start_item: usize, end_item: usize) -> CitationTarget {
    CitationTarget { document, start_item, end_item }
}

fn answer(spans: Vec<Span>) -> Answer {
    Answer { spans, model: "test".to_owned(), ..Answer::default() }
}

fn span(text: &str, citations: Vec<CitationTarget>) -> Span {
    Span { text: text.to_owned(), citations }
}

fn text_of(draft: &Draft) -> (&str, &[Citation], &[SourceId]) {
    match &draft.result.output {
        Some(Output::Text { content, annotations, evidence_ids }) => (content, &annotations.citations, evidence_ids),
        Some(Output::Analysis { .. }) | None => panic!("not a text"),
    }
}

#[test]
fn citations_name_their_sources_by_code_points() {
    let prompt = prompt(AnswerFormat::CitedText);
    let spans = vec![
        span("\n Ünï 👩‍💻: ", vec![]),
        span("shipped it", vec![target(0, 0, 2)]),
        span(", grew ", vec![target(1, 0, 1)]),
    ];
    let draft = draft(&prompt, &answer(spans)).expect("usable");
    let (content, citations, evidence_ids) = text_of(&draft);
    assert_eq!(content, "Ünï 👩‍💻: shipped it, grew");
    let cited: Vec<_> = citations
        .iter()
        .map(|citation| {
            (
                content.chars().skip(citation.start).take(citation.end - citation.start).collect::<String>(),
                citation.source_id,
            )
        })
        .collect();
    let id = |document: usize, item: usize| prompt.documents[document].items[item].source_id;
    assert_eq!(
        cited,
        [("shipped it".to_owned(), id(0, 0)), ("shipped it".to_owned(), id(0, 1)), (", grew".to_owned(), id(1, 0))]
    );
    assert_eq!(evidence_ids, [id(0, 0), id(0, 1)]);
}

#[test]
fn a_long_draft_is_shortened_once_and_the_shorter_text_counts() {
    let prompt = prompt(AnswerFormat::CitedText);
    let draft_of = |text: &str| draft(&prompt, &answer(vec![span(text, vec![])])).expect("usable");
    let content = |draft: &Draft| text_of(draft).0.to_owned();
    assert_eq!(shorten::prompt(&prompt, &draft_of("äöü"), 3), None, "characters, not bytes");
    let asked = shorten::prompt(&prompt, &draft_of("Too long."), 5).expect("too long");
    let shortening = asked.shortening.expect("a second task");
    assert_eq!(shortening.draft, "Too long.");
    assert!(shortening.task.starts_with("The text has 9 characters. It may have at most 5."), "{}", shortening.task);
    let cut = Answer { stop: Stop::Truncated, ..answer(vec![span("Cut.", vec![])]) };
    let cut = draft(&prompt, &cut).expect("usable");
    assert_eq!(shorten::prompt(&prompt, &cut, 2), None, "it is incomplete");

    for (second, expected, is_too_long) in [
        (Some(draft_of("Short")), "Short", false),
        (Some(draft_of("Shorter")), "Shorter", true),
        (Some(draft_of("Longer than before")), "Too long.", true),
        (Some(cut), "Too long.", true),
        (None, "Too long.", true),
    ] {
        let chosen = shorten::shorter(draft_of("Too long."), second, 5);
        assert_eq!(
            (content(&chosen).as_str(), chosen.result.notices.contains(&StatusReason::TooLong)),
            (expected, is_too_long)
        );
    }
}

#[test]
fn citation_targets_that_do_not_exist_are_dropped_and_counted() {
    let bad = [(9, 0, 1), (0, 2, 4), (0, 1, 1), (1, 7, 8)].map(|(d, s, e)| target(d, s, e));
    let draft = draft(&prompt(AnswerFormat::CitedText), &answer(vec![span("Text", bad.into())])).expect("usable");
    assert_eq!(draft.dropped_references, 4);
    assert!(text_of(&draft).1.is_empty());
}

#[test]
fn an_answer_links_only_to_what_it_cites_and_keeps_its_citations_in_place() {
    let prompt = prompt(AnswerFormat::CitedText);
    let spans = vec![
        span("<b>\u{200b}See ", vec![]),
        span("[the change](https://git.example.com/1) and ![x](https://evil.example/?q=", vec![target(0, 0, 1)]),
        span("secret). ", vec![]),
        span("Wrote [it](https://evil.example).", vec![target(0, 1, 2)]),
    ];
    let cleaned = draft(&prompt, &answer(spans)).expect("usable");
    let (content, citations, _) = text_of(&cleaned);
    assert_eq!(content, "&lt;b>See [the change](https://git.example.com/1) and x. Wrote it.");
    let cited: Vec<String> = citations
        .iter()
        .map(|citation| content.chars().skip(citation.start).take(citation.end - citation.start).collect())
        .collect();
    assert_eq!(cited, ["[the change](https://git.example.com/1) and x", "Wrote it."]);

    let uncited = answer(vec![span("See [the change](https://git.example.com/1).", vec![target(0, 1, 2)])]);
    let uncited = draft(&prompt, &uncited).expect("usable");
    assert_eq!(text_of(&uncited).0, "See the change.", "E1 is not cited");
    let insights = r#"{"themes":[{"title":"<i>A","summary":"![](https://evil.example) b","evidence":["E1"]}]}"#;
    let analysis = draft(&Prompt { format: AnswerFormat::Insights, ..prompt }, &answer(vec![span(insights, vec![])]));
    let Some(Output::Analysis { analysis, .. }) = analysis.expect("usable").result.output else {
        panic!("no analysis")
    };
    assert!(analysis.contains("**&lt;i>A** b"), "{analysis}");
}

#[test]
fn code_that_becomes_text_is_sanitized_as_text() {
    let link = "[it](https://evil.example)";
    let indented = answer(vec![span(&format!("\n    {link}"), vec![])]);
    assert_eq!(text_of(&draft(&prompt(AnswerFormat::CitedText), &indented).expect("usable")).0, "it");

    // Each is code where it stands, but not on one line, or not behind the other one.
    let (alone, marked) = (format!("One.\n\n    {link}"), format!("`{link}`"));
    let theme = json!({"title": format!("    {link}"), "summary": alone});
    let insights = json!({"themes": [theme], "gaps": [{"title": "a ` b", "summary": marked}]});
    let insights = answer(vec![span(&insights.to_string(), vec![])]);
    let drafted = draft(&prompt(AnswerFormat::Insights), &insights).expect("usable");
    let Some(Output::Analysis { analysis, insights, .. }) = drafted.result.output else { panic!("no analysis") };
    assert_eq!(analysis, "## Themes\n\n- **it** One. it\n\n## Gaps\n\n- **a ` b** `it`\n");
    assert_eq!((&insights.themes[0].title, &insights.themes[0].summary), (&"it".to_owned(), &alone));
}

/// Fifty passages, each with all passages of one long review, and each with every piece of evidence.
#[test]
fn the_size_of_a_result_does_not_depend_on_what_it_cites() {
    let mut prompt = prompt(AnswerFormat::CitedText);
    let review = SourceId::new();
    let words = "Ein langer Satz mit Umlauten äöü über die Arbeit. ".repeat(40);
    let items = (1..=60).map(|passage| PromptItem {
        text: format!("R1 passage {passage}"),
        name: "R1".to_owned(),
        source_type: SourceType::Review,
        source_id: review,
        source: SourcePassage { field: SourceField::Content, passage: Some(passage), text: words.clone() },
        web_host: None,
    });
    prompt.documents.push(PromptDocument { title: "Reviews", about: "", items: items.collect() });
    let all = || vec![target(2, 0, 60), target(2, 3, 4), target(0, 0, 3)];
    for passages in [1, 50, 1_000] {
        let spans = (0..passages).map(|_| span("A sentence. ", all())).collect();
        let draft = draft(&prompt, &answer(spans)).expect("usable");
        let (content, citations, _) = text_of(&draft);
        assert_eq!(citations.len(), (passages * 4).min(MAX_CITATIONS), "each source once for a passage");
        for citation in citations {
            let source = if citation.source_type == SourceType::Review { &words } else { "The words of E" };
            let quote = &citation.cited_text;
            assert!(source.contains(quote.as_str()) || quote.starts_with(source), "{quote}");
            assert!(quote.chars().count() <= 300);
        }
        let bytes = serde_json::to_string(&draft.result).expect("JSON").len() - content.len();
        assert!(bytes < 220 * citations.len() + 30_000, "{passages} passages: {bytes} bytes");
    }
}

#[test]
fn a_quote_ends_at_a_word() {
    let cases = [
        ("one two three", 7, "one two"),
        ("one two three", 8, "one two"),
        ("one two three", 100, "one two three"),
        ("  one two ", 100, "one two"),
        ("unbreakable", 4, "unbr"),
        ("äöü 👩‍💻 x", 3, "äöü"),
        ("", 5, ""),
    ];
    for (text, max, expected) in cases {
        assert_eq!(quote(text, max), expected, "{text} {max}");
    }
}

#[test]
fn refusals_and_empty_answers_are_errors_and_truncation_is_reported() {
    let prompt = prompt(AnswerFormat::CitedText);
    let stopped = |stop: Stop, text: &str| draft(&prompt, &Answer { stop, ..answer(vec![span(text, vec![])]) });
    assert!(matches!(stopped(Stop::Refusal, "Half a"), Err(UnusableAnswer::ModelRefused { category: None })));
    assert!(matches!(stopped(Stop::EndTurn, " \n"), Err(UnusableAnswer::Empty)));
    assert!(matches!(stopped(Stop::Truncated, ""), Err(UnusableAnswer::OutputLimit)), "the next would end there, too");
    let truncated = stopped(Stop::Truncated, "Half a").expect("usable");
    assert_eq!(truncated.result.notices, [StatusReason::Truncated]);
}

#[test]
fn insights_come_from_json_only() {
    let prompt = prompt(AnswerFormat::Insights);
    let read = |text: &str| draft(&prompt, &answer(vec![span(text, vec![])]));
    let entry = r#"[{"title":"A","summary":"B","evidence":["E2"]}]"#;
    let good = read(&format!(r#"{{"themes":{entry},"strengths":[],"gaps":[],"recommendations":[]}}"#)).expect("usable");
    let Some(Output::Analysis { insights, analysis, .. }) = good.result.output else { panic!("no analysis") };
    assert_eq!(insights.themes[0].evidence_ids, [prompt.documents[0].items[1].source_id]);
    assert!(analysis.starts_with("## Themes"));
    assert!(matches!(read("Sure! {"), Err(UnusableAnswer::Malformed(_))));
    let nothing = r#"{"themes":[],"strengths":[],"gaps":[],"recommendations":[]}"#;
    let Some(Output::Analysis { analysis, .. }) = read(nothing).expect("an answer").result.output else {
        panic!("no analysis")
    };
    assert_eq!(analysis, "The evidence shows nothing to report.\n");
    let fenced = format!("Here you are:\n```json\n{nothing}\n```\n");
    assert!(read(&fenced).is_ok(), "without structured output, models put JSON into fences");
    assert!(read(&nothing.replace("themes", "Themes")).is_ok());
    let cut = Answer { stop: Stop::Truncated, ..answer(vec![span("{\"themes\":[", vec![])]) };
    assert!(matches!(draft(&prompt, &cut), Err(UnusableAnswer::OutputLimit)));
}

proptest! {
    #[test]
    fn every_citation_lies_within_the_text_and_names_a_source(
        spans in prop::collection::vec(("\\PC{0,12}|[ \n]{0,4}", prop::collection::vec((0_usize..4, 0_usize..5, 0_usize..5), 0..3)), 0..12)
    ) {
        let prompt = prompt(AnswerFormat::CitedText);
        let spans: Vec<_> = spans
            .into_iter()
            .map(|(text, places)| Span { text, citations: places.into_iter().map(|(d, s, e)| target(d, s, e)).collect() })
            .collect();
        let whole: String = sanitized(&prompt, &spans).into_iter().map(|span| span.text).collect();
        match draft(&prompt, &answer(spans)) {
            Err(UnusableAnswer::Empty) => prop_assert!(whole.trim().is_empty()),
            Err(other) => prop_assert!(false, "{other}"),
            Ok(draft) => {
                let (content, citations, _) = text_of(&draft);
                prop_assert_eq!(content, whole.trim());
                let length = content.chars().count();
                for citation in citations {
                    prop_assert!(citation.start < citation.end && citation.end <= length);
                    prop_assert!(prompt.documents.iter().flat_map(|d| &d.items).any(|item| item.source_id == citation.source_id));
                }
            }
        }
    }
}

#[test]
fn a_quote_is_short_in_bytes_too() {
    let text = "日本語".repeat(200);
    let quoted = quote(&text, MAX_QUOTE_CHARS);
    assert!(text.starts_with(quoted) && (300..=MAX_QUOTE_BYTES).contains(&quoted.len()), "{}", quoted.len());
}
