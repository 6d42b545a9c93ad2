use std::time::Instant;

use super::{
    Library, Sources, html,
    samples::{answer, block, citation, document},
};
use crate::report::block::BlockType;

#[test]
fn a_page_shows_the_same_with_links_between_marks_and_sources() {
    let blocks = [answer(&[("I mended *payments*.", Some(1)), (" And docs.", Some(2)), (" Again.", Some(1))])];
    let page = html(&document("A < B", None), &blocks, &Library::default(), Sources::Footnotes);
    assert!(page.starts_with("<!doctype html>\n<html>\n<head>\n<meta charset=\"utf-8\">"));
    let (_, body) = page.split_once("<body>\n").expect("a body");
    insta::assert_snapshot!(body);
    assert!(page.contains("<title>A &lt; B</title>"));
    let bare = html(&document("A", None), &blocks, &Library::default(), Sources::None);
    assert!(!bare.contains("<sup") && !bare.contains("Sources"));
}

#[test]
fn nothing_of_a_text_reaches_a_page_as_html() {
    let text = "<script>alert(1)</script>\n\nA <img src=x onerror=alert(1)> b <br> c <!-- d -->\n\n\
        [e](javascript:alert(1)) [f](http://f.example) ![g](https://g.example/g.png) \
        [![h](http://h.example)](http://i.example) <j@example.com> [k](data:text/html,x) [l](/l)\n\n\
        <!-- hidden -->\n\n- [x] done\n\n| m |\n|:-|\n| ~~n~~ |\n\n```\"><script>\n</code><script>\n```\n\n<div onclick=x";
    let document = document("</title><script>", Some(text));
    let page = html(&document, &[answer(&[(text, None)])], &Library::default(), Sources::None);
    let (_, body) = page.split_once("<body>\n").expect("a body");
    let (_, content) = body.split_once("</h1>\n").expect("a name");
    let (description, _) = content.split_once("\n<p>&lt;script&gt;").expect("the block");
    insta::assert_snapshot!(description);
    for forbidden in ["<script", "<img", "javascript:", "data:", "hidden", "<div"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn long_documents_take_linear_time() {
    let mut table = "| a | b |\n|---|---|\n".to_owned();
    table.push_str(&"| row | 我 |\n".repeat(30_000));
    let hostile =
        ["[^1]", "\\", "```\n", "<!--", "[", "*a ", "🇩🇪", "- ", "a\n", ".", " ", "![", "[^s", "www.", "<b ", "&", "*"];
    let texts = hostile.map(|text| text.repeat(100_000 / text.len()));
    for text in texts.iter().chain([&table]) {
        let chars = text.chars().count();
        let citations = (0..500).map(|at| citation(at / 2 * chars / 500, (at + 1) * chars / 500, at)).collect();
        let blocks = [block(BlockType::Text, Some(text), citations)];
        let began = Instant::now();
        let page = html(&document("x", None), &blocks, &Library::default(), Sources::Footnotes);
        assert!(page.len() > 500 && began.elapsed().as_secs() < 10, "{:?}: {:?}", text.get(..8), began.elapsed());
    }
}
