//! Where evidence is used: the blocks that cite it.

use std::collections::HashMap;

use domain::{
    ids::{BlockId, DocumentId, SourceId, UserId},
    library::source::SourceType,
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    Store, StoreError,
    documents::list::{DocumentFilter, ListedDocument},
};

/// Documents that are looked at, those that changed last.
pub const MAX_DOCUMENTS: usize = 20;
/// Blocks of each document that are looked at, the first.
const MAX_BLOCKS: usize = 100;
/// Texts of each document that are looked at, in bytes. The longest are left out.
const MAX_BYTES: usize = 1024 * 1024;

/// A block that cites a piece of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsedIn {
    /// The document of the block.
    pub document_id: DocumentId,
    /// The block whose present content cites the evidence.
    pub block_id: BlockId,
}

impl Store {
    /// The blocks that cite evidence, by its id. The citations of the [`MAX_DOCUMENTS`] documents that
    /// changed last are read.
    pub async fn used_evidence(&self, user: &UserId) -> Result<HashMap<SourceId, Vec<UsedIn>>, StoreError> {
        let documents = self.documents(user, &DocumentFilter::default(), MAX_DOCUMENTS, None).await?.items;
        let mut used: HashMap<SourceId, Vec<UsedIn>> = HashMap::new();
        for ListedDocument { document, .. } in documents {
            let first = &document.blocks[..document.blocks.len().min(MAX_BLOCKS)];
            for block in self.blocks_with_texts(user, document.id, first, MAX_BYTES).await? {
                let place = UsedIn { document_id: document.id, block_id: block.id };
                let citations = &block.annotations.citations;
                for citation in citations.iter().filter(|citation| citation.source_type == SourceType::Evidence) {
                    let places = used.entry(citation.source_id).or_default();
                    if !places.contains(&place) {
                        places.push(place);
                    }
                }
            }
        }
        Ok(used)
    }
}
