//! Documents and their blocks.

use domain::{
    document::{Block, Document, Revision},
    ids::{BlockId, DocumentId, UserId},
    time,
};

use crate::{
    Store, StoreError,
    items::{Item, read, write},
    key, keys,
    newest::Stretch,
    once::Once,
    revisions::write_revision,
    text,
    transact::{Condition, Transacted, failed},
};

/// A page of a list ends early when its items have so many bytes: Lambda answers at most 6 MB,
/// and the body is escaped once more on its way.
pub(crate) const MAX_PAGE_BYTES: usize = 2 * 1024 * 1024;

/// A page of a list, newest first.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// What was found.
    pub items: Vec<T>,
    /// Where the next page begins; nothing at the end.
    pub next: Option<String>,
}

/// What one request changes of a document, all of it or nothing.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// The document as it shall be, and the version that was read; nothing if it is new.
    pub document: Option<(Document, Option<u64>)>,
    /// The block as it shall be, and the version that was read; nothing if it is new.
    pub block: Option<(Block, Option<u64>)>,
    /// What the change of content leaves.
    pub revision: Option<Revision>,
    /// The answer, if it is kept under a key.
    pub once: Option<Once>,
}

/// Whether an edit was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// It was.
    Yes,
    /// Nothing was: something has another version, or is gone. Read again.
    Changed,
}

impl Store {
    /// The user's block, if it belongs to the document.
    pub async fn block(&self, user: &UserId, document: DocumentId, id: BlockId) -> Result<Option<Block>, StoreError> {
        self.get(user, keys::block(document, id)).await
    }

    /// A document and, if one is asked for, one of its blocks, in one read.
    pub async fn document_and_block(
        &self,
        user: &UserId,
        id: DocumentId,
        block: Option<BlockId>,
    ) -> Result<(Option<Document>, Option<Block>), StoreError> {
        let wanted = [Some(keys::document(id)), block.map(|block| keys::block(id, block))];
        let wanted = wanted.into_iter().flatten().map(|sort| key(user, sort)).collect();
        let (mut document, mut block) = (None, None);
        for item in self.get_all(wanted).await? {
            if sort_key(&item) == Some(&keys::document(id)) {
                document = Some(read(item)?);
            } else {
                block = Some(read(item)?);
            }
        }
        Ok((document, block))
    }

    /// A document with its blocks in order, in one query.
    pub async fn document(&self, user: &UserId, id: DocumentId) -> Result<Option<(Document, Vec<Block>)>, StoreError> {
        let mut document: Option<Document> = None;
        let mut blocks: Vec<Block> = Vec::new();
        for item in self.all_with_prefix(user, &keys::document(id)).await? {
            if sort_key(&item) == Some(&keys::document(id)) {
                document = Some(read(item)?);
            } else {
                blocks.push(read(item)?);
            }
        }
        Ok(document.map(|document| {
            blocks.sort_by_key(|block| document.position(block.id).unwrap_or(usize::MAX));
            (document, blocks)
        }))
    }

    /// A user's documents, newest first, after `after`.
    pub async fn documents(
        &self,
        user: &UserId,
        limit: usize,
        after: Option<String>,
    ) -> Result<Page<Document>, StoreError> {
        let stretch = Stretch::by_time(keys::documents_by_time(user), None, after);
        self.newest(vec![stretch], limit, MAX_PAGE_BYTES).await
    }

    /// Writes what a request changes, if nothing of it was changed meanwhile.
    pub async fn save(&self, user: &UserId, edit: &Edit) -> Result<Saved, StoreError> {
        let mut writes = Vec::new();
        if let Some(once) = &edit.once {
            writes.push(self.once(user, once)?);
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
            return Ok(Saved::Yes);
        }
        match self.transact(writes).await? {
            Transacted::Yes => Ok(Saved::Yes),
            Transacted::Refused(reasons) => match (&edit.once, reasons.first()) {
                (Some(_), Some(first)) if failed(first) => Err(StoreError::Repeated),
                _ => Ok(Saved::Changed),
            },
        }
    }
}

pub(crate) fn write_document(user: &UserId, document: &Document) -> Result<Item, StoreError> {
    let sort = format!("{}#{}", time::sortable(document.created_at), document.id);
    let index =
        [(keys::TIME_PK.to_owned(), text(keys::documents_by_time(user))), (keys::TIME_SK.to_owned(), text(sort))];
    write(user, keys::document(document.id), document, index)
}

pub(crate) fn write_block(user: &UserId, block: &Block) -> Result<Item, StoreError> {
    write(user, keys::block(block.document_id, block.id), block, None)
}

fn sort_key(item: &Item) -> Option<&String> {
    item.get(keys::SK).and_then(|sort| sort.as_s().ok())
}
