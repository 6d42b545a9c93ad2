//! The transitions of a job. Each transition is one conditional write.
//!
//! A transition reads the job, or starts from the job that the caller has read. It asks [`domain::job::lifecycle`] for
//! the next state, and writes it if the `revision` of the job has not changed. After a conflict the job is read again, and
//! the rules decide again with it. If they reject the transition, the error holds the current job.

use domain::{
    ids::{JobId, LeaseToken, UserId},
    job::{
        Claim, Job, JobState,
        failure::Failure,
        lifecycle::{self, Remedy, Retry, TransitionError},
        policy::JobPolicy,
        result::Usage,
        status::JobStatus,
    },
};
use jiff::Timestamp;

use crate::{
    ChangeError, Store, StoreError,
    error::{TransitionRejected, sdk},
    jobs::{
        item::{read_job, write_job},
        progress::add_progress,
    },
    table::{
        conditional_put::PutOutcome,
        conflict_retry::ConflictRetry,
        item::{Item, sort_key},
        keys,
        transaction::Condition,
    },
};

impl Store {
    /// Reads a job and the progress of its holder with one strongly consistent query, so that a client finds its own
    /// create or cancel at once.
    pub async fn job(&self, user: &UserId, id: JobId) -> Result<Option<Job>, StoreError> {
        // Two small items at most, which are one page.
        let found = self.range(user, keys::job(id)..=keys::progress(id)).send().await.map_err(sdk)?;
        self.meter.add(found.consumed_capacity());
        let mut items = found.items.unwrap_or_default().into_iter();
        // A worker may store its progress after everything of its user was deleted.
        let is_job = |item: &Item| sort_key(item).and_then(keys::job_id).is_some();
        let Some(mut job) = items.next().filter(is_job).map(read_job).transpose()? else { return Ok(None) };
        if let Some(progress) = items.next() {
            add_progress(&mut job, progress)?;
        }
        Ok(Some(job))
    }

    /// Reads a job like [`Self::job`], and the text of its result if it is COMPLETED.
    pub async fn job_with_text(&self, user: &UserId, id: JobId) -> Result<Option<Job>, StoreError> {
        let Some(mut job) = self.job(user, id).await? else { return Ok(None) };
        if job.status() == JobStatus::Completed {
            let answer = self.saved_answer(&job).await?;
            if let JobState::Completed { result, .. } = &mut job.state {
                result.output = answer.and_then(|answer| answer.result.output);
            }
        }
        Ok(Some(job))
    }

    /// Reads a job like [`Self::job`], and the answer that a lost worker may have stored.
    pub async fn job_with_answer(&self, user: &UserId, id: JobId) -> Result<Option<Job>, StoreError> {
        let Some(mut job) = self.job(user, id).await? else { return Ok(None) };
        if !job.is_finished() && job.attempt > 0 {
            job.saved_answer = self.saved_answer(&job).await?.map(Box::new);
        }
        Ok(Some(job))
    }

    /// Gives a job to the worker that calls. Its token is made before the first write, so that a write that is repeated is
    /// recognised.
    pub async fn claim(
        &self,
        user: &UserId,
        id: JobId,
        policy: &JobPolicy,
        now: Timestamp,
    ) -> Result<Claim, ChangeError> {
        let token = LeaseToken::new();
        let job = self.job_with_answer(user, id).await?.ok_or(ChangeError::NotFound)?;
        let job = self.change_from(job, |job| lifecycle::claim(job, token, policy, now)).await?;
        Ok(Claim { job, token, usage: None })
    }

    /// Fails a job that the worker holds. No attempt follows.
    pub async fn fail(&self, claim: &Claim, failure: &Failure, now: Timestamp) -> Result<Job, ChangeError> {
        self.change_from(claim.job.clone(), |job| {
            let mut next = lifecycle::fail(job, claim.token, failure.clone(), now)?;
            next.usage.set(claim.job.attempt, claim.usage);
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
            let mut next = lifecycle::release_for_retry(job, claim.token, retry, policy, now)?;
            next.usage.set(claim.job.attempt, claim.usage);
            Ok(next)
        })
        .await
    }

    /// Cancels a job for its user. Idempotent. A job that has ended otherwise is rejected.
    pub async fn cancel(&self, user: &UserId, id: JobId, now: Timestamp) -> Result<Job, ChangeError> {
        self.change(user, id, |job| lifecycle::cancel(job, now)).await
    }

    /// Fails a job that is past its deadline or has no attempts left.
    pub async fn expire(
        &self,
        user: &UserId,
        id: JobId,
        policy: &JobPolicy,
        now: Timestamp,
    ) -> Result<Job, ChangeError> {
        self.change(user, id, |job| lifecycle::expire(job, policy, now)).await
    }

    /// Stores what the attempt of `claim` has spent, after its worker has lost the job. `seen` is the job for which a
    /// write of the worker was rejected. It may be the worker's own copy, which already has the usage. So only a newer
    /// one is taken for what is stored.
    pub async fn record_late_usage(
        &self,
        claim: &Claim,
        seen: Job,
        usage: Usage,
        now: Timestamp,
    ) -> Result<(), ChangeError> {
        let Claim { job: Job { user, id, attempt, revision, .. }, .. } = claim;
        let stored = match seen {
            seen if seen.revision > *revision => seen,
            _ => self.job(user, *id).await?.ok_or(ChangeError::NotFound)?,
        };
        self.change_from(stored, |job| Ok(lifecycle::record_late_usage(job, *attempt, usage, now))).await?;
        Ok(())
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
        let job = self.job_with_answer(user, id).await?.ok_or(ChangeError::NotFound)?;
        self.change_from(job, rule).await
    }

    /// Applies `rule` to `job` and writes the result. On a conflict it applies `rule` to the current job. If `rule`
    /// leaves the revision unchanged, nothing is written.
    pub(crate) async fn change_from(
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
                PutOutcome::ConditionFailed => retry.backoff().await?,
            }
            let saved_answer = job.saved_answer.take();
            job = self.job(&job.user, job.id).await?.ok_or(ChangeError::NotFound)?;
            job.saved_answer = saved_answer.filter(|_| !job.is_finished());
        }
    }

    /// Fails a job whose document or block was deleted, even if a worker holds the job.
    pub(crate) async fn abandon(&self, job: &Job, failure: &Failure, now: Timestamp) -> Result<Job, ChangeError> {
        self.change(&job.user, job.id, |job| Ok(lifecycle::abandon(job, failure.clone(), now))).await
    }
}
