//! Documents, their blocks, and the revisions that every change of content leaves.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    context_config::ContextConfig,
    ids::{BlockId, DocumentId, JobId, RevisionId},
};

/// What becomes of a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, strum::EnumString)]
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

/// A report: a name and a choice of context. Its blocks are kept beside it.
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
    pub context_config: ContextConfig,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::EnumString)]
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
    /// Blocks stand in this order.
    pub position: f64,
    /// Free for clients; jobs add `model`, `tokensUsed` and so on.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ChangedBy {
    /// Its user.
    User,
    /// A job.
    Agent,
}

/// One change of a block's content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Revision {
    /// Its name.
    pub id: RevisionId,
    /// The block.
    pub block_id: BlockId,
    /// 1, 2, 3 … within the block: the block's `content_revision` after the change. The text
    /// before the change is the `new_content` of the revision before, so no text is stored twice.
    pub number: u64,
    /// The content after the change.
    pub new_content: Option<String>,
    /// How.
    pub change_type: ChangeType,
    /// Who.
    pub changed_by: ChangedBy,
    /// The model, if a job did it.
    pub agent_model: Option<String>,
    /// The job, if one did it.
    pub job_id: Option<JobId>,
    /// When.
    pub created_at: Timestamp,
}

impl Block {
    /// The block with other content, and the revision that the change leaves.
    pub fn with_content(&self, content: Option<String>, change: Change, now: Timestamp) -> (Self, Revision) {
        let mut block = self.clone();
        block.content = content;
        block.version += 1;
        block.content_revision += 1;
        block.updated_at = now;
        let revision = Revision {
            id: RevisionId::new(),
            block_id: block.id,
            number: block.content_revision,
            new_content: block.content.clone(),
            change_type: change.change_type,
            changed_by: change.changed_by,
            agent_model: change.agent_model,
            job_id: change.job_id,
            created_at: now,
        };
        (block, revision)
    }
}

/// Who changes a block, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
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
