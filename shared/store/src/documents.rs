//! Documents, blocks and revisions.

use domain::{
    document::{Block, Document, Revision},
    ids::{BlockId, DocumentId, UserId},
    time,
};

use crate::{
    Store, StoreError,
    error::sdk,
    items::{Item, read, write},
    key, keys, text,
};

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

    /// Writes a document.
    pub async fn put_document(&self, user: &UserId, document: &Document) -> Result<(), StoreError> {
        let mut item = write(user, keys::document(document.id), document)?;
        item.insert(keys::TIME_PK.to_owned(), text(keys::documents_by_time(user)));
        let sort = format!("{}#{}", time::sortable(document.created_at), document.id);
        item.insert(keys::TIME_SK.to_owned(), text(sort));
        self.put(item).await
    }

    /// Writes a new block.
    pub async fn put_block(&self, user: &UserId, block: &Block) -> Result<(), StoreError> {
        self.put(write(user, keys::block(block.document_id, block.id), block)?).await
    }

    /// The revisions of a block, newest first, at most `limit`.
    pub async fn revisions(&self, user: &UserId, block: BlockId, limit: i32) -> Result<Vec<Revision>, StoreError> {
        let items = self.range(user, &keys::revisions(block), true, Some(limit)).await?;
        items.into_iter().map(read).collect()
    }

    /// The user's items whose sort key begins with `prefix`: all of them, or the first `limit`.
    pub(crate) async fn range(
        &self,
        user: &UserId,
        prefix: &str,
        newest_first: bool,
        limit: Option<i32>,
    ) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                .expression_attribute_values(":pk", text(keys::owner(user)))
                .expression_attribute_values(":prefix", text(prefix))
                .consistent_read(true)
                .scan_index_forward(!newest_first)
                .set_limit(limit)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(sdk)?;
            items.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key;
            let enough = limit.is_some_and(|limit| items.len() >= usize::try_from(limit).unwrap_or_default());
            if start.is_none() || enough {
                return Ok(items);
            }
        }
    }
}

fn sort_key(item: &Item) -> Option<&String> {
    item.get(keys::SK).and_then(|sort| sort.as_s().ok())
}
