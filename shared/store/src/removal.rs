//! Deleting a document or a block with all that belongs to it.
//!
//! One transaction takes it out of sight and notes what is still to be removed. The rest
//! (jobs under way, blocks, revisions) is removed right after, in batches; if that is
//! interrupted, the note is overdue and the sweeper goes on.

use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, WriteRequest};
use domain::{
    document::{Block, Document},
    failure::Failure,
    ids::{BlockId, DocumentId, JobId, UserId},
    job::{Job, JobType},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::{
    ChangeError, Store, StoreError,
    documents::{Saved, write_document},
    error::sdk,
    items::{Item, read_job, write},
    key,
    keys::{self, Standing},
    text,
    transact::{Condition, Transacted},
};

/// The sweeper looks after so long whether a removal is done.
const LOOK_AFTER: SignedDuration = SignedDuration::from_mins(1);
/// No job can be under way for longer: the most that `JOB_DEADLINE_SECONDS` allows, and an hour.
const LONGEST_JOB: SignedDuration = SignedDuration::from_hours(25);
/// `BatchWriteItem` takes 25 items, a query reads 1 MB: pages of so many keys.
const PAGE: i32 = 100;

/// A deleted document, or a deleted block of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Removal {
    document: DocumentId,
    block: Option<BlockId>,
}

impl Removal {
    /// User and removal, from the key of its item.
    pub(crate) fn named(item: &Item) -> Option<(UserId, Self)> {
        let part = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
        let user = keys::user_of(part(keys::PK)?)?;
        let ids = part(keys::SK)?.strip_prefix(keys::REMOVAL_PREFIX)?;
        let (document, block) = match ids.split_once('#') {
            Some((document, block)) => (document, Some(block.parse().ok()?)),
            None => (ids, None),
        };
        Some((user, Self { document: document.parse().ok()?, block }))
    }

    fn key(self) -> String {
        keys::removal(self.document, self.block)
    }

    /// Why its jobs end.
    fn failure(self) -> Failure {
        if self.block.is_some() { Failure::block_not_found() } else { Failure::document_not_found() }
    }

    fn note(self, user: &UserId, now: Timestamp) -> Result<Item, StoreError> {
        let due = now.saturating_add(LOOK_AFTER).unwrap_or(Timestamp::MAX);
        let index = [
            (keys::OVERDUE_PK.to_owned(), text(keys::overdue_shard(self.document))),
            (keys::OVERDUE_AT.to_owned(), AttributeValue::N(due.as_millisecond().to_string())),
        ];
        write(user, self.key(), &self, index)
    }
}

impl Store {
    /// Deletes a document, unless it was changed since it was read. Then call [`Self::finish_removal`].
    pub async fn delete_document(
        &self,
        user: &UserId,
        document: &Document,
        now: Timestamp,
    ) -> Result<(Saved, Removal), StoreError> {
        let removal = Removal { document: document.id, block: None };
        let writes = vec![
            self.delete_if(user, keys::document(document.id), Condition::Version(document.version))?,
            self.put_if(removal.note(user, now)?, Condition::New)?,
        ];
        Ok((self.saved(writes).await?, removal))
    }

    /// Deletes a block, unless it or its document was changed since they were read. Then call
    /// [`Self::finish_removal`].
    pub async fn delete_block(
        &self,
        user: &UserId,
        document: &Document,
        block: &Block,
        now: Timestamp,
    ) -> Result<(Saved, Removal), StoreError> {
        let removal = Removal { document: document.id, block: Some(block.id) };
        let mut without = document.changed(now);
        without.remove(block.id);
        let writes = vec![
            self.put_if(write_document(user, &without)?, Condition::Version(document.version))?,
            self.delete_if(user, keys::block(document.id, block.id), Condition::Version(block.version))?,
            self.put_if(removal.note(user, now)?, Condition::New)?,
        ];
        Ok((self.saved(writes).await?, removal))
    }

    async fn saved(&self, writes: Vec<aws_sdk_dynamodb::types::TransactWriteItem>) -> Result<Saved, StoreError> {
        Ok(match self.transact(writes).await? {
            Transacted::Yes => Saved::Yes,
            Transacted::Refused(_) => Saved::Changed,
        })
    }

    /// Removes what belongs to something deleted, until `stop_at`. Whether all is done; may be
    /// called any number of times, also by two at once.
    pub async fn finish_removal(
        &self,
        user: &UserId,
        removal: Removal,
        now: Timestamp,
        stop_at: Instant,
    ) -> Result<bool, StoreError> {
        self.end_jobs(user, removal, now).await?;
        // Blocks first: where no block is, no revision can come any more.
        let mut ranges = Vec::new();
        if removal.block.is_none() {
            ranges.push(keys::blocks(removal.document));
        }
        ranges.push(keys::revisions(removal.document, removal.block));
        for range in ranges {
            if !self.delete_range(user, &range, stop_at).await? {
                return Ok(false);
            }
        }
        self.delete_all(vec![key(user, removal.key())]).await?;
        Ok(true)
    }

    /// Ends the jobs under way. One that the index does not show yet ends all the same: its
    /// worker finds the block gone.
    async fn end_jobs(&self, user: &UserId, removal: Removal, now: Timestamp) -> Result<(), StoreError> {
        for job in self.recent_jobs(user, removal.document, now).await? {
            if job.is_finished() || removal.block.is_some_and(|block| job.block_id != Some(block)) {
                continue;
            }
            match self.abandon(job, &removal.failure(), now).await {
                Ok(job) => tracing::info!(job_id = %job.id, "job ended: what it writes was deleted"),
                Err(ChangeError::NotFound | ChangeError::Refused(_)) => {}
                Err(ChangeError::Store(error)) => return Err(error),
            }
        }
        Ok(())
    }

    /// Jobs of a document that may be under way. Ids begin with the time of creation.
    async fn recent_jobs(&self, user: &UserId, document: DocumentId, now: Timestamp) -> Result<Vec<Job>, StoreError> {
        let since = now.saturating_sub(LONGEST_JOB).unwrap_or(Timestamp::UNIX_EPOCH);
        let (index, partition_key) = keys::JOBS_BY_DOCUMENT;
        let mut jobs = Vec::new();
        for job_type in JobType::ALL {
            let partition = keys::jobs_of_document(user, document, Standing::Active, job_type);
            let mut pages = self
                .client
                .query()
                .table_name(&self.table)
                .index_name(index)
                .key_condition_expression("#pk = :pk AND #sk BETWEEN :from AND :until")
                .expression_attribute_names("#pk", partition_key)
                .expression_attribute_names("#sk", keys::SK)
                .expression_attribute_values(":pk", text(partition))
                .expression_attribute_values(":from", text(keys::job(JobId::first_of(since))))
                .expression_attribute_values(":until", text(format!("{}~", keys::JOB_PREFIX)))
                .limit(PAGE)
                .into_paginator()
                .send();
            while let Some(page) = pages.next().await {
                let items = page.map_err(sdk)?.items.unwrap_or_default();
                let wanted = items.iter().filter_map(|item| Some(key(user, item.get(keys::SK)?.as_s().ok()?.clone())));
                for item in self.get_all(wanted.collect()).await? {
                    jobs.push(read_job(item)?);
                }
            }
        }
        Ok(jobs)
    }

    async fn delete_range(&self, user: &UserId, prefix: &str, stop_at: Instant) -> Result<bool, StoreError> {
        loop {
            let page = self
                .range(user, prefix.to_owned(), format!("{prefix}~"))
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

    async fn delete_all(&self, keys: Vec<Item>) -> Result<(), StoreError> {
        let deletes = keys
            .into_iter()
            .map(|key| {
                let delete = DeleteRequest::builder().set_key(Some(key)).build();
                delete.map(|delete| WriteRequest::builder().delete_request(delete).build())
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| StoreError::Refused(Box::new(error)))?;
        for written in self.write_all(deletes).await {
            written?;
        }
        Ok(())
    }
}
