//! What a prompt needs of the document.

use crate::report::{block::Block, document::Document};

/// The parts of a document that a prompt needs.
#[derive(Clone, Copy, Debug)]
pub struct ReportParts<'a> {
    /// The document itself.
    pub document: &'a Document,
    /// The block that the job writes, if it writes one.
    pub block: Option<&'a Block>,
    /// The other blocks, in any order. Some may be missing.
    pub others: &'a [Block],
}
