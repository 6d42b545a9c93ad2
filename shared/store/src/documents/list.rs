//! The list of documents, the one that changed last first, page by page.
//!
//! The index by time has a document under its last change. A page is filled by looking at up to [`MOST_LOOKED_AT`] documents
//! after those that are skipped, and is short only beyond that.

use domain::{
    ids::UserId,
    library::date_range::Bounds,
    report::{
        block::{BlockType, ContentLength},
        document::{Document, DocumentStatus},
    },
};
use futures_util::future::try_join_all;
use serde::Deserialize;

use crate::{
    Store, StoreError,
    error::sdk,
    table::{
        index_range::{IndexRange, RangeReader},
        item::{read, size},
        keys,
        page::{MAX_PAGE_BYTES, Page},
    },
};

/// The most documents that are looked at for one page, those that are skipped not counted.
pub const MOST_LOOKED_AT: usize = 1_000;
/// The most documents that one call reads.
const BATCH: usize = 100;
/// Documents whose blocks are counted side by side.
const COUNTED_SIDE_BY_SIDE: usize = 10;
/// Read units after which a page counts the blocks of no further document. A unit reads 8 KB, so this is 8 MB. The documents
/// that are counted side by side can take 10 MB more.
pub const MOST_UNITS_FOR_COUNTS: f64 = 1_000.0;

/// Which documents to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentFilter {
    /// Empty: documents of every status.
    pub statuses: Vec<DocumentStatus>,
    /// Matching documents to leave out before the first.
    pub skip: usize,
}

/// A document of the list.
#[derive(Clone, Debug)]
pub struct ListedDocument {
    pub document: Document,
    /// Where it stands in the list. A document that an earlier release has written stands under its creation.
    pub position: String,
}

/// How many blocks of a document have a text to be written, and how many of these have one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlockCounts {
    pub prompts: usize,
    pub responses: usize,
}

impl BlockCounts {
    /// Counts blocks of these types and lengths.
    pub fn of(blocks: impl IntoIterator<Item = (BlockType, ContentLength)>) -> Self {
        let mut counts = Self::default();
        for (_, length) in blocks.into_iter().filter(|(block_type, _)| *block_type == BlockType::PromptResponse) {
            counts.prompts += 1;
            counts.responses += usize::from(length.chars > 0);
        }
        counts
    }
}

/// The attributes of a block that are counted.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CountedBlock {
    #[serde(rename = "type")]
    block_type: BlockType,
    #[serde(default)]
    content_length: ContentLength,
}

impl Store {
    /// A page of at most `limit` documents (1 to 100) without their blocks. `after` is [`Page::next`] of the previous page.
    pub async fn documents(
        &self,
        user: &UserId,
        filter: &DocumentFilter,
        limit: usize,
        after: Option<String>,
    ) -> Result<Page<ListedDocument>, StoreError> {
        let mut page = Page { items: Vec::new(), next: None };
        let range = IndexRange::by_time(keys::documents_by_time(user), Bounds::default(), after);
        let Some(mut reader) = RangeReader::new(range) else { return Ok(page) };
        let (mut skip, mut looked_at, mut bytes, mut last) = (filter.skip, 0, 0, None);
        let mut batch = (filter.skip + limit + 1).min(BATCH);
        loop {
            for (position, item) in self.read_on(&mut reader, batch).await? {
                (last, looked_at) = (Some(position.clone()), looked_at + 1);
                let item_bytes = size(&item);
                let document: Document = read(item)?;
                if !filter.statuses.is_empty() && !filter.statuses.contains(&document.status) {
                    continue;
                }
                if skip > 0 {
                    skip -= 1;
                    continue;
                }
                bytes += item_bytes;
                // There is at least one document more, so the page ends before it.
                if page.items.len() == limit || (bytes > MAX_PAGE_BYTES && !page.items.is_empty()) {
                    page.next = page.items.last().map(|last: &ListedDocument| last.position.clone());
                    return Ok(page);
                }
                page.items.push(ListedDocument { document, position });
            }
            if !reader.has_more_after(None) {
                return Ok(page);
            }
            if looked_at >= filter.skip + MOST_LOOKED_AT {
                page.next = last;
                return Ok(page);
            }
            batch = BATCH;
        }
    }

    /// The counts of each document, in the same order. `None` for a document whose blocks take more than 1 MB without their
    /// texts, and for all documents after [`MOST_UNITS_FOR_COUNTS`].
    pub async fn block_counts(
        &self,
        user: &UserId,
        documents: &[ListedDocument],
    ) -> Result<Vec<Option<BlockCounts>>, StoreError> {
        let (mut counts, mut units) = (Vec::with_capacity(documents.len()), 0.0);
        for some in documents.chunks(COUNTED_SIDE_BY_SIDE) {
            if units >= MOST_UNITS_FOR_COUNTS {
                break;
            }
            let counted = some.iter().map(|listed| self.block_counts_of(user, &listed.document));
            for (count, consumed) in try_join_all(counted).await? {
                counts.push(count);
                units += consumed;
            }
        }
        counts.resize(documents.len(), None);
        Ok(counts)
    }

    /// The counts of one document, and the read units that they took.
    async fn block_counts_of(
        &self,
        user: &UserId,
        document: &Document,
    ) -> Result<(Option<BlockCounts>, f64), StoreError> {
        if document.blocks.is_empty() {
            return Ok((Some(BlockCounts::default()), 0.0));
        }
        let prefix = keys::blocks(document.id);
        // The index of the list lags as well, so the blocks need no strongly consistent read.
        let query = self.range(user, prefix.clone()..=format!("{prefix}~")).consistent_read(false);
        let query = query
            .projection_expression("#type, #length")
            .expression_attribute_names("#type", "type")
            .expression_attribute_names("#length", "contentLength");
        let page = query.send().await.map_err(sdk)?;
        self.meter.add(page.consumed_capacity());
        let units = page.consumed_capacity().and_then(|consumed| consumed.capacity_units).unwrap_or_default();
        if page.last_evaluated_key.is_some() {
            return Ok((None, units));
        }
        let blocks = page.items.unwrap_or_default().into_iter().map(read::<CountedBlock>);
        let blocks: Vec<CountedBlock> = blocks.collect::<Result<_, _>>()?;
        Ok((Some(BlockCounts::of(blocks.iter().map(|block| (block.block_type, block.content_length)))), units))
    }
}
