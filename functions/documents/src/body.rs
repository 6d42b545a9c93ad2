//! Documents, blocks and revisions as clients see them.

use api::bytes_in_response;
use domain::{
    annotation::{Annotations, Citation, Grounding},
    ids::{BlockId, DocumentId, JobId, RevisionId},
    report::{
        block::{Block, BlockType},
        context_config::ContextConfig,
        document::{Document, DocumentStatus, Perspective},
        revision::{ChangeType, ChangedBy, Revision},
    },
    zone::Zone,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use store::{
    documents::{list::BlockCounts, revisions::PastRevision},
    table::page::MAX_PAGE_BYTES,
};

/// The most that the blocks of one response with a whole document take, in bytes. Further blocks come without their texts,
/// which leaves less than a kilobyte of each. So a document of 1,000 blocks has at most 5 MB.
const MAX_BLOCKS_BYTES: usize = 4 * 1024 * 1024;

/// A document, with its blocks where the route reads them.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Document")]
pub struct DocumentBody {
    id: DocumentId,
    name: String,
    description: Option<String>,
    /// Who writes the document. Jobs write from this perspective.
    perspective: Perspective,
    /// Name of the person whose work the document is about.
    person_name: Option<String>,
    /// Time zone of the person, which says to which day an instant belongs.
    time_zone: Zone,
    status: DocumentStatus,
    context_config: ContextConfig,
    block_count: usize,
    /// Blocks of the type `PROMPT_RESPONSE`. `null` in a list, if the blocks of the document take more than 1 MB without their
    /// texts, or those of the documents before it take more than 8 MB.
    prompt_count: Option<usize>,
    /// Those of them that have content.
    response_count: Option<usize>,
    /// In order; left out of lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    blocks: Option<Vec<BlockBody>>,
    #[schemars(with = "domain::time::DateTime")]
    created_at: Timestamp,
    #[schemars(with = "domain::time::DateTime")]
    updated_at: Timestamp,
}

/// A document without its blocks, for lists.
pub(crate) fn listed_document(document: &Document, counts: Option<BlockCounts>) -> DocumentBody {
    let document = document.clone();
    DocumentBody {
        id: document.id,
        name: document.name,
        description: document.description,
        perspective: document.perspective,
        person_name: document.person_name,
        time_zone: document.time_zone,
        status: document.status,
        context_config: document.context_config,
        block_count: document.blocks.len(),
        prompt_count: counts.map(|counts| counts.prompts),
        response_count: counts.map(|counts| counts.responses),
        blocks: None,
        created_at: document.created_at,
        updated_at: document.updated_at,
    }
}

/// A document with its blocks, which must be in the order of the document.
pub(crate) fn document(document: &Document, blocks: &[Block]) -> DocumentBody {
    let counts = BlockCounts::of(blocks.iter().map(|block| (block.block_type, block.content_length)));
    DocumentBody { blocks: Some(self::blocks(document, blocks)), ..listed_document(document, Some(counts)) }
}

/// The blocks of a document, in its order.
pub(crate) fn blocks(document: &Document, blocks: &[Block]) -> Vec<BlockBody> {
    let mut bytes = 0;
    let blocks = blocks.iter().map(|block| {
        let mut body = self::block(document, block);
        bytes += bytes_in_response(&body);
        if bytes > MAX_BLOCKS_BYTES {
            (body.prompt, body.content, body.metadata) = (None, None, Map::new());
            (body.citations, body.grounding) = (Vec::new(), None);
            body.content_omitted = true;
        }
        body
    });
    blocks.collect()
}

/// A block, with its position in the document.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Block")]
pub struct BlockBody {
    id: BlockId,
    document_id: DocumentId,
    #[serde(rename = "type")]
    block_type: BlockType,
    prompt: Option<String>,
    content: Option<String>,
    /// The content of this block is left out, and so are its citations and its grounding: read it by itself. If the
    /// document is too large for one response, prompt and metadata are left out, too.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    content_omitted: bool,
    /// Who wrote the content: a person, or a job. `null` without content.
    content_by: Option<ChangedBy>,
    citations: Vec<Citation>,
    /// Which sentences have a citation, which numbers no source supports, and what is missing. `null` without content.
    grounding: Option<Grounding>,
    /// The most characters that jobs should write. `null`: as long as the prompt asks for.
    max_characters: Option<u32>,
    position: Option<usize>,
    metadata: Map<String, Value>,
    version: u64,
    #[schemars(with = "domain::time::DateTime")]
    created_at: Timestamp,
    #[schemars(with = "domain::time::DateTime")]
    updated_at: Timestamp,
}

/// A block, with its position in `document`, counted from 0.
pub(crate) fn block(document: &Document, block: &Block) -> BlockBody {
    BlockBody { position: document.position(block.id), ..block_alone(block.clone()) }
}

/// A block without its position, which its document knows.
pub(crate) fn block_alone(block: Block) -> BlockBody {
    let content_omitted = block.content.is_none() && block.text.is_some();
    let Annotations { citations, grounding } = block.annotations;
    BlockBody {
        id: block.id,
        document_id: block.document_id,
        block_type: block.block_type,
        prompt: block.prompt,
        grounding: block.content.is_some().then_some(grounding),
        content: block.content,
        content_omitted,
        content_by: block.content_by,
        citations,
        max_characters: block.max_characters,
        position: None,
        metadata: block.metadata,
        version: block.version,
        created_at: block.created_at,
        updated_at: block.updated_at,
    }
}

/// One change of a block's content.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Revision")]
pub struct RevisionBody {
    id: RevisionId,
    block_id: BlockId,
    previous_content: Option<String>,
    new_content: Option<String>,
    /// The texts take more than 2 MB. Both are left out. Restore the revision to read its text.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    content_omitted: bool,
    change_type: ChangeType,
    changed_by: ChangedBy,
    agent_model: Option<String>,
    job_id: Option<JobId>,
    #[schemars(with = "domain::time::DateTime")]
    created_at: Timestamp,
}

pub(crate) fn revision(past: PastRevision) -> RevisionBody {
    RevisionBody { previous_content: past.previous_content, ..revision_alone(past.revision) }
}

/// A revision without the text before it.
pub(crate) fn revision_alone(revision: Revision) -> RevisionBody {
    RevisionBody {
        id: revision.id,
        block_id: revision.block_id,
        previous_content: None,
        new_content: revision.new_content,
        content_omitted: false,
        change_type: revision.change.change_type,
        changed_by: revision.change.changed_by,
        agent_model: revision.change.agent_model,
        job_id: revision.change.job_id,
        created_at: revision.created_at,
    }
}

/// A revision in a list. Only the answer of a job can be so long that its texts are left out.
pub(crate) fn listed_revision(past: PastRevision) -> RevisionBody {
    let mut body = revision(past);
    if bytes_in_response(&body) > MAX_PAGE_BYTES {
        (body.previous_content, body.new_content) = (None, None);
        body.content_omitted = true;
    }
    body
}

/// The `ETag` of a block: its version and its position in quotes, such as `"3-0"`. A move keeps the version and changes
/// what the client sees. So does the deletion of cited sources: the number of citations without words follows.
pub(crate) fn etag(document: &Document, block: &Block) -> String {
    let position = document.position(block.id).unwrap_or_default();
    match block.annotations.citations.iter().filter(|citation| citation.cited_text.is_empty()).count() {
        0 => format!("\"{}-{position}\"", block.version),
        erased => format!("\"{}-{position}-{erased}\"", block.version),
    }
}
