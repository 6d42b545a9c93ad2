//! Request bodies of documents and blocks. Each type checks all fields and reports all errors together.
//!
//! `Option<Option<String>>` in a patch: the outer `None` leaves the field unchanged, `Some(None)` clears it.

use std::{collections::HashSet, ops::RangeInclusive};

use api::{Call, Problem};
use domain::{
    ids::{BlockId, JobId, RevisionId, SourceId},
    input::{Fields, one_of},
    job::MAX_PROMPT_CHARS,
    report::{
        block::{BlockType, MAX_CHARACTERS, MAX_CONTENT_CHARS},
        context_config::ContextConfig,
        document::{DocumentStatus, MAX_BLOCKS, MAX_DESCRIPTION_CHARS, MAX_NAME_CHARS, Perspective},
        new_document::{self, NewDocument},
    },
    zone::{UnknownZone, Zone},
};
use serde_json::{Map, Value};

/// Refuses fields that only responses have, such as a form may send back.
fn refuse_read_only(fields: &mut Fields<'_>, names: &[&'static str]) {
    for name in names {
        fields.refuse(name, "is read only");
    }
}

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
        new_document::refuse_subject(&mut fields);
        refuse_read_only(
            &mut fields,
            &["id", "blocks", "blockCount", "promptCount", "responseCount", "createdAt", "updatedAt"],
        );
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
    pub(crate) metadata: Map<String, Value>,
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
        let metadata = fields.object("metadata").cloned().unwrap_or_default();
        Ok(fields.finish(block_type.map(|block_type| Self {
            block_type,
            prompt,
            content,
            max_characters,
            position,
            metadata,
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
        fields.refuse("trackRevision", "is not a field here; every change of the content leaves a revision");
        refuse_read_only(
            &mut fields,
            &["id", "documentId", "contentBy", "citations", "grounding", "version", "createdAt", "updatedAt"],
        );
        if from_job.is_some() && fields.has("content") {
            fields.wrong("content", "is the job's: give content or fromJob");
        }
        Ok(fields.finish(Some(Self { block_type, prompt, content, max_characters, position, metadata, from_job }))?)
    }
}

/// The blocks that a request moves, each with its position.
pub(crate) struct BlockPositions(pub(crate) Vec<(BlockId, usize)>);

impl BlockPositions {
    pub(crate) fn from_request(call: &Call) -> Result<Self, Problem> {
        const LIST: &str = "blockPositions";
        let body = call.json()?;
        let mut fields = Fields::new(&body, "")?;
        if !fields.is_given(LIST) {
            fields.wrong(LIST, "is required: a list of {blockId, position}");
        }
        let positions = fields.objects(LIST, MAX_BLOCKS, |fields| {
            let id: Option<BlockId> = fields.required("blockId", "a block's id, a UUID");
            let position: Option<usize> = fields.required_number("position", POSITIONS);
            Some((id?, position?))
        });
        let (mut blocks, mut places) = (HashSet::new(), HashSet::new());
        if let Some((block, _)) = positions.iter().find(|(block, _)| !blocks.insert(*block)) {
            fields.wrong(LIST, format!("has the block {block} twice"));
        }
        if let Some((_, position)) = positions.iter().find(|(_, position)| !places.insert(*position)) {
            fields.wrong(LIST, format!("has the position {position} twice"));
        }
        Ok(fields.finish(Some(Self(positions)))?)
    }
}

/// Whether the text before or after a revision is restored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, strum::EnumString, strum::VariantNames)]
#[strum(serialize_all = "lowercase")]
pub enum Side {
    /// The text that the revision replaced.
    #[default]
    Before,
    /// The text that the revision wrote.
    After,
}

/// What a request brings back.
pub(crate) enum ToRestore {
    /// The text of a revision.
    Revision(RevisionId, Side),
    /// This text.
    Text(String),
}

impl ToRestore {
    pub(crate) fn from_request(call: &Call) -> Result<Self, Problem> {
        let body = call.json()?;
        let mut fields = Fields::new(&body, "")?;
        let id = fields.parsed("revisionId", "a revision's id, a UUID");
        let side: Option<Side> = fields.parsed("to", one_of::<Side>());
        let has_text = fields.is_given("restoreToContent");
        let text = has_text.then(|| fields.required_non_blank_text("restoreToContent", MAX_CONTENT_CHARS)).flatten();
        match (fields.is_given("revisionId"), has_text) {
            (true, true) => fields.wrong("restoreToContent", "replaces revisionId: give one of them"),
            (false, false) => {
                fields.wrong("revisionId", "is required: a revision's id, a UUID. Or give a text as restoreToContent");
            }
            (false, true) if side.is_some() => fields.wrong("to", "belongs to revisionId"),
            _ => {}
        }
        let revision = id.map(|id| Self::Revision(id, side.unwrap_or_default()));
        Ok(fields.finish(revision.or_else(|| text.map(Self::Text)))?)
    }
}

/// The numbers that a position may have.
const POSITIONS: RangeInclusive<usize> = 0..=1_000_000;

/// The position of a block in its document, counted from 0. A position past the last block means the end.
fn position(fields: &mut Fields<'_>) -> Option<usize> {
    fields.number("position", POSITIONS).map(|position| position.min(MAX_BLOCKS))
}
