//! Documents, their blocks, and the revisions that every change of content leaves.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    citation,
    context_config::ContextConfig,
    ids::{BlockId, DocumentId, JobId, RevisionId},
    json_text,
    result::Citation,
};

/// Blocks of a document, at most.
pub const MAX_BLOCKS: usize = 1_000;
/// Longest content that a request may bring, in characters. Its body, and the size of a stored
/// item, are the narrower limits.
pub const MAX_CONTENT_CHARS: usize = 300_000;
/// Longest name of a document, in characters.
pub const MAX_NAME_CHARS: usize = 500;
/// Longest description of a document, in characters.
pub const MAX_DESCRIPTION_CHARS: usize = 10_000;

/// What becomes of a document.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::VariantNames,
    JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum DocumentStatus {
    /// Being written.
    #[default]
    Draft,
    /// Done.
    Published,
    /// Put away.
    Archived,
}

/// A report: a name, a choice of context, and the order of its blocks, which are kept beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// Its name within the user's documents.
    pub id: DocumentId,
    /// Its title.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What becomes of it.
    pub status: DocumentStatus,
    /// What its jobs may read.
    #[serde(with = "json_text")]
    pub context_config: ContextConfig,
    /// Its blocks in order; a block's position is its place in this list.
    pub blocks: Vec<BlockId>,
    /// Counts changes of the document itself, not of its blocks. A writer names the version
    /// that it read.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Document {
    /// A copy to change.
    pub fn changed(&self, now: Timestamp) -> Self {
        Self { version: self.version + 1, updated_at: now, ..self.clone() }
    }

    /// Where a block stands, from 0.
    pub fn position(&self, block: BlockId) -> Option<usize> {
        self.blocks.iter().position(|id| *id == block)
    }

    /// Puts a block at `position`, wherever it stood before; at the end if that is further
    /// than the end, or nothing.
    pub fn place(&mut self, block: BlockId, position: Option<usize>) {
        self.remove(block);
        let end = self.blocks.len();
        self.blocks.insert(position.unwrap_or(end).min(end), block);
    }

    /// Takes a block out.
    pub fn remove(&mut self, block: BlockId) {
        self.blocks.retain(|id| *id != block);
    }
}

/// What a block is.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::VariantNames,
    JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum BlockType {
    /// A prompt and what was written for it.
    PromptResponse,
    /// Text by the user.
    Text,
    /// A heading.
    Heading,
    /// A line.
    Divider,
}

/// A part of a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Block {
    /// Its name.
    pub id: BlockId,
    /// The document it is part of.
    pub document_id: DocumentId,
    /// What it is.
    #[serde(rename = "type")]
    pub block_type: BlockType,
    /// What is to be written.
    pub prompt: Option<String>,
    /// What is written, in Markdown.
    pub content: Option<String>,
    /// What `content` rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub citations: Vec<Citation>,
    /// Free for clients; jobs add `model`, `tokensUsed` and so on.
    #[serde(with = "json_text")]
    pub metadata: Map<String, Value>,
    /// Counts changes of any kind. A writer names the version that it read.
    pub version: u64,
    /// Counts changes of content: the number of the newest revision.
    pub content_revision: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// How a block came to its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ChangeType {
    /// A person wrote it.
    ManualEdit,
    /// A GENERATE job wrote it.
    AgentGeneration,
    /// A REFINE job wrote it.
    AgentRefinement,
    /// A person brought an earlier content back.
    Restore,
}

/// Who changed a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ChangedBy {
    /// Its user.
    User,
    /// A job.
    Agent,
}

/// One change of a block's content.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// Its name; ends in its number.
    pub id: RevisionId,
    /// The document.
    pub document_id: DocumentId,
    /// The block.
    pub block_id: BlockId,
    /// 1, 2, 3 … within the block: the block's `content_revision` after the change. The text
    /// before the change is the `new_content` of the revision before, so no text is stored
    /// twice. Number 0 is the content that a block was made with; it is no change.
    pub number: u64,
    /// The content after the change.
    pub new_content: Option<String>,
    /// What it rests on.
    pub citations: Vec<Citation>,
    /// How, who and what for.
    pub change: Change,
    /// When.
    pub created_at: Timestamp,
}

/// Who changes a block, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// How.
    pub change_type: ChangeType,
    /// Who.
    pub changed_by: ChangedBy,
    /// The model, if a job does it.
    pub agent_model: Option<String>,
    /// The job, if one does it.
    pub job_id: Option<JobId>,
}

impl Change {
    /// A person's.
    pub const fn by_user(change_type: ChangeType) -> Self {
        Self { change_type, changed_by: ChangedBy::User, agent_model: None, job_id: None }
    }
}

impl Block {
    /// A copy to change.
    pub fn changed(&self, now: Timestamp) -> Self {
        Self { version: self.version + 1, updated_at: now, ..self.clone() }
    }

    /// With other content and what that rests on, and the revision that the change leaves.
    /// [`Self::changed`] must have been called.
    #[must_use]
    pub fn rewrite(&mut self, content: Option<String>, citations: Vec<Citation>, change: Change) -> Revision {
        self.content = content;
        self.citations = citations;
        self.content_revision += 1;
        self.revision(change)
    }

    /// As [`Self::rewrite`], for an edit by a person: citations of words that are still there
    /// stay.
    #[must_use]
    pub fn edit(&mut self, content: Option<String>) -> Revision {
        let text = |content: &Option<String>| content.clone().unwrap_or_default();
        let citations = citation::carried_over(&text(&self.content), &text(&content), &self.citations);
        self.rewrite(content, citations, Change::by_user(ChangeType::ManualEdit))
    }

    /// What is to be stored with a new block that has content already, so that its first
    /// change knows what was there before.
    pub fn first_content(&self) -> Option<Revision> {
        self.content.is_some().then(|| self.revision(Change::by_user(ChangeType::ManualEdit)))
    }

    fn revision(&self, change: Change) -> Revision {
        Revision {
            id: RevisionId::numbered(self.updated_at, self.content_revision),
            document_id: self.document_id,
            block_id: self.id,
            number: self.content_revision,
            new_content: self.content.clone(),
            citations: self.citations.clone(),
            change,
            created_at: self.updated_at,
        }
    }
}
