//! The library: evidence, goals and reviews, which are the context of jobs.
//!
//! Each entry is one item, with copies in the index by time and, for evidence and goals, in the index by kind.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::{PutRequest, ReturnValue, WriteRequest};
use domain::{
    ids::{SourceId, UserId},
    library::{
        Entry, EntryFields,
        date_range::Bounds,
        evidence::{Evidence, EvidenceCategory, EvidenceFields, EvidenceType},
        goal::{Goal, GoalFields},
        review::{Review, ReviewFields},
        search::Search,
    },
    time,
};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use strum::VariantArray as _;

use crate::{
    Store, StoreError,
    error::sdk,
    table::{
        conditional_put::PutOutcome,
        index_range::{IndexRange, index_attributes},
        item::{Item, key, read, write},
        keys,
        page::{MAX_PAGE_BYTES, Page},
        transaction::{Condition, Saved},
    },
};

/// The most pieces of evidence that a search looks at for one page. Long ones are fewer: at most 20 MB.
pub const MOST_LOOKED_AT: usize = 2_000;
/// Pieces of evidence that a search reads at once, up to [`MAX_PAGE_BYTES`].
const SEARCHED_AT_ONCE: usize = 200;

/// Keys and index attributes of one kind of entry.
pub trait StoredEntry: EntryFields + DeserializeOwned + Send + Sync {
    /// Beginning of the sort key, such as `EVIDENCE#`. The id follows.
    const PREFIX: &'static str;

    /// Partitions in the index by time and in the index by kind. Reviews are not in the index by kind.
    fn partitions(&self, user: &UserId) -> (String, Option<String>);

    /// Sort key within these partitions. Entries that sort last are listed first.
    fn sort_value(entry: &Entry<Self>) -> String {
        format!("{}#{}", time::sortable(entry.created_at), entry.id)
    }
}

impl StoredEntry for EvidenceFields {
    const PREFIX: &'static str = keys::EVIDENCE_PREFIX;

    fn partitions(&self, user: &UserId) -> (String, Option<String>) {
        let kind = keys::evidence_by_kind(user, self.evidence_type, self.category);
        (keys::evidence_by_time(user), Some(kind))
    }

    fn sort_value(entry: &Evidence) -> String {
        format!("{}#{}", time::sortable(entry.fields.occurred_at.listed_at()), entry.id)
    }
}

impl StoredEntry for GoalFields {
    const PREFIX: &'static str = keys::GOAL_PREFIX;

    fn partitions(&self, user: &UserId) -> (String, Option<String>) {
        (keys::goals_by_time(user), Some(keys::goals_by_status(user, self.status)))
    }
}

impl StoredEntry for ReviewFields {
    const PREFIX: &'static str = keys::REVIEW_PREFIX;

    fn partitions(&self, user: &UserId) -> (String, Option<String>) {
        (keys::reviews_by_time(user), None)
    }

    fn sort_value(entry: &Review) -> String {
        format!("{:04}#{}#{}", entry.fields.year, time::sortable(entry.created_at), entry.id)
    }
}

/// Which evidence to read. An empty list matches every value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EvidenceFilter {
    pub types: Vec<EvidenceType>,
    /// Evidence without a category matches only if this list is empty.
    pub categories: Vec<EvidenceCategory>,
    /// Compared with the place of `occurred_at` in the list.
    pub bounds: Bounds,
}

impl EvidenceFilter {
    /// The partitions of the index by kind that hold exactly the evidence of these types and categories. Empty: the
    /// filter names neither.
    pub(crate) fn kinds(&self, user: &UserId) -> Vec<String> {
        if self.types.is_empty() && self.categories.is_empty() {
            return Vec::new();
        }
        let types = if self.types.is_empty() { EvidenceType::VARIANTS } else { self.types.as_slice() };
        let any = EvidenceCategory::VARIANTS.iter().copied().map(Some).chain([None]);
        let categories: Vec<Option<EvidenceCategory>> = if self.categories.is_empty() {
            any.collect()
        } else {
            self.categories.iter().copied().map(Some).collect()
        };
        let pairs: BTreeSet<_> =
            types.iter().flat_map(|kind| categories.iter().map(move |category| (*kind, *category))).collect();
        pairs.into_iter().map(|(kind, category)| keys::evidence_by_kind(user, kind, category)).collect()
    }

    /// The index ranges that hold exactly the evidence of this filter. Type, category and bounds are key
    /// conditions, so no item is read and then discarded.
    fn ranges(&self, user: &UserId, after: Option<&String>) -> Vec<IndexRange> {
        let bounds = self.bounds;
        let kinds = self.kinds(user);
        if kinds.is_empty() {
            return vec![IndexRange::by_time(keys::evidence_by_time(user), bounds, after.cloned())];
        }
        kinds.into_iter().map(|kind| IndexRange::by_kind(kind, bounds, after.cloned())).collect()
    }
}

impl Store {
    /// A page of evidence, newest `occurred_at` first.
    pub async fn list_evidence(
        &self,
        user: &UserId,
        filter: &EvidenceFilter,
        limit: usize,
        after: Option<String>,
    ) -> Result<Page<Evidence>, StoreError> {
        self.merge_newest(filter.ranges(user, after.as_ref()), limit, MAX_PAGE_BYTES).await
    }

    /// A page of the evidence that `search` finds, newest `occurred_at` first. A page is filled by looking at up to
    /// [`MOST_LOOKED_AT`] pieces, and is short only beyond that.
    pub async fn search_evidence(
        &self,
        user: &UserId,
        filter: &EvidenceFilter,
        search: &Search,
        (limit, after): (usize, Option<String>),
    ) -> Result<Page<Evidence>, StoreError> {
        if search.is_empty() {
            return self.list_evidence(user, filter, limit, after).await;
        }
        let mut page = Page { items: Vec::new(), next: after };
        for _ in 0..MOST_LOOKED_AT / SEARCHED_AT_ONCE {
            let read = self.list_evidence(user, filter, SEARCHED_AT_ONCE, page.next.take()).await?;
            let mut items = read.items.into_iter();
            while let Some(evidence) = items.next() {
                let at = EvidenceFields::sort_value(&evidence);
                if search.finds(&evidence) {
                    page.items.push(evidence);
                }
                if page.items.len() == limit && (read.next.is_some() || items.len() > 0) {
                    page.next = Some(at);
                    return Ok(page);
                }
            }
            page.next = read.next;
            if page.next.is_none() {
                break;
            }
        }
        Ok(page)
    }

    /// A page of goals, newest `created_at` first.
    pub async fn list_goals(
        &self,
        user: &UserId,
        limit: usize,
        after: Option<String>,
    ) -> Result<Page<Goal>, StoreError> {
        self.merge_newest(
            vec![IndexRange::by_time(keys::goals_by_time(user), Bounds::default(), after)],
            limit,
            MAX_PAGE_BYTES,
        )
        .await
    }

    /// A page of reviews, newest year first.
    pub async fn list_reviews(
        &self,
        user: &UserId,
        limit: usize,
        after: Option<String>,
    ) -> Result<Page<Review>, StoreError> {
        self.merge_newest(
            vec![IndexRange::by_time(keys::reviews_by_time(user), Bounds::default(), after)],
            limit,
            MAX_PAGE_BYTES,
        )
        .await
    }

    pub async fn entry<F: StoredEntry>(&self, user: &UserId, id: SourceId) -> Result<Option<Entry<F>>, StoreError> {
        self.get(user, keys::entry(F::PREFIX, id)).await
    }

    /// The entries with these ids, in no order. Ids that do not exist are left out.
    pub async fn entries<F: StoredEntry>(&self, user: &UserId, ids: &[SourceId]) -> Result<Vec<Entry<F>>, StoreError> {
        /// `BatchGetItem` takes at most 100 keys.
        const BATCH: usize = 100;
        let mut entries = Vec::new();
        for batch in ids.chunks(BATCH) {
            let wanted = batch.iter().map(|id| key(user, keys::entry(F::PREFIX, *id))).collect();
            for item in self.get_all(wanted).await? {
                entries.push(read(item)?);
            }
        }
        Ok(entries)
    }

    /// Writes entries without a condition, 25 in each call. The ids must differ from each other, because
    /// `BatchWriteItem` rejects two writes of one item. Returns one result for each entry, in the same order.
    pub async fn put_entries<F: StoredEntry>(
        &self,
        user: &UserId,
        entries: &[Entry<F>],
    ) -> Vec<Result<(), StoreError>> {
        let mut outcomes: Vec<Result<(), StoreError>> = Vec::with_capacity(entries.len());
        let (mut writes, mut indexes) = (Vec::new(), Vec::new());
        for entry in entries {
            let outcome = write_entry(user, entry).and_then(put_request).map(|put| {
                writes.push(put);
                indexes.push(outcomes.len());
            });
            outcomes.push(outcome);
        }
        for (index, written) in indexes.into_iter().zip(self.write_all(writes).await) {
            outcomes[index] = written;
        }
        outcomes
    }

    /// Writes an entry if its version is still `read_version`. `None`: if it does not exist.
    pub async fn save_entry<F: StoredEntry>(
        &self,
        user: &UserId,
        entry: &Entry<F>,
        read_version: Option<u64>,
    ) -> Result<Saved, StoreError> {
        let condition = read_version.map_or(Condition::New, Condition::Version);
        Ok(match self.put_item_if(write_entry(user, entry)?, condition).await? {
            PutOutcome::Written => Saved::Written,
            PutOutcome::ConditionFailed => Saved::Conflict,
        })
    }

    /// Deletes an entry and returns it. Returns `None` if it did not exist. The sweeper takes the words of the entry out of
    /// the texts that cite it.
    pub async fn delete_entry<F: StoredEntry>(
        &self,
        user: &UserId,
        id: SourceId,
        now: Timestamp,
    ) -> Result<Option<Entry<F>>, StoreError> {
        if self.entry::<F>(user, id).await?.is_none() {
            return Ok(None);
        }
        self.put_deletion_of_sources(user, now).await?;
        let deleted = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key(user, keys::entry(F::PREFIX, id))))
            .return_values(ReturnValue::AllOld)
            .send()
            .await
            .map_err(sdk)?;
        deleted.attributes.map(read).transpose()
    }
}

fn put_request(item: Item) -> Result<WriteRequest, StoreError> {
    let put =
        PutRequest::builder().set_item(Some(item)).build().map_err(|error| StoreError::InvalidCall(Box::new(error)))?;
    Ok(WriteRequest::builder().put_request(put).build())
}

fn write_entry<F: StoredEntry>(user: &UserId, entry: &Entry<F>) -> Result<Item, StoreError> {
    let (time, kind) = entry.fields.partitions(user);
    let index = index_attributes(time, kind, F::sort_value(entry));
    write(user, keys::entry(F::PREFIX, entry.id), entry, index)
}
