//! The verbs of a job's life, each one conditional write.
//!
//! A verb reads the job (or takes it as the caller read it), asks [`domain::life`] what
//! becomes of it, and writes that on condition that the job's `revision` is still the one
//! that was read. If somebody wrote in between, the item that won comes back with the
//! refusal, and the rules are asked again.

use aws_sdk_dynamodb::{
    operation::put_item::PutItemError,
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};
use domain::{
    failure::Failure,
    ids::{JobId, LeaseToken, UserId},
    job::{Job, Kept, Progress},
    life::{self, Refusal, Remedy, Retry, Terms},
    result::Usage,
};
use jiff::Timestamp;

use crate::{
    ChangeError, Store, StoreError,
    error::{Refused, sdk},
    items::{Item, read_job, write_job},
    keys,
    removal::Removal,
    text,
};

/// Times that a write is tried again because somebody else was faster.
const MAX_RACES: usize = 16;

impl Store {
    /// The user's job.
    pub async fn job(&self, user: &UserId, id: JobId) -> Result<Option<Job>, StoreError> {
        self.get_item(user, keys::job(id)).await?.map(read_job).transpose()
    }

    /// The user's job, perhaps as it was a moment ago: half the price, for those who look often.
    pub async fn glance_at_job(&self, user: &UserId, id: JobId) -> Result<Option<Job>, StoreError> {
        self.read_item(user, keys::job(id), false).await?.map(read_job).transpose()
    }

    /// Takes a job for the worker that shows `token`. The first claim notes the block's version.
    pub async fn claim(
        &self,
        user: &UserId,
        id: JobId,
        token: LeaseToken,
        terms: &Terms,
        now: Timestamp,
    ) -> Result<Job, ChangeError> {
        let job = self.job(user, id).await?.ok_or(ChangeError::NotFound)?;
        let block_version = match (job.block_version, job.block_id) {
            (None, Some(block)) => self.block(user, job.document_id, block).await?.map(|block| block.version),
            (known, _) => known,
        };
        self.change_from(job, |job| life::claim(job, token, block_version, terms, now)).await
    }

    /// Renews the lease and tells how far the job is, and what its attempt has spent.
    pub async fn heartbeat(
        &self,
        job: &Job,
        token: LeaseToken,
        progress: Progress,
        usage: Option<Usage>,
        terms: &Terms,
        now: Timestamp,
    ) -> Result<Job, ChangeError> {
        self.change_from(job.clone(), |job| life::heartbeat(job, token, progress.clone(), usage, terms, now)).await
    }

    /// Keeps an answer with its job, and what it cost.
    pub async fn keep(
        &self,
        job: &Job,
        token: LeaseToken,
        kept: &Kept,
        usage: Option<Usage>,
        terms: &Terms,
        now: Timestamp,
    ) -> Result<Job, ChangeError> {
        self.change_from(job.clone(), |job| {
            let mut next = life::keep(job, token, kept.clone(), terms, now)?;
            if next.revision != job.revision {
                life::add_usage(&mut next, usage);
            }
            Ok(next)
        })
        .await
    }

    /// Ends a job badly.
    pub async fn fail(
        &self,
        job: &Job,
        token: LeaseToken,
        failure: &Failure,
        usage: Option<Usage>,
        now: Timestamp,
    ) -> Result<Job, ChangeError> {
        self.change_from(job.clone(), |job| {
            let mut job = life::fail(job, token, failure.clone(), now)?;
            life::add_usage(&mut job, usage);
            Ok(job)
        })
        .await
    }

    /// Gives a job back to be tried again; without attempts left, it fails.
    pub async fn give_back(
        &self,
        job: &Job,
        token: LeaseToken,
        retry: &Retry<'_>,
        usage: Option<Usage>,
        terms: &Terms,
        now: Timestamp,
    ) -> Result<Job, ChangeError> {
        self.change_from(job.clone(), |job| {
            let mut job = life::give_back(job, token, retry, terms, now)?;
            life::add_usage(&mut job, usage);
            Ok(job)
        })
        .await
    }

    /// Ends a job because its user wants it.
    pub async fn cancel(&self, user: &UserId, id: JobId, now: Timestamp) -> Result<Job, ChangeError> {
        self.change(user, id, |job| life::cancel(job, now)).await
    }

    /// Ends a job whose time or attempts are over.
    pub async fn expire(&self, user: &UserId, id: JobId, now: Timestamp) -> Result<Job, ChangeError> {
        self.change(user, id, |job| life::expire(job, now)).await
    }

    /// Ends a job whose message has died.
    pub async fn bury(&self, user: &UserId, id: JobId, now: Timestamp) -> Result<Job, ChangeError> {
        self.change(user, id, |job| life::bury(job, now)).await
    }

    /// Adds what a worker had spent on a job that was cancelled meanwhile.
    pub async fn add_usage(&self, job: &Job, usage: Usage, now: Timestamp) -> Result<(), ChangeError> {
        match self.change_from(job.clone(), |job| life::settle(job, usage, now)).await {
            Ok(_) | Err(ChangeError::Refused(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Applies [`life::sweep`]; tells whether the job must be sent to the queue.
    pub async fn sweep(
        &self,
        user: &UserId,
        id: JobId,
        terms: &Terms,
        now: Timestamp,
    ) -> Result<(Job, bool), ChangeError> {
        let job = self
            .change(user, id, |job| {
                life::sweep(job, terms, now).map(|remedy| match remedy {
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
        rule: impl Fn(&Job) -> Result<Job, Refusal>,
    ) -> Result<Job, ChangeError> {
        let job = self.job(user, id).await?.ok_or(ChangeError::NotFound)?;
        self.change_from(job, rule).await
    }

    /// Applies `rule` to `job` and writes what comes out, reading again when others were faster.
    async fn change_from(&self, mut job: Job, rule: impl Fn(&Job) -> Result<Job, Refusal>) -> Result<Job, ChangeError> {
        for _ in 0..MAX_RACES {
            let next = match rule(&job) {
                Ok(next) => next,
                Err(refusal) => return Err(ChangeError::Refused(Box::new(Refused { refusal, job }))),
            };
            if next.revision == job.revision {
                return Ok(next);
            }
            match self.replace(&job, &next).await? {
                Replaced::Yes => return Ok(next),
                Replaced::Gone => return Err(ChangeError::NotFound),
                Replaced::Changed(present) => job = *present,
            }
        }
        Err(StoreError::Contended.into())
    }

    async fn replace(&self, before: &Job, after: &Job) -> Result<Replaced, StoreError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(write_job(after)?))
            .condition_expression("#revision = :revision")
            .expression_attribute_names("#revision", "revision")
            .expression_attribute_values(":revision", AttributeValue::N(before.revision.to_string()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = put else { return Ok(Replaced::Yes) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failed)) => match failed.item() {
                Some(item) => Ok(Replaced::Changed(Box::new(read_job(item.clone())?))),
                None => Ok(Replaced::Gone),
            },
            _ => Err(sdk(error)),
        }
    }

    /// Ends a job whose document or block is gone.
    pub(crate) async fn abandon(&self, job: Job, failure: &Failure, now: Timestamp) -> Result<Job, ChangeError> {
        self.change_from(job, |job| Ok(life::abandon(job, failure.clone(), now))).await
    }

    /// What is due by `now`, at most `limit` of each shard, longest overdue first. The index
    /// may lag: ask [`life::sweep`] before acting on a job.
    pub async fn overdue(&self, shard: u8, limit: i32, now: Timestamp) -> Result<Vec<(UserId, Overdue)>, StoreError> {
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(keys::OVERDUE)
            .key_condition_expression("#pk = :pk AND #at <= :now")
            .expression_attribute_names("#pk", keys::OVERDUE_PK)
            .expression_attribute_names("#at", keys::OVERDUE_AT)
            .expression_attribute_values(":pk", text(keys::overdue_partition(shard)))
            .expression_attribute_values(":now", AttributeValue::N(now.as_millisecond().to_string()))
            .limit(limit)
            .send()
            .await
            .map_err(sdk)?;
        let due = page.items.unwrap_or_default();
        Ok(due
            .iter()
            .filter_map(|item| {
                let job = named_job(item).map(|(user, id)| (user, Overdue::Job(id)));
                job.or_else(|| Removal::named(item).map(|(user, removal)| (user, Overdue::Removal(removal))))
            })
            .collect())
    }
}

/// What the sweeper should look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overdue {
    /// A job.
    Job(JobId),
    /// A removal that was interrupted.
    Removal(Removal),
}

enum Replaced {
    Yes,
    Gone,
    Changed(Box<Job>),
}

/// User and id of a job, from the key of its item.
pub(crate) fn named_job(item: &Item) -> Option<(UserId, JobId)> {
    let part = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
    let user = keys::user_of(part(keys::PK)?)?;
    let id = part(keys::SK)?.strip_prefix(keys::JOB_PREFIX)?.parse().ok()?;
    Some((user, id))
}
