//! The input of a job that brings its own sources, for applications that keep their documents themselves.
//!
//! Such a job has no document and writes no block. Its text is in its result, and its citations name the ids of the
//! caller. The input is stored with the job, so that the job can be repeated.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    annotation::Annotations,
    ids::{BlockId, CallersId, DocumentId, InvalidCallersId, SourceId},
    input::Fields,
    job::{MAX_PROMPT_CHARS, status::JobType},
    library::{
        Entry, EntryFields,
        evidence::Evidence,
        goal::Goal,
        review::Review,
        selection::{self, Context, FoundEvidence, MAX_GOALS, MAX_REVIEWS},
    },
    report::{
        block::{Block, BlockType, ContentLength, MAX_CHARACTERS, MAX_CONTENT_CHARS},
        context_config::MAX_MAX_EVIDENCE,
        document::Document,
        new_document::NewDocument,
    },
};

/// What a job is written from. The order of the sources does not matter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InlineInput {
    /// The document of the caller.
    pub document: NewDocument,
    /// The part of it that the job writes.
    pub block: Option<InlineBlock>,
    /// At most 500 pieces.
    pub evidence: Vec<Evidence>,
    /// At most 100 goals.
    pub goals: Vec<Goal>,
    /// At most 50 reviews.
    pub reviews: Vec<Review>,
}

/// The part of a document that a job writes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InlineBlock {
    /// What the job should write, if its request has no prompt.
    pub prompt: Option<String>,
    /// The present text. REFINE improves it.
    pub content: Option<String>,
    /// The most characters that the job should write.
    pub max_characters: Option<u32>,
}

impl InlineInput {
    /// Reads the field `input` of a request for a job of this type. Errors are recorded in `fields`.
    pub fn read(fields: &mut Fields<'_>, job_type: Option<JobType>) -> Option<Self> {
        let document = fields.nested("document", NewDocument::read::<CallersId>);
        if !fields.is_given("document") {
            fields.wrong("document", "is required: an object with a name");
        }
        let block = fields.nested("block", |fields| {
            let prompt = fields.non_blank_text("prompt", MAX_PROMPT_CHARS);
            let content = fields.non_blank_text("content", MAX_CONTENT_CHARS);
            let max_characters = fields.number("maxCharacters", MAX_CHARACTERS);
            Some(InlineBlock { prompt, content, max_characters })
        });
        let has_content = block.as_ref().is_some_and(|block| block.content.is_some());
        if job_type == Some(JobType::Refine) && !has_content {
            fields.wrong("block/content", "is required for REFINE: the text to improve");
        }
        let evidence = sources(fields, "evidence", MAX_MAX_EVIDENCE.into());
        let goals = sources(fields, "goals", MAX_GOALS);
        let reviews = sources(fields, "reviews", MAX_REVIEWS);
        Some(Self { document: document?, block, evidence, goals, reviews })
    }

    /// Length of the present text.
    pub fn content_length(&self) -> ContentLength {
        ContentLength::of(self.block.as_ref().and_then(|block| block.content.as_deref()))
    }

    /// The document and the block in the form that a prompt is built from, and the sources that the configuration of the
    /// document matches. Their new ids mean nothing, and they are never stored.
    pub fn into_parts(self, now: Timestamp) -> (Document, Option<Block>, Context) {
        let Self { document, block, evidence, goals, reviews } = self;
        let document = document.into_document(now);
        let block = block.map(|block| block.into_block(document.id, now));
        let ids = evidence.iter().map(|piece| piece.id).collect();
        let pins: HashSet<SourceId> = document.context_config.pinned_evidence_ids.iter().copied().collect();
        let pinned = evidence.iter().filter(|piece| pins.contains(&piece.id)).cloned().collect();
        let found = FoundEvidence { matching: evidence, is_complete: true, pinned, excluded: ids };
        let context = selection::select(&document.context_config, &document.time_zone, found, goals, reviews);
        (document, block, context)
    }
}

impl InlineBlock {
    fn into_block(self, document_id: DocumentId, now: Timestamp) -> Block {
        Block {
            id: BlockId::new(),
            document_id,
            block_type: BlockType::PromptResponse,
            prompt: self.prompt,
            text: None,
            content_length: ContentLength::of(self.content.as_deref()),
            content: self.content,
            content_by: None,
            annotations: Annotations::default(),
            max_characters: self.max_characters,
            metadata: serde_json::Map::new(),
            version: 1,
            content_revision: 0,
            created_at: now,
            updated_at: now,
        }
    }
}

/// The sources of one kind, each with an `id` that no other source of the kind has.
fn sources<F: EntryFields>(fields: &mut Fields<'_>, name: &'static str, max: usize) -> Vec<Entry<F>> {
    let read = |fields: &mut Fields<'_>| {
        let id: Option<CallersId> = fields.required("id", InvalidCallersId::EXPECTED);
        let entry = F::read(fields);
        Some(Entry::new(id?.into(), entry?, Timestamp::UNIX_EPOCH))
    };
    let sources = fields.objects(name, max, read);
    let mut seen = HashSet::new();
    if let Some(twice) = sources.iter().find(|source| !seen.insert(source.id)) {
        fields.wrong(name, format!("has the id {} twice: each source needs an id of its own", twice.id));
    }
    sources
}

#[cfg(test)]
#[path = "inline_input_tests.rs"]
mod tests;
