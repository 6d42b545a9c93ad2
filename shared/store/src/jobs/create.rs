//! Creating a job: one transaction that writes the job and checks again what the caller has read.
//!
//! The in-flight pointer of a block makes jobs take turns on it. It is written by every new job that writes the block,
//! and never cleared when a job ends. The job that it names says whether the block is busy.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    ids::{BlockId, DocumentId, JobId, UserId},
    job::Job,
};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError,
    idempotency::IdempotencyRecord,
    jobs::{item::write_job, limits::Allowance},
    table::{
        item::{Item, write},
        keys,
        transaction::{Condition, TransactionOutcome, failed},
    },
};

/// A new job and the preconditions that must hold when it is written.
#[derive(Debug)]
pub struct NewJobWrite<'a> {
    pub job: &'a Job,
    /// The job that the in-flight pointer named when it was read. The pointer must still name it. `None`: no pointer.
    pub previous_job: Option<JobId>,
    /// The job that the new job replaces: as it was read, and as it is to be written.
    pub superseded: Option<(&'a Job, &'a Job)>,
    /// The response to store, if the request has an idempotency key.
    pub idempotency: Option<&'a IdempotencyRecord>,
    /// The result of [`Store::admission`]. It must still hold.
    pub allowance: Allowance,
}

/// The outcome of creating a job.
#[derive(Debug, PartialEq, Eq)]
pub enum Created {
    /// The job is stored, by this try or by an earlier try of the same call.
    Written,
    /// Nothing was written. Another job was created for the block, the replaced job has changed, or the allowance no
    /// longer holds. The caller reads again.
    Conflict,
    /// Nothing was written, because the user has no such document.
    DocumentNotFound,
    /// Nothing was written, because the document has no such block.
    BlockNotFound,
}

/// Names the newest job that writes a block. The job may have ended.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct InFlightPointer {
    job_id: JobId,
}

/// The pointer expires a day after the deadline of its job. By then the job has ended, and no pointer means the same.
fn write_in_flight_pointer(job: &Job, block: BlockId) -> Result<Item, StoreError> {
    const LATER: i64 = 24 * 3_600;
    let expires_at = AttributeValue::N((job.deadline_at.as_second() + LATER).to_string());
    let item = InFlightPointer { job_id: job.id };
    write(
        &job.user,
        keys::in_flight_pointer(job.document_id, block),
        &item,
        [(keys::EXPIRES_AT.to_owned(), expires_at)],
    )
}

impl Store {
    /// The newest job that writes a block, if it is known. The job may have ended.
    pub async fn in_flight_job(
        &self,
        user: &UserId,
        document: DocumentId,
        block: BlockId,
    ) -> Result<Option<Job>, StoreError> {
        let Some(InFlightPointer { job_id }) = self.get(user, keys::in_flight_pointer(document, block)).await? else {
            return Ok(None);
        };
        self.job(user, job_id).await
    }

    /// Stores a new job if all preconditions hold, otherwise nothing. Returns [`StoreError::Repeated`] if another
    /// request has stored a response under the same idempotency key.
    pub async fn create_job(&self, new: &NewJobWrite<'_>) -> Result<Created, StoreError> {
        let NewJobWrite { job, previous_job, superseded, idempotency, allowance } = new;
        let user = &job.user;
        // Each write, with the outcome if its condition fails. If several conditions fail, the first write decides.
        // `None` stands for a repeated request.
        let mut writes = Vec::new();
        if let Some(record) = idempotency {
            writes.push((self.put_idempotency_record_if_new(user, record)?, None));
        }
        writes.push((self.must_exist(user, keys::document(job.document_id))?, Some(Created::DocumentNotFound)));
        if let Some(block) = job.block_id {
            writes.push((self.must_exist(user, keys::block(job.document_id, block))?, Some(Created::BlockNotFound)));
        }
        if let Some(block) = job.block_id.filter(|_| job.job_type.writes_block()) {
            let condition = previous_job.map_or(Condition::New, Condition::InFlight);
            writes.push((self.put_if(write_in_flight_pointer(job, block)?, condition)?, Some(Created::Conflict)));
        }
        if let Some((before, after)) = superseded {
            let put = self.put_if(write_job(after)?, Condition::Revision(before.revision))?;
            writes.push((put, Some(Created::Conflict)));
        }
        if let Some(count) = self.count(user, job.id, *allowance)? {
            writes.push((count, Some(Created::Conflict)));
        }
        // The id is random. If it exists, an earlier try of this call has written it.
        writes.push((self.put_if(write_job(job)?, Condition::New)?, Some(Created::Written)));

        let (writes, outcomes): (Vec<_>, Vec<_>) = writes.into_iter().unzip();
        match self.transact(writes).await? {
            TransactionOutcome::Written => Ok(Created::Written),
            TransactionOutcome::ConditionFailed(reasons) => {
                let first = reasons.iter().zip(outcomes).find(|(reason, _)| failed(reason));
                first.and_then(|(_, outcome)| outcome).ok_or(StoreError::Repeated)
            }
        }
    }
}
