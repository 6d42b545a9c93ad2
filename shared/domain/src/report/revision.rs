//! Revisions: the history of the content of a block.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    annotation::Annotations,
    ids::{BlockId, DocumentId, JobId, RevisionId, TextId},
};

wire_enum! { "SCREAMING_SNAKE_CASE"
    /// How the content of a block was changed.
    pub enum ChangeType {
        /// A person edited the content.
        ManualEdit,
        /// A GENERATE job wrote the content.
        AgentGeneration,
        /// A REFINE job improved the content.
        AgentRefinement,
        /// A person restored the content of an earlier revision.
        Restore,
    }
}

wire_enum! { "SCREAMING_SNAKE_CASE"
    /// Whether a person or a job made the change.
    pub enum ChangedBy {
        /// The owner of the document.
        User,
        /// A job of the owner.
        Agent,
    }
}

/// One change of the content of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// UUIDv7 whose last 48 bits are `number`.
    pub id: RevisionId,
    /// The document that contains the block.
    pub document_id: DocumentId,
    /// The block whose content was changed.
    pub block_id: BlockId,
    /// Counts from 1 within the block. Equals the `content_revision` of the block after the change. The text before the
    /// change is the `new_content` of the previous revision, so that no text is stored twice.
    pub number: u64,
    /// Where `new_content` and `annotations` are stored. `None` if the content was removed.
    pub text: Option<TextId>,
    /// The content after the change. `None` if the content was removed.
    pub new_content: Option<String>,
    /// What `new_content` rests on.
    pub annotations: Annotations,
    /// How the content was changed, and by whom.
    pub change: Change,
    /// When the content was changed.
    pub created_at: Timestamp,
}

/// How the content of a block was changed, and by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// Whether it was an edit, a job or a restore.
    pub change_type: ChangeType,
    /// Whether a person or a job made the change.
    pub changed_by: ChangedBy,
    /// Model id, if a job made the change.
    pub agent_model: Option<String>,
    /// The job that made the change.
    pub job_id: Option<JobId>,
}

impl Change {
    /// A change that a person made.
    pub const fn by_user(change_type: ChangeType) -> Self {
        Self { change_type, changed_by: ChangedBy::User, agent_model: None, job_id: None }
    }
}
