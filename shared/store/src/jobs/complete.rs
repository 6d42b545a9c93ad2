//! Completing a job: one transaction that writes the job, its block and the revision of the block.
//!
//! The transaction has three conditions: the job has the `revision` that was read, the block has the version that the
//! job may replace, and the revision number is new. So a job writes its block at most once, and never over an edit.

use domain::{
    job::{Claim, Job, lifecycle, result::JobResult},
    report::{block::Block, revision::Revision},
};
use jiff::Timestamp;

use crate::{
    ChangeError, Store,
    documents::{revisions::write_revision, write_block},
    error::TransitionRejected,
    jobs::item::{read_job, write_job},
    table::transaction::{Condition, TransactionOutcome, failed},
};

/// The change of a block that is written together with the completion of its job.
#[derive(Clone, Debug)]
pub struct BlockChange {
    /// The version that the block must still have.
    pub read_version: u64,
    /// The new state of the block, with the version after the change.
    pub block: Block,
    /// The history entry of this change.
    pub revision: Revision,
}

/// The outcome of a completion.
#[derive(Debug)]
pub enum Committed {
    /// The job and its block change are written, by this call or by an earlier call with the same lease token.
    Written(Box<Job>),
    /// Nothing was written, because the block has another version.
    BlockChanged,
    /// Nothing was written, because the block was deleted.
    BlockGone,
    /// Nothing was written, because the job has changed since it was read. This is the job now.
    JobChanged(Box<Job>),
}

/// The successful end of a claim.
#[derive(Clone, Debug)]
pub struct Completion {
    pub result: JobResult,
    /// The `completed_at` of the job.
    pub now: Timestamp,
}

impl Completion {
    /// Asks the rules, and adds the usage of the attempt. A repeated completion returns the job unchanged.
    fn apply(&self, claim: &Claim, job: &Job) -> Result<Job, ChangeError> {
        match lifecycle::complete(job, claim.token, self.result.clone(), self.now) {
            Ok(mut next) => {
                if next.revision != job.revision {
                    next.usage.set(claim.job.attempt, claim.usage);
                }
                Ok(next)
            }
            Err(error) => {
                Err(ChangeError::TransitionRejected(Box::new(TransitionRejected { error, job: job.clone() })))
            }
        }
    }
}

impl Store {
    /// Completes a job and writes its block change, both or neither. Idempotent for one lease token. `job` is the job as it
    /// was last read.
    pub async fn complete(
        &self,
        claim: &Claim,
        job: &Job,
        completion: &Completion,
        change: Option<&BlockChange>,
    ) -> Result<Committed, ChangeError> {
        let next = completion.apply(claim, job)?;
        if next.revision == job.revision {
            return Ok(Committed::Written(Box::new(next)));
        }
        let mut writes = vec![self.put_if(write_job(&next)?, Condition::Revision(job.revision))?];
        if let Some(BlockChange { read_version, block, revision }) = change {
            let block_item = write_block(&job.user, block)?;
            writes.push(self.put_if(block_item, Condition::Version(*read_version))?);
            writes.push(self.put_if(write_revision(&job.user, revision)?, Condition::New)?);
        }
        let reasons = match self.transact(writes).await? {
            TransactionOutcome::Written => return Ok(Committed::Written(Box::new(next))),
            TransactionOutcome::ConditionFailed(reasons) => reasons,
        };
        match reasons.as_slice() {
            [first, ..] if failed(first) => {
                let present = first.item().cloned().map(read_job).transpose()?;
                let mut present = present.ok_or(ChangeError::NotFound)?;
                present.saved_answer = job.saved_answer.clone().filter(|_| !present.is_finished());
                Ok(Committed::JobChanged(Box::new(present)))
            }
            [_, block, ..] if failed(block) && block.item().is_none_or(std::collections::HashMap::is_empty) => {
                Ok(Committed::BlockGone)
            }
            _ => Ok(Committed::BlockChanged),
        }
    }
}
