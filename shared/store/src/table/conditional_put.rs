//! Conditional writes of one item.

use aws_sdk_dynamodb::operation::put_item::PutItemError;

use crate::{
    Store, StoreError,
    error::sdk,
    table::{item::Item, transaction::Condition},
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
            .set_expression_attribute_values(condition.values())
            .send()
            .await;
        let Err(error) = put else { return Ok(PutOutcome::Written) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(PutOutcome::ConditionFailed),
            _ => Err(sdk(error)),
        }
    }
}
