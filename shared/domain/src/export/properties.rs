use proptest::prelude::*;

use super::{
    Library, Sources, html,
    samples::{answer, block, citation, document, exported, footnotes},
};
use crate::report::block::BlockType;

/// Pieces of Markdown with a meaning, and characters that consist of several code points.
fn scrap() -> impl Strategy<Value = String> {
    let scraps = [
        "a",
        "word ",
        "\n",
        "\n\n",
        "\r\n",
        "    ",
        "  ",
        "\t",
        "- ",
        "1. ",
        "> ",
        "# ",
        "===\n",
        "---\n",
        "```",
        "```\n",
        "~~~\n",
        "`",
        "``",
        "*",
        "**",
        "_",
        "~~",
        "[",
        "]",
        "(",
        ")",
        "[^1]",
        "[^s1]",
        "[^1]: ",
        "[a]: b\n",
        "[a]",
        "![",
        "](b)",
        "<",
        ">",
        "<!--",
        "-->",
        "<b>",
        "</b>",
        "<pre>",
        "<div>\n",
        "<a href='",
        "<https://a.example>",
        "https://a.example",
        "&amp;",
        "&",
        "\\",
        "|",
        "| a | b |\n|---|---|\n",
        "- [ ] ",
        ":",
        ".",
        "!",
        "。",
        "👩‍👧",
        "🇩🇪",
        "e\u{301}",
        "\u{301}",
        "\u{200d}",
        "我",
        "\u{0}",
        "\u{85}",
        "\u{a0}",
        "\r",
    ];
    prop_oneof![8 => prop::sample::select(scraps.to_vec()).prop_map(str::to_owned), 1 => ".{0,3}"]
}

fn hostile() -> impl Strategy<Value = String> {
    prop::collection::vec(scrap(), 0..24).prop_map(|scraps| scraps.concat())
}

/// Texts as a model writes them.
fn ordinary() -> impl Strategy<Value = Vec<(String, Option<usize>)>> {
    let texts = [
        "I mended payments.",
        "It **works**",
        " and *so* on; ",
        "`code` and [link](https://example.com/a_(b))",
        "\n\n",
        "\n\n## Impact\n\n",
        "\n\n- one",
        "\n- two\n",
        "\n  - deep",
        "\n\n1. first\n2. second\n",
        "\n\n> A quote.\n\n",
        "\n\n| what | result |\n|---|---|\n| a | b |\n",
        "\n\n| a |\n|---|\n| `c` |\n\n",
        "\n\n```sh\nmake\n```\n",
        "\n\n~~~\nmake\n\nx\n~~~\n\n",
        "\n- item\n\n  ```\n  make\n  ```\n",
        "See https://example.com/x.",
        " (so)",
        "我修好了付款。",
        "👩‍👧‍👦 ",
        "\n\n---\n\n",
        "R&amp;D ",
        "~~old~~",
        " snake_case_name",
        "\n- [x] done\n",
    ];
    let piece = (prop::sample::select(texts.to_vec()).prop_map(str::to_owned), prop::option::of(1_usize..5));
    prop::collection::vec(piece, 1..12)
}

/// The text without our marks, and without the white space and the marks of quotes that they may need.
fn without_marks(text: &str, label_prefix: &str) -> String {
    let mut text = text.to_owned();
    for number in 1..50 {
        text = text.replace(&format!("[^{label_prefix}{number}]"), "");
    }
    text.chars().filter(|c| *c != '>' && !c.is_whitespace()).collect()
}

proptest! {
    #[test]
    fn any_text_with_any_citations_has_only_our_footnotes(
        texts in prop::collection::vec(hostile(), 1..4),
        cited in prop::collection::vec((0_usize..60, 0_usize..60), 0..6),
    ) {
        let citations: Vec<_> = cited.iter().enumerate().map(|(at, (start, end))| citation(*start, *end, at)).collect();
        let text_blocks = texts.iter().map(|text| block(BlockType::Text, Some(text), citations.clone()));
        let mut blocks: Vec<_> = text_blocks.collect();
        blocks.push(block(BlockType::Heading, Some(&texts[0]), citations.clone()));
        blocks.push(answer(&[("Last words.", Some(99))]));
        let text = exported(&blocks, Sources::Footnotes);
        let (references, definitions) = footnotes(&text);
        prop_assert!(references.iter().all(|label| definitions.contains(label)), "{}", text);
        let shown = blocks.iter().filter(|block| block.content.as_deref().is_some_and(|text| !text.trim().is_empty()));
        let numbers: std::collections::BTreeSet<_> =
            shown.flat_map(|block| &block.annotations.citations).map(|citation| citation.source_id).collect();
        prop_assert_eq!(definitions.len(), numbers.len(), "{}", text);
        prop_assert!(text.contains("\n\nLast words.[^"), "{}", text);
        // Every source has a mark that a reader sees, even in a text like this.
        prop_assert!(definitions.iter().all(|label| references.contains(label)), "{}", text);
        let page = html(&document("x", Some(&texts[0])), &blocks, &Library::default(), Sources::Footnotes);
        prop_assert!(!page.contains("<b>") && !page.contains("<pre><pre>") && !page.contains("<!--"));
    }

    #[test]
    fn without_our_marks_a_text_is_as_it_was(
        text in hostile(),
        cited in prop::collection::vec((0_usize..60, 0_usize..60), 0..6),
    ) {
        let citations = cited.iter().enumerate().map(|(at, (start, end))| citation(*start, *end, at)).collect();
        let blocks = [block(BlockType::Text, Some(&text), citations)];
        let with = exported(&blocks, Sources::Footnotes);
        let label = footnotes(&with).1.first().cloned().unwrap_or_default();
        let prefix = label.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
        let list = with.rfind(&format!("\n[^{prefix}1]: ")).filter(|_| !label.is_empty()).unwrap_or(with.len());
        let plain = exported(&blocks, Sources::None);
        prop_assert_eq!(without_marks(&with[..list], &prefix), without_marks(&plain, &prefix));
        if !text.contains("[^") && !text.contains(['<', '`', '~']) {
            prop_assert_eq!(without_marks(&plain, "s"), without_marks(&format!("# Review{text}"), "s"));
        }
    }

    #[test]
    fn no_mark_of_an_ordinary_text_is_lost(pieces in ordinary()) {
        let pieces: Vec<_> = pieces.iter().map(|(text, source)| (text.as_str(), *source)).collect();
        let blocks = [answer(&pieces), answer(&[("Next.", Some(9))])];
        let text = exported(&blocks, Sources::Footnotes);
        let (references, definitions) = footnotes(&text);
        prop_assert!(definitions.iter().all(|label| references.contains(label)), "{}", text);
        // Each mark that is written is read as a mark.
        let list = text.rfind("\n\n[^s1]: ").expect("a list");
        prop_assert_eq!(text[..list].matches("[^s").count(), references.len(), "{}", text);
    }
}
