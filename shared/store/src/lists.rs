//! Lists of jobs, newest first, page by page.
//!
//! Every filter is a key condition: a page reads a few keys of each partition that holds what is
//! asked for, and then the jobs themselves, however many jobs there are.

use std::collections::BTreeMap;

use domain::{
    ids::{BlockId, DocumentId, JobId, UserId},
    job::{Job, JobStatus, JobType},
};
use serde::Deserialize;

use crate::{
    Store, StoreError,
    documents::Page,
    items::read_job,
    key,
    keys::{self, Standing},
    newest::Stretch,
};

/// Which jobs to list. Empty lists and `None` mean all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// Jobs of this document.
    pub document_id: Option<DocumentId>,
    /// Jobs of this block.
    pub block_id: Option<BlockId>,
    /// Jobs in one of these statuses.
    pub statuses: Vec<JobStatus>,
    /// Jobs of one of these types.
    pub types: Vec<JobType>,
}

/// A page of jobs.
#[derive(Clone, Debug, Default)]
pub struct JobPage {
    /// Newest first.
    pub jobs: Vec<Job>,
    /// The last job that was looked at: the next page begins after it. `None` at the end.
    pub next: Option<JobId>,
}

/// Keys alone are small: no page ends early for their size.
const ANY_SIZE: usize = usize::MAX;

/// A job's key, as the indexes of jobs hold it.
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

    /// Partitions that hold what is asked for: under way, and ended. PENDING and PROCESSING
    /// share a partition, as do the documents of a block; [`Self::matches`] tells them apart.
    fn partitions(&self, user: &UserId, is_active: bool, after: Option<&String>) -> Vec<Stretch> {
        let all = [JobStatus::Pending, JobStatus::Completed, JobStatus::Failed];
        let statuses = if self.statuses.is_empty() { all.as_slice() } else { self.statuses.as_slice() };
        let mut standings: Vec<Standing> = statuses.iter().map(|status| Standing::of(*status)).collect();
        standings.sort_unstable();
        standings.dedup();
        let types = if self.types.is_empty() { JobType::ALL.as_slice() } else { self.types.as_slice() };
        let mut stretches = Vec::new();
        for standing in standings.into_iter().filter(|standing| (*standing == Standing::Active) == is_active) {
            for (place, job_type) in types.iter().enumerate() {
                if types[..place].contains(job_type) {
                    continue;
                }
                let (index, partition) = match (self.block_id, self.document_id) {
                    (Some(block), _) => (keys::JOBS_BY_BLOCK, keys::jobs_of_block(user, block, standing, *job_type)),
                    (None, Some(document)) => {
                        (keys::JOBS_BY_DOCUMENT, keys::jobs_of_document(user, document, standing, *job_type))
                    }
                    (None, None) => (keys::JOBS_BY_USER, keys::jobs_of_user(user, standing, *job_type)),
                };
                stretches.push(Stretch::of_jobs(index, partition, after.cloned()));
            }
        }
        stretches
    }

    fn matches(&self, job: &Job) -> bool {
        self.document_id.is_none_or(|document| job.document_id == document)
            && self.block_id.is_none_or(|block| job.block_id == Some(block))
            && (self.statuses.is_empty() || self.statuses.contains(&job.status()))
            && (self.types.is_empty() || self.types.contains(&job.job_type))
    }
}

impl Store {
    /// Jobs after `after`, at most `limit` (1 to 100).
    pub async fn jobs(
        &self,
        user: &UserId,
        filter: &JobFilter,
        limit: usize,
        after: Option<JobId>,
    ) -> Result<JobPage, StoreError> {
        if filter.is_empty() {
            return self.all_jobs(user, limit, after).await;
        }
        let after = after.map(keys::job);
        // A job moves from the one to the other while we read: looked at in this order, it is
        // seen twice rather than never.
        let active: Page<JobKey> = self.newest(filter.partitions(user, true, after.as_ref()), limit, ANY_SIZE).await?;
        let ended: Page<JobKey> = self.newest(filter.partitions(user, false, after.as_ref()), limit, ANY_SIZE).await?;
        let mut ids: Vec<JobId> = active.items.iter().chain(&ended.items).filter_map(JobKey::id).collect();
        ids.sort_unstable_by(|one, other| other.cmp(one));
        ids.dedup();
        let more = active.next.is_some() || ended.next.is_some() || ids.len() > limit;
        ids.truncate(limit);
        let next = ids.last().copied().filter(|_| more);
        let mut jobs = self.jobs_by_id(user, &ids).await?;
        jobs.retain(|job| filter.matches(job));
        Ok(JobPage { jobs, next })
    }

    /// All jobs of a user stand in one range of the table itself.
    async fn all_jobs(&self, user: &UserId, limit: usize, after: Option<JobId>) -> Result<JobPage, StoreError> {
        let until = after.map_or_else(|| format!("{}~", keys::JOB_PREFIX), keys::job);
        // One more than asked for, where the last job of the page before is read again.
        let wanted = limit + usize::from(after.is_some());
        let (items, more) = self.last_between(user, keys::JOB_PREFIX.to_owned(), until, wanted, ANY_SIZE).await?;
        let mut jobs = items.into_iter().map(read_job).collect::<Result<Vec<_>, _>>()?;
        jobs.retain(|job| after.is_none_or(|after| job.id < after));
        let more = more || jobs.len() > limit;
        jobs.truncate(limit);
        let next = jobs.last().map(|job| job.id).filter(|_| more);
        Ok(JobPage { jobs, next })
    }

    /// Jobs by id, newest first; those that are gone are left out.
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
