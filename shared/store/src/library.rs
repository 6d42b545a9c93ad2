//! Evidence, goals and reviews: what jobs are written from.

use std::{collections::BTreeSet, time::Duration};

use aws_sdk_dynamodb::{
    operation::put_item::PutItemError,
    types::{PutRequest, ReturnValue, WriteRequest},
};
use domain::{
    context_config::{ContextConfig, DateRange},
    evidence::{Evidence, EvidenceCategory, EvidenceFacts, EvidenceType},
    goal::{Goal, GoalFacts, GoalStatus},
    ids::{SourceId, UserId},
    library::{Entry, Facts},
    review::{Review, ReviewFacts},
    selection::{MAX_GOALS, MAX_REVIEWS},
    time,
};
use serde::de::DeserializeOwned;
use strum::VariantArray as _;

use crate::{
    Store, StoreError,
    documents::{MAX_PAGE_BYTES, Page, Saved},
    error::sdk,
    items::{Item, read, write},
    key, keys,
    newest::{Stretch, index_attributes},
    transact::Condition,
};

/// What a job reads at most, in bytes: far more than any prompt takes.
const MAX_CONTEXT_BYTES: usize = 16 * 1024 * 1024;

/// How a kind of entry is stored.
pub trait Kind: Facts + DeserializeOwned + Send + Sync {
    /// Before the id in the sort key.
    const PREFIX: &'static str;

    /// Partitions of the indexes by time and by kind.
    fn partitions(&self, user: &UserId) -> (String, Option<String>);

    /// Place within those partitions.
    fn place(entry: &Entry<Self>) -> String {
        format!("{}#{}", time::sortable(entry.created_at), entry.id)
    }
}

impl Kind for EvidenceFacts {
    const PREFIX: &'static str = keys::EVIDENCE_PREFIX;

    fn partitions(&self, user: &UserId) -> (String, Option<String>) {
        let kind = keys::evidence_by_kind(user, self.evidence_type, self.category);
        (keys::evidence_by_time(user), Some(kind))
    }

    fn place(entry: &Evidence) -> String {
        format!("{}#{}", time::sortable(entry.facts.occurred_at), entry.id)
    }
}

impl Kind for GoalFacts {
    const PREFIX: &'static str = keys::GOAL_PREFIX;

    fn partitions(&self, user: &UserId) -> (String, Option<String>) {
        (keys::goals_by_time(user), Some(keys::goals_by_status(user, self.status)))
    }
}

impl Kind for ReviewFacts {
    const PREFIX: &'static str = keys::REVIEW_PREFIX;

    fn partitions(&self, user: &UserId) -> (String, Option<String>) {
        (keys::reviews_by_time(user), None)
    }

    fn place(entry: &Review) -> String {
        format!("{:04}#{}#{}", entry.facts.year, time::sortable(entry.created_at), entry.id)
    }
}

/// Which evidence to list. Empty lists mean all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EvidenceFilter {
    /// Of one of these types.
    pub types: Vec<EvidenceType>,
    /// Of one of these categories.
    pub categories: Vec<EvidenceCategory>,
    /// Within this range.
    pub range: DateRange,
}

impl EvidenceFilter {
    /// The stretches of an index that hold what is wanted and nothing else: type, category and
    /// range are key conditions.
    fn stretches(&self, user: &UserId, after: Option<&String>) -> Vec<Stretch> {
        let range = Some(&self.range);
        if self.types.is_empty() && self.categories.is_empty() {
            return vec![Stretch::by_time(keys::evidence_by_time(user), range, after.cloned())];
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
        let stretch =
            |(kind, category)| Stretch::by_kind(keys::evidence_by_kind(user, kind, category), range, after.cloned());
        pairs.into_iter().map(stretch).collect()
    }
}

impl Store {
    /// The newest evidence that `config` asks for, at most `maxEvidence` pieces.
    pub async fn evidence(&self, user: &UserId, config: &ContextConfig) -> Result<Vec<Evidence>, StoreError> {
        let filter = EvidenceFilter {
            types: config.evidence_types.clone(),
            categories: config.evidence_categories.clone(),
            range: config.evidence_date_range.clone(),
        };
        let stretches = filter.stretches(user, None);
        Ok(self.newest(stretches, config.evidence_limit(), MAX_CONTEXT_BYTES).await?.items)
    }

    /// The newest ACTIVE goals.
    pub async fn active_goals(&self, user: &UserId) -> Result<Vec<Goal>, StoreError> {
        let stretch = Stretch::by_kind(keys::goals_by_status(user, GoalStatus::Active), None, None);
        Ok(self.newest(vec![stretch], MAX_GOALS, MAX_CONTEXT_BYTES).await?.items)
    }

    /// The reviews of the newest years.
    pub async fn newest_reviews(&self, user: &UserId) -> Result<Vec<Review>, StoreError> {
        let stretch = Stretch::by_time(keys::reviews_by_time(user), None, None);
        Ok(self.newest(vec![stretch], MAX_REVIEWS, MAX_CONTEXT_BYTES).await?.items)
    }

    /// A page of evidence, newest first by when it happened.
    pub async fn list_evidence(
        &self,
        user: &UserId,
        filter: &EvidenceFilter,
        limit: usize,
        after: Option<String>,
    ) -> Result<Page<Evidence>, StoreError> {
        self.newest(filter.stretches(user, after.as_ref()), limit, MAX_PAGE_BYTES).await
    }

    /// A page of goals, newest first.
    pub async fn list_goals(
        &self,
        user: &UserId,
        limit: usize,
        after: Option<String>,
    ) -> Result<Page<Goal>, StoreError> {
        self.newest(vec![Stretch::by_time(keys::goals_by_time(user), None, after)], limit, MAX_PAGE_BYTES).await
    }

    /// A page of reviews, newest year first.
    pub async fn list_reviews(
        &self,
        user: &UserId,
        limit: usize,
        after: Option<String>,
    ) -> Result<Page<Review>, StoreError> {
        self.newest(vec![Stretch::by_time(keys::reviews_by_time(user), None, after)], limit, MAX_PAGE_BYTES).await
    }

    /// One entry.
    pub async fn entry<F: Kind>(&self, user: &UserId, id: SourceId) -> Result<Option<Entry<F>>, StoreError> {
        self.get(user, keys::entry(F::PREFIX, id)).await
    }

    /// Those of the entries that exist, in no order.
    pub async fn entries<F: Kind>(&self, user: &UserId, ids: &[SourceId]) -> Result<Vec<Entry<F>>, StoreError> {
        /// `BatchGetItem` takes 100 keys.
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

    /// Writes entries with different ids, whatever stood there, in as few calls as possible;
    /// for each, whether it was written.
    pub async fn put_entries<F: Kind>(&self, user: &UserId, entries: &[Entry<F>]) -> Vec<Result<(), StoreError>> {
        let mut outcomes: Vec<Result<(), StoreError>> = Vec::with_capacity(entries.len());
        let (mut writes, mut places) = (Vec::new(), Vec::new());
        for entry in entries {
            let outcome = write_entry(user, entry).and_then(put_request).map(|put| {
                writes.push(put);
                places.push(outcomes.len());
            });
            outcomes.push(outcome);
        }
        for (place, written) in places.into_iter().zip(self.write_all(writes).await) {
            outcomes[place] = written;
        }
        outcomes
    }

    /// Writes an entry, unless it was changed since it was read as `read_version`.
    pub async fn save_entry<F: Kind>(
        &self,
        user: &UserId,
        entry: &Entry<F>,
        read_version: u64,
    ) -> Result<Saved, StoreError> {
        let condition = Condition::Version(read_version);
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(write_entry(user, entry)?))
            .condition_expression(condition.expression())
            .set_expression_attribute_values(condition.values())
            .send()
            .await;
        match put {
            Ok(_) => Ok(Saved::Yes),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(Saved::Changed),
                _ => Err(sdk(error)),
            },
        }
    }

    /// Removes an entry; what stood there.
    pub async fn delete_entry<F: Kind>(&self, user: &UserId, id: SourceId) -> Result<Option<Entry<F>>, StoreError> {
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

    /// Sends writes on different items, 25 a call; for each, whether it was done.
    pub(crate) async fn write_all(&self, writes: Vec<WriteRequest>) -> Vec<Result<(), StoreError>> {
        /// `BatchWriteItem` takes 25 items.
        const BATCH: usize = 25;
        let mut outcomes = Vec::with_capacity(writes.len());
        for batch in writes.chunks(BATCH) {
            let left = self.write_batch(batch.to_vec()).await;
            outcomes.extend(batch.iter().map(|write| match &left {
                Ok(left) if left.contains(write) => Err(StoreError::Contended),
                Ok(_) => Ok(()),
                Err(error) => Err(StoreError::of_batch(error)),
            }));
        }
        outcomes
    }

    /// What DynamoDB would not take, after several tries.
    async fn write_batch(&self, mut rest: Vec<WriteRequest>) -> Result<Vec<WriteRequest>, StoreError> {
        /// Times that items which DynamoDB put off are sent again.
        const TRIES: u32 = 6;
        for attempt in 0..TRIES {
            let wrote = self.client.batch_write_item().request_items(&self.table, rest).send().await.map_err(sdk)?;
            rest = wrote.unprocessed_items.unwrap_or_default().remove(&self.table).unwrap_or_default();
            if rest.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50 << attempt).mul_f64(rand::random())).await;
        }
        Ok(rest)
    }
}

fn put_request(item: Item) -> Result<WriteRequest, StoreError> {
    let put =
        PutRequest::builder().set_item(Some(item)).build().map_err(|error| StoreError::Refused(Box::new(error)))?;
    Ok(WriteRequest::builder().put_request(put).build())
}

fn write_entry<F: Kind>(user: &UserId, entry: &Entry<F>) -> Result<Item, StoreError> {
    let (time, kind) = entry.facts.partitions(user);
    let index = index_attributes(time, kind, F::place(entry));
    write(user, keys::entry(F::PREFIX, entry.id), entry, index)
}
