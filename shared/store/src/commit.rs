//! The two transactions: a job is created only where its block exists, and completed
//! together with its block and the revision.

use domain::{
    document::{Block, Revision},
    ids::LeaseToken,
    job::{Job, StatusReason},
    life,
    result::{JobResult, Usage},
};
use jiff::Timestamp;

use crate::{
    ChangeError, Store, StoreError,
    documents::write_block,
    error::Refused,
    items::{read_job, write_job},
    keys,
    revisions::write_revision,
    transact::{Condition, MAX_CONFLICTS, Transacted, failed},
};

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
            self.put_if(write_job(job)?, Condition::New)?,
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
