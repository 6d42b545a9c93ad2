//! The two transactions: a job is created only where its block exists, and completed
//! together with its block and the revision.

use std::time::Duration;

use aws_sdk_dynamodb::{
    operation::transact_write_items::TransactWriteItemsError,
    types::{
        AttributeValue, CancellationReason, ConditionCheck, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
    },
};
use domain::{
    document::{Block, Revision},
    ids::{BlockId, DocumentId, LeaseToken, UserId},
    job::{Job, StatusReason},
    life,
    result::{JobResult, Usage},
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    ChangeError, Store, StoreError,
    error::{Refused, sdk},
    items::{Item, read_job, write, write_job},
    key, keys,
};

/// Times that a transaction is tried again because of another one on the same items.
const MAX_CONFLICTS: u32 = 8;

/// Whether a job was stored.
#[derive(Debug, PartialEq, Eq)]
pub enum Created {
    /// It was.
    Yes,
    /// The user has no such document.
    NoDocument,
    /// The document has no such block.
    NoBlock,
}

/// A block and revision to be written with a job's completion.
#[derive(Clone, Debug)]
pub struct BlockChange {
    /// The version that the writer started from.
    pub read_version: u64,
    /// The block as it shall be.
    pub block: Block,
    /// What the change leaves.
    pub revision: Revision,
}

/// Whether a job's block was written.
#[derive(Debug)]
pub enum Committed {
    /// Job, block and revision are written, now or by an earlier call of the same claim.
    Yes(Box<Job>),
    /// Nothing is written: the block was edited since it was read.
    BlockChanged,
    /// Nothing is written: the block is gone.
    BlockGone,
}

/// How a claim ends well.
#[derive(Clone, Debug)]
pub struct Completion {
    /// The claim.
    pub token: LeaseToken,
    /// What was made.
    pub result: JobResult,
    /// `Truncated`, `NotApplied` or nothing.
    pub reason: Option<StatusReason>,
    /// What the attempt cost.
    pub usage: Option<Usage>,
    /// Now.
    pub now: Timestamp,
}

impl Completion {
    fn apply(&self, job: &Job) -> Result<Job, ChangeError> {
        match life::complete(job, self.token, self.result.clone(), self.reason, self.now) {
            Ok(mut next) => {
                if next.revision != job.revision {
                    life::add_usage(&mut next, self.usage);
                }
                Ok(next)
            }
            Err(refusal) => Err(ChangeError::Refused(Box::new(Refused { refusal, job: job.clone() }))),
        }
    }
}

impl Store {
    /// Stores a new job if its document exists and its block, if any, belongs to it.
    pub async fn create(&self, job: &Job) -> Result<Created, StoreError> {
        let mut writes = vec![
            self.put_if(write_job(job)?, "attribute_not_exists(pk)", None)?,
            self.must_exist(&job.user, keys::document(job.document_id))?,
        ];
        if let Some(block) = job.block_id {
            writes.push(self.must_exist(&job.user, keys::block(job.document_id, block))?);
        }
        match self.transact(writes).await? {
            Transacted::Yes => Ok(Created::Yes),
            Transacted::Refused(reasons) => match reasons.as_slice() {
                [_, document, ..] if failed(document) => Ok(Created::NoDocument),
                [_, _, block] if failed(block) => Ok(Created::NoBlock),
                // The id is random: only a repeat of this very call finds it taken.
                _ => Ok(Created::Yes),
            },
        }
    }

    /// Completes a job. With a block change, all of it is written or nothing.
    pub async fn complete(
        &self,
        job: &Job,
        completion: &Completion,
        change: Option<&BlockChange>,
    ) -> Result<Committed, ChangeError> {
        let mut job = job.clone();
        for _ in 0..MAX_CONFLICTS {
            let next = completion.apply(&job)?;
            if next.revision == job.revision {
                return Ok(Committed::Yes(Box::new(next)));
            }
            let mut writes = vec![self.put_if(write_job(&next)?, "revision = :expected", Some(job.revision))?];
            if let Some(BlockChange { read_version, block, revision }) = change {
                let block_item = write(&job.user, keys::block(block.document_id, block.id), block)?;
                writes.push(self.put_if(block_item, "version = :expected", Some(*read_version))?);
                let revision_item = write(&job.user, keys::revision(block.id, revision.number), revision)?;
                writes.push(self.put_if(revision_item, "attribute_not_exists(pk)", None)?);
            }
            let reasons = match self.transact(writes).await? {
                Transacted::Yes => return Ok(Committed::Yes(Box::new(next))),
                Transacted::Refused(reasons) => reasons,
            };
            match reasons.as_slice() {
                [first, ..] if failed(first) => {
                    let present = first.item().cloned().map(read_job).transpose()?;
                    job = present.ok_or(ChangeError::NotFound)?;
                }
                [_, block, ..] if failed(block) && block.item().is_none_or(std::collections::HashMap::is_empty) => {
                    return Ok(Committed::BlockGone);
                }
                _ => return Ok(Committed::BlockChanged),
            }
        }
        Err(StoreError::Contended.into())
    }

    /// Writes a block whose content a person changed, with its revision.
    pub async fn save_block(&self, user: &UserId, change: &BlockChange) -> Result<Saved, StoreError> {
        let BlockChange { read_version, block, revision } = change;
        let writes = vec![
            self.put_if(
                write(user, keys::block(block.document_id, block.id), block)?,
                "version = :expected",
                Some(*read_version),
            )?,
            self.put_if(
                write(user, keys::revision(block.id, revision.number), revision)?,
                "attribute_not_exists(pk)",
                None,
            )?,
        ];
        match self.transact(writes).await? {
            Transacted::Yes => Ok(Saved::Yes),
            Transacted::Refused(_) => Ok(Saved::Changed),
        }
    }

    /// Removes a block.
    pub async fn delete_block(&self, user: &UserId, document: DocumentId, block: BlockId) -> Result<(), StoreError> {
        self.client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key(user, keys::block(document, block))))
            .send()
            .await
            .map_err(sdk)?;
        Ok(())
    }

    fn put_if(&self, item: Item, condition: &str, expected: Option<u64>) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(condition)
            .set_expression_attribute_values(
                expected.map(|expected| [(":expected".to_owned(), AttributeValue::N(expected.to_string()))].into()),
            )
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(|error| StoreError::Refused(Box::new(error)))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn must_exist(&self, user: &UserId, sort: String) -> Result<TransactWriteItem, StoreError> {
        let check = ConditionCheck::builder()
            .table_name(&self.table)
            .set_key(Some(key(user, sort)))
            .condition_expression("attribute_exists(pk)")
            .build()
            .map_err(|error| StoreError::Refused(Box::new(error)))?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }

    /// Writes all or nothing. A conflict with another transaction is tried again under the
    /// same token, so that a write whose answer was lost is not done twice.
    async fn transact(&self, writes: Vec<TransactWriteItem>) -> Result<Transacted, StoreError> {
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

/// Whether an edit was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// It was.
    Yes,
    /// The block is gone or has another version.
    Changed,
}

enum Transacted {
    Yes,
    Refused(Vec<CancellationReason>),
}

fn failed(reason: &CancellationReason) -> bool {
    reason.code() == Some("ConditionalCheckFailed")
}
