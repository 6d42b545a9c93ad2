//! Writes that happen together or not at all.

use std::time::Duration;

use aws_sdk_dynamodb::{
    operation::transact_write_items::TransactWriteItemsError,
    types::{
        AttributeValue, CancellationReason, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure,
        TransactWriteItem,
    },
};
use domain::ids::{JobId, UserId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{Store, StoreError, error::sdk, items::Item, key};

/// Times that a transaction is tried again because of another one on the same items.
pub(crate) const MAX_CONFLICTS: u32 = 8;

/// On what a write depends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Condition {
    /// Nothing stands there.
    New,
    /// Something stands there.
    Exists,
    /// A job of this revision stands there.
    Revision(u64),
    /// A document, block or entry of this version stands there.
    Version(u64),
    /// The block's pointer names this job, or there is none.
    Flight(JobId),
    /// Nothing stands there, or something that has expired by now.
    NewOrExpired(Timestamp),
}

impl Condition {
    pub(crate) const fn expression(self) -> &'static str {
        match self {
            Self::New => "attribute_not_exists(pk)",
            Self::Exists => "attribute_exists(pk)",
            Self::Revision(_) => "revision = :expected",
            Self::Version(_) => "version = :expected",
            Self::Flight(_) => "attribute_not_exists(pk) OR jobId = :expected",
            Self::NewOrExpired(_) => "attribute_not_exists(pk) OR expiresAt <= :expected",
        }
    }

    pub(crate) fn values(self) -> Option<Item> {
        let expected = match self {
            Self::New | Self::Exists => return None,
            Self::Revision(expected) | Self::Version(expected) => AttributeValue::N(expected.to_string()),
            Self::Flight(job) => AttributeValue::S(job.to_string()),
            Self::NewOrExpired(now) => AttributeValue::N(now.as_second().to_string()),
        };
        Some([(":expected".to_owned(), expected)].into())
    }
}

/// Whether a transaction was written.
pub(crate) enum Transacted {
    /// All of it.
    Yes,
    /// None of it; for each write, what was wrong with it.
    Refused(Vec<CancellationReason>),
}

/// Whether it was this write's condition that failed.
pub(crate) fn failed(reason: &CancellationReason) -> bool {
    reason.code() == Some("ConditionalCheckFailed")
}

impl Store {
    pub(crate) fn put_if(&self, item: Item, condition: Condition) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(condition.expression())
            .set_expression_attribute_values(condition.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(|error| StoreError::Refused(Box::new(error)))?;
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
            .map_err(|error| StoreError::Refused(Box::new(error)))?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    pub(crate) fn must_exist(&self, user: &UserId, sort: String) -> Result<TransactWriteItem, StoreError> {
        let check = ConditionCheck::builder()
            .table_name(&self.table)
            .set_key(Some(key(user, sort)))
            .condition_expression(Condition::Exists.expression())
            .build()
            .map_err(|error| StoreError::Refused(Box::new(error)))?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }

    /// Writes all or nothing. A conflict with another transaction is tried again under the
    /// same token, so that a write whose answer was lost is not done twice.
    pub(crate) async fn transact(&self, writes: Vec<TransactWriteItem>) -> Result<Transacted, StoreError> {
        let token = Uuid::new_v4().to_string();
        for conflict in 0..MAX_CONFLICTS {
            let sent = self
                .client
                .transact_write_items()
                .set_transact_items(Some(writes.clone()))
                .client_request_token(&token)
                .send()
                .await;
            let Err(error) = sent else { return Ok(Transacted::Yes) };
            if let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() {
                let reasons = cancelled.cancellation_reasons();
                if reasons.iter().any(failed) {
                    return Ok(Transacted::Refused(reasons.to_vec()));
                }
                if reasons.iter().any(|reason| reason.code() == Some("ValidationError")) {
                    return Err(StoreError::Refused(Box::new(error)));
                }
            } else if !matches!(
                error.as_service_error(),
                Some(TransactWriteItemsError::TransactionInProgressException(_))
            ) {
                return Err(sdk(error));
            }
            // Full jitter: writers that met once must not meet again.
            tokio::time::sleep(Duration::from_millis(40 << conflict).mul_f64(rand::random())).await;
        }
        Err(StoreError::Contended)
    }
}
