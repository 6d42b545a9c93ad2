//! The one DynamoDB table: jobs, documents, blocks, revisions, evidence, goals, reviews.
//!
//! Every key begins with its owner (see [`keys`]), so no read or write can reach another
//! user's items; the sweeper's index is the one exception, and holds keys only. Writes are
//! conditional on what was read ([`jobs`], [`commit`]).

pub mod error;
pub mod items;
pub mod keys;

pub mod commit;
pub mod jobs;
pub mod limits;
pub mod lists;
pub mod once;

pub mod documents;
pub mod library;
pub mod removal;
pub mod revisions;

mod deflate;
pub mod meter;
mod newest;
pub mod races;
mod service_key;
mod transact;

use std::{sync::Arc, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    operation::query::builders::QueryFluentBuilder,
    types::{AttributeValue, KeysAndAttributes, ReturnConsumedCapacity},
};
use domain::ids::UserId;
use serde::de::DeserializeOwned;

use error::sdk;
pub use error::{ChangeError, StoreError};
use items::{Item, read};
use meter::Meter;
use tokio::sync::OnceCell;

/// The table, through a ready client.
#[derive(Clone)]
pub struct Store {
    client: Client,
    table: String,
    meter: Meter,
    service_key: Arc<OnceCell<[u8; 64]>>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("table", &self.table).finish_non_exhaustive()
    }
}

impl Store {
    /// The table called `table`.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into(), meter: Meter::default(), service_key: Arc::default() }
    }

    /// The same table with a meter of its own.
    #[must_use]
    pub fn metered(&self) -> (Self, Meter) {
        let meter = Meter::default();
        (Self { meter: meter.clone(), ..self.clone() }, meter)
    }

    /// Opens the connection by a cheap read of a key that does not exist, so that the first
    /// request finds it open. That request will meet whatever goes wrong here.
    pub async fn open_connection(&self) {
        let read = self
            .client
            .get_item()
            .table_name(&self.table)
            .key(keys::PK, text("WARM_UP"))
            .key(keys::SK, text("WARM_UP"))
            .send()
            .await;
        if let Err(error) = read {
            tracing::warn!(error = %sdk(error), "connection not opened ahead");
        }
    }

    /// One item, strongly consistent.
    async fn get<T: DeserializeOwned>(&self, user: &UserId, sort: String) -> Result<Option<T>, StoreError> {
        self.get_item(user, sort).await?.map(read).transpose()
    }

    async fn get_item(&self, user: &UserId, sort: String) -> Result<Option<Item>, StoreError> {
        self.read_item(user, sort, true).await
    }

    async fn read_item(&self, user: &UserId, sort: String, consistent: bool) -> Result<Option<Item>, StoreError> {
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key(user, sort)))
            .consistent_read(consistent)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(sdk)?;
        self.meter.add(found.consumed_capacity());
        Ok(found.item)
    }

    /// The user's items whose sort key begins with `prefix`, in order, strongly consistent.
    async fn all_with_prefix(&self, user: &UserId, prefix: &str) -> Result<Vec<Item>, StoreError> {
        let query = self.range(user, prefix.to_owned(), format!("{prefix}~"));
        let mut pages = query.into_paginator().send();
        let mut items = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(sdk)?;
            self.meter.add(page.consumed_capacity());
            items.extend(page.items.unwrap_or_default());
        }
        Ok(items)
    }

    /// The last items between two sort keys, last first: `limit`, or fewer when they have more
    /// than `max_bytes`; and whether there are more.
    async fn last_between(
        &self,
        user: &UserId,
        from: String,
        until: String,
        limit: usize,
        max_bytes: usize,
    ) -> Result<(Vec<Item>, bool), StoreError> {
        let query = self.range(user, from, until).scan_index_forward(false);
        let mut pages = query.limit(i32::try_from(limit).unwrap_or(i32::MAX)).into_paginator().send();
        let (mut items, mut bytes) = (Vec::new(), 0);
        while let Some(page) = pages.next().await {
            let page = page.map_err(sdk)?;
            self.meter.add(page.consumed_capacity());
            let is_last = page.last_evaluated_key.is_none();
            let found = page.items.unwrap_or_default();
            bytes += found.iter().map(items::size).sum::<usize>();
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

    fn range(&self, user: &UserId, from: String, until: String) -> QueryFluentBuilder {
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

    /// Up to 100 items by their keys, strongly consistent, in no order; those that do not
    /// exist are left out.
    async fn get_all(&self, mut wanted: Vec<Item>) -> Result<Vec<Item>, StoreError> {
        /// Times that keys are asked for again when DynamoDB has put off all of them.
        const TRIES: u32 = 6;
        let mut items = Vec::with_capacity(wanted.len());
        let mut in_vain = 0;
        while !wanted.is_empty() {
            let keys = KeysAndAttributes::builder().set_keys(Some(wanted)).consistent_read(true).build();
            let keys = keys.map_err(|error| StoreError::Refused(Box::new(error)))?;
            let got = self
                .client
                .batch_get_item()
                .request_items(&self.table, keys)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(sdk)?;
            got.consumed_capacity().iter().for_each(|consumed| self.meter.add(Some(consumed)));
            let came = got.responses.unwrap_or_default().remove(&self.table).unwrap_or_default();
            let put_off = got.unprocessed_keys.unwrap_or_default().remove(&self.table);
            wanted = put_off.map(|put_off| put_off.keys).unwrap_or_default();
            // Keys are put off at 16 MB, too: then the next call brings more at once.
            if came.is_empty() && !wanted.is_empty() {
                if in_vain == TRIES {
                    return Err(StoreError::Contended);
                }
                tokio::time::sleep(Duration::from_millis(50 << in_vain)).await;
                in_vain += 1;
            }
            items.extend(came);
        }
        Ok(items)
    }
}

fn key(user: &UserId, sort: String) -> Item {
    [(keys::PK.to_owned(), AttributeValue::S(keys::owner(user))), (keys::SK.to_owned(), AttributeValue::S(sort))].into()
}

fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}
