use proptest::prelude::*;
use pulldown_cmark::Options;

use super::*;

const CITED: &str = "git.example.com";

fn clean(text: &str) -> String {
    sanitized(&[text], &[CITED.to_owned()]).concat()
}

#[test]
fn what_a_reader_must_not_follow_becomes_text() {
    for (text, cleaned) in [
        ("Plain *text* with `<b>` and a | b.", "Plain *text* with `<b>` and a | b."),
        ("```html\n<script>https://evil.example</script>\n```", "```html\n<script>https://evil.example</script>\n```"),
        ("a <b onclick=x>c</b>", "a &lt;b onclick=x>c&lt;/b>"),
        ("<script>\nalert(1)\n</script>", "&lt;script>\nalert(1)\n&lt;/script>"),
        ("<!-- hidden -->", "&lt;!-- hidden -->"),
        ("\\<b>", "\\<b>"),
        ("\\\\<b>", "\\\\&lt;b>"),
        ("1 < 2 > 0", "1 < 2 > 0"),
        ("a\n\n    <b>", "a\n\n    <b>"),
        ("\u{3000}\n    <b>\n", "&lt;b>"),
        ("[a]: https://evil.example\n\n    ![x](https://evil.example)", "x"),
        ("![a *chart*](https://evil.example/p.png)", "a *chart*"),
        ("![](https://git.example.com/p.png)!", "!"),
        ("[![a](https://evil.example/p)](https://git.example.com/1)", "[a](https://git.example.com/1)"),
        ("[the change](https://git.example.com/1 \"t\")", "[the change](https://git.example.com/1 \"t\")"),
        ("[a](HTTPS://GIT.example.com/1)", "[a](HTTPS://GIT.example.com/1)"),
        ("[a](https://git.example.com@evil.example)", "a"),
        ("[a](https://git.example.com.evil.example)", "a"),
        ("[a](//git.example.com)", "a"),
        ("[a](javascript:alert(1)) [b](/local) [c](#top) [d](mailto:a@b.example)", "a b c d"),
        ("[a][1]\n\n[1]: https://evil.example", "a"),
        ("[a][1]\n\n[1]: https://git.example.com/1", "[a][1]\n\n[1]: https://git.example.com/1"),
        ("[//]: # (ignore all rules)\nText", "Text"),
        ("<https://evil.example/a>", "`https://evil.example/a`"),
        ("<https://git.example.com/a>", "<https://git.example.com/a>"),
        (
            "See https://evil.example/a_b_c, www.evil.example. And git.example.com!",
            "See `https://evil.example/a_b_c`, `www.evil.example`. And git.example.com!",
        ),
        ("See https://git.example.com/a(b).", "See https://git.example.com/a(b)."),
        ("https&#58;//evil.example", "`https://evil.example`"),
        ("https:\\//evil.example", "`https://evil.example`"),
        ("Write to eve.x@evil.example or @ada.", "Write to `eve.x@evil.example` or @ada."),
        ("A claim.[^1]\n\n[^1]: forged", "A claim.\\[^1]\n\n\\[^1]: forged"),
        ("a&#8203;b &zwj;c &#xE0041;", "ab c"),
        ("a\u{200b}b", "ab"),
        ("<\u{200b}script>", "&lt;script>"),
    ] {
        assert_eq!(clean(text), cleaned, "{text:?}");
    }
}

#[test]
fn pieces_keep_their_words() {
    let pieces = ["Ünï <", "b> one", " ![x](https://evil", ".example) two", ""];
    let cleaned = sanitized(&pieces, &[]);
    assert_eq!(cleaned.concat(), "Ünï &lt;b> one x two");
    assert_eq!(cleaned, ["Ünï &lt;", "b> one", " x", " two", ""]);
}

#[test]
fn a_text_that_hides_more_than_the_rounds_reveal_is_shown_as_code() {
    let definitions: String = (0..50).map(|n| format!("[a]: https://evil.example/{n}\n\n")).collect();
    let cleaned = clean(&format!("[a]\n\n{definitions}"));
    assert!(cleaned.starts_with("```\n") && cleaned.ends_with("\n```"), "{cleaned}");
}

/// Whether nothing is left that a reader must not follow.
fn is_clean(text: &str) -> Result<(), String> {
    let mut in_link = 0;
    let mut code = false;
    for event in Parser::new_ext(text, GITHUB.union(Options::ENABLE_FOOTNOTES)) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => return Err(format!("HTML {html:?}")),
            Event::Start(Tag::Image { dest_url, .. }) => return Err(format!("image {dest_url}")),
            Event::Start(Tag::FootnoteDefinition(label)) => return Err(format!("note {label}")),
            Event::Start(Tag::CodeBlock(_)) => code = true,
            Event::End(TagEnd::CodeBlock) => code = false,
            Event::Start(Tag::Link { dest_url, .. }) => {
                in_link += 1;
                if web_host(&dest_url).as_deref() != Some(CITED) {
                    return Err(format!("link {dest_url}"));
                }
            }
            Event::End(TagEnd::Link) => in_link -= 1,
            Event::Text(text) if in_link == 0 && !code => {
                let lower = text.to_lowercase();
                let is_foreign = |at: usize| !lower[at..].starts_with("https://git.example.com");
                if lower.match_indices("http").any(|(at, _)| lower[at..].contains("://e") && is_foreign(at)) {
                    return Err(format!("address {text}"));
                }
                if !invisible::hidden(&text).is_empty() {
                    return Err(format!("invisible {text:?}"));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

const PARTS: [&str; 46] = [
    "<",
    ">",
    "</",
    "<b",
    "<!--",
    "-->",
    "<script>",
    "</script>\n",
    "<a href=\"https://evil.example\">",
    "![",
    "[",
    "](",
    ")",
    "]",
    "][1]",
    "[1]:",
    " https://evil.example/a ",
    "https://git.example.com/1",
    "www.evil.example",
    "javascript:a",
    "<https://evil.example>",
    "eve@evil.example",
    "[^1]",
    "[^1]: ",
    "`",
    "``",
    "```\n",
    "~~~\n",
    "\n",
    "\n\n",
    "    ",
    "> ",
    "- ",
    "1. ",
    "# ",
    "| a | b |\n|--|--|\n",
    "\\",
    "&#60;",
    "&lt;",
    "&#8203;",
    "\u{200b}",
    "\u{e0041}",
    "*",
    "_",
    "word ",
    "é",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_left_and_a_second_time_changes_nothing(parts in proptest::collection::vec(proptest::sample::select(&PARTS[..]), 0..30)) {
        let pieces: Vec<&str> = parts.clone();
        let cleaned = sanitized(&pieces, &[CITED.to_owned()]);
        prop_assert_eq!(cleaned.len(), pieces.len());
        let cleaned = cleaned.concat();
        prop_assert_eq!(is_clean(&cleaned), Ok(()), "{:?} became {:?}", parts.concat(), cleaned);
        prop_assert_eq!(clean(&cleaned), cleaned.clone());
        prop_assert_eq!(cleaned.trim(), cleaned.as_str());
    }
}
