//! The sweeper's view: the sparse index of jobs that have not ended and of deletion tasks.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    ids::{JobId, UserId},
    job::{lifecycle::JobPolicy, status::JobStatus},
};
use jiff::Timestamp;

use crate::{
    Store, StoreError,
    documents::deletion::DeletionTask,
    error::sdk,
    jobs::item::read_job,
    table::{
        item::{Item, key, sort_key, text},
        keys,
    },
};

/// Keys that one `BatchGetItem` takes.
const PAGE: usize = 100;

/// What the sweeper should look at.
#[derive(Debug, Default)]
pub struct Unfinished {
    /// Jobs that have waited too long, or whose lease has ended.
    pub jobs: Vec<(UserId, JobId)>,
    /// Deletions that were interrupted or are still running.
    pub deletions: Vec<(UserId, DeletionTask)>,
}

impl Store {
    /// What is due at `now` in one shard, oldest first. `shard` is a number below [`keys::UNFINISHED_SHARDS`]. The index
    /// holds every job in flight, so the jobs are read, a hundred in one call. [`Store::sweep`] decides about each job.
    pub async fn unfinished(&self, shard: u8, policy: &JobPolicy, now: Timestamp) -> Result<Unfinished, StoreError> {
        // Nothing is due earlier.
        let young = policy.lease.min(policy.resend_after);
        let since = now.saturating_sub(young).unwrap_or(Timestamp::UNIX_EPOCH);
        let mut pages = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(keys::UNFINISHED)
            .key_condition_expression("#pk = :pk AND #since <= :since")
            .expression_attribute_names("#pk", keys::UNFINISHED_SHARD)
            .expression_attribute_names("#since", keys::UNFINISHED_SINCE)
            .expression_attribute_values(":pk", text(keys::unfinished_partition(shard)))
            .expression_attribute_values(":since", AttributeValue::N(since.as_millisecond().to_string()))
            .into_paginator()
            .send();
        let mut found = Unfinished::default();
        while let Some(page) = pages.next().await {
            let mut jobs = Vec::new();
            for item in page.map_err(sdk)?.items.unwrap_or_default() {
                match named_job(&item) {
                    Some((user, id)) => jobs.push(key(&user, keys::job(id))),
                    None => found.deletions.extend(DeletionTask::from_key(&item)),
                }
            }
            for batch in jobs.chunks(PAGE) {
                found.jobs.extend(self.due(batch, now).await?);
            }
        }
        Ok(found)
    }

    /// Which of these jobs, at most a hundred, are due.
    async fn due(&self, batch: &[Item], now: Timestamp) -> Result<Vec<(UserId, JobId)>, StoreError> {
        let (mut due, mut held) = (Vec::new(), BTreeMap::new());
        for item in self.get_all(batch.to_vec()).await? {
            let Some((user, id)) = named_job(&item) else { continue };
            match read_job(item) {
                Ok(job) if job.due_at().is_none_or(|at| now < at) => {}
                // A heartbeat may have renewed the lease.
                Ok(job) if job.status() == JobStatus::Processing => {
                    held.insert(id, job);
                }
                // A job that cannot be read is due: the sweep reports it.
                Ok(_) | Err(_) => due.push((user, id)),
            }
        }
        self.add_progress_to(&mut held).await?;
        let lost = held.into_values().filter(|job| job.due_at().is_some_and(|at| at <= now));
        due.extend(lost.map(|job| (job.user, job.id)));
        Ok(due)
    }
}

/// The owner and the id of a job, from its key. `None` if the key belongs to another kind of item.
pub(crate) fn named_job(item: &Item) -> Option<(UserId, JobId)> {
    Some((keys::user_of(item.get(keys::PK)?.as_s().ok()?)?, keys::job_id(sort_key(item)?)?))
}
