//! The one DynamoDB table: jobs, documents, blocks, revisions, evidence, goals, reviews.
//!
//! Every key begins with its owner (see [`keys`]), so no read or write can reach another
//! user's items; the sweeper's index is the one exception, and holds keys only. Writes are
//! conditional on what was read ([`jobs`], [`commit`]).

pub mod error;
pub mod items;
pub mod keys;

pub mod commit;
pub mod documents;
pub mod jobs;
pub mod library;
pub mod lists;

use std::time::Duration;

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, KeysAndAttributes},
};
use domain::ids::UserId;
use serde::de::DeserializeOwned;

use error::sdk;
pub use error::{ChangeError, StoreError};
use items::{Item, read};

/// The table, through a ready client.
#[derive(Clone, Debug)]
pub struct Store {
    client: Client,
    table: String,
}

impl Store {
    /// The table called `table`.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
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
        let found = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key(user, sort)))
            .consistent_read(true)
            .send()
            .await
            .map_err(sdk)?;
        found.item.map(read).transpose()
    }

    /// Up to 100 items by their keys, strongly consistent, in no order; those that do not
    /// exist are left out.
    async fn get_all(&self, mut wanted: Vec<Item>) -> Result<Vec<Item>, StoreError> {
        /// Times that keys which DynamoDB put off are asked for again.
        const TRIES: u32 = 6;
        let mut items = Vec::with_capacity(wanted.len());
        for attempt in 0..TRIES {
            if wanted.is_empty() {
                return Ok(items);
            }
            let keys = KeysAndAttributes::builder().set_keys(Some(wanted)).consistent_read(true).build();
            let keys = keys.map_err(|error| StoreError::Refused(Box::new(error)))?;
            let got = self.client.batch_get_item().request_items(&self.table, keys).send().await.map_err(sdk)?;
            items.extend(got.responses.unwrap_or_default().remove(&self.table).unwrap_or_default());
            let put_off = got.unprocessed_keys.unwrap_or_default().remove(&self.table);
            wanted = put_off.map(|put_off| put_off.keys).unwrap_or_default();
            if !wanted.is_empty() {
                tokio::time::sleep(Duration::from_millis(50 << attempt)).await;
            }
        }
        if wanted.is_empty() { Ok(items) } else { Err(StoreError::Contended) }
    }

    /// Writes one item, whatever stood there.
    async fn put(&self, item: Item) -> Result<(), StoreError> {
        self.client.put_item().table_name(&self.table).set_item(Some(item)).send().await.map_err(sdk)?;
        Ok(())
    }
}

fn key(user: &UserId, sort: String) -> Item {
    [(keys::PK.to_owned(), AttributeValue::S(keys::owner(user))), (keys::SK.to_owned(), AttributeValue::S(sort))].into()
}

fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}
