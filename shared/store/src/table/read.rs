//! Reads of single items, of ranges of the table, and of up to 100 keys at once.

use std::{ops::RangeInclusive, time::Duration};

use aws_sdk_dynamodb::{
    operation::query::builders::QueryFluentBuilder,
    types::{KeysAndAttributes, ReturnConsumedCapacity},
};
use domain::ids::UserId;
use serde::de::DeserializeOwned;

use crate::{
    Store, StoreError,
    error::sdk,
    table::{
        item::{self, Item, key, read, text},
        keys,
    },
};

impl Store {
    /// Reads one item with a strongly consistent read.
    pub(crate) async fn get<T: DeserializeOwned>(&self, user: &UserId, sort: String) -> Result<Option<T>, StoreError> {
        self.get_item(user, sort).await?.map(read).transpose()
    }

    pub(crate) async fn get_item(&self, user: &UserId, sort: String) -> Result<Option<Item>, StoreError> {
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key(user, sort)))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(sdk)?;
        self.meter.add(found.consumed_capacity());
        Ok(found.item)
    }

    /// All items of a user between two sort keys, both included, in the order of their sort keys, strongly consistent.
    /// The number of items is not limited here.
    pub(crate) async fn all_between(
        &self,
        user: &UserId,
        sort_keys: RangeInclusive<String>,
    ) -> Result<Vec<Item>, StoreError> {
        let mut pages = self.range(user, sort_keys).into_paginator().send();
        let mut items = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(sdk)?;
            self.meter.add(page.consumed_capacity());
            items.extend(page.items.unwrap_or_default());
        }
        Ok(items)
    }

    /// The last items between two sort keys (both included), last first, at most `limit`. Reading stops early when the
    /// items exceed `max_bytes`. The flag is true if there are more items.
    pub(crate) async fn last_between(
        &self,
        user: &UserId,
        sort_keys: RangeInclusive<String>,
        limit: usize,
        max_bytes: usize,
    ) -> Result<(Vec<Item>, bool), StoreError> {
        let query = self.range(user, sort_keys).scan_index_forward(false);
        let mut pages = query.limit(i32::try_from(limit).unwrap_or(i32::MAX)).into_paginator().send();
        let (mut items, mut bytes) = (Vec::new(), 0);
        while let Some(page) = pages.next().await {
            let page = page.map_err(sdk)?;
            self.meter.add(page.consumed_capacity());
            let is_last = page.last_evaluated_key.is_none();
            let found = page.items.unwrap_or_default();
            bytes += found.iter().map(item::size).sum::<usize>();
            items.extend(found);
            if !is_last && (items.len() >= limit || bytes > max_bytes) {
                let cut = items.len().min(limit);
                items.truncate(cut);
                return Ok((items, true));
            }
        }
        let more = items.len() > limit;
        items.truncate(limit);
        Ok((items, more))
    }

    /// A strongly consistent query of the items between two sort keys, both included.
    pub(crate) fn range(&self, user: &UserId, sort_keys: RangeInclusive<String>) -> QueryFluentBuilder {
        let (from, until) = sort_keys.into_inner();
        self.client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :until")
            .expression_attribute_values(":pk", text(keys::owner(user)))
            .expression_attribute_values(":from", text(from))
            .expression_attribute_values(":until", text(until))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
    }

    /// Reads up to 100 items by their keys, strongly consistent. The items come in no order. Keys that do not exist are
    /// left out.
    pub(crate) async fn get_all(&self, mut wanted: Vec<Item>) -> Result<Vec<Item>, StoreError> {
        /// Retries at most of calls that returned no item and left keys unprocessed.
        const TRIES: u32 = 6;
        let mut items = Vec::with_capacity(wanted.len());
        let mut empty_responses = 0;
        while !wanted.is_empty() {
            let keys = KeysAndAttributes::builder().set_keys(Some(wanted)).consistent_read(true).build();
            let keys = keys.map_err(|error| StoreError::InvalidCall(Box::new(error)))?;
            let got = self
                .client
                .batch_get_item()
                .request_items(&self.table, keys)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(sdk)?;
            got.consumed_capacity().iter().for_each(|consumed| self.meter.add(Some(consumed)));
            let returned = got.responses.unwrap_or_default().remove(&self.table).unwrap_or_default();
            let unprocessed = got.unprocessed_keys.unwrap_or_default().remove(&self.table);
            wanted = unprocessed.map(|unprocessed| unprocessed.keys).unwrap_or_default();
            // DynamoDB also leaves keys unprocessed when a response reaches 16 MB. Then the next call needs no wait.
            if returned.is_empty() && !wanted.is_empty() {
                if empty_responses == TRIES {
                    return Err(StoreError::Contended);
                }
                tokio::time::sleep(Duration::from_millis(50 << empty_responses)).await;
                empty_responses += 1;
            }
            items.extend(returned);
        }
        Ok(items)
    }
}
