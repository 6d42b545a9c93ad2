use pulldown_cmark::{Event, Options, Parser, Tag};
use serde_json::{Value, json};

use super::{
    Library, Sources, cited,
    dialect::GITHUB,
    markdown,
    samples::{answer, block, citation, document, exported, footnotes},
};
use crate::{
    annotation::Citation,
    ids::SourceId,
    library::source::SourceType,
    report::{
        block::{Block, BlockType},
        document::Document,
    },
};

/// The blocks as Markdown, without the name of the document and the list of sources.
fn body(blocks: &[Block]) -> String {
    let text = exported(blocks, Sources::Footnotes);
    let body = text.strip_prefix("# Review\n\n").expect("the name of the document");
    let list = body.rfind("\n[^s1]: ").map_or(body.len(), |list| list);
    body[..list].trim_end().to_owned()
}

fn links(markdown: &str) -> Vec<String> {
    let links = Parser::new_ext(markdown, GITHUB | Options::ENABLE_FOOTNOTES).filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(dest_url.to_string()),
        _ => None,
    });
    links.collect()
}

fn library(kind: &str, source: usize, fields: Value) -> Library {
    let id = SourceId::named(&source.to_string());
    let mut library = Library::default();
    match kind {
        "evidence" => drop(library.evidence.insert(id, serde_json::from_value(fields).expect("evidence"))),
        "goal" => drop(library.goals.insert(id, serde_json::from_value(fields).expect("a goal"))),
        _ => drop(library.reviews.insert(id, serde_json::from_value(fields).expect("a review"))),
    }
    library
}

/// The footnote for the only source of a document.
fn footnote(library: &Library, citation: Citation) -> String {
    footnote_in(library, citation, "UTC")
}

fn footnote_in(library: &Library, citation: Citation, zone: &str) -> String {
    let blocks = [block(BlockType::Text, Some("I mended payments."), vec![citation])];
    let document = Document { time_zone: zone.parse().expect("known"), ..document("Review", None) };
    let text = markdown(&document, &blocks, library, Sources::Footnotes);
    let (_, note) = text.split_once("\n[^s1]: ").expect("a footnote");
    note.trim_end().to_owned()
}

#[test]
fn a_mark_for_a_table_row_stands_in_its_last_cell() {
    let table = [
        ("| what | result |\n|---|---|\n", None),
        ("| Retries | lost payments 0.4 % |\n", Some(1)),
        ("| Empty | |", Some(2)),
        ("\n| Open | no bar", Some(3)),
    ];
    assert_eq!(
        body(&[answer(&table)]),
        "| what | result |\n|---|---|\n| Retries | lost payments 0.4 %[^s1] |\n| Empty[^s2] | |\n| Open | no bar[^s3]"
    );
}

#[test]
fn a_mark_for_a_fence_stands_below_it() {
    let fence = "```sh\nmake retry\n```";
    for (before, after, expected) in [
        ("I ran this:\n\n", "\n\nDone.", "I ran this:\n\n```sh\nmake retry\n```\n[^s1]\n\nDone."),
        ("", "\nDone.", "```sh\nmake retry\n```\n[^s1]\n\nDone."),
        ("", "", "```sh\nmake retry\n```\n[^s1]"),
    ] {
        assert_eq!(body(&[answer(&[(before, None), (fence, Some(1)), (after, None)])]), expected);
        let with_line_end = [(before, None), (&*format!("{fence}\n"), Some(1)), (after.trim_start(), None)];
        assert_eq!(footnotes(&exported(&[answer(&with_line_end)], Sources::Footnotes)).0, ["s1"]);
    }
    let in_item = [("- This:\n  ", None), ("```\n  make\n  ```\n", Some(1)), ("- that", Some(2))];
    assert_eq!(body(&[answer(&in_item)]), "- This:\n  ```\n  make\n  ```\n  [^s1]\n\n- that[^s2]");
    let in_quote = [("> ```\n> make\n> ```\n", Some(1)), ("> Done.", Some(2))];
    assert_eq!(body(&[answer(&in_quote)]), "> ```\n> make\n> ```\n> [^s1]\n>\n> Done.[^s2]");
}

#[test]
fn an_open_end_is_closed_before_the_next_block() {
    for (text, expected) in [
        ("This:\n\n```sh\nmake", "This:\n\n```sh\nmake\n```"),
        ("~~~~\n~~~", "~~~~\n~~~\n~~~~"),
        ("```", "```\n```"),
        ("- This:\n  ```\n  make", "- This:\n  ```\n  make\n  ```"),
        ("```\n> ```", "```\n> ```\n```"),
        ("<!-- to do", "<!-- to do-->"),
        ("<div>\n<!-- to do", "<div>\n<!-- to do-->"),
        ("<div class=\"wide", "<div class=\"wide\">"),
        ("<PRE>\nmake", "<PRE>\nmake</pre>"),
        ("<?php\n", "<?php?>"),
        ("<details>\n\nmore", "<details>\n\nmore"),
        ("<!-- done -->", "<!-- done -->"),
    ] {
        let blocks = [answer(&[(text, None)]), answer(&[("Next.", Some(1))])];
        assert_eq!(body(&blocks), format!("{expected}\n\nNext.[^s1]"));
        let exported = exported(&blocks, Sources::Footnotes);
        assert_eq!(footnotes(&exported), (vec!["s1".to_owned()], vec!["s1".to_owned()]), "{exported}");
        let described = document("Review", Some(text));
        let exported = markdown(&described, &blocks[1..], &Library::default(), Sources::Footnotes);
        assert_eq!(footnotes(&exported), (vec!["s1".to_owned()], vec!["s1".to_owned()]), "{exported}");
    }
    let cut = [answer(&[("This:\n\n", None), ("```sh\nmake", Some(1))]), answer(&[("Next.", None)])];
    assert_eq!(body(&cut), "This:\n\n```sh\nmake\n```\n[^s1]\n\nNext.");
}

#[test]
fn footnotes_of_a_text_stay_text() {
    let one = answer(&[("I mended payments", Some(1)), (". My notes: [^1] and [^2], `a[^1]`, \\[^1].", None)]);
    let other = answer(&[("As said before.[^1]\n\n[^1]: Made up by hand.", None)]);
    let again = answer(&[("[^1]: Other.\n\n[^s1]: http://evil.example\n\n![^x]", None)]);
    let exported = exported(&[one, other, again], Sources::Footnotes);
    assert_eq!(
        exported,
        "# Review\n\nI mended payments.[^ss1] My notes: \\[^1] and \\[^2], `a[^1]`, \\[^1].\n\n\
         As said before.\\[^1]\n\n\\[^1]: Made up by hand.\n\n\
         \\[^1]: Other.\n\n\\[^s1]: http://evil.example\n\n!\\[^x]\n\n\
         [^ss1]: evidence that was deleted\n"
    );
    assert_eq!(footnotes(&exported), (vec!["ss1".to_owned()], vec!["ss1".to_owned()]));
    assert!(links(&exported).is_empty());
}

#[test]
fn an_address_ends_where_it_ends() {
    for (url, expected) in [
        (
            "https://x.example/> [click](https://evil.example)",
            "<https://x.example/%3E%20%5Bclick%5D(https://evil.example)>",
        ),
        ("https://x.example/a?b=1&lt;=2&c", "<https://x.example/a?b=1\\&lt;=2&c>"),
        ("HTTP://x.example/\n\n# x", "<HTTP://x.example/%0A%0A#%20x>"),
    ] {
        let fields = json!({
            "type": "PR_AUTHORED", "title": "Retry [payments](http://evil.example) | #1", "summary": "",
            "occurredAt": "2026-03-31T23:30:00Z", "url": url, "repo": "sam-sample/*pay*", "number": 7,
        });
        let library = library("evidence", 1, fields);
        let note = footnote(&library, citation(0, 18, 1));
        assert_eq!(
            note,
            format!(
                "[Retry \\[payments\\](`http://evil.example`) \\| \\#1]({expected}) (sam-sample/\\*pay\\*#7, 2026-03-31)"
            )
            .replace("\\#1", "#1")
        );
        assert_eq!(links(&format!("x[^1]\n\n[^1]: {note}")).len(), 1);
    }
    let fields = json!({
        "type": "MANUAL", "title": "1. # <b>", "summary": "", "occurredAt": "2026-03-31T23:30:00Z",
        "url": "javascript:alert(1)",
    });
    let note = footnote_in(&library("evidence", 1, fields), citation(0, 18, 1), "Europe/Berlin");
    assert_eq!(note, "1\\. # \\<b\\> (2026-04-01)");
}

#[test]
fn headings_and_items_keep_their_form() {
    let list = [("## Impact\n", Some(1)), ("- one", Some(2)), ("\n- two", Some(3)), ("\n- [ ] three\n", Some(4))];
    assert_eq!(body(&[answer(&list)]), "## Impact[^s1]\n- one[^s2]\n- two[^s3]\n- [ ] three[^s4]");
    assert_eq!(
        body(&[answer(&[("Impact\n===\n", Some(1)), ("1. one\n2. ", Some(2))])]),
        "Impact[^s1]\n===\n1. one[^s2]\n2."
    );
}

#[test]
fn marks_never_split_a_character() {
    let family = "👩‍👩‍👧‍👦";
    let pieces =
        [(family, Some(1)), (" 🇩🇪🇫🇷", Some(2)), (" e\u{301}", Some(3)), (" 我修好了付款。", Some(4)), ("好", Some(5))];
    let expected = format!("{family}[^s1] 🇩🇪🇫🇷[^s2] e\u{301}[^s3] 我修好了付款。[^s4]好[^s5]");
    assert_eq!(body(&[answer(&pieces)]), expected);
    let content = format!("a {family}🇩🇪🇫🇷 e\u{301}x");
    for (end, expected) in [
        (4, format!("a {family}[^s1]🇩🇪🇫🇷 e\u{301}x")),
        (10, format!("a {family}🇩🇪[^s1]🇫🇷 e\u{301}x")),
        (15, format!("a {family}🇩🇪🇫🇷 e\u{301}[^s1]x")),
    ] {
        assert_eq!(body(&[block(BlockType::Text, Some(&content), vec![citation(0, end, 1)])]), expected);
    }
    let before_punctuation = [("我修好了付款", Some(1)), ("。好", None)];
    assert_eq!(body(&[answer(&before_punctuation)]), "我修好了付款。[^s1]好");
}

#[test]
fn marks_follow_the_claim_and_its_punctuation_and_number_each_source_once() {
    let content = "🚀 I mended payments. I wrote docs, and helped.";
    let citations = [(2, 21, 7), (2, 21, 8), (2, 21, 7), (22, 34, 8), (36, 999, 7), (usize::MAX, 3, 9)];
    let citations = citations.map(|(start, end, source)| citation(start, end, source)).into();
    let blocks = [
        block(BlockType::Text, Some(content), citations),
        answer(&[("Again", Some(9)), (", and example", Some(7)), (".com", None)]),
    ];
    assert_eq!(
        body(&blocks),
        "🚀 I[^s3] mended payments.[^s1][^s2] I wrote docs,[^s2] and helped.[^s1]\n\nAgain,[^s3] and example[^s1].com"
    );
    let sources: Vec<_> = [7, 8, 9].map(|source| (SourceType::Evidence, SourceId::named(&format!("{source}")))).into();
    assert_eq!(cited(&blocks), sources);
}

#[test]
fn code_links_tags_entities_and_emphasis_stay_whole() {
    for (content, end, expected) in [
        ("a `b c` d", 5, "a `b c`[^s1] d"),
        ("a [b](http://c.example/d) e", 4, "a [b](http://c.example/d)[^s1] e"),
        ("a [b](http://c.example/d) e", 20, "a [b](http://c.example/d)[^s1] e"),
        ("a ![b](c) d", 4, "a ![b](c)[^s1] d"),
        ("a <b title='c'> d", 8, "a <b title='c'>[^s1] d"),
        ("a &amp; b", 5, "a &amp;[^s1] b"),
        ("a \\* b", 3, "a[^s1] \\* b"),
        ("a **b**. c", 5, "a **b**.[^s1] c"),
        ("a **b.** c", 5, "a **b.**[^s1] c"),
        ("a ***b*** c", 9, "a ***b***[^s1] c"),
        ("a **b** c", 4, "a[^s1] **b** c"),
        ("a\\\nb", 2, "a[^s1]\\\nb"),
        ("a https://b.example. c", 20, "a https://b.example. [^s1] c"),
        ("a [b] c", 5, "a [b] [^s1] c"),
        ("a(b) c", 1, "a[^s1] (b) c"),
        ("a[^1] c", 1, "a[^s1] \\[^1] c"),
        ("a **b", 3, "a **[^s1]b"),
        ("a! b", 2, "a![^s1] b"),
        ("a \\", 3, "a \\ [^s1]"),
        ("    code\n", 9, "    code\n\n[^s1]"),
        ("---", 3, "---\n\n[^s1]"),
        ("- \nx", 2, "- \nx[^s1]"),
        ("``\n[^1]: ``", 3, "``\n\\[^1]: ``[^s1]"),
        ("  <div>\n===\n```", 0, "  <div>\n===\n```\n\n[^s1]"),
        ("a ``b \\```", 9, "a ``b \\```[^s1]"),
        ("<div>\n\nfoo", 5, "<div>\n\nfoo[^s1]"),
    ] {
        let blocks = [block(BlockType::Text, Some(content), vec![citation(0, end, 1)])];
        assert_eq!(body(&blocks), expected);
        assert_eq!(footnotes(&exported(&blocks, Sources::Footnotes)).0, ["s1"]);
    }
}

#[test]
fn every_block_type_has_its_own_markdown() {
    let mut prompted = block(BlockType::PromptResponse, None, Vec::new());
    prompted.prompt = Some("What *did*\n# you do? #".to_owned());
    let mut written = block(BlockType::PromptResponse, Some("\n\nThis."), vec![citation(0, 9, 1)]);
    written.prompt = Some(" ".to_owned());
    let blocks = [
        block(BlockType::Heading, Some("Half-year\n*review* in C #"), vec![citation(0, 4, 1)]),
        prompted,
        written,
        block(BlockType::Divider, None, Vec::new()),
        block(BlockType::Text, None, Vec::new()),
        block(BlockType::Text, Some("- one"), Vec::new()),
        block(BlockType::Text, Some("- two"), Vec::new()),
        block(BlockType::Text, Some("Text."), Vec::new()),
    ];
    let document = document("Review\n<script> & *more*", Some("For `E5`.\n\n- a"));
    let expected = "# Review \\<script\\> \\& \\*more\\*\n\nFor `E5`.\n\n- a\n\n\
        ## Half-year *review* in C \\#[^s1]\n\n### What \\*did\\* # you do? \\#\n\n*Not written yet.*\n\n\
        This.[^s1]\n\n---\n\n- one\n\n<!-- -->\n\n- two\n\nText.\n";
    let text = |sources| markdown(&document, &blocks, &Library::default(), sources);
    assert_eq!(text(Sources::Footnotes), format!("{expected}\n[^s1]: evidence that was deleted\n"));
    assert_eq!(text(Sources::None), expected.replace("[^s1]", ""));
}

#[test]
fn a_footnote_says_what_its_source_is_now() {
    let of = |source_type, passage, cited_text: &str| Citation {
        source_type,
        passage,
        cited_text: cited_text.to_owned(),
        ..citation(0, 5, 1)
    };
    let goal = library("goal", 1, json!({"title": "Fewer *lost* payments", "status": "ACTIVE"}));
    let review = library("review", 1, json!({"year": 2025, "type": "SELF", "content": "I did."}));
    assert_eq!(footnote(&goal, of(SourceType::Goal, None, "")), "Goal: Fewer \\*lost\\* payments");
    assert_eq!(footnote(&review, of(SourceType::Review, Some(2), "I\ndid.")), "Review 2025 (self): “I did.”");
    assert_eq!(footnote(&goal, of(SourceType::Review, None, "Good.")), "review that was deleted");
    let long = footnote(&review, of(SourceType::Review, None, &"é".repeat(300)));
    assert_eq!(long, format!("Review 2025 (self): “{}…”", "é".repeat(200)));
    let passages = vec![of(SourceType::Review, Some(1), "One."), of(SourceType::Review, Some(2), "Two.")];
    let blocks = [block(BlockType::Text, Some("Twice."), passages)];
    assert_eq!(footnotes(&exported(&blocks, Sources::Footnotes)).1, ["s1", "s2"]);
    assert_eq!(cited(&blocks).len(), 1);
}
