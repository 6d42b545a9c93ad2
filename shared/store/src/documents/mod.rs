//! Documents and their blocks.
//!
//! A document is one item, and so is each block. The document holds the order of its blocks, so a move writes the
//! document only, and does not conflict with a job that writes the block.

pub mod deletion;
pub mod list;
pub mod revisions;

use domain::{
    ids::{BlockId, DocumentId, UserId},
    report::{block::Block, document::Document, revision::Revision},
    time,
};

use crate::{
    Store, StoreError,
    documents::revisions::write_revision,
    idempotency::IdempotencyRecord,
    table::transaction::Saved,
    table::{
        item::{Item, key, read, sort_key, text, write},
        keys,
        transaction::{Condition, TransactionOutcome, failed},
    },
    texts::reread_if_deleted,
};

/// The changes of one request. All of them are written, or none.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// The new state of the document, and the version that was read. A new document has no such version.
    pub document: Option<(Document, Option<u64>)>,
    /// The new state of the block, and the version that was read. A new block has no such version.
    pub block: Option<(Block, Option<u64>)>,
    /// The history entry, if the content changes.
    pub revision: Option<Revision>,
    /// The response to store, if the request has an idempotency key.
    pub idempotency: Option<IdempotencyRecord>,
}

impl Store {
    /// A block of the user, if it belongs to this document.
    pub async fn block(&self, user: &UserId, document: DocumentId, id: BlockId) -> Result<Option<Block>, StoreError> {
        reread_if_deleted(|| async move {
            let Some(mut block) = self.get(user, keys::block(document, id)).await? else { return Ok(None) };
            self.add_texts(user, std::slice::from_mut(&mut block)).await?;
            Ok(Some(block))
        })
        .await
    }

    /// A document and, with `block`, one of its blocks with its text.
    pub async fn document_and_block(
        &self,
        user: &UserId,
        id: DocumentId,
        block: Option<BlockId>,
    ) -> Result<(Option<Document>, Option<Block>), StoreError> {
        let wanted = [Some(keys::document(id)), block.map(|block| keys::block(id, block))];
        let wanted: &Vec<_> = &wanted.into_iter().flatten().map(|sort| key(user, sort)).collect();
        reread_if_deleted(|| async move {
            let (mut document, mut block) = (None, None);
            for item in self.get_all(wanted.clone()).await? {
                if sort_key(&item) == Some(keys::document(id).as_str()) {
                    document = Some(read(item)?);
                } else {
                    block = Some(read(item)?);
                }
            }
            self.add_texts(user, block.as_mut_slice()).await?;
            Ok((document, block))
        })
        .await
    }

    /// The blocks with these ids and their texts, in no order. Those whose text does not fit into `max_bytes` have no
    /// content.
    pub async fn blocks_with_texts(
        &self,
        user: &UserId,
        document: DocumentId,
        ids: &[BlockId],
        max_bytes: usize,
    ) -> Result<Vec<Block>, StoreError> {
        reread_if_deleted(|| async move {
            let mut blocks = self.blocks(user, document, ids).await?;
            blocks.sort_by_key(|block| block.content_length.bytes);
            let mut bytes = 0;
            let fitting = blocks.iter().take_while(|block| {
                bytes += block.content_length.bytes;
                bytes <= max_bytes
            });
            let fitting = fitting.count();
            self.add_texts(user, &mut blocks[..fitting]).await?;
            Ok(blocks)
        })
        .await
    }

    /// A document and its blocks with their texts, in the order of the document.
    pub async fn document(&self, user: &UserId, id: DocumentId) -> Result<Option<(Document, Vec<Block>)>, StoreError> {
        self.document_with_texts_of(user, id, |_| true).await
    }

    /// A document and its blocks, in the order of the document. Only those that `has_text` chooses have their texts.
    pub async fn document_with_texts_of(
        &self,
        user: &UserId,
        id: DocumentId,
        has_text: fn(&Block) -> bool,
    ) -> Result<Option<(Document, Vec<Block>)>, StoreError> {
        match self.read_document(user, id, has_text).await? {
            // Read before it was deleted, and its blocks after that. Now it is gone.
            Some((document, blocks)) if blocks.len() < document.blocks.len() => {
                self.read_document(user, id, has_text).await
            }
            found => Ok(found),
        }
    }

    async fn read_document(
        &self,
        user: &UserId,
        id: DocumentId,
        has_text: fn(&Block) -> bool,
    ) -> Result<Option<(Document, Vec<Block>)>, StoreError> {
        reread_if_deleted(|| async move {
            let mut document: Option<Document> = None;
            let mut blocks: Vec<Block> = Vec::new();
            for item in self.all_between(user, keys::document(id)..=format!("{}~", keys::document(id))).await? {
                if sort_key(&item) == Some(keys::document(id).as_str()) {
                    document = Some(read(item)?);
                } else {
                    blocks.push(read(item)?);
                }
            }
            blocks.sort_by_key(|block| !has_text(block));
            let with_text = blocks.partition_point(has_text);
            self.add_texts(user, &mut blocks[..with_text]).await?;
            Ok(document.map(|document| {
                blocks.sort_by_key(|block| document.position(block.id).unwrap_or(usize::MAX));
                (document, blocks)
            }))
        })
        .await
    }

    /// Writes an edit if every item still has the version that was read. A new text is written before, and nothing refers
    /// to it if the edit is not written. Returns [`StoreError::Repeated`] if another
    /// request has stored a response under the same idempotency key.
    pub async fn save(&self, user: &UserId, edit: &Edit) -> Result<Saved, StoreError> {
        if let Some(revision) = &edit.revision {
            self.put_text(user, revision).await?;
        }
        let mut writes = Vec::new();
        if let Some(record) = &edit.idempotency {
            writes.push(self.put_idempotency_record_if_new(user, record)?);
        }
        if let Some((document, read_version)) = &edit.document {
            let condition = read_version.map_or(Condition::New, Condition::Version);
            writes.push(self.put_if(write_document(user, document)?, condition)?);
        }
        if let Some((block, read_version)) = &edit.block {
            let condition = read_version.map_or(Condition::New, Condition::Version);
            writes.push(self.put_if(write_block(user, block)?, condition)?);
        }
        if let Some(revision) = &edit.revision {
            writes.push(self.put_if(write_revision(user, revision)?, Condition::New)?);
        }
        if writes.is_empty() {
            return Ok(Saved::Written);
        }
        match self.transact(writes).await? {
            TransactionOutcome::Written => Ok(Saved::Written),
            TransactionOutcome::ConditionFailed(reasons) => {
                if let Some(revision) = &edit.revision {
                    self.delete_text(user, revision).await?;
                }
                match (&edit.idempotency, reasons.first()) {
                    (Some(_), Some(first)) if failed(first) => Err(StoreError::Repeated),
                    _ => Ok(Saved::Conflict),
                }
            }
        }
    }
}

pub(crate) fn write_document(user: &UserId, document: &Document) -> Result<Item, StoreError> {
    let index = [
        (keys::TIME_PK.to_owned(), text(keys::documents_by_time(user))),
        (keys::TIME_SK.to_owned(), text(format!("{}#{}", time::sortable(document.updated_at), document.id))),
    ];
    write(user, keys::document(document.id), document, index)
}

pub(crate) fn write_block(user: &UserId, block: &Block) -> Result<Item, StoreError> {
    write(user, keys::block(block.document_id, block.id), block, None)
}
