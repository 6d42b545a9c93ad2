//! Erasure of deleted evidence, goals and reviews from the texts that cite them.
//!
//! Nothing lists the texts that cite a source. So all texts of the user are read, and the sources that they cite are looked
//! up. One run serves any number of deletions.

use std::collections::{BTreeSet, HashSet};

use domain::{
    ids::{SourceId, UserId},
    library::source::SourceType,
};
use tokio::time::Instant;

use crate::{
    Store, StoreError,
    error::sdk,
    table::{
        item::{key, sort_key},
        keys,
        transaction::Condition,
    },
    texts::StoredText,
};

/// Keys that one `BatchGetItem` takes.
const BATCH: usize = 100;

impl Store {
    /// Takes the words of deleted sources out of all citations and stored responses of a user. Returns false if `stop_at`
    /// passed before the end.
    pub(crate) async fn erase_deleted_sources(&self, user: &UserId, stop_at: Instant) -> Result<bool, StoreError> {
        if !self.erase_responses_of_deleted_sources(user, stop_at).await? {
            return Ok(false);
        }
        let mut pages = self.range(user, keys::texts_of_documents()).into_paginator().send();
        while let Some(page) = pages.next().await {
            let items = page.map_err(sdk)?.items.unwrap_or_default();
            let mut texts = items.iter().map(StoredText::read).collect::<Result<Vec<_>, _>>()?;
            let quoted = texts.iter().flat_map(StoredText::quoted).collect();
            let deleted = self.deleted_sources(user, quoted).await?;
            for text in &mut texts {
                if text.erase_quotes(&deleted) {
                    // The block may have been deleted meanwhile.
                    self.put_item_if(text.write(user)?, Condition::Exists).await?;
                }
            }
            if Instant::now() >= stop_at {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Those of the sources that do not exist.
    pub(super) async fn deleted_sources(
        &self,
        user: &UserId,
        sources: BTreeSet<(SourceType, SourceId)>,
    ) -> Result<BTreeSet<(SourceType, SourceId)>, StoreError> {
        let mut missing: Vec<_> = sources.into_iter().map(|source| (keys::source(source), source)).collect();
        let wanted: Vec<_> = missing.iter().map(|(sort, _)| key(user, sort.clone())).collect();
        let mut existing = HashSet::new();
        for batch in wanted.chunks(BATCH) {
            let items = self.get_all(batch.to_vec()).await?;
            existing.extend(items.iter().filter_map(sort_key).map(str::to_owned));
        }
        missing.retain(|(sort, _)| !existing.contains(sort));
        Ok(missing.into_iter().map(|(_, source)| source).collect())
    }
}
