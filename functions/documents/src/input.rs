//! Request bodies of documents and blocks. Each type checks all fields and reports all errors together.
//!
//! `Option<Option<String>>` in a patch: the outer `None` leaves the field unchanged, `Some(None)` clears it.

use api::{Call, Problem};
use domain::{
    ids::{JobId, RevisionId, SourceId},
    input::{Fields, one_of},
    job::MAX_PROMPT_CHARS,
    report::{
        block::{BlockType, MAX_CHARACTERS, MAX_CONTENT_CHARS},
        context_config::ContextConfig,
        document::{DocumentStatus, MAX_BLOCKS, MAX_DESCRIPTION_CHARS, MAX_NAME_CHARS, Perspective},
        new_document::NewDocument,
    },
    zone::{UnknownZone, Zone},
};
use serde_json::{Map, Value};

/// The body of a request for a document.
pub(crate) fn new_document(call: &Call) -> Result<NewDocument, Problem> {
    let body = call.json()?;
    let mut fields = Fields::new(&body, "")?;
    let new = NewDocument::read::<SourceId>(&mut fields);
    Ok(fields.finish(new)?)
}

/// Changes of a document. `None` leaves a field unchanged.
pub(crate) struct DocumentPatch {
    pub(crate) name: Option<String>,
    pub(crate) description: Option<Option<String>>,
    pub(crate) perspective: Option<Perspective>,
    pub(crate) person_name: Option<Option<String>>,
    pub(crate) time_zone: Option<Zone>,
    pub(crate) status: Option<DocumentStatus>,
    pub(crate) context_config: Option<ContextConfig>,
}

impl DocumentPatch {
    pub(crate) fn from_request(call: &Call) -> Result<Self, Problem> {
        let body = call.json()?;
        let mut fields = Fields::new(&body, "")?;
        let name = fields.has("name").then(|| fields.required_non_blank_text("name", MAX_NAME_CHARS)).flatten();
        let description = fields.changed_text("description", MAX_DESCRIPTION_CHARS);
        let given = fields.has("perspective");
        let perspective = given.then(|| fields.required("perspective", one_of::<Perspective>())).flatten();
        let person_name = fields.changed_text("personName", MAX_NAME_CHARS);
        let given = fields.has("timeZone");
        let time_zone = given.then(|| fields.required("timeZone", UnknownZone::EXPECTED)).flatten();
        let status = fields.has("status").then(|| fields.required("status", one_of::<DocumentStatus>())).flatten();
        let context_config = fields.nested("contextConfig", ContextConfig::read::<SourceId>);
        if fields.has("contextConfig") && !fields.is_given("contextConfig") {
            fields.wrong("contextConfig", "must be a JSON object");
        }
        Ok(fields.finish(Some(Self {
            name,
            description,
            perspective,
            person_name,
            time_zone,
            status,
            context_config,
        }))?)
    }
}

pub(crate) struct NewBlock {
    pub(crate) block_type: BlockType,
    pub(crate) prompt: Option<String>,
    pub(crate) content: Option<String>,
    pub(crate) max_characters: Option<u32>,
    pub(crate) position: Option<usize>,
}

impl NewBlock {
    pub(crate) fn from_request(call: &Call) -> Result<Self, Problem> {
        let body = call.json()?;
        let mut fields = Fields::new(&body, "")?;
        let block_type = fields.required("type", one_of::<BlockType>());
        let prompt = fields.text("prompt", MAX_PROMPT_CHARS);
        let content = fields.text("content", MAX_CONTENT_CHARS);
        let max_characters = fields.number("maxCharacters", MAX_CHARACTERS);
        let position = position(&mut fields);
        Ok(fields.finish(block_type.map(|block_type| Self {
            block_type,
            prompt,
            content,
            max_characters,
            position,
        }))?)
    }
}

/// Changes of a block. `None` leaves a field unchanged.
pub(crate) struct BlockPatch {
    pub(crate) block_type: Option<BlockType>,
    pub(crate) prompt: Option<Option<String>>,
    pub(crate) content: Option<Option<String>>,
    pub(crate) max_characters: Option<Option<u32>>,
    pub(crate) position: Option<usize>,
    /// Merged into the current metadata. `null` removes an entry (RFC 7396, first level only).
    pub(crate) metadata: Option<Map<String, Value>>,
    /// Takes content and citations from the result of this job. Excludes `content`.
    pub(crate) from_job: Option<JobId>,
}

impl BlockPatch {
    pub(crate) fn from_request(call: &Call) -> Result<Self, Problem> {
        let body = call.json()?;
        let mut fields = Fields::new(&body, "")?;
        let block_type = fields.has("type").then(|| fields.required("type", one_of::<BlockType>())).flatten();
        let prompt = fields.changed_text("prompt", MAX_PROMPT_CHARS);
        let content = fields.changed_text("content", MAX_CONTENT_CHARS);
        let max_characters = fields.has("maxCharacters").then(|| fields.number("maxCharacters", MAX_CHARACTERS));
        let position = position(&mut fields);
        let metadata = fields.object("metadata").cloned();
        let from_job = fields.parsed("fromJob", "a job's id, a UUID");
        if from_job.is_some() && fields.has("content") {
            fields.wrong("content", "is the job's: give content or fromJob");
        }
        Ok(fields.finish(Some(Self { block_type, prompt, content, max_characters, position, metadata, from_job }))?)
    }
}

/// The `revisionId` of a request to restore a revision.
pub(crate) fn revision_id(call: &Call) -> Result<RevisionId, Problem> {
    let body = call.json()?;
    let mut fields = Fields::new(&body, "")?;
    let id = fields.required("revisionId", "a revision's id, a UUID");
    Ok(fields.finish(id)?)
}

/// The position of a block in its document, counted from 0. A position past the last block means the end.
fn position(fields: &mut Fields<'_>) -> Option<usize> {
    fields.number("position", 0..=1_000_000).map(|position: usize| position.min(MAX_BLOCKS))
}
