//! Blocks: the parts of a document.

use std::ops::RangeInclusive;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    annotation::Annotations,
    grounding,
    ids::{BlockId, DocumentId, RevisionId, TextId},
    job::apply_mode::PresentContent,
    json_text,
    report::revision::{Change, ChangeType, ChangedBy, Revision},
};

/// Longest content of a request, in Unicode code points. The limits on the body of a request and on a stored item are
/// narrower.
pub const MAX_CONTENT_CHARS: usize = 300_000;
/// Smallest and largest value of `maxCharacters`.
pub const MAX_CHARACTERS: RangeInclusive<u32> = 100..=20_000;
/// Largest metadata of a block, in bytes of its JSON.
pub const MAX_METADATA_BYTES: usize = 16 * 1024;

wire_enum! { "SCREAMING_SNAKE_CASE"
    /// The kind of content that a block holds.
    pub enum BlockType {
        /// A prompt, and the text that a job wrote for it.
        PromptResponse,
        /// A text that the user writes.
        Text,
        /// A heading above other blocks.
        Heading,
        /// A line between other blocks.
        Divider,
    }
}

/// A part of a document, as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Block {
    /// UUIDv7, unique across all documents.
    pub id: BlockId,
    /// The document that contains the block.
    pub document_id: DocumentId,
    /// The kind of content that the block holds.
    #[serde(rename = "type")]
    pub block_type: BlockType,
    /// What a GENERATE job should write, if its request has no prompt.
    pub prompt: Option<String>,
    /// Where `content` and `annotations` are stored. `None` for a block without content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<TextId>,
    /// Length of `content`.
    #[serde(default)]
    pub content_length: ContentLength,
    /// The text of the block, in Markdown. It is stored beside the block.
    #[serde(skip)]
    pub content: Option<String>,
    /// Who wrote `content`. `None` for a block without content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_by: Option<ChangedBy>,
    /// What `content` rests on. It is stored beside the block.
    #[serde(skip)]
    pub annotations: Annotations,
    /// The most characters that jobs should write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_characters: Option<u32>,
    /// Free-form data of clients. Jobs add `model`, `tokensUsed`, `jobId` and more.
    #[serde(with = "json_text")]
    pub metadata: Map<String, Value>,
    /// Increases by 1 with every change of the block. A move keeps it, because the document stores the order of its
    /// blocks. A write succeeds only if the stored version is still the version that was read.
    pub version: u64,
    /// Increases by 1 with every change of the content. It is the number of the newest revision.
    pub content_revision: u64,
    /// When the block was created.
    pub created_at: Timestamp,
    /// When the block last changed.
    pub updated_at: Timestamp,
}

/// Length of a text. It is known without reading the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentLength {
    /// Bytes in UTF-8.
    pub bytes: usize,
    /// Unicode code points.
    pub chars: usize,
}

impl ContentLength {
    /// Of a text, or of none.
    pub fn of(content: Option<&str>) -> Self {
        content.map_or_else(Self::default, |content| Self { bytes: content.len(), chars: content.chars().count() })
    }
}

impl Block {
    /// A copy with the next version, ready to be changed.
    pub fn changed(&self, now: Timestamp) -> Self {
        Self { version: self.version + 1, updated_at: now, ..self.clone() }
    }

    /// Replaces the content and its annotations. Returns the revision to store with this change. Call it on a copy that
    /// [`Self::changed`] has made. `text` is where they are stored already. `None`: the revision brings a new text.
    #[must_use]
    pub fn rewrite(
        &mut self,
        content: Option<String>,
        annotations: Annotations,
        text: Option<TextId>,
        change: Change,
    ) -> Revision {
        self.content = content;
        self.annotations = annotations;
        self.text = text;
        self.content_revision += 1;
        self.revision(change)
    }

    /// Like [`Self::rewrite`], for an edit by a person. Keeps the annotations whose words are still in the text.
    #[must_use]
    pub fn edit(&mut self, content: Option<String>) -> Revision {
        self.edit_as(ChangeType::ManualEdit, content)
    }

    /// Like [`Self::edit`], for a text that a person brings back.
    #[must_use]
    pub fn restore(&mut self, content: String) -> Revision {
        self.edit_as(ChangeType::Restore, Some(content))
    }

    fn edit_as(&mut self, change_type: ChangeType, content: Option<String>) -> Revision {
        let text = |content: &Option<String>| content.clone().unwrap_or_default();
        let annotations = grounding::of_edit(&text(&self.content), &text(&content), &self.annotations);
        self.rewrite(content, annotations, None, Change::by_user(change_type))
    }

    /// The content that the text of a job would replace. White space is no content.
    pub fn present_content(&self) -> PresentContent {
        let has_text = self.content.as_deref().is_some_and(|content| !content.trim().is_empty());
        PresentContent { revision: self.content_revision, written_by: self.content_by.filter(|_| has_text) }
    }

    /// Writes the counts of the grounding into the metadata, where a job has put them.
    pub fn refresh_counts(&mut self) {
        if let Some(counts) = self.metadata.get_mut("grounding") {
            *counts = self.annotations.grounding.counts();
        }
    }

    fn revision(&mut self, change: Change) -> Revision {
        self.refresh_counts();
        let id = RevisionId::numbered(self.updated_at, self.content_revision);
        self.text = self.content.is_some().then(|| self.text.unwrap_or(TextId::of_revision(id)));
        self.content_by = self.content.is_some().then_some(change.changed_by);
        self.content_length = ContentLength::of(self.content.as_deref());
        Revision {
            id,
            text: self.text,
            document_id: self.document_id,
            block_id: self.id,
            number: self.content_revision,
            new_content: self.content.clone(),
            annotations: self.annotations.clone(),
            change,
            created_at: self.updated_at,
        }
    }
}
