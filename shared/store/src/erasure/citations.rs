//! Erasure of deleted evidence, goals and reviews from the texts that cite them.
//!
//! Nothing lists the texts that cite a source. So all texts of the user are read, and the sources that they cite are looked
//! up. One run serves any number of deletions.

use std::collections::{BTreeSet, HashMap};

use domain::ids::UserId;
use jiff::Timestamp;
use tokio::time::Instant;

use super::Quote;
use crate::{
    Store, StoreError,
    error::sdk,
    table::{
        item::{Item, key, sort_key},
        keys,
        transaction::Condition,
    },
    texts::StoredText,
};

/// Texts that are read at once. Inflated, each can take a megabyte, and the sweeper has 128.
const PAGE: i32 = 20;
/// Keys that one `BatchGetItem` takes.
const BATCH: usize = 100;

impl Store {
    /// Takes the words of the sources that were deleted from `since` on out of all citations and stored responses of a user.
    /// Returns false if `stop_at` passed before the end.
    pub(crate) async fn erase_deleted_sources(
        &self,
        user: &UserId,
        since: Timestamp,
        stop_at: Instant,
    ) -> Result<bool, StoreError> {
        if !self.erase_deleted_sources_in_responses(user, since, stop_at).await? {
            return Ok(false);
        }
        let mut pages = self.range(user, keys::texts_of_documents()).limit(PAGE).into_paginator().send();
        while let Some(page) = pages.next().await {
            let items = page.map_err(sdk)?.items.unwrap_or_default();
            let mut texts = items.iter().map(StoredText::read).collect::<Result<Vec<_>, _>>()?;
            let quotes = texts.iter().flat_map(StoredText::quotes).collect();
            let lost = self.lost_quotes(user, quotes, since).await?;
            for text in &mut texts {
                if text.erase_quotes(&lost) {
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

    /// Those of the quotes whose source does not exist, or was stored again from `since` on and has other words now.
    pub(super) async fn lost_quotes(
        &self,
        user: &UserId,
        mut quotes: BTreeSet<Quote>,
        since: Timestamp,
    ) -> Result<BTreeSet<Quote>, StoreError> {
        let sources = quotes.iter().map(|quote| keys::source(quote.source)).collect();
        let sources = self.sources(user, sources).await?;
        quotes.retain(|quote| {
            sources.get(&keys::source(quote.source)).is_none_or(|source| {
                let text = source.get(&quote.field.to_string()).and_then(|text| text.as_s().ok());
                is_stored_since(source, since) && text.is_none_or(|text| !text.contains(&quote.words))
            })
        });
        Ok(quotes)
    }

    /// The items with these sort keys, by sort key. Those that do not exist are left out.
    pub(super) async fn sources(
        &self,
        user: &UserId,
        sort_keys: BTreeSet<String>,
    ) -> Result<HashMap<String, Item>, StoreError> {
        let wanted: Vec<Item> = sort_keys.into_iter().map(|sort| key(user, sort)).collect();
        let mut sources = HashMap::new();
        for batch in wanted.chunks(BATCH) {
            let items = self.get_all(batch.to_vec()).await?;
            sources.extend(items.into_iter().filter_map(|item| Some((sort_key(&item)?.to_owned(), item))));
        }
        Ok(sources)
    }
}

/// Whether an entry was first stored at `since` or later, so that it is not the one that was deleted.
fn is_stored_since(entry: &Item, since: Timestamp) -> bool {
    created_at(entry).and_then(|at| at.parse::<Timestamp>().ok()).is_some_and(|at| at >= since)
}

pub(super) fn created_at(entry: &Item) -> Option<&String> {
    entry.get("createdAt")?.as_s().ok()
}
