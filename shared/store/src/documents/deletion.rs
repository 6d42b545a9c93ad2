//! Deletion of a document or a block, with everything that belongs to it, of what texts quote of deleted evidence, goals
//! and reviews, and of everything that a user has.
//!
//! One transaction deletes the document or block, so that the API does not find it any more, and stores a deletion
//! task. Directly afterwards the jobs in flight are ended, blocks, revisions and texts are removed in batches, and the texts
//! of the jobs are erased. If this is interrupted, the deletion task becomes overdue and the sweeper finishes it.
//!
//! A function that has read the block before may still store a text: a worker its answer, or a request its edit. Its
//! commit is rejected, but the text stays. So the sweeper removes everything once more, when every such function has
//! ended.
//!
//! While everything of a user is deleted, the task refuses new documents, entries and jobs of that user
//! ([`Store::deletion_of_all`]). What is spent today stays: without it, a deletion would make room in the budget.

use std::ops::RangeInclusive;

use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, WriteRequest};
use domain::{
    budget,
    ids::{BlockId, DocumentId, UserId},
    job::{Job, failure::Failure, status::JobStatus},
    report::{block::Block, document::Document},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::{
    ChangeError, Store, StoreError,
    documents::write_document,
    error::sdk,
    jobs::list::JobFilter,
    table::{
        conditional_put::PutOutcome,
        item::{Item, key, text, write},
        keys,
        transaction::{Condition, Saved, TransactionOutcome},
    },
};

/// The sweeper looks at a deletion task about a minute after the deletion: this long, and as long as it leaves a new job
/// alone.
const RESUME_AFTER: SignedDuration = SignedDuration::from_secs(30);
/// When the sweeper looks a second time. Lambda ends each function after 15 minutes at most, and the clocks of two functions
/// may differ by ten.
const LAST_LOOK_AFTER: SignedDuration = SignedDuration::from_mins(30);
/// Keys in one page of a query: as many as one `BatchGetItem` takes, or four `BatchWriteItem` calls.
const PAGE: i32 = 100;

/// A deletion that may not be finished: of a document or, with `block`, of one block of a document. Without `document`, of
/// `sources`, or of everything that the user has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeletionTask {
    document: Option<DocumentId>,
    block: Option<BlockId>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    sources: bool,
    deleted_at: Timestamp,
}

/// What a user has deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deleted {
    Document(DocumentId),
    Block(DocumentId, BlockId),
    /// Evidence, goals or reviews. Texts still quote them.
    Sources,
    Everything,
}

impl DeletionTask {
    fn new(deleted: Deleted, deleted_at: Timestamp) -> Self {
        let (document, block) = match deleted {
            Deleted::Document(document) => (Some(document), None),
            Deleted::Block(document, block) => (Some(document), Some(block)),
            Deleted::Sources | Deleted::Everything => (None, None),
        };
        Self { document, block, sources: deleted == Deleted::Sources, deleted_at }
    }

    fn deleted(self) -> Deleted {
        match (self.document, self.block) {
            (Some(document), Some(block)) => Deleted::Block(document, block),
            (Some(document), None) => Deleted::Document(document),
            (None, _) if self.sources => Deleted::Sources,
            (None, _) => Deleted::Everything,
        }
    }

    fn key(self) -> String {
        match self.deleted() {
            Deleted::Document(document) => keys::deletion(document, None),
            Deleted::Block(document, block) => keys::deletion(document, Some(block)),
            Deleted::Sources => keys::deletion_of_sources(self.deleted_at),
            Deleted::Everything => keys::DELETION_OF_ALL.to_owned(),
        }
    }

    pub const fn started_at(self) -> Timestamp {
        self.deleted_at
    }

    /// From this time on, nothing is left, and the user may write again.
    pub fn ends_at(self) -> Timestamp {
        self.due_after(LAST_LOOK_AFTER)
    }

    /// The sort keys of what is deleted, in this order. Blocks come first: without its block, no new revision can be written.
    fn ranges(self) -> Vec<RangeInclusive<String>> {
        let (document, block) = match self.deleted() {
            Deleted::Document(document) => (document, None),
            Deleted::Block(document, block) => (document, Some(block)),
            Deleted::Sources => return Vec::new(),
            Deleted::Everything => return keys::all_but_spending_since(budget::day_of(self.deleted_at)).into(),
        };
        let blocks = block.is_none().then(|| keys::blocks(document));
        let others = [keys::revisions(document, block), keys::texts(document, block)];
        blocks.into_iter().chain(others).map(keys::with_prefix).collect()
    }

    /// The jobs that the deletion ends, and their failure.
    fn jobs(self) -> Option<(JobFilter, Failure)> {
        let (document_id, block_id, failure) = match self.deleted() {
            Deleted::Document(document) => (Some(document), None, Failure::document_not_found()),
            Deleted::Block(document, block) => (Some(document), Some(block), Failure::block_not_found()),
            Deleted::Sources => return None,
            Deleted::Everything => (None, None, Failure::document_not_found()),
        };
        let statuses = vec![JobStatus::Pending, JobStatus::Processing];
        Some((JobFilter { document_id, block_id, statuses, types: Vec::new() }, failure))
    }

    fn due_after(self, time: SignedDuration) -> Timestamp {
        self.deleted_at.saturating_add(time).unwrap_or(Timestamp::MAX)
    }

    fn item(self, user: &UserId, due: Timestamp) -> Result<Item, StoreError> {
        let shard = match self.deleted() {
            Deleted::Document(document) | Deleted::Block(document, _) => keys::unfinished_shard(document),
            Deleted::Sources | Deleted::Everything => keys::unfinished_shard(user.as_str()),
        };
        let index = [
            (keys::UNFINISHED_SHARD.to_owned(), text(shard)),
            (keys::UNFINISHED_SINCE.to_owned(), AttributeValue::N(due.as_millisecond().to_string())),
        ];
        write(user, self.key(), &self, index)
    }
}

impl Store {
    /// Deletes a document if it still has the version that was read. If so, the caller calls [`Self::finish_deletion`].
    pub async fn delete_document(
        &self,
        user: &UserId,
        document: &Document,
        now: Timestamp,
    ) -> Result<(Saved, DeletionTask), StoreError> {
        let deletion = DeletionTask::new(Deleted::Document(document.id), now);
        let writes = vec![
            self.delete_if(user, keys::document(document.id), Condition::Version(document.version))?,
            self.put_if(deletion.item(user, deletion.due_after(RESUME_AFTER))?, Condition::New)?,
        ];
        Ok((self.saved(writes).await?, deletion))
    }

    /// Deletes a block if the block and its document still have the versions that were read. If so, the caller calls
    /// [`Self::finish_deletion`].
    pub async fn delete_block(
        &self,
        user: &UserId,
        document: &Document,
        block: &Block,
        now: Timestamp,
    ) -> Result<(Saved, DeletionTask), StoreError> {
        let deletion = DeletionTask::new(Deleted::Block(document.id, block.id), now);
        let mut without = document.changed(now);
        without.remove(block.id);
        let writes = vec![
            self.put_if(write_document(user, &without)?, Condition::Version(document.version))?,
            self.delete_if(user, keys::block(document.id, block.id), Condition::Version(block.version))?,
            self.put_if(deletion.item(user, deletion.due_after(RESUME_AFTER))?, Condition::New)?,
        ];
        Ok((self.saved(writes).await?, deletion))
    }

    /// Begins to delete everything that a user has, unless it has begun already. The caller calls
    /// [`Self::finish_deletion`].
    pub async fn delete_all_of(&self, user: &UserId, now: Timestamp) -> Result<DeletionTask, StoreError> {
        let deletion = DeletionTask::new(Deleted::Everything, now);
        let item = deletion.item(user, deletion.due_after(RESUME_AFTER))?;
        match self.put_item_if(item, Condition::New).await? {
            PutOutcome::Written => Ok(deletion),
            PutOutcome::ConditionFailed => Ok(self.deletion_of_all(user).await?.unwrap_or(deletion)),
        }
    }

    /// Stores the task to take deleted sources out of the texts that cite them. One task serves all deletions of half a
    /// minute, and runs after it. It is stored before a deletion, so none is missed.
    pub(crate) async fn put_deletion_of_sources(&self, user: &UserId, now: Timestamp) -> Result<(), StoreError> {
        let seconds = RESUME_AFTER.as_secs();
        let began = Timestamp::from_second(now.as_second().div_euclid(seconds) * seconds).unwrap_or(now);
        let deletion = DeletionTask::new(Deleted::Sources, began);
        self.put_item(deletion.item(user, deletion.due_after(RESUME_AFTER))?).await
    }

    /// The deletion of everything that a user has, while it lasts.
    pub async fn deletion_of_all(&self, user: &UserId) -> Result<Option<DeletionTask>, StoreError> {
        self.get(user, keys::DELETION_OF_ALL.to_owned()).await
    }

    /// Lets the other deletions go first: the sweeper looks at this one again after them.
    pub async fn put_off_deletion(
        &self,
        user: &UserId,
        deletion: DeletionTask,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.put_item_if(deletion.item(user, now)?, Condition::Exists).await.map(|_| ())
    }

    async fn saved(&self, writes: Vec<aws_sdk_dynamodb::types::TransactWriteItem>) -> Result<Saved, StoreError> {
        Ok(match self.transact(writes).await? {
            TransactionOutcome::Written => Saved::Written,
            TransactionOutcome::ConditionFailed(_) => Saved::Conflict,
        })
    }

    /// Removes everything that belongs to what was deleted. Stops after `stop_at`. Returns true if all of it is removed. The
    /// task stays for the last look. Idempotent, also when two calls run at the same time.
    pub async fn finish_deletion(
        &self,
        user: &UserId,
        deletion: DeletionTask,
        now: Timestamp,
        stop_at: Instant,
    ) -> Result<bool, StoreError> {
        if let Some((filter, failure)) = deletion.jobs() {
            self.end_jobs(user, &filter, &failure, now).await?;
        }
        for range in deletion.ranges() {
            if !self.delete_range(user, range, stop_at).await? {
                return Ok(false);
            }
        }
        // Boxed, because the future of a deletion is large, and those of requests contain it.
        if !Box::pin(self.erase(user, deletion, now, stop_at)).await? {
            return Ok(false);
        }
        let (second_look, last_look) = (deletion.due_after(RESUME_AFTER), deletion.ends_at());
        if deletion.deleted() == Deleted::Everything && now < second_look {
            // A worker may store an answer until it notices. The person was told that everything is gone within minutes.
            return Ok(true);
        }
        if now < last_look {
            self.put_item_if(deletion.item(user, last_look)?, Condition::Exists).await?;
        } else {
            self.delete_all(vec![key(user, deletion.key())]).await?;
        }
        Ok(true)
    }

    /// Takes the texts of what was deleted out of what stays: jobs, stored responses and citations.
    async fn erase(
        &self,
        user: &UserId,
        deletion: DeletionTask,
        now: Timestamp,
        stop_at: Instant,
    ) -> Result<bool, StoreError> {
        let (document, block) = match deletion.deleted() {
            Deleted::Document(document) => (document, None),
            Deleted::Block(document, block) => (document, Some(block)),
            Deleted::Sources => return self.erase_deleted_sources(user, deletion.deleted_at, stop_at).await,
            Deleted::Everything => return Ok(true),
        };
        let id = block.map_or_else(|| document.to_string(), |block| block.to_string());
        Ok(self.erase_jobs_of(user, (document, block), now, stop_at).await?
            && self.erase_responses_naming(user, &id, Some(stop_at)).await?)
    }

    /// Ends the jobs in flight. The index may not contain the newest job yet. That job ends, too, when its worker finds
    /// no block.
    async fn end_jobs(
        &self,
        user: &UserId,
        filter: &JobFilter,
        failure: &Failure,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            let page = self.jobs(user, filter, 100, after).await?;
            for job in page.items {
                self.end_job(job, failure, now).await?;
            }
            after = page.next.and_then(|next| next.parse().ok());
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn end_job(&self, job: Job, failure: &Failure, now: Timestamp) -> Result<(), StoreError> {
        match self.abandon(&job, failure, now).await {
            Ok(job) => tracing::info!(job_id = %job.id, "job failed because its document or block was deleted"),
            Err(ChangeError::NotFound | ChangeError::TransitionRejected(_)) => {}
            Err(ChangeError::Store(error)) => return Err(error),
        }
        Ok(())
    }

    /// Deletes all items between two sort keys, page by page. Returns false if `stop_at` passed before the end.
    async fn delete_range(
        &self,
        user: &UserId,
        range: RangeInclusive<String>,
        stop_at: Instant,
    ) -> Result<bool, StoreError> {
        loop {
            let page = self
                .range(user, range.clone())
                .projection_expression("pk, sk")
                .limit(PAGE)
                .send()
                .await
                .map_err(sdk)?;
            let found = page.items.unwrap_or_default();
            if found.is_empty() && page.last_evaluated_key.is_none() {
                return Ok(true);
            }
            self.delete_all(found).await?;
            if Instant::now() >= stop_at {
                return Ok(false);
            }
        }
    }

    pub(crate) async fn delete_all(&self, keys: Vec<Item>) -> Result<(), StoreError> {
        let deletes = keys
            .into_iter()
            .map(|key| {
                let delete = DeleteRequest::builder().set_key(Some(key)).build();
                delete.map(|delete| WriteRequest::builder().delete_request(delete).build())
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| StoreError::InvalidCall(Box::new(error)))?;
        for written in self.write_all(deletes).await {
            written?;
        }
        Ok(())
    }
}
