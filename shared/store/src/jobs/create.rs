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
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError,
    idempotency::{IdempotencyRecord, StoredResponse, read_idempotency_record},
    jobs::item::write_job,
    table::{
        item::{Item, key, read, sort_key, write},
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
    /// Reads what `new` depends on. `digest` names the idempotency record of the request.
    pub async fn new_job_reads(
        &self,
        new: &NewJob,
        digest: Option<&str>,
        now: Timestamp,
    ) -> Result<NewJobReads, StoreError> {
        let NewJob { user, document_id, .. } = new;
        let record_key = digest.map(keys::idempotency_record);
        let pointer_key = new.block_id.map(|id| keys::in_flight_pointer(*document_id, id));
        let subject_key = new.block_id.map_or_else(|| keys::document(*document_id), |id| keys::block(*document_id, id));
        let wanted = [record_key.clone(), pointer_key.clone(), Some(subject_key.clone())];
        let mut reads = NewJobReads { response: None, has_document: false, block: None, previous_job: None };
        let mut pointer: Option<InFlightPointer> = None;
        for item in self.get_all(wanted.into_iter().flatten().map(|sort| key(user, sort)).collect()).await? {
            match sort_key(&item) {
                sort if sort == record_key.as_deref() => reads.response = read_idempotency_record(item, now)?,
                sort if sort == pointer_key.as_deref() => pointer = Some(read(item)?),
                _ if new.block_id.is_some() => reads.block = Some(read(item)?),
                _ => reads.has_document = true,
            }
        }
        let Some(pointer) = pointer.filter(|_| new.job_type.writes_block()) else {
            self.complete_reads(new, &mut reads, now).await?;
            return Ok(reads);
        };
        reads.previous_job = self.job(user, pointer.job_id).await?;
        self.complete_reads(new, &mut reads, now).await?;
        Ok(reads)
    }

    /// Reads more in the rare cases that need it.
    async fn complete_reads(&self, new: &NewJob, reads: &mut NewJobReads, now: Timestamp) -> Result<(), StoreError> {
        /// Much longer than a commit takes, with all its retries, after it has read the time.
        const JUST: SignedDuration = SignedDuration::from_secs(90);
        let Some(block) = new.block_id else { return Ok(()) };
        if reads.block.is_none() {
            // The answer says whether document or block is missing.
            reads.has_document = self.get_item(&new.user, keys::document(new.document_id)).await?.is_some();
        }
        let Some(job) = &mut reads.previous_job else { return Ok(()) };
        match job.completed_at {
            // A job that is replaced brings the cost of its answer along.
            None if job.attempt > 0 => job.saved_answer = self.saved_answer(job).await?.map(Box::new),
            // The block may have been read before the job wrote it. That must not look like an edit.
            Some(at) if now.duration_since(at) < JUST => {
                reads.block = self.get(&new.user, keys::block(new.document_id, block)).await?;
            }
            _ => {}
        }
        Ok(())
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
