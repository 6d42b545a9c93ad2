//! Documents, blocks and citations for the tests.

use jiff::Timestamp;
use pulldown_cmark::{Event, Options, Parser, Tag};

use super::{Library, Sources, dialect::GITHUB, markdown};
use crate::{
    annotation::{Annotations, Citation},
    ids::{BlockId, DocumentId, SourceId},
    library::source::{SourceField, SourceType},
    report::{
        block::{Block, BlockType, ContentLength},
        document::Document,
    },
};

pub(super) fn document(name: &str, description: Option<&str>) -> Document {
    Document {
        id: DocumentId::new(),
        name: name.to_owned(),
        description: description.map(str::to_owned),
        perspective: Default::default(),
        person_name: None,
        time_zone: Default::default(),
        status: Default::default(),
        context_config: Default::default(),
        blocks: Vec::new(),
        version: 1,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

pub(super) fn block(block_type: BlockType, content: Option<&str>, citations: Vec<Citation>) -> Block {
    Block {
        id: BlockId::new(),
        document_id: DocumentId::new(),
        block_type,
        prompt: None,
        text: None,
        content_length: ContentLength::default(),
        content: content.map(str::to_owned),
        content_by: None,
        annotations: Annotations { citations, ..Annotations::default() },
        max_characters: None,
        metadata: Default::default(),
        version: 1,
        content_revision: 1,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}

/// A citation of the source with this number.
pub(super) fn citation(start: usize, end: usize, source: usize) -> Citation {
    Citation {
        start,
        end,
        source_type: SourceType::Evidence,
        source_id: SourceId::named(&source.to_string()),
        field: SourceField::Summary,
        passage: None,
        cited_text: format!("source {source}"),
    }
}

/// A text block of an answer in pieces. A piece with a number cites the source with that number.
pub(super) fn answer(pieces: &[(&str, Option<usize>)]) -> Block {
    let (mut content, mut citations) = (String::new(), Vec::new());
    for (piece, source) in pieces {
        let start = content.chars().count();
        content.push_str(piece);
        citations.extend(source.map(|source| citation(start, content.chars().count(), source)));
    }
    block(BlockType::Text, Some(&content), citations)
}

pub(super) fn exported(blocks: &[Block], sources: Sources) -> String {
    markdown(&document("Review", None), blocks, &Library::default(), sources)
}

/// The labels of the footnote references and of the footnotes, as a reader of Markdown finds them.
pub(super) fn footnotes(markdown: &str) -> (Vec<String>, Vec<String>) {
    let (mut references, mut definitions) = (Vec::new(), Vec::new());
    for event in Parser::new_ext(markdown, GITHUB | Options::ENABLE_FOOTNOTES) {
        match event {
            Event::FootnoteReference(label) => references.push(label.to_string()),
            Event::Start(Tag::FootnoteDefinition(label)) => definitions.push(label.to_string()),
            _ => {}
        }
    }
    (references, definitions)
}
