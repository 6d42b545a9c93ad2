//! Revisions of blocks. Long texts are stored deflated, so that the history of a long block
//! costs little to read.

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use domain::{
    document::{Change, Revision},
    ids::{BlockId, DocumentId, RevisionId, UserId},
    result::Citation,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError,
    deflate::{DEFLATE_FROM, deflate, inflate},
    items::{Item, read, write},
    keys,
};

/// A page of revisions ends early when its items, or its texts, have so many bytes.
const MAX_PAGE_BYTES: usize = 1024 * 1024;

/// Attribute of a short text.
const TEXT: &str = "newContent";
/// Attribute of a deflated text.
const DEFLATED: &str = "newContentDeflated";

/// A revision as an item, without its text.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RevisionItem {
    id: RevisionId,
    document_id: DocumentId,
    block_id: BlockId,
    number: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    citations: Vec<Citation>,
    #[serde(flatten)]
    change: Change,
    created_at: Timestamp,
}

/// A page of a block's history.
#[derive(Clone, Debug, Default)]
pub struct RevisionPage {
    /// Newest first.
    pub revisions: Vec<PastRevision>,
    /// The page goes on below this number; nothing at the end.
    pub next: Option<u64>,
}

/// A revision with the text that it replaced.
#[derive(Clone, Debug)]
pub struct PastRevision {
    /// The revision.
    pub revision: Revision,
    /// The content before.
    pub previous_content: Option<String>,
}

impl Store {
    /// The revisions of a block below a number (all, if nothing), newest first, at most `limit`.
    pub async fn revisions(
        &self,
        user: &UserId,
        document: DocumentId,
        block: BlockId,
        below_number: Option<u64>,
        limit: usize,
    ) -> Result<RevisionPage, StoreError> {
        let prefix = keys::revisions(document, Some(block));
        // One more than asked for: the text before a change is the text of the revision before.
        let below = |number: u64| keys::revision(document, block, number.saturating_sub(1));
        let last = below_number.map_or_else(|| format!("{prefix}~"), below);
        let (items, more) = self.last_between(user, prefix, last, limit + 1, MAX_PAGE_BYTES).await?;
        let mut found = items.into_iter().map(read_revision).collect::<Result<Vec<_>, _>>()?.into_iter().peekable();
        let mut page = RevisionPage::default();
        let mut bytes = 0;
        // Number 0 is what the block was made with, and no change.
        while let Some(revision) = found.next_if(|revision| revision.number > 0) {
            let is_full = page.revisions.len() == limit || bytes > MAX_PAGE_BYTES;
            if is_full || (found.peek().is_none() && more) {
                page.next = page.revisions.last().map(|last| last.revision.number);
                break;
            }
            let previous_content = found.peek().and_then(|before| before.new_content.clone());
            bytes += [&revision.new_content, &previous_content].into_iter().flatten().map(String::len).sum::<usize>();
            page.revisions.push(PastRevision { revision, previous_content });
        }
        Ok(page)
    }

    /// One revision.
    pub async fn revision(
        &self,
        user: &UserId,
        document: DocumentId,
        block: BlockId,
        id: RevisionId,
    ) -> Result<Option<Revision>, StoreError> {
        let item = self.get_item(user, keys::revision(document, block, id.number())).await?;
        let revision = item.map(read_revision).transpose()?;
        Ok(revision.filter(|revision| revision.id == id))
    }
}

pub(crate) fn write_revision(user: &UserId, revision: &Revision) -> Result<Item, StoreError> {
    let Revision { id, document_id, block_id, number, new_content, citations, change, created_at } = revision.clone();
    let item = RevisionItem { id, document_id, block_id, number, citations, change, created_at };
    let text = match new_content {
        None => None,
        Some(text) if text.len() < DEFLATE_FROM => Some((TEXT.to_owned(), AttributeValue::S(text))),
        Some(text) => Some((DEFLATED.to_owned(), AttributeValue::B(Blob::new(deflate(&text)?)))),
    };
    write(user, keys::revision(document_id, block_id, number), &item, text)
}

fn read_revision(mut item: Item) -> Result<Revision, StoreError> {
    let new_content = match (item.remove(TEXT), item.remove(DEFLATED)) {
        (Some(AttributeValue::S(text)), _) => Some(text),
        (_, Some(AttributeValue::B(deflated))) => Some(inflate(deflated.as_ref())?),
        _ => None,
    };
    let RevisionItem { id, document_id, block_id, number, citations, change, created_at } = read(item)?;
    Ok(Revision { id, document_id, block_id, number, new_content, citations, change, created_at })
}
