//! Erasure of jobs.

use aws_sdk_dynamodb::types::Select;
use domain::{
    ids::{BlockId, DocumentId, JobId, TextId, UserId},
    job::{Job, lifecycle},
};
use jiff::Timestamp;
use tokio::time::Instant;

use crate::{
    ChangeError, Store, StoreError,
    error::sdk,
    jobs::list::JobFilter,
    table::{
        item::{key, text},
        keys,
    },
};

/// Jobs that are read at once.
const PAGE: usize = 100;

impl Store {
    /// Erases a job: its prompt, its answer and its inline input, and the stored responses that name it. A job in flight
    /// is cancelled. A text that stands in the history of its block stays there. Idempotent.
    pub async fn erase_job(&self, user: &UserId, id: JobId, now: Timestamp) -> Result<Job, ChangeError> {
        let job = match self.cancel(user, id, now).await {
            Ok(job) => job,
            Err(ChangeError::TransitionRejected(rejected)) => rejected.job,
            Err(error) => return Err(error),
        };
        if job.erased {
            return Ok(job);
        }
        if !self.is_in_history(&job).await? {
            self.put_empty_answer(&job).await?;
        }
        self.erase_progress(&job, now).await?;
        self.delete_all(vec![key(user, keys::inline_input(id))]).await?;
        // Not the response with a job that repeats it, which names it, too.
        self.erase_responses_naming(user, &format!("\"jobId\":\"{id}\""), None).await?;
        // At last. If this is interrupted, the job does not claim to be erased.
        self.change_from(job, |job| lifecycle::erase(job, now)).await
    }

    /// Erases the ended jobs of a deleted document or block, whose texts are removed with it. Returns false if `stop_at`
    /// passed before the end.
    pub(crate) async fn erase_jobs_of(
        &self,
        user: &UserId,
        (document, block): (DocumentId, Option<BlockId>),
        now: Timestamp,
        stop_at: Instant,
    ) -> Result<bool, StoreError> {
        let filter = JobFilter { document_id: Some(document), block_id: block, ..JobFilter::default() };
        let mut after = None;
        loop {
            let page = self.jobs(user, &filter, PAGE, after).await?;
            for job in page.items.into_iter().filter(|job| job.is_finished() && !job.erased) {
                self.erase_progress(&job, now).await?;
                match self.change_from(job, |job| lifecycle::erase(job, now)).await {
                    // Removed by TTL.
                    Ok(_) | Err(ChangeError::NotFound | ChangeError::TransitionRejected(_)) => {}
                    Err(ChangeError::Store(error)) => return Err(error),
                }
            }
            after = page.next.and_then(|next| next.parse().ok());
            if after.is_none() {
                return Ok(true);
            }
            if Instant::now() >= stop_at {
                return Ok(false);
            }
        }
    }

    /// Whether a revision of the block has the text of the job.
    async fn is_in_history(&self, job: &Job) -> Result<bool, StoreError> {
        let (Some(document), Some(block)) = (job.document_id, job.written_block()) else { return Ok(false) };
        let mut pages = self
            .range(&job.user, keys::with_prefix(keys::revisions(document, Some(block))))
            .filter_expression("#text = :text")
            .expression_attribute_names("#text", "text")
            .expression_attribute_values(":text", text(TextId::of_job(job.id).to_string()))
            .select(Select::Count)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            if page.map_err(sdk)?.count > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
