//! Writes of one item, mostly under a condition.
//!
//! DynamoDB refuses a put while a transaction writes the same item. That says nothing about the condition, so the put is
//! sent again.

use aws_sdk_dynamodb::operation::put_item::{PutItemError, builders::PutItemFluentBuilder};

use crate::{
    Store, StoreError,
    error::sdk,
    table::{conflict_retry::ConflictRetry, item::Item, transaction::Condition},
};

/// The outcome of a conditional put.
pub(crate) enum PutOutcome {
    Written,
    /// Nothing was written.
    ConditionFailed,
}

impl Store {
    pub(crate) async fn put_item_if(&self, item: Item, condition: Condition) -> Result<PutOutcome, StoreError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(condition.expression())
            .set_expression_attribute_values(condition.values());
        self.put(put).await
    }

    /// Replaces whatever is stored under the key.
    pub(crate) async fn put_item(&self, item: Item) -> Result<(), StoreError> {
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        self.put(put).await.map(|_| ())
    }

    async fn put(&self, put: PutItemFluentBuilder) -> Result<PutOutcome, StoreError> {
        let mut retry = ConflictRetry::default();
        loop {
            let Err(error) = put.clone().send().await else { return Ok(PutOutcome::Written) };
            match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => return Ok(PutOutcome::ConditionFailed),
                Some(PutItemError::TransactionConflictException(_)) => retry.backoff().await?,
                _ => return Err(sdk(error)),
            }
        }
    }
}
