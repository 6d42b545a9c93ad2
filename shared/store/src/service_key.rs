//! The service's own key, with which it knows what it has written itself (cursors).
//!
//! It is made by whoever needs it first and kept in the table, encrypted with all the rest. It
//! belongs to no user; removing it makes a new one, and cursors of before are no longer taken.

use aws_sdk_dynamodb::{operation::put_item::PutItemError, primitives::Blob, types::AttributeValue};

use crate::{Store, StoreError, error::sdk, items::Item, keys, text};

const KEY: &str = "key";
/// Bytes of the key: a block of SHA-256, as HMAC takes it without hashing it first.
const LENGTH: usize = 64;
/// Partition and sort key of the item.
const NAME: &str = "SERVICE";

impl Store {
    /// The key; read once.
    pub async fn service_key(&self) -> Result<[u8; LENGTH], StoreError> {
        self.service_key.get_or_try_init(|| self.read_or_make_key()).await.copied()
    }

    async fn read_or_make_key(&self) -> Result<[u8; LENGTH], StoreError> {
        let name: Item = [(keys::PK.to_owned(), text(NAME)), (keys::SK.to_owned(), text(NAME))].into();
        let read = self.client.get_item().table_name(&self.table).set_key(Some(name.clone())).consistent_read(true);
        if let Some(found) = read.send().await.map_err(sdk)?.item {
            return bytes(&found);
        }
        let made: [u8; LENGTH] = rand::random();
        let mut item = name;
        item.insert(KEY.to_owned(), AttributeValue::B(Blob::new(made)));
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(
                aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld,
            )
            .send()
            .await;
        match put {
            Ok(_) => Ok(made),
            Err(error) => match error.as_service_error() {
                // Somebody else was faster.
                Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                    bytes(&failed.item().cloned().unwrap_or_default())
                }
                _ => Err(sdk(error)),
            },
        }
    }
}

fn bytes(item: &Item) -> Result<[u8; LENGTH], StoreError> {
    let stored = item.get(KEY).and_then(|key| key.as_b().ok());
    stored.and_then(|key| key.as_ref().try_into().ok()).ok_or(StoreError::NoServiceKey)
}
