//! Creating a job: a few reads of what the decision needs, and one transaction that writes the job and checks
//! that nobody was faster.
//!
//! The transaction does not check document and block again, because such a check costs as much as they are large. If
//! they are deleted in between, the deletion or the worker ends the job.
//!
//! The in-flight pointer of a block makes jobs take turns on it. It is written by every new job that writes the block,
//! and never cleared when a job ends. The job that it names says whether the block is busy.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    ids::{BlockId, JobId},
    job::{Job, lifecycle::NewJob},
    report::block::Block,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError,
    idempotency::{IdempotencyRecord, StoredResponse, read_idempotency_record},
    jobs::item::write_job,
    table::{
        item::{Item, key, read, write},
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
}

/// What a new job depends on, as it is now.
#[derive(Debug)]
pub struct NewJobReads {
    /// The response to an earlier request with the same idempotency key.
    pub response: Option<StoredResponse>,
    /// Whether the document exists. Not read if the block exists.
    pub has_document: bool,
    /// Without its text.
    pub block: Option<Block>,
    /// The newest job that writes the block, if it is known. It may have ended.
    pub previous_job: Option<Job>,
}

/// The outcome of creating a job.
#[derive(Debug, PartialEq, Eq)]
pub enum Created {
    /// The job is stored, by this try or by an earlier try of the same call.
    Written,
    /// Nothing was written. Another job was created for the block, or the replaced job has changed. The caller reads
    /// again.
    Conflict,
}

/// Names the newest job that writes a block. The job may have ended.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct InFlightPointer {
    job_id: JobId,
}

fn sort_key(item: &Item) -> Option<String> {
    item.get(keys::SK).and_then(|sort| sort.as_s().ok()).cloned()
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
    /// Reads what `new` depends on. `digest` names the
    /// idempotency record of the request.
    pub async fn new_job_reads(
        &self,
        new: &NewJob,
        digest: Option<&str>,
        now: Timestamp,
    ) -> Result<NewJobReads, StoreError> {
        let NewJob { user, document_id, .. } = new;
        let record_key = digest.map(keys::idempotency_record);
        let pointer_key = new.block_id.map(|id| keys::in_flight_pointer(*document_id, id));
        let wanted = [record_key.clone(), pointer_key.clone()];
        let wanted: Vec<Item> = wanted.into_iter().flatten().map(|sort| key(user, sort)).collect();
        let mut reads = NewJobReads { response: None, has_document: false, block: None, previous_job: None };
        let mut pointer: Option<InFlightPointer> = None;
        for item in self.get_all(wanted).await? {
            if sort_key(&item) == record_key {
                reads.response = read_idempotency_record(item, now)?;
            } else {
                pointer = Some(read(item)?);
            }
        }
        if let Some(pointer) = pointer.filter(|_| new.job_type.writes_block()) {
            reads.previous_job = self.job_with_answer(user, pointer.job_id).await?;
        }
        // After the job: the content that it may just have written must not look like an edit.
        let document_key = keys::document(*document_id);
        let subject = new.block_id.map_or_else(|| document_key.clone(), |id| keys::block(*document_id, id));
        match (self.get_item(user, subject).await?, new.block_id) {
            (Some(item), Some(_)) => reads.block = Some(read(item)?),
            (found, None) => reads.has_document = found.is_some(),
            // The answer says whether document or block is missing.
            (None, Some(_)) => reads.has_document = self.get_item(user, document_key).await?.is_some(),
        }
        Ok(reads)
    }

    /// Stores a new job if all preconditions hold, otherwise nothing. Returns [`StoreError::Repeated`] if another
    /// request has stored a response under the same idempotency key.
    pub async fn create_job(&self, new: &NewJobWrite<'_>) -> Result<Created, StoreError> {
        let NewJobWrite { job, previous_job, superseded, idempotency } = new;
        let user = &job.user;
        // Each write, with the outcome if its condition fails. If several conditions fail, the first write decides.
        // `None` stands for a repeated request.
        let mut writes = Vec::new();
        if let Some(record) = idempotency {
            writes.push((self.put_idempotency_record_if_new(user, record)?, None));
        }
        if let Some(block) = job.block_id.filter(|_| job.job_type.writes_block()) {
            let condition = previous_job.map_or(Condition::New, Condition::InFlight);
            writes.push((self.put_if(write_in_flight_pointer(job, block)?, condition)?, Some(Created::Conflict)));
        }
        if let Some((before, after)) = superseded {
            let put = self.put_if(write_job(after)?, Condition::Revision(before.revision))?;
            writes.push((put, Some(Created::Conflict)));
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
