//! The two transactions: a job is created only where its block exists and no other job is under
//! way on it, and completed together with its block and the revision.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    document::{Block, Revision},
    ids::{BlockId, DocumentId, JobId, LeaseToken, UserId},
    job::{Job, StatusReason},
    life,
    result::{JobResult, Usage},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    ChangeError, Store, StoreError,
    documents::write_block,
    error::Refused,
    items::{Item, read_job, write, write_job},
    keys,
    limits::Allowance,
    once::Once,
    revisions::write_revision,
    transact::{Condition, MAX_CONFLICTS, Transacted, failed},
};

/// A job to be stored, with all that must still be so when it is.
#[derive(Debug)]
pub struct Launch<'a> {
    /// The job.
    pub job: &'a Job,
    /// Which job the block's pointer named when it was read.
    pub flight: Option<JobId>,
    /// A job whose place it takes: as it was read, and as it shall be.
    pub superseded: Option<(&'a Job, &'a Job)>,
    /// The answer, if it is kept under a key.
    pub once: Option<&'a Once>,
    /// The user's leave to create it.
    pub allowance: Allowance,
}

/// Whether a job was stored.
#[derive(Debug, PartialEq, Eq)]
pub enum Created {
    /// It was.
    Yes,
    /// Nothing was written: another job came onto the block, the superseded one has moved on, or the
    /// allowance no longer holds. Read again.
    Changed,
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

/// Which job a block's pointer names.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FlightItem {
    job_id: JobId,
}

/// The pointer goes once the job has ended for sure.
fn write_flight(job: &Job, block: BlockId) -> Result<Item, StoreError> {
    const LATER: i64 = 24 * 3_600;
    let expires_at = AttributeValue::N((job.deadline_at.as_second() + LATER).to_string());
    let item = FlightItem { job_id: job.id };
    write(&job.user, keys::flight(job.document_id, block), &item, [(keys::EXPIRES_AT.to_owned(), expires_at)])
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
    /// The job that is under way on a block, or was last.
    pub async fn flight(&self, user: &UserId, document: DocumentId, block: BlockId) -> Result<Option<Job>, StoreError> {
        let Some(FlightItem { job_id }) = self.get(user, keys::flight(document, block)).await? else {
            return Ok(None);
        };
        self.job(user, job_id).await
    }

    /// Stores a new job if its document exists, its block, if any, belongs to it, and nothing has
    /// changed of what the caller has read.
    pub async fn launch(&self, launch: &Launch<'_>) -> Result<Created, StoreError> {
        let Launch { job, flight, superseded, once, allowance } = launch;
        let user = &job.user;
        // What it means when the condition of a write fails, in the order in which it is told.
        let mut writes = Vec::new();
        if let Some(once) = once {
            writes.push((self.once(user, once)?, None));
        }
        writes.push((self.must_exist(user, keys::document(job.document_id))?, Some(Created::NoDocument)));
        if let Some(block) = job.block_id {
            writes.push((self.must_exist(user, keys::block(job.document_id, block))?, Some(Created::NoBlock)));
        }
        if let Some(block) = job.block_id.filter(|_| job.job_type.writes_block()) {
            let condition = flight.map_or(Condition::New, Condition::Flight);
            writes.push((self.put_if(write_flight(job, block)?, condition)?, Some(Created::Changed)));
        }
        if let Some((before, after)) = superseded {
            let put = self.put_if(write_job(after)?, Condition::Revision(before.revision))?;
            writes.push((put, Some(Created::Changed)));
        }
        if let Some(count) = self.count(user, job.id, *allowance)? {
            writes.push((count, Some(Created::Changed)));
        }
        // The id is random: only a repeat of this very call finds it taken.
        writes.push((self.put_if(write_job(job)?, Condition::New)?, Some(Created::Yes)));

        let (writes, meanings): (Vec<_>, Vec<_>) = writes.into_iter().unzip();
        match self.transact(writes).await? {
            Transacted::Yes => Ok(Created::Yes),
            Transacted::Refused(reasons) => {
                let told = reasons.iter().zip(meanings).find(|(reason, _)| failed(reason));
                told.and_then(|(_, meaning)| meaning).ok_or(StoreError::Repeated)
            }
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
            let mut writes = vec![self.put_if(write_job(&next)?, Condition::Revision(job.revision))?];
            if let Some(BlockChange { read_version, block, revision }) = change {
                let block_item = write_block(&job.user, block)?;
                writes.push(self.put_if(block_item, Condition::Version(*read_version))?);
                writes.push(self.put_if(write_revision(&job.user, revision)?, Condition::New)?);
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
}
