//! Revisions of blocks: the history of their content.
//!
//! Each revision refers to the text after its change. The text before a change is the text of the previous revision, so no
//! text is stored twice.

use domain::{
    annotation::Annotations,
    ids::{BlockId, DocumentId, RevisionId, TextId, UserId},
    report::{
        block::Block,
        revision::{Change, Revision},
    },
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError,
    table::page::Page,
    table::{
        item::{Item, read, write},
        keys,
    },
    texts::reread_if_deleted,
};

/// Texts are read in batches of this size, so that long ones do not fill the memory before the page ends.
const TEXTS_AT_ONCE: usize = 8;

/// A page of revisions ends early when its items, or its inflated texts, are larger, in bytes.
const MAX_HISTORY_PAGE_BYTES: usize = 1024 * 1024;

/// The attributes of a revision, except its text.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RevisionItem {
    id: RevisionId,
    document_id: DocumentId,
    block_id: BlockId,
    number: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<TextId>,
    #[serde(flatten)]
    change: Change,
    created_at: Timestamp,
}

/// A revision with the text that it replaced.
#[derive(Clone, Debug)]
pub struct PastRevision {
    pub revision: Revision,
    /// The content of the block before the change.
    pub previous_content: Option<String>,
}

impl Store {
    /// A page of at most `limit` revisions of a block, newest first. `below_number` is [`Page::next`] of the previous
    /// page.
    pub async fn revisions(
        &self,
        user: &UserId,
        block: &Block,
        below_number: Option<u64>,
        limit: usize,
    ) -> Result<Page<PastRevision>, StoreError> {
        reread_if_deleted(|| self.read_revisions(user, block, below_number, limit)).await
    }

    async fn read_revisions(
        &self,
        user: &UserId,
        block: &Block,
        below_number: Option<u64>,
        limit: usize,
    ) -> Result<Page<PastRevision>, StoreError> {
        let (document, block) = (block.document_id, block.id);
        let prefix = keys::revisions(document, Some(block));
        // One revision more than `limit`: it holds the text before the oldest change of the page.
        let below = |number: u64| keys::revision(document, block, number.saturating_sub(1));
        let last = below_number.map_or_else(|| format!("{prefix}~"), below);
        let (items, mut more) = self.last_between(user, prefix..=last, limit + 1, MAX_HISTORY_PAGE_BYTES).await?;
        let mut found = items.into_iter().map(read_revision).collect::<Result<Vec<_>, _>>()?;
        let mut read = 0;
        let mut bytes = 0;
        while read < found.len() && bytes <= 2 * MAX_HISTORY_PAGE_BYTES {
            let batch = read..(read + TEXTS_AT_ONCE).min(found.len());
            read = batch.end;
            self.add_texts_of_revisions(user, &mut found[batch.clone()]).await?;
            bytes += found[batch]
                .iter()
                .filter_map(|revision| revision.new_content.as_ref())
                .map(String::len)
                .sum::<usize>();
        }
        more |= read < found.len();
        found.truncate(read);
        let mut found = found.into_iter().peekable();
        let mut page = Page { items: Vec::new(), next: None };
        let mut bytes = 0;
        while let Some(revision) = found.next() {
            let is_full = page.items.len() == limit || bytes > MAX_HISTORY_PAGE_BYTES;
            if is_full || (found.peek().is_none() && more) {
                page.next = page.items.last().map(|last: &PastRevision| last.revision.number.to_string());
                break;
            }
            let previous_content = found.peek().and_then(|before| before.new_content.clone());
            bytes += [&revision.new_content, &previous_content].into_iter().flatten().map(String::len).sum::<usize>();
            page.items.push(PastRevision { revision, previous_content });
        }
        Ok(page)
    }

    /// The revision before `revision`, whose text it replaced.
    pub async fn revision_before(&self, user: &UserId, revision: &Revision) -> Result<Option<Revision>, StoreError> {
        let (document, block) = (revision.document_id, revision.block_id);
        let Some(number) = revision.number.checked_sub(1) else { return Ok(None) };
        reread_if_deleted(|| self.revision_numbered(user, document, block, number)).await
    }

    pub async fn revision(
        &self,
        user: &UserId,
        document: DocumentId,
        block: BlockId,
        id: RevisionId,
    ) -> Result<Option<Revision>, StoreError> {
        let found = reread_if_deleted(|| self.revision_numbered(user, document, block, id.number())).await?;
        Ok(found.filter(|revision| revision.id == id))
    }

    async fn revision_numbered(
        &self,
        user: &UserId,
        document: DocumentId,
        block: BlockId,
        number: u64,
    ) -> Result<Option<Revision>, StoreError> {
        let item = self.get_item(user, keys::revision(document, block, number)).await?;
        let Some(mut revision) = item.map(read_revision).transpose()? else { return Ok(None) };
        self.add_texts_of_revisions(user, std::slice::from_mut(&mut revision)).await?;
        Ok(Some(revision))
    }
}

pub(crate) fn write_revision(user: &UserId, revision: &Revision) -> Result<Item, StoreError> {
    let Revision { id, document_id, block_id, number, text, change, created_at, .. } = revision.clone();
    let item = RevisionItem { id, document_id, block_id, number, text, change, created_at };
    write(user, keys::revision(document_id, block_id, number), &item, None)
}

/// A revision without its text.
pub(crate) fn read_revision(item: Item) -> Result<Revision, StoreError> {
    let RevisionItem { id, document_id, block_id, number, text, change, created_at } = read(item)?;
    Ok(Revision {
        id,
        document_id,
        block_id,
        number,
        text,
        new_content: None,
        annotations: Annotations::default(),
        change,
        created_at,
    })
}
