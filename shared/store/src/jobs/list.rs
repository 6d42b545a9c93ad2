//! Lists of jobs, newest first, page by page.
//!
//! Every filter is a key condition of an index. A page reads a few keys from each matching partition, and then the jobs
//! of the page themselves. Its cost does not depend on the number of jobs that exist. Without a filter, a page is one
//! query of the table.

use std::collections::BTreeMap;

use domain::{
    ids::{BlockId, DocumentId, JobId, UserId},
    job::{
        Job,
        status::{JobStatus, JobType},
    },
};
use serde::Deserialize;

use crate::{
    Store, StoreError,
    jobs::item::read_job,
    table::{
        index_range::IndexRange,
        item::key,
        keys::{self, StatusGroup},
        page::Page,
    },
};

/// Which jobs to list. An empty list or `None` matches every job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobFilter {
    pub document_id: Option<DocumentId>,
    pub block_id: Option<BlockId>,
    pub statuses: Vec<JobStatus>,
    pub types: Vec<JobType>,
}

/// The indexes of jobs hold keys only, which are small. So no page ends early for its size.
const ANY_SIZE: usize = usize::MAX;

/// An item of an index of jobs. The partition key of the table is not needed.
#[derive(Deserialize)]
struct JobKey {
    sk: String,
}

impl JobKey {
    fn id(&self) -> Option<JobId> {
        self.sk.strip_prefix(keys::JOB_PREFIX)?.parse().ok()
    }
}

impl JobFilter {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The partitions that hold matching jobs, either of active or of ended jobs. They can hold other jobs, too:
    /// PENDING and PROCESSING share a partition, and a filter by block ignores the document. [`Self::matches`] removes
    /// these.
    fn partitions(&self, user: &UserId, is_active: bool, after: Option<&String>) -> Vec<IndexRange> {
        let all = [JobStatus::Pending, JobStatus::Completed, JobStatus::Failed];
        let statuses = if self.statuses.is_empty() { all.as_slice() } else { self.statuses.as_slice() };
        let mut groups: Vec<StatusGroup> = statuses.iter().map(|status| StatusGroup::from_status(*status)).collect();
        groups.sort_unstable();
        groups.dedup();
        let types = if self.types.is_empty() { JobType::ALL.as_slice() } else { self.types.as_slice() };
        let mut ranges = Vec::new();
        for group in groups.into_iter().filter(|group| (*group == StatusGroup::Active) == is_active) {
            for (index, job_type) in types.iter().enumerate() {
                if types[..index].contains(job_type) {
                    continue;
                }
                let (index_name, partition) = match (self.block_id, self.document_id) {
                    (Some(block), _) => (keys::JOBS_BY_BLOCK, keys::jobs_of_block(user, block, group, *job_type)),
                    (None, Some(document)) => {
                        (keys::JOBS_BY_DOCUMENT, keys::jobs_of_document(user, document, group, *job_type))
                    }
                    (None, None) => (keys::JOBS_BY_USER, keys::jobs_of_user(user, group, *job_type)),
                };
                ranges.push(IndexRange::of_jobs(index_name, partition, after.cloned()));
            }
        }
        ranges
    }

    fn matches(&self, job: &Job) -> bool {
        self.document_id.is_none_or(|document| job.document_id == document)
            && self.block_id.is_none_or(|block| job.block_id == Some(block))
            && (self.statuses.is_empty() || self.statuses.contains(&job.status()))
            && (self.types.is_empty() || self.types.contains(&job.job_type))
    }
}

impl Store {
    /// A page of at most `limit` jobs (1 to 100) that are older than `after`.
    pub async fn jobs(
        &self,
        user: &UserId,
        filter: &JobFilter,
        limit: usize,
        after: Option<JobId>,
    ) -> Result<Page<Job>, StoreError> {
        if filter.is_empty() {
            return self.all_jobs(user, limit, after).await;
        }
        let after = after.map(keys::job);
        // A job that ends between the two reads moves to another partition. Active jobs are read first, so such a job
        // is seen twice and not missed.
        let active: Page<JobKey> =
            self.merge_newest(filter.partitions(user, true, after.as_ref()), limit, ANY_SIZE).await?;
        let ended: Page<JobKey> =
            self.merge_newest(filter.partitions(user, false, after.as_ref()), limit, ANY_SIZE).await?;
        let mut ids: Vec<JobId> = active.items.iter().chain(&ended.items).filter_map(JobKey::id).collect();
        ids.sort_unstable_by(|left, right| right.cmp(left));
        ids.dedup();
        let more = active.next.is_some() || ended.next.is_some() || ids.len() > limit;
        ids.truncate(limit);
        let next = ids.last().filter(|_| more).map(ToString::to_string);
        let mut jobs = self.jobs_by_id(user, &ids).await?;
        jobs.retain(|job| filter.matches(job));
        Ok(Page { items: jobs, next })
    }

    /// A page without a filter. The table itself holds all jobs of a user in one range of sort keys.
    async fn all_jobs(&self, user: &UserId, limit: usize, after: Option<JobId>) -> Result<Page<Job>, StoreError> {
        let until = after.map_or_else(|| format!("{}~", keys::JOB_PREFIX), keys::job);
        // The range includes `after` itself, which is removed below.
        let wanted = limit + usize::from(after.is_some());
        let (items, more) = self.last_between(user, keys::JOB_PREFIX.to_owned()..=until, wanted, ANY_SIZE).await?;
        let mut jobs = items.into_iter().map(read_job).collect::<Result<Vec<_>, _>>()?;
        jobs.retain(|job| after.is_none_or(|after| job.id < after));
        let more = more || jobs.len() > limit;
        jobs.truncate(limit);
        let next = jobs.last().filter(|_| more).map(|job| job.id.to_string());
        Ok(Page { items: jobs, next })
    }

    /// Reads at most 100 jobs by id, newest first. Jobs that do not exist any more are left out.
    async fn jobs_by_id(&self, user: &UserId, ids: &[JobId]) -> Result<Vec<Job>, StoreError> {
        let mut jobs = BTreeMap::new();
        let wanted = ids.iter().map(|id| key(user, keys::job(*id))).collect();
        for item in self.get_all(wanted).await? {
            let job = read_job(item)?;
            jobs.insert(job.id, job);
        }
        Ok(jobs.into_values().rev().collect())
    }
}
