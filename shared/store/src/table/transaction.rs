//! Transactions: conditional writes of several items that are all applied, or none of them.

use aws_sdk_dynamodb::{
    operation::transact_write_items::TransactWriteItemsError,
    types::{AttributeValue, CancellationReason, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem},
};
use domain::{
    ids::{JobId, UserId},
    random,
};
use jiff::Timestamp;

use crate::{
    Store, StoreError,
    error::sdk,
    table::{
        conflict_retry::ConflictRetry,
        item::{Item, key},
    },
};

/// The condition of a write. DynamoDB evaluates it on the item that is stored under the same key.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Condition {
    /// No item exists.
    New,
    /// An item exists.
    Exists,
    /// The item is a job with this revision.
    Revision(u64),
    /// The item is a document, block or library entry with this version.
    Version(u64),
    /// The in-flight pointer names this job, or TTL has removed the pointer.
    InFlight(JobId),
    /// No item exists, or its TTL is not later than this time.
    NewOrExpired(Timestamp),
    /// No item exists, or it is the progress of a claim with this revision of the job or an earlier one.
    ClaimedBefore(u64),
}

impl Condition {
    /// The condition as a DynamoDB expression.
    pub(crate) const fn expression(self) -> &'static str {
        match self {
            Self::New => "attribute_not_exists(pk)",
            Self::Exists => "attribute_exists(pk)",
            Self::Revision(_) => "revision = :expected",
            Self::Version(_) => "version = :expected",
            Self::InFlight(_) => "attribute_not_exists(pk) OR jobId = :expected",
            Self::NewOrExpired(_) => "attribute_not_exists(pk) OR expiresAt <= :expected",
            Self::ClaimedBefore(_) => "attribute_not_exists(pk) OR claimRevision <= :expected",
        }
    }

    /// The values that [`Self::expression`] refers to.
    pub(crate) fn values(self) -> Option<Item> {
        let expected = match self {
            Self::New | Self::Exists => return None,
            Self::Revision(expected) | Self::Version(expected) | Self::ClaimedBefore(expected) => {
                AttributeValue::N(expected.to_string())
            }
            Self::InFlight(job) => AttributeValue::S(job.to_string()),
            Self::NewOrExpired(now) => AttributeValue::N(now.as_second().to_string()),
        };
        Some([(":expected".to_owned(), expected)].into())
    }
}

/// The outcome of a conditional edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    Written,
    /// Nothing was written, because an item has another version, exists already, or does not exist any more. The caller
    /// reads again.
    Conflict,
}

/// The outcome of a transaction that DynamoDB has decided.
pub(crate) enum TransactionOutcome {
    Written,
    /// No write was applied. One reason for each write, in the order of the writes.
    ConditionFailed(Vec<CancellationReason>),
}

/// True if the condition of this write failed. The other writes of the transaction have other codes, such as `None`.
pub(crate) fn failed(reason: &CancellationReason) -> bool {
    reason.code() == Some("ConditionalCheckFailed")
}

impl Store {
    /// Puts an item under a condition. If the condition fails, the reason holds the item that exists.
    pub(crate) fn put_if(&self, item: Item, condition: Condition) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(condition.expression())
            .set_expression_attribute_values(condition.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(|error| StoreError::InvalidCall(Box::new(error)))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    pub(crate) fn delete_if(
        &self,
        user: &UserId,
        sort: String,
        condition: Condition,
    ) -> Result<TransactWriteItem, StoreError> {
        let delete = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(key(user, sort)))
            .condition_expression(condition.expression())
            .set_expression_attribute_values(condition.values())
            .build()
            .map_err(|error| StoreError::InvalidCall(Box::new(error)))?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    /// Runs a transaction. After a conflict with another write of the same items it is sent again, with the same client
    /// request token. So a transaction whose response was lost is not applied twice.
    pub(crate) async fn transact(&self, writes: Vec<TransactWriteItem>) -> Result<TransactionOutcome, StoreError> {
        let token = uuid::Builder::from_random_bytes(random::bytes()).into_uuid().to_string();
        let transaction =
            self.client.transact_write_items().set_transact_items(Some(writes)).client_request_token(&token);
        let mut retry = ConflictRetry::default();
        loop {
            let Err(error) = transaction.clone().send().await else { return Ok(TransactionOutcome::Written) };
            if let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() {
                let reasons = cancelled.cancellation_reasons();
                if reasons.iter().any(failed) {
                    return Ok(TransactionOutcome::ConditionFailed(reasons.to_vec()));
                }
                if reasons.iter().any(|reason| reason.code() == Some("ValidationError")) {
                    return Err(StoreError::InvalidCall(Box::new(error)));
                }
            } else if !matches!(
                error.as_service_error(),
                Some(TransactWriteItemsError::TransactionInProgressException(_))
            ) {
                return Err(sdk(error));
            }
            retry.backoff().await?;
        }
    }
}
