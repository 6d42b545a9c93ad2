//! Evidence, goals and reviews: what jobs are written from.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use domain::{
    context_config::ContextConfig,
    evidence::{Evidence, EvidenceCategory, EvidenceType},
    goal::Goal,
    ids::UserId,
    review::Review,
    selection::{MAX_GOALS, MAX_REVIEWS},
    time,
};
use serde::de::DeserializeOwned;
use strum::VariantArray as _;

use crate::{
    Store, StoreError,
    error::sdk,
    items::{Item, read, write},
    keys, text,
};

impl Store {
    /// The newest evidence that `config` asks for, at most `max_evidence` pieces of each
    /// partition read. Type, category and range are key conditions: what is read does not
    /// grow with what the user has.
    pub async fn evidence(&self, user: &UserId, config: &ContextConfig) -> Result<Vec<Evidence>, StoreError> {
        if config.evidence_types.is_empty() && config.evidence_categories.is_empty() {
            return self.evidence_of(keys::BY_TIME, keys::TIME_PK, keys::evidence_by_time(user), config).await;
        }
        let kinds: BTreeSet<_> = kinds(config).collect();
        let mut reads = tokio::task::JoinSet::new();
        for (kind, category) in kinds {
            let (store, config) = (self.clone(), config.clone());
            let partition = keys::evidence_by_kind(user, kind, category);
            reads.spawn(async move { store.evidence_of(keys::BY_KIND, keys::KIND_PK, partition, &config).await });
        }
        let mut evidence = Vec::new();
        while let Some(read) = reads.join_next().await {
            evidence.extend(read.map_err(|error| StoreError::Unavailable(Box::new(error)))??);
        }
        Ok(evidence)
    }

    async fn evidence_of(
        &self,
        index: &str,
        partition_key: &str,
        partition: String,
        config: &ContextConfig,
    ) -> Result<Vec<Evidence>, StoreError> {
        let range = &config.evidence_date_range;
        // ids follow the instant after '#', which sorts before every other character used.
        let from = range.from().map_or_else(|| " ".to_owned(), time::sortable);
        let until = range.until().map_or_else(|| "~".to_owned(), time::sortable);
        if from >= until {
            return Ok(Vec::new());
        }
        let limit = config.evidence_limit();
        let mut evidence = Vec::new();
        let mut start = None;
        while evidence.len() < limit {
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .index_name(index)
                .key_condition_expression("#pk = :pk AND #sk BETWEEN :from AND :until")
                .expression_attribute_names("#pk", partition_key)
                .expression_attribute_names("#sk", keys::TIME_SK)
                .expression_attribute_values(":pk", text(&partition))
                .expression_attribute_values(":from", text(&from))
                .expression_attribute_values(":until", text(&until))
                .scan_index_forward(false)
                .limit(i32::try_from(limit - evidence.len()).unwrap_or(i32::MAX))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(sdk)?;
            for item in page.items.unwrap_or_default() {
                evidence.push(read(item)?);
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        Ok(evidence)
    }

    /// The newest goals, of any status.
    pub async fn goals(&self, user: &UserId) -> Result<Vec<Goal>, StoreError> {
        self.newest(user, keys::GOAL_PREFIX, MAX_GOALS).await
    }

    /// The newest reviews.
    pub async fn reviews(&self, user: &UserId) -> Result<Vec<Review>, StoreError> {
        self.newest(user, keys::REVIEW_PREFIX, MAX_REVIEWS).await
    }

    async fn newest<T: DeserializeOwned>(
        &self,
        user: &UserId,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<T>, StoreError> {
        let limit = i32::try_from(limit).unwrap_or(i32::MAX);
        self.range(user, prefix, true, Some(limit)).await?.into_iter().map(read).collect()
    }

    /// Writes evidence, 25 items a call.
    pub async fn put_evidence(&self, user: &UserId, evidence: &[Evidence]) -> Result<(), StoreError> {
        let items = evidence
            .iter()
            .map(|evidence| {
                let facts = &evidence.facts;
                let mut item = write(user, keys::evidence(evidence.id), evidence)?;
                let kind = keys::evidence_by_kind(user, facts.evidence_type, facts.category);
                let sort = format!("{}#{}", time::sortable(facts.occurred_at), evidence.id);
                item.insert(keys::TIME_PK.to_owned(), text(keys::evidence_by_time(user)));
                item.insert(keys::KIND_PK.to_owned(), text(kind));
                item.insert(keys::TIME_SK.to_owned(), text(sort));
                Ok(item)
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        self.put_all(items).await
    }

    /// Writes goals.
    pub async fn put_goals(&self, user: &UserId, goals: &[Goal]) -> Result<(), StoreError> {
        let items = goals.iter().map(|goal| write(user, keys::goal(goal.id), goal));
        self.put_all(items.collect::<Result<_, _>>()?).await
    }

    /// Writes reviews.
    pub async fn put_reviews(&self, user: &UserId, reviews: &[Review]) -> Result<(), StoreError> {
        let items = reviews.iter().map(|review| write(user, keys::review(review.id), review));
        self.put_all(items.collect::<Result<_, _>>()?).await
    }

    async fn put_all(&self, items: Vec<Item>) -> Result<(), StoreError> {
        /// `BatchWriteItem` takes 25 items.
        const BATCH: usize = 25;
        /// Times that items which DynamoDB put off are sent again.
        const TRIES: u32 = 6;
        for batch in items.chunks(BATCH) {
            let mut rest = batch
                .iter()
                .map(|item| {
                    let put = PutRequest::builder().set_item(Some(item.clone())).build();
                    put.map(|put| WriteRequest::builder().put_request(put).build())
                })
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| StoreError::Refused(Box::new(error)))?;
            for attempt in 0..TRIES {
                let wrote =
                    self.client.batch_write_item().request_items(&self.table, rest).send().await.map_err(sdk)?;
                rest = wrote.unprocessed_items.unwrap_or_default().remove(&self.table).unwrap_or_default();
                if rest.is_empty() {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(50 << attempt)).await;
            }
            if !rest.is_empty() {
                return Err(StoreError::Contended);
            }
        }
        Ok(())
    }
}

/// The partitions of the index by kind that `config` names.
fn kinds(config: &ContextConfig) -> impl Iterator<Item = (EvidenceType, Option<EvidenceCategory>)> {
    let types: Vec<EvidenceType> =
        if config.evidence_types.is_empty() { EvidenceType::VARIANTS.to_vec() } else { config.evidence_types.clone() };
    let categories: Vec<Option<EvidenceCategory>> = if config.evidence_categories.is_empty() {
        EvidenceCategory::VARIANTS.iter().copied().map(Some).chain([None]).collect()
    } else {
        config.evidence_categories.iter().copied().map(Some).collect()
    };
    types.into_iter().flat_map(move |kind| categories.clone().into_iter().map(move |category| (kind, category)))
}
