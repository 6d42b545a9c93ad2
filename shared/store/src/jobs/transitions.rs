//! The transitions of a job. Each transition is one conditional write.
//!
//! A transition reads the job, or starts from the job that the caller has read. It asks [`domain::job::lifecycle`] for
//! the next state, and writes it if the `revision` of the job has not changed. On a conflict DynamoDB returns the
//! current item, and the rules decide again with it. If they reject the transition, the error holds the current job.

use domain::{
    ids::{JobId, UserId},
    job::{
        Claim, Job, Lease, UncommittedResult,
        failure::Failure,
        lifecycle::{self, Remedy, Retry, TransitionError},
        policy::JobPolicy,
        progress::Progress,
        result::Usage,
    },
};
use jiff::Timestamp;

use crate::{
    ChangeError, Store, StoreError,
    error::TransitionRejected,
    jobs::item::{read_job, write_job},
    table::{conditional_put::PutOutcome, conflict_retry::ConflictRetry, keys, transaction::Condition},
};

impl Store {
    /// Reads a job with a strongly consistent read, so that a client finds its own create or cancel at once.
    pub async fn job(&self, user: &UserId, id: JobId) -> Result<Option<Job>, StoreError> {
        self.get_item(user, keys::job(id)).await?.map(read_job).transpose()
    }

    /// Reads a job with an eventually consistent read: half the price of [`Self::job`], but the job may be out of date.
    pub async fn job_eventually_consistent(&self, user: &UserId, id: JobId) -> Result<Option<Job>, StoreError> {
        self.read_item(user, keys::job(id), false).await?.map(read_job).transpose()
    }

    /// Gives a job to the worker that holds the token of `lease`. The first claim of a job also stores the current
    /// version of its block, which is the only version that the job may replace.
    pub async fn claim(&self, user: &UserId, id: JobId, lease: Lease, now: Timestamp) -> Result<Claim, ChangeError> {
        let job = self.job(user, id).await?.ok_or(ChangeError::NotFound)?;
        let block_version = match (job.block_version, job.block_id) {
            (None, Some(block)) => self.block(user, job.document_id, block).await?.map(|block| block.version),
            (known, _) => known,
        };
        let job = self.change_from(job, |job| lifecycle::claim(job, lease, block_version, now)).await?;
        Ok(Claim { job, token: lease.token, usage: None })
    }

    /// Renews the lease. Stores the progress of the job and the usage of this attempt so far, so that the cost of a
    /// killed worker is not lost.
    pub async fn heartbeat(
        &self,
        claim: &Claim,
        progress: Progress,
        policy: &JobPolicy,
        now: Timestamp,
    ) -> Result<Job, ChangeError> {
        let lease = policy.lease(claim.token, now);
        self.change_from(claim.job.clone(), |job| lifecycle::heartbeat(job, lease, progress.clone(), claim.usage, now))
            .await
    }

    /// Saves a result and its cost on the job before the commit. If the worker dies, the next claim commits the saved
    /// result and does not pay for another answer.
    pub async fn save_result(
        &self,
        claim: &Claim,
        result: &UncommittedResult,
        policy: &JobPolicy,
        now: Timestamp,
    ) -> Result<Job, ChangeError> {
        let lease = policy.lease(claim.token, now);
        self.change_from(claim.job.clone(), |job| {
            let mut next = lifecycle::save_result(job, lease, result.clone(), now)?;
            if next.revision != job.revision {
                lifecycle::add_usage(&mut next, claim.usage);
            }
            Ok(next)
        })
        .await
    }

    /// Fails a job that the worker holds. No attempt follows.
    pub async fn fail(&self, claim: &Claim, failure: &Failure, now: Timestamp) -> Result<Job, ChangeError> {
        self.change_from(claim.job.clone(), |job| {
            let mut next = lifecycle::fail(job, claim.token, failure.clone(), now)?;
            // A saved result has brought its usage along, also if the response to that write was lost.
            if job.uncommitted_result.is_none() {
                lifecycle::add_usage(&mut next, claim.usage);
            }
            Ok(next)
        })
        .await
    }

    /// Returns a job to PENDING for another attempt. If no attempt is left, or the deadline comes first, the job fails.
    pub async fn release_for_retry(
        &self,
        claim: &Claim,
        retry: &Retry<'_>,
        policy: &JobPolicy,
        now: Timestamp,
    ) -> Result<Job, ChangeError> {
        self.change_from(claim.job.clone(), |job| {
            let mut job = lifecycle::release_for_retry(job, claim.token, retry, policy, now)?;
            lifecycle::add_usage(&mut job, claim.usage);
            Ok(job)
        })
        .await
    }

    /// Cancels a job for its user. Idempotent. A job that has ended otherwise is rejected.
    pub async fn cancel(&self, user: &UserId, id: JobId, now: Timestamp) -> Result<Job, ChangeError> {
        self.change(user, id, |job| lifecycle::cancel(job, now)).await
    }

    /// Fails a job that is past its deadline or has no attempts left.
    pub async fn expire(&self, user: &UserId, id: JobId, now: Timestamp) -> Result<Job, ChangeError> {
        self.change(user, id, |job| lifecycle::expire(job, now)).await
    }

    /// Fails a job whose message was dead-lettered, unless a worker still holds the job.
    pub async fn fail_dead_lettered(&self, user: &UserId, id: JobId, now: Timestamp) -> Result<Job, ChangeError> {
        self.change(user, id, |job| lifecycle::fail_dead_lettered(job, now)).await
    }

    /// Adds the usage of an attempt to a job that was cancelled, replaced or abandoned during the attempt. Does nothing
    /// if the job has ended otherwise.
    pub async fn record_late_usage(&self, job: &Job, usage: Usage, now: Timestamp) -> Result<(), ChangeError> {
        match self.change_from(job.clone(), |job| lifecycle::record_late_usage(job, usage, now)).await {
            Ok(_) | Err(ChangeError::TransitionRejected(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Applies [`lifecycle::sweep`]. The flag is true if the caller must send the job to the queue again, and false if
    /// the job has ended.
    pub async fn sweep(
        &self,
        user: &UserId,
        id: JobId,
        policy: &JobPolicy,
        now: Timestamp,
    ) -> Result<(Job, bool), ChangeError> {
        let job = self
            .change(user, id, |job| {
                lifecycle::sweep(job, policy, now).map(|remedy| match remedy {
                    Remedy::Resend(job) | Remedy::End(job) => *job,
                })
            })
            .await?;
        let send = !job.is_finished();
        Ok((job, send))
    }

    async fn change(
        &self,
        user: &UserId,
        id: JobId,
        rule: impl Fn(&Job) -> Result<Job, TransitionError>,
    ) -> Result<Job, ChangeError> {
        let job = self.job(user, id).await?.ok_or(ChangeError::NotFound)?;
        self.change_from(job, rule).await
    }

    /// Applies `rule` to `job` and writes the result. On a conflict it applies `rule` to the current job. If `rule`
    /// leaves the revision unchanged, nothing is written.
    async fn change_from(
        &self,
        mut job: Job,
        rule: impl Fn(&Job) -> Result<Job, TransitionError>,
    ) -> Result<Job, ChangeError> {
        let mut retry = ConflictRetry::default();
        loop {
            let next = match rule(&job) {
                Ok(next) => next,
                Err(error) => return Err(ChangeError::TransitionRejected(Box::new(TransitionRejected { error, job }))),
            };
            if next.revision == job.revision {
                return Ok(next);
            }
            match self.put_item_if(write_job(&next)?, Condition::Revision(job.revision)).await? {
                PutOutcome::Written => return Ok(next),
                PutOutcome::ConditionFailed(None) => return Err(ChangeError::NotFound),
                PutOutcome::ConditionFailed(Some(item)) => job = read_job(item)?,
            }
            retry.at_once()?;
        }
    }

    /// Fails a job whose document or block was deleted, even if a worker holds the job.
    pub(crate) async fn abandon(&self, job: Job, failure: &Failure, now: Timestamp) -> Result<Job, ChangeError> {
        self.change_from(job, |job| Ok(lifecycle::abandon(job, failure.clone(), now))).await
    }
}
