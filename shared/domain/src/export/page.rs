//! Puts the name, the description, the blocks and the footnotes of a document one below the other.

use super::{
    content::{self, Claim},
    escape,
    footnotes::Footnotes,
    labels,
    library::Library,
    options::Sources,
};
use crate::report::{
    block::{Block, BlockType},
    document::Document,
};

/// Two lists with nothing but this between them stay two lists. A reader does not see it.
const SEPARATOR: &str = "<!-- -->";

/// A document as Markdown.
pub(super) struct Page {
    pub(super) text: String,
    /// What the label of each footnote begins with. Its number follows.
    pub(super) label_prefix: String,
}

pub(super) fn markdown(document: &Document, blocks: &[Block], library: &Library, sources: Sources) -> Page {
    let contents = blocks.iter().filter_map(|block| block.content.as_deref());
    let label_prefix = labels::free_prefix(contents.chain(document.description.as_deref()));
    let mut footnotes = Footnotes::default();
    let mut writer = Writer::default();
    writer.line("#", &escape::plain(&document.name));
    writer.content(&content::markdown(document.description.as_deref().unwrap_or_default(), &[], &label_prefix));
    for block in blocks {
        let claims = match sources {
            Sources::Footnotes => claims(block, &mut footnotes),
            Sources::None => Vec::new(),
        };
        writer.block(block, &claims, &label_prefix);
    }
    let list = footnotes.list(library, &document.time_zone, &label_prefix);
    if !list.is_empty() {
        writer.part(list.trim_end());
    }
    Page { text: writer.text, label_prefix }
}

/// The claims of a block that have a source, with the numbers of their footnotes.
fn claims<'a>(block: &'a Block, footnotes: &mut Footnotes<'a>) -> Vec<Claim> {
    let is_shown = block.block_type != BlockType::Divider && has_text(block.content.as_deref());
    let citations = block.annotations.citations.iter().filter(|_| is_shown);
    citations
        .map(|citation| Claim { start: citation.start, end: citation.end, number: footnotes.number(citation) })
        .collect()
}

fn has_text(text: Option<&str>) -> bool {
    text.is_some_and(|text| !text.trim().is_empty())
}

/// Writes parts with a blank line between them.
#[derive(Default)]
struct Writer {
    text: String,
    /// Whether the last part is a text that ends in a list.
    ends_in_list: bool,
    /// Whether the last part is a text.
    is_after_content: bool,
}

impl Writer {
    fn part(&mut self, part: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(part);
        self.text.push('\n');
        (self.ends_in_list, self.is_after_content) = (false, false);
    }

    fn line(&mut self, mark: &str, words: &str) {
        self.part(format!("{mark} {words}").trim_end());
    }

    fn content(&mut self, content: &content::Content) {
        if content.text.is_empty() {
            return;
        }
        let would_join = (content.begins_with_list && self.ends_in_list) || content.is_indented;
        if would_join && self.is_after_content {
            self.part(SEPARATOR);
        }
        self.part(&content.text);
        (self.ends_in_list, self.is_after_content) = (content.ends_in_list, true);
    }

    fn block(&mut self, block: &Block, claims: &[Claim], label_prefix: &str) {
        let text = block.content.as_deref().unwrap_or_default();
        match block.block_type {
            BlockType::Divider => self.part("---"),
            BlockType::Heading => self.line("##", &content::heading(text, claims, label_prefix)),
            BlockType::PromptResponse => {
                if let Some(prompt) = block.prompt.as_deref().filter(|prompt| has_text(Some(prompt))) {
                    self.line("###", &escape::plain(prompt));
                }
                if has_text(Some(text)) {
                    self.content(&content::markdown(text, claims, label_prefix));
                } else {
                    self.part("*Not written yet.*");
                }
            }
            BlockType::Text => self.content(&content::markdown(text, claims, label_prefix)),
        }
    }
}
