//! The sweeper's view: the sparse index of jobs that have not ended and of deletion tasks.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    ids::{JobId, UserId},
    job::{Job, lifecycle::JobPolicy},
};
use jiff::Timestamp;

use crate::{
    Store, StoreError,
    documents::deletion::DeletionTask,
    error::sdk,
    jobs::item::read_job,
    table::{
        item::{Item, key, text},
        keys,
    },
};

/// Keys that one `BatchGetItem` takes.
const PAGE: usize = 100;

/// What the sweeper should look at.
#[derive(Debug, Default)]
pub struct Unfinished {
    /// Jobs that are due by the job alone. The progress of its holder may still show a longer lease.
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
                for item in self.get_all(batch.to_vec()).await? {
                    let named = named_job(&item);
                    // A job that cannot be read is due: the sweep reports it.
                    let is_due = read_job(item).map_or(true, |job: Job| job.due_at().is_some_and(|due| due <= now));
                    found.jobs.extend(named.filter(|_| is_due));
                }
            }
        }
        Ok(found)
    }
}

/// The owner and the id of a job, from its key. `None` if the key belongs to another kind of item.
pub(crate) fn named_job(item: &Item) -> Option<(UserId, JobId)> {
    let part = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
    Some((keys::user_of(part(keys::PK)?)?, keys::job_id(part(keys::SK)?)?))
}
