//! Lists of jobs, newest first, page by page.

use domain::{
    ids::{BlockId, DocumentId, JobId, UserId},
    job::{Job, JobStatus, JobType},
};

use crate::{Store, StoreError, error::sdk, items::read_job, jobs::named_job, key, keys, text};

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

impl JobFilter {
    /// Jobs to read for a page of `limit`: where some are passed over, more at once.
    const fn read_size(&self, limit: usize) -> usize {
        const MOST: usize = 100;
        let passes_over = self.block_id.is_some() || !self.statuses.is_empty() || !self.types.is_empty();
        if passes_over { MOST } else { limit }
    }

    fn matches(&self, job: &Job) -> bool {
        self.block_id.is_none_or(|block| job.block_id == Some(block))
            && (self.statuses.is_empty() || self.statuses.contains(&job.status()))
            && (self.types.is_empty() || self.types.contains(&job.job_type))
    }
}

/// A page of jobs.
#[derive(Clone, Debug, Default)]
pub struct JobPage {
    /// Newest first.
    pub jobs: Vec<Job>,
    /// The last job that was looked at: the next page begins after it. `None` at the end.
    pub next: Option<JobId>,
}

/// Pages of the table that one call reads at most; a filter that finds little ends the page
/// early, with a `next`.
const MAX_READS: usize = 10;

impl Store {
    /// Jobs after `after`, at most `limit` (1 to 100).
    pub async fn jobs(
        &self,
        user: &UserId,
        filter: &JobFilter,
        limit: usize,
        mut after: Option<JobId>,
    ) -> Result<JobPage, StoreError> {
        let mut page = JobPage::default();
        for _ in 0..MAX_READS {
            let (read, next) = self.read_jobs(user, filter.document_id, filter.read_size(limit), after).await?;
            for job in read {
                if page.jobs.len() == limit {
                    page.next = after;
                    return Ok(page);
                }
                after = Some(job.id);
                if filter.matches(&job) {
                    page.jobs.push(job);
                }
            }
            (after, page.next) = (next, next);
            if next.is_none() || page.jobs.len() == limit {
                return Ok(page);
            }
        }
        Ok(page)
    }

    /// The next jobs in order, and where to go on if there are more behind them.
    async fn read_jobs(
        &self,
        user: &UserId,
        document: Option<DocumentId>,
        limit: usize,
        after: Option<JobId>,
    ) -> Result<(Vec<Job>, Option<JobId>), StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .expression_attribute_names("#sk", keys::SK)
            .expression_attribute_values(":prefix", text(keys::JOB_PREFIX))
            .key_condition_expression("#pk = :pk AND begins_with(#sk, :prefix)")
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let start = after.map(|after| key(user, keys::job(after)));
        let Some(document) = document else {
            let page = query
                .expression_attribute_names("#pk", keys::PK)
                .expression_attribute_values(":pk", text(keys::owner(user)))
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(sdk)?;
            let next = page.last_evaluated_key.as_ref().and_then(named_job).map(|(_, id)| id);
            let jobs = page.items.unwrap_or_default().into_iter().map(read_job).collect::<Result<_, _>>()?;
            return Ok((jobs, next));
        };
        let partition = keys::jobs_of_document(user, document);
        let start = start.map(|mut start| {
            start.insert(keys::DOCUMENT_PK.to_owned(), text(&partition));
            start
        });
        let page = query
            .index_name(keys::JOBS_BY_DOCUMENT)
            .expression_attribute_names("#pk", keys::DOCUMENT_PK)
            .expression_attribute_values(":pk", text(&partition))
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(sdk)?;
        let next = page.last_evaluated_key.as_ref().and_then(named_job).map(|(_, id)| id);
        let ids: Vec<JobId> = page.items.unwrap_or_default().iter().filter_map(named_job).map(|(_, id)| id).collect();
        Ok((self.jobs_by_id(user, &ids).await?, next))
    }

    /// Jobs by id, newest first; those that are gone are left out.
    async fn jobs_by_id(&self, user: &UserId, ids: &[JobId]) -> Result<Vec<Job>, StoreError> {
        let wanted = ids.iter().map(|id| key(user, keys::job(*id))).collect();
        let mut jobs = self.get_all(wanted).await?.into_iter().map(read_job).collect::<Result<Vec<_>, _>>()?;
        jobs.sort_by_key(|job| std::cmp::Reverse(job.id));
        Ok(jobs)
    }
}
