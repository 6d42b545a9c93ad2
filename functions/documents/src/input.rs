//! What requests may say about documents and blocks.

use api::{Call, Problem};
use domain::{
    context_config::ContextConfig,
    document::{BlockType, DocumentStatus, MAX_BLOCKS, MAX_CONTENT_CHARS, MAX_DESCRIPTION_CHARS, MAX_NAME_CHARS},
    fields::{Fields, one_of},
    ids::{JobId, RevisionId},
    job::MAX_PROMPT_CHARS,
};
use serde_json::{Map, Value};

/// A new document.
pub(crate) struct NewDocument {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) context_config: ContextConfig,
}

impl NewDocument {
    pub(crate) fn of(call: &Call) -> Result<Self, Problem> {
        let body = call.json()?;
        let mut fields = Fields::of(&body, "")?;
        let name = fields.required_words("name", MAX_NAME_CHARS);
        let description = fields.text("description", MAX_DESCRIPTION_CHARS);
        let context_config = fields.nested("contextConfig", ContextConfig::read).unwrap_or_default();
        Ok(fields.finish(name.map(|name| Self { name, description, context_config }))?)
    }
}

/// Changes of a document. What is not named stays.
pub(crate) struct DocumentPatch {
    pub(crate) name: Option<String>,
    pub(crate) description: Option<Option<String>>,
    pub(crate) status: Option<DocumentStatus>,
    pub(crate) context_config: Option<ContextConfig>,
}

impl DocumentPatch {
    pub(crate) fn of(call: &Call) -> Result<Self, Problem> {
        let body = call.json()?;
        let mut fields = Fields::of(&body, "")?;
        let name = fields.has("name").then(|| fields.required_words("name", MAX_NAME_CHARS)).flatten();
        let description = fields.changed_text("description", MAX_DESCRIPTION_CHARS);
        let status = fields.has("status").then(|| fields.required("status", one_of::<DocumentStatus>())).flatten();
        let context_config = fields.nested("contextConfig", ContextConfig::read);
        if fields.has("contextConfig") && !fields.is_given("contextConfig") {
            fields.wrong("contextConfig", "must be a JSON object");
        }
        Ok(fields.finish(Some(Self { name, description, status, context_config }))?)
    }
}

/// A new block.
pub(crate) struct NewBlock {
    pub(crate) block_type: BlockType,
    pub(crate) prompt: Option<String>,
    pub(crate) content: Option<String>,
    pub(crate) position: Option<usize>,
}

impl NewBlock {
    pub(crate) fn of(call: &Call) -> Result<Self, Problem> {
        let body = call.json()?;
        let mut fields = Fields::of(&body, "")?;
        let block_type = fields.required("type", one_of::<BlockType>());
        let prompt = fields.text("prompt", MAX_PROMPT_CHARS);
        let content = fields.text("content", MAX_CONTENT_CHARS);
        let position = position(&mut fields);
        Ok(fields.finish(block_type.map(|block_type| Self { block_type, prompt, content, position }))?)
    }
}

/// Changes of a block. What is not named stays.
pub(crate) struct BlockPatch {
    pub(crate) block_type: Option<BlockType>,
    pub(crate) prompt: Option<Option<String>>,
    pub(crate) content: Option<Option<String>>,
    pub(crate) position: Option<usize>,
    /// Laid over the present metadata; `null` removes an entry (RFC 7396, first level).
    pub(crate) metadata: Option<Map<String, Value>>,
    /// The job whose text is to be the content, with its citations.
    pub(crate) from_job: Option<JobId>,
}

impl BlockPatch {
    pub(crate) fn of(call: &Call) -> Result<Self, Problem> {
        let body = call.json()?;
        let mut fields = Fields::of(&body, "")?;
        let block_type = fields.has("type").then(|| fields.required("type", one_of::<BlockType>())).flatten();
        let prompt = fields.changed_text("prompt", MAX_PROMPT_CHARS);
        let content = fields.changed_text("content", MAX_CONTENT_CHARS);
        let position = position(&mut fields);
        let metadata = fields.object("metadata").cloned();
        let from_job = fields.parsed("fromJob", "a job's id, a UUID");
        if from_job.is_some() && fields.has("content") {
            fields.wrong("content", "is the job's: give content or fromJob");
        }
        Ok(fields.finish(Some(Self { block_type, prompt, content, position, metadata, from_job }))?)
    }
}

/// The revision to restore.
pub(crate) fn revision_id(call: &Call) -> Result<RevisionId, Problem> {
    let body = call.json()?;
    let mut fields = Fields::of(&body, "")?;
    let id = fields.required("revisionId", "a revision's id, a UUID");
    Ok(fields.finish(id)?)
}

/// A place among the blocks, from 0. Beyond the last one means the end.
fn position(fields: &mut Fields<'_>) -> Option<usize> {
    fields.number("position", 0..=1_000_000).map(|position: usize| position.min(MAX_BLOCKS))
}
