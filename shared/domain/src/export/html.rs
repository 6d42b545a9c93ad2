//! Turns the Markdown of a document into an HTML page.
//!
//! The events of the Markdown parser are filtered, so nothing of a text reaches the page as HTML: raw HTML becomes words,
//! an image becomes a link, and a link to anything but a web address becomes its words.

use std::collections::HashSet;

use pulldown_cmark::{CowStr, Event, LinkType, Options, Parser, Tag, TagEnd, html::push_html};

use super::{dialect::GITHUB, page::Page};
use crate::library::web_address::web_address;

const STYLE: &str = "\
body{max-width:44rem;margin:2rem auto;padding:0 1rem;font:1rem/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff}
h1,h2,h3{line-height:1.25;break-after:avoid}
pre{overflow-x:auto;padding:.75rem;background:#f4f4f4;white-space:pre-wrap}
table{border-collapse:collapse}
th,td{border:1px solid #bbb;padding:.25rem .5rem;vertical-align:top}
tr,li,pre{break-inside:avoid}
blockquote{margin-left:0;padding-left:1rem;border-left:3px solid #bbb}
sup{line-height:0}
.sources{margin-top:2rem;border-top:1px solid #bbb;font-size:.875rem;overflow-wrap:anywhere}
@media print{body{max-width:none;margin:0;padding:0}a{color:inherit}}";

/// The page for a document with this name.
pub(super) fn page(name: &str, page: &Page) -> String {
    let mut title = String::new();
    push_html(&mut title, std::iter::once(Event::Text(name.into())));
    let mut body = String::new();
    push_html(&mut body, events(page).into_iter());
    format!(
        "<!doctype html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{title}</title>\n<style>\n{STYLE}\n</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
}

fn events(page: &Page) -> Vec<Event<'_>> {
    let mut filter = Filter {
        page,
        events: Vec::new(),
        links: Vec::new(),
        is_linked: false,
        html: None,
        marked: HashSet::new(),
        has_sources: false,
    };
    for event in Parser::new_ext(&page.text, GITHUB | Options::ENABLE_FOOTNOTES) {
        filter.push(event);
    }
    filter.end();
    filter.events
}

struct Filter<'a> {
    page: &'a Page,
    events: Vec<Event<'a>>,
    /// For each link and image that contains the current event: whether it is a link on the page.
    links: Vec<bool>,
    /// Whether one of them is.
    is_linked: bool,
    /// The block of raw HTML that is being read.
    html: Option<String>,
    /// The footnotes that have a mark already.
    marked: HashSet<String>,
    /// Whether the list of footnotes has begun.
    has_sources: bool,
}

impl<'a> Filter<'a> {
    fn push(&mut self, event: Event<'a>) {
        match event {
            Event::Start(Tag::HtmlBlock) => self.html = Some(String::new()),
            // The indentation of a line of HTML is an event of its own.
            Event::Text(text) if self.html.is_some() => self.html.get_or_insert_default().push_str(&text),
            Event::Html(html) => self.html.get_or_insert_default().push_str(&html),
            Event::End(TagEnd::HtmlBlock) => self.end_html(),
            Event::InlineHtml(html) => self.inline_html(html),
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                self.start_link(link_type, dest_url, title, id);
            }
            Event::Start(Tag::Image { dest_url, title, id, .. }) => {
                self.start_link(LinkType::Inline, dest_url, title, id);
            }
            Event::End(TagEnd::Link | TagEnd::Image) => {
                if self.links.pop() == Some(true) {
                    self.is_linked = false;
                    self.events.push(Event::End(TagEnd::Link));
                }
            }
            Event::FootnoteReference(label) => self.mark(&label),
            Event::Start(Tag::FootnoteDefinition(label)) => self.start_footnote(&label),
            Event::End(TagEnd::FootnoteDefinition) => self.events.push(Event::Html("</li>\n".into())),
            other => self.events.push(other),
        }
    }

    /// A block of raw HTML is shown as words. A comment is dropped, because it is nothing that a reader should see.
    fn end_html(&mut self) {
        let html = self.html.take().unwrap_or_default();
        let html = html.trim();
        let is_comment = html.starts_with("<!--") && html.find("-->") == Some(html.len() - 3);
        if !is_comment {
            let paragraph =
                [Event::Start(Tag::Paragraph), Event::Text(html.to_owned().into()), Event::End(TagEnd::Paragraph)];
            self.events.extend(paragraph);
        }
    }

    /// Tables have no other line break than `<br>`.
    fn inline_html(&mut self, html: CowStr<'a>) {
        let tag: String = html.chars().filter(|c| !c.is_whitespace()).collect();
        let is_break = tag.eq_ignore_ascii_case("<br>") || tag.eq_ignore_ascii_case("<br/>");
        if html.starts_with("<!--") {
            return;
        }
        self.events.push(if is_break { Event::HardBreak } else { Event::Text(html) });
    }

    /// Begins a link, unless it would be in another link or its address is no web address.
    fn start_link(&mut self, link_type: LinkType, dest_url: CowStr<'a>, title: CowStr<'a>, id: CowStr<'a>) {
        let is_link = web_address(&dest_url).is_some() && link_type != LinkType::Email && !self.is_linked;
        self.links.push(is_link);
        if is_link {
            self.is_linked = true;
            self.events.push(Event::Start(Tag::Link { link_type, dest_url, title, id }));
        }
    }

    /// The number of a footnote, as a link to it. The first mark of a footnote can be reached from it.
    fn mark(&mut self, label: &str) {
        let number = self.number(label);
        let id = if self.marked.insert(label.to_owned()) { format!(" id=\"mark-{number}\"") } else { String::new() };
        let mark = format!("<sup{id}><a href=\"#source-{number}\">{number}</a></sup>");
        self.events.push(Event::InlineHtml(mark.into()));
    }

    /// Begins an item of the list of footnotes. All footnotes stand at the end of the document.
    fn start_footnote(&mut self, label: &str) {
        if !self.has_sources {
            self.events.push(Event::Html("<section class=\"sources\">\n<h2>Sources</h2>\n<ol>\n".into()));
        }
        self.has_sources = true;
        let number = self.number(label);
        let item = format!("<li id=\"source-{number}\"><a href=\"#mark-{number}\" aria-label=\"Back\">↩</a>\n");
        self.events.push(Event::Html(item.into()));
    }

    fn end(&mut self) {
        if self.has_sources {
            self.events.push(Event::Html("</ol>\n</section>\n".into()));
        }
    }

    /// The number of a footnote. All labels are ours.
    fn number(&self, label: &str) -> usize {
        let digits = label.strip_prefix(self.page.label_prefix.as_str());
        digits.and_then(|digits| digits.parse().ok()).unwrap_or_default()
    }
}
