//! Lists of jobs, newest first, page by page.
//!
//! Jobs in flight are few and stand in an index of their own. The jobs of a document stand in an index, too. Every other
//! list reads the jobs of the user in the table. What no key tells is filtered after reading: a page is filled by looking
//! at up to [`MOST_LOOKED_AT`] jobs, and is short only beyond that. So the cost of a page is bounded, whatever the filter
//! is and however many jobs there are.

use std::collections::BTreeMap;

use domain::{
    ids::{BlockId, DocumentId, JobId, UserId},
    job::{
        Job,
        status::{JobStatus, JobType},
    },
};

use crate::{
    Store, StoreError,
    error::sdk,
    jobs::{item::read_job, progress::add_progress},
    table::{
        item::{key, size, sort_key, text},
        keys,
        page::Page,
    },
};

/// The most jobs that are looked at for one page.
pub const MOST_LOOKED_AT: usize = 1_000;
/// The most that is read for one page, in bytes. Jobs with long prompts reach it before the number.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// The most jobs that one call reads: as many as one `BatchGetItem` takes.
const BATCH: usize = 100;

/// Which jobs to list. An empty list or `None` matches every job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobFilter {
    pub document_id: Option<DocumentId>,
    pub block_id: Option<BlockId>,
    pub statuses: Vec<JobStatus>,
    pub types: Vec<JobType>,
}

impl JobFilter {
    fn matches(&self, job: &Job) -> bool {
        self.document_id.is_none_or(|document| job.document_id == Some(document))
            && self.block_id.is_none_or(|block| job.block_id == Some(block))
            && (self.statuses.is_empty() || self.statuses.contains(&job.status()))
            && (self.types.is_empty() || self.types.contains(&job.job_type))
    }

    /// The index that holds all matching jobs and the fewest others, and its partition. `None`: the table itself.
    fn index(&self, user: &UserId) -> Option<((&'static str, &'static str), String)> {
        let in_flight = [JobStatus::Pending, JobStatus::Processing];
        if !self.statuses.is_empty() && self.statuses.iter().all(|status| in_flight.contains(status)) {
            return Some((keys::UNFINISHED_BY_USER, keys::owner(user)));
        }
        let document = self.document_id?;
        Some((keys::JOBS_BY_DOCUMENT, keys::jobs_of_document(user, document)))
    }
}

impl Store {
    /// A page of at most `limit` jobs (1 to 100) that are older than `after`. [`Page::next`] is the last job that was
    /// looked at.
    pub async fn jobs(
        &self,
        user: &UserId,
        filter: &JobFilter,
        limit: usize,
        after: Option<JobId>,
    ) -> Result<Page<Job>, StoreError> {
        let (mut page, mut last) = (Page { items: Vec::new(), next: None }, after);
        let (mut looked_at, mut read) = (0, 0);
        // A list without a filter needs one call. With a filter that passes few jobs, the calls grow.
        let mut batch = (limit + 1).min(BATCH);
        while looked_at < MOST_LOOKED_AT && read < MOST_BYTES {
            let jobs = match filter.index(user) {
                Some((index, partition)) => self.jobs_of_index(user, index, &partition, (last, batch)).await?,
                None => self.jobs_of_table(user, last, batch).await?,
            };
            let Some(LookedAt { jobs, oldest, count, bytes }) = jobs else { return Ok(page) };
            for job in jobs {
                if filter.matches(&job) {
                    // There is at least one job more, so the page ends before it.
                    if page.items.len() == limit {
                        page.next = page.items.last().map(|job: &Job| job.id.to_string());
                        return Ok(page);
                    }
                    page.items.push(job);
                }
            }
            (last, looked_at, read) = (Some(oldest), looked_at + count, read + bytes);
            batch = (2 * batch).min(BATCH);
        }
        page.next = last.map(|last| last.to_string());
        Ok(page)
    }

    /// The jobs of a document that are in flight. The index lags, so the jobs that the pointers of the blocks name are read
    /// too. Only an analysis that was created in this moment may be missing.
    pub async fn jobs_in_flight(&self, user: &UserId, document: DocumentId) -> Result<Vec<Job>, StoreError> {
        let filter = JobFilter {
            document_id: Some(document),
            block_id: None,
            statuses: vec![JobStatus::Pending, JobStatus::Processing],
            types: Vec::new(),
        };
        let mut jobs = BTreeMap::new();
        let mut after = None;
        loop {
            let page = self.jobs(user, &filter, 100, after).await?;
            jobs.extend(page.items.into_iter().map(|job| (job.id, job)));
            after = page.next.and_then(|next| next.parse().ok());
            if after.is_none() {
                break;
            }
        }
        for job in self.jobs_of_pointers(user, document).await? {
            if !job.is_finished() {
                jobs.entry(job.id).or_insert(job);
            }
        }
        Ok(jobs.into_values().collect())
    }

    /// Up to `batch` jobs of an index that are older than `after`. `None`: there are none.
    async fn jobs_of_index(
        &self,
        user: &UserId,
        (index, partition_key): (&str, &str),
        partition: &str,
        (after, batch): (Option<JobId>, usize),
    ) -> Result<Option<LookedAt>, StoreError> {
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(index)
            .key_condition_expression("#pk = :pk AND #sk < :before")
            .expression_attribute_names("#pk", partition_key)
            .expression_attribute_names("#sk", keys::SK)
            .expression_attribute_values(":pk", text(partition))
            .expression_attribute_values(":before", text(before(after)))
            .scan_index_forward(false)
            .limit(i32::try_from(batch).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(sdk)?;
        let ids: Vec<JobId> = page.items().iter().filter_map(|item| keys::job_id(sort_key(item)?)).collect();
        let Some(oldest) = ids.last().copied() else { return Ok(None) };
        // A job that TTL has removed is left out.
        let wanted = ids.iter().map(|id| key(user, keys::job(*id))).collect();
        let (mut jobs, mut bytes) = (BTreeMap::new(), 0);
        for item in self.get_all(wanted).await? {
            bytes += size(&item);
            let job = read_job(item)?;
            jobs.insert(job.id, job);
        }
        self.add_progress_to(&mut jobs).await?;
        Ok(Some(LookedAt { count: ids.len(), oldest, bytes, jobs: jobs.into_values().rev().collect() }))
    }

    /// Up to `batch` jobs of the table that are older than `after`. `None`: there are none. The progress of a job stands
    /// after it, and so comes first here.
    async fn jobs_of_table(
        &self,
        user: &UserId,
        after: Option<JobId>,
        batch: usize,
    ) -> Result<Option<LookedAt>, StoreError> {
        let range = keys::JOB_PREFIX.to_owned()..=before(after);
        // Few jobs still have their progress beside them. A shorter batch is no harm.
        let (items, _) = self.last_between(user, range, batch + batch / 2 + 2, usize::MAX).await?;
        let bytes = items.iter().map(size).sum();
        let (mut jobs, mut progress) = (Vec::new(), None);
        for item in items {
            if sort_key(&item).and_then(keys::job_id).is_none() {
                progress = Some(item);
                continue;
            }
            let mut job = read_job(item)?;
            if let Some(progress) = progress.take() {
                add_progress(&mut job, progress)?;
            }
            if after.is_none_or(|after| job.id < after) && jobs.len() < batch {
                jobs.push(job);
            }
        }
        Ok(jobs.last().map(|job| job.id).map(|oldest| LookedAt { count: jobs.len(), oldest, bytes, jobs }))
    }
}

/// Jobs that were read for a page, newest first.
struct LookedAt {
    jobs: Vec<Job>,
    /// The oldest of the jobs, also if TTL has removed it meanwhile.
    oldest: JobId,
    count: usize,
    bytes: usize,
}

/// The sort key that all jobs before a page stand below.
fn before(after: Option<JobId>) -> String {
    after.map_or_else(|| format!("{}~", keys::JOB_PREFIX), keys::job)
}
