//! Creating a job: a few reads of what the decision needs, and one transaction that writes the job and checks
//! that nobody was faster.
//!
//! The transaction does not check document and block again, because such a check costs as much as they are large. If
//! they are deleted in between, the deletion or the worker ends the job.
//!
//! The in-flight pointer of a block makes jobs take turns on it. It is written by every new job that writes the block,
//! and never cleared when a job ends. The job that it names says whether the block is busy.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::{
    budget::{self, Committed},
    ids::{BlockId, DocumentId, JobId, UserId},
    job::{Job, inline_input::InlineInput, lifecycle::NewJob, result::JobResult},
    report::{
        block::{Block, BlockType, ContentLength},
        document::Document,
    },
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError,
    documents::deletion::DeletionTask,
    error::sdk,
    idempotency::{IdempotencyRecord, StoredResponse, read_idempotency_record},
    jobs::{
        inline_input::write_inline_input,
        item::{read_job, write_job},
    },
    spending::{spending_key, sum_committed},
    table::{
        item::{Item, key, read, sort_key, write},
        keys,
        transaction::{Condition, TransactionOutcome, failed},
    },
};

/// Keys that one `BatchGetItem` takes.
const KEYS_AT_ONCE: usize = 100;

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
    /// What the job is written from, if it has no document.
    pub inline_input: Option<&'a InlineInput>,
}

/// What a new job depends on, as it is now.
#[derive(Debug, Default)]
pub struct NewJobReads {
    /// The response to an earlier request with the same idempotency key.
    pub response: Option<StoredResponse>,
    /// Whether the document exists. Not read if the block exists.
    pub has_document: bool,
    /// Without its text.
    pub block: Option<Block>,
    /// The job that the in-flight pointer of the block names.
    pub pointer: Option<JobId>,
    /// That job, unless it does not exist any more. It may have ended.
    pub previous_job: Option<Job>,
    /// What is spent and reserved today.
    pub committed: Committed,
    /// The deletion of everything that the user has. Only read for a job without a document: a document that is deleted is
    /// not found.
    pub deletion: Option<DeletionTask>,
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
fn write_in_flight_pointer(job: &Job, document: DocumentId, block: BlockId) -> Result<Item, StoreError> {
    const LATER: i64 = 24 * 3_600;
    let expires_at = AttributeValue::N((job.deadline_at.as_second() + LATER).to_string());
    let item = InFlightPointer { job_id: job.id };
    write(&job.user, keys::in_flight_pointer(document, block), &item, [(keys::EXPIRES_AT.to_owned(), expires_at)])
}

impl Store {
    /// Reads what `new` depends on. `digest` names the idempotency record of the request.
    pub async fn new_job_reads(
        &self,
        new: &NewJob,
        digest: Option<&str>,
        now: Timestamp,
    ) -> Result<NewJobReads, StoreError> {
        let user = &new.user;
        let record_key = digest.map(keys::idempotency_record);
        let place = new.document_id.map(|document| (document, new.block_id));
        let pointer_key = place.and_then(|(document, block)| Some(keys::in_flight_pointer(document, block?)));
        let subject_key = place.map(|(document, block)| {
            block.map_or_else(|| keys::document(document), |block| keys::block(document, block))
        });
        let deletion_key = new.document_id.is_none().then(|| keys::DELETION_OF_ALL.to_owned());
        let wanted = [record_key.clone(), pointer_key.clone(), subject_key, deletion_key];
        let mut wanted: Vec<_> = wanted.into_iter().flatten().map(|sort| key(user, sort)).collect();
        let today = budget::day_of(now);
        wanted.extend([spending_key(Some(user), today), spending_key(None, today)]);
        let mut reads = NewJobReads::default();
        let (mut pointer, mut spending) = (None::<InFlightPointer>, Vec::new());
        for item in self.get_all(wanted).await? {
            match sort_key(&item) {
                Some(sort) if keys::day_of_spending(sort).is_some() => spending.push(item),
                Some(keys::DELETION_OF_ALL) => reads.deletion = Some(read(item)?),
                sort if sort == record_key.as_deref() => reads.response = read_idempotency_record(item, now)?,
                sort if sort == pointer_key.as_deref() => pointer = Some(read(item)?),
                _ if new.block_id.is_some() => reads.block = Some(read(item)?),
                _ => reads.has_document = true,
            }
        }
        reads.committed = sum_committed(&spending);
        let Some(pointer) = pointer.filter(|_| new.written_block().is_some()) else {
            self.complete_reads(new, &mut reads, now).await?;
            return Ok(reads);
        };
        reads.pointer = Some(pointer.job_id);
        reads.previous_job = self.job(user, pointer.job_id).await?;
        self.complete_reads(new, &mut reads, now).await?;
        Ok(reads)
    }

    /// Reads more in the rare cases that need it.
    async fn complete_reads(&self, new: &NewJob, reads: &mut NewJobReads, now: Timestamp) -> Result<(), StoreError> {
        /// Much longer than a commit takes, with all its retries, after it has read the time.
        const JUST: SignedDuration = SignedDuration::from_secs(90);
        let Some((document, block)) = new.document_id.zip(new.block_id) else { return Ok(()) };
        if reads.block.is_none() {
            // The answer says whether document or block is missing.
            reads.has_document = self.get_item(&new.user, keys::document(document)).await?.is_some();
        }
        let Some(job) = &mut reads.previous_job else { return Ok(()) };
        let Some(completed_at) = job.completed_at else {
            // A job that is replaced brings the cost of its answer along.
            if job.attempt > 0 {
                job.saved_answer = self.saved_answer(job).await?.map(Box::new);
            }
            return Ok(());
        };
        // The block may have been read before the job wrote it. That must not look like an edit. A worker that stopped in its
        // commit writes an old time, to both.
        let is_older = reads.block.as_ref().is_some_and(|block| block.updated_at < completed_at);
        let has_written = job.result().is_some_and(JobResult::is_applied);
        if has_written && (is_older || now.duration_since(completed_at) < JUST) {
            reads.block = self.get(&new.user, keys::block(document, block)).await?;
        }
        Ok(())
    }

    /// Stores new jobs if all preconditions hold, otherwise nothing. Each makes up to four writes, and a transaction takes a
    /// hundred, so there may be 25. Returns
    /// [`StoreError::Repeated`] if another request has stored a response under the same idempotency key.
    pub async fn create_jobs(&self, new: &[NewJobWrite<'_>]) -> Result<Created, StoreError> {
        let writes: Vec<_> = new.iter().map(|new| self.writes(new)).collect::<Result<_, _>>()?;
        let (writes, outcomes): (Vec<_>, Vec<_>) = writes.into_iter().flatten().unzip();
        match self.transact(writes).await? {
            TransactionOutcome::Written => Ok(Created::Written),
            TransactionOutcome::ConditionFailed(reasons) => {
                let first = reasons.iter().zip(outcomes).find(|(reason, _)| failed(reason));
                first.and_then(|(_, outcome)| outcome).ok_or(StoreError::Repeated)
            }
        }
    }

    /// The writes of a new job, each with the outcome if its condition fails. If several conditions fail, the first write
    /// decides. `None` stands for a repeated request.
    fn writes(&self, new: &NewJobWrite<'_>) -> Result<Vec<(TransactWriteItem, Option<Created>)>, StoreError> {
        let NewJobWrite { job, previous_job, superseded, idempotency, inline_input } = new;
        let mut writes = Vec::new();
        if let Some(record) = idempotency {
            writes.push((self.put_idempotency_record_if_new(&job.user, record)?, None));
        }
        if let Some((document, block)) = job.document_id.zip(job.written_block()) {
            let condition = previous_job.map_or(Condition::New, Condition::InFlight);
            let pointer = write_in_flight_pointer(job, document, block)?;
            writes.push((self.put_if(pointer, condition)?, Some(Created::Conflict)));
        }
        if let Some((before, after)) = superseded {
            let put = self.put_if(write_job(after)?, Condition::Revision(before.revision))?;
            writes.push((put, Some(Created::Conflict)));
        }
        // The id is random. If it exists, an earlier try of this call has written it.
        writes.push((self.put_if(write_job(job)?, Condition::New)?, Some(Created::Written)));
        if let Some(input) = inline_input {
            writes.push((self.put_if(write_inline_input(job, input)?, Condition::New)?, Some(Created::Written)));
        }
        Ok(writes)
    }

    /// What new jobs of a document depend on. `None`: there is no such document.
    pub async fn document_reads(
        &self,
        user: &UserId,
        document: DocumentId,
        now: Timestamp,
    ) -> Result<Option<(Document, Committed)>, StoreError> {
        let today = budget::day_of(now);
        let wanted =
            vec![key(user, keys::document(document)), spending_key(Some(user), today), spending_key(None, today)];
        let (mut found, mut spending) = (None, Vec::new());
        for item in self.get_all(wanted).await? {
            match sort_key(&item).and_then(keys::day_of_spending) {
                Some(_) => spending.push(item),
                None => found = Some(read(item)?),
            }
        }
        Ok(found.map(|document| (document, sum_committed(&spending))))
    }

    /// The blocks of a document that hold an answer to a prompt, in their order, and the lengths of their contents. Prompts
    /// and metadata are not read into memory.
    pub async fn prompt_blocks(
        &self,
        user: &UserId,
        document: &Document,
    ) -> Result<Vec<(BlockId, ContentLength)>, StoreError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Outline {
            id: BlockId,
            #[serde(rename = "type")]
            block_type: BlockType,
            #[serde(default)]
            content_length: ContentLength,
        }
        let prefix = keys::blocks(document.id);
        let query = self
            .range(user, prefix.clone()..=format!("{prefix}~"))
            .projection_expression("id, #type, contentLength")
            .expression_attribute_names("#type", "type");
        let mut pages = query.into_paginator().send();
        let mut found = HashMap::new();
        while let Some(page) = pages.next().await {
            for item in page.map_err(sdk)?.items.unwrap_or_default() {
                let block: Outline = read(item)?;
                if block.block_type == BlockType::PromptResponse {
                    found.insert(block.id, block.content_length);
                }
            }
        }
        Ok(document.blocks.iter().filter_map(|id| found.remove_entry(id)).collect())
    }

    /// The blocks of a document that exist, without their texts, in the order of `ids`.
    pub async fn blocks(&self, user: &UserId, document: DocumentId, ids: &[BlockId]) -> Result<Vec<Block>, StoreError> {
        let mut found: HashMap<BlockId, Block> = HashMap::new();
        for ids in ids.chunks(KEYS_AT_ONCE) {
            for item in self.get_all(ids.iter().map(|id| key(user, keys::block(document, *id))).collect()).await? {
                let block: Block = read(item)?;
                found.insert(block.id, block);
            }
        }
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }

    /// The newest jobs that write the blocks of a document, without progress. They may have ended.
    pub(crate) async fn jobs_of_pointers(&self, user: &UserId, document: DocumentId) -> Result<Vec<Job>, StoreError> {
        let prefix = keys::in_flight_pointers(document);
        let mut named = Vec::new();
        for item in self.all_between(user, prefix.clone()..=format!("{prefix}~")).await? {
            let pointer: InFlightPointer = read(item)?;
            named.push(key(user, keys::job(pointer.job_id)));
        }
        let mut jobs = Vec::new();
        for keys in named.chunks(KEYS_AT_ONCE) {
            for item in self.get_all(keys.to_vec()).await? {
                jobs.push(read_job(item)?);
            }
        }
        Ok(jobs)
    }

    /// What the in-flight pointers of these blocks name, by block: an id, and the job without progress. The job may have
    /// ended. `None`: it does not exist any more.
    pub async fn newest_jobs(
        &self,
        user: &UserId,
        document: DocumentId,
        blocks: &[BlockId],
    ) -> Result<HashMap<BlockId, (JobId, Option<Job>)>, StoreError> {
        let mut newest = HashMap::new();
        for blocks in blocks.chunks(KEYS_AT_ONCE) {
            let pointers = blocks.iter().map(|block| key(user, keys::in_flight_pointer(document, *block))).collect();
            let mut named = Vec::new();
            for item in self.get_all(pointers).await? {
                let block = sort_key(&item).and_then(keys::block_of_pointer);
                let pointer: InFlightPointer = read(item)?;
                named.push(key(user, keys::job(pointer.job_id)));
                newest.extend(block.map(|block| (block, (pointer.job_id, None))));
            }
            for item in self.get_all(named).await? {
                let job = read_job(item)?;
                if let Some((_, found)) = job.block_id.and_then(|block| newest.get_mut(&block)) {
                    *found = Some(job);
                }
            }
        }
        Ok(newest)
    }
}
