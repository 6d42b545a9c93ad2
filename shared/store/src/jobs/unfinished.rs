//! The sweeper's view: the sparse index of jobs that have not ended and of deletion tasks.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    ids::{DocumentId, JobId, UserId},
    job::{Job, JobState, lifecycle::JobPolicy, status::JobStatus},
};
use jiff::Timestamp;

use crate::{
    Store, StoreError,
    documents::deletion::DeletionTask,
    error::sdk,
    jobs::item::read_job,
    table::{
        item::{Item, key, read, sort_key, text},
        keys,
    },
};

/// Keys that one `BatchGetItem` takes.
const PAGE: usize = 100;

/// What the sweeper should look at.
#[derive(Debug, Default)]
pub struct Unfinished {
    /// PENDING jobs that have waited too long for a worker. Their message may still be in the queue.
    pub waiting: Vec<Waiting>,
    /// The newest jobs that workers hold, by user.
    pub claimed: BTreeMap<UserId, JobId>,
    /// Jobs that have no message any more: their lease has ended or their deadline has passed. Also jobs that cannot be
    /// read, so that the sweep reports them.
    pub lost: Vec<(UserId, JobId)>,
    /// Deletions that were interrupted or are still running, or wait for their last look. An error: the task cannot be read.
    pub deletions: Vec<DueDeletion>,
}

/// A deletion that the sweeper should look at.
#[derive(Debug)]
pub struct DueDeletion {
    /// Milliseconds since 1970.
    pub due: i64,
    pub user: UserId,
    pub task: Result<DeletionTask, StoreError>,
}

/// A PENDING job that has waited too long.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub user: UserId,
    /// `None`: the job has an inline input.
    pub document: Option<DocumentId>,
    pub id: JobId,
}

impl Store {
    /// Adds to `found` what is due at `now` in one shard. `shard` is a number below [`keys::UNFINISHED_SHARDS`]. The index
    /// holds every job in flight, so the jobs are read, a hundred in one call. [`Store::sweep`] decides about each job. What
    /// was read before an error is added.
    pub async fn add_unfinished(
        &self,
        shard: u8,
        policy: &JobPolicy,
        now: Timestamp,
        found: &mut Unfinished,
    ) -> Result<(), StoreError> {
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
        while let Some(page) = pages.next().await {
            let (mut jobs, mut deletions) = (Vec::new(), Vec::new());
            for item in page.map_err(sdk)?.items.unwrap_or_default() {
                match named_job(&item) {
                    Some((user, id)) => jobs.push(key(&user, keys::job(id))),
                    None => deletions.extend(deletion_key(&item)),
                }
            }
            for batch in deletions.chunks(PAGE) {
                for item in self.get_all(batch.to_vec()).await? {
                    let due = item.get(keys::UNFINISHED_SINCE).and_then(|due| due.as_n().ok()?.parse().ok());
                    let due = due.unwrap_or_default();
                    found.deletions.extend(owner(&item).map(|user| DueDeletion { due, user, task: read(item) }));
                }
            }
            for batch in jobs.chunks(PAGE) {
                self.add_overdue(batch, policy, now, found).await?;
            }
        }
        Ok(())
    }

    /// Adds those of these jobs, at most a hundred, that are overdue.
    async fn add_overdue(
        &self,
        batch: &[Item],
        policy: &JobPolicy,
        now: Timestamp,
        found: &mut Unfinished,
    ) -> Result<(), StoreError> {
        let mut held = BTreeMap::new();
        for item in self.get_all(batch.to_vec()).await? {
            let Some((user, id)) = named_job(&item) else { continue };
            let job = read_job(item);
            if let Ok(Job { state: JobState::Processing { .. }, .. }) = &job {
                let newest = found.claimed.entry(user.clone()).or_insert(id);
                *newest = id.max(*newest);
            }
            match job {
                Ok(job) if !job.is_overdue(policy, now) => {}
                // A heartbeat may have renewed the lease.
                Ok(job) if job.status() == JobStatus::Processing => {
                    held.insert(id, job);
                }
                Ok(job) if now < job.deadline_at => {
                    found.waiting.push(Waiting { user, document: job.document_id, id });
                }
                Ok(_) | Err(_) => found.lost.push((user, id)),
            }
        }
        self.add_progress_to(&mut held).await?;
        let lost = held.into_values().filter(|job| job.is_overdue(policy, now));
        found.lost.extend(lost.map(|job| (job.user, job.id)));
        Ok(())
    }
}

/// The owner and the id of a job, from its key. `None` if the key belongs to another kind of item.
pub(crate) fn named_job(item: &Item) -> Option<(UserId, JobId)> {
    Some((owner(item)?, keys::job_id(sort_key(item)?)?))
}

/// The key of a deletion task, from an item of the index. `None` if it is another kind of item.
fn deletion_key(item: &Item) -> Option<Item> {
    let sort = sort_key(item).filter(|sort| sort.starts_with(keys::DELETION_PREFIX))?;
    Some(key(&owner(item)?, sort.to_owned()))
}

fn owner(item: &Item) -> Option<UserId> {
    keys::user_of(item.get(keys::PK)?.as_s().ok()?)
}
