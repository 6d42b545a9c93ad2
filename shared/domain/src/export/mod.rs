//! Renders a whole document as GitHub-flavoured Markdown or as an HTML page, with its citations as footnotes.
//!
//! The texts of a document come from a user and from a model, and nobody has checked them. Three things must hold
//! whatever they contain:
//!
//! - A footnote mark is always a footnote mark. It never stands in code, in a link, in an HTML tag or behind the last bar
//!   of a table row. `layout` finds the places where a mark may stand, and `marks` chooses one for each citation.
//! - The only footnotes are ours. `labels` turns `[^1]` of a text into words that every reader sees as written.
//! - A text ends where its block ends. The token limit can cut a text inside a code fence or a comment. `open_end`
//!   closes both, so that the next block is not swallowed.
//!
//! The HTML page is made from the same Markdown. `html` shows the raw HTML of a text as words and lets no other
//! address than `http` and `https` become a link.

mod content;
pub(crate) mod dialect;
mod escape;
mod footnotes;
mod html;
pub(crate) mod labels;
mod layout;
mod library;
mod marks;
mod open_end;
mod options;
mod page;

#[cfg(test)]
mod html_tests;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::{
    ids::SourceId,
    library::source::SourceType,
    report::{block::Block, document::Document},
};

pub use library::Library;
pub use options::{Format, Sources};

/// Returns each source that the blocks cite once, in the order of the first citation. The caller reads them to fill a
/// [`Library`].
pub fn cited(blocks: &[Block]) -> Vec<(SourceType, SourceId)> {
    let mut known = BTreeSet::new();
    let citations = blocks.iter().flat_map(|block| &block.annotations.citations);
    let sources = citations.map(|citation| (citation.source_type, citation.source_id));
    sources.filter(|source| known.insert(*source)).collect()
}

/// Renders a document as Markdown. `blocks` are the blocks of the document with their contents and annotations, in
/// order. The days in the footnotes are days in the time zone of the
/// document.
pub fn markdown(document: &Document, blocks: &[Block], library: &Library, sources: Sources) -> String {
    page::markdown(document, blocks, library, sources).text
}

/// Renders a document as an HTML page without scripts, remote images or other files. Takes the same parameters as
/// [`markdown`].
pub fn html(document: &Document, blocks: &[Block], library: &Library, sources: Sources) -> String {
    html::page(&document.name, &page::markdown(document, blocks, library, sources))
}
