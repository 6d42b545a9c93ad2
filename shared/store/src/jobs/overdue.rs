//! The sweeper's view: the sparse index of jobs and deletion tasks that are overdue.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::ids::{JobId, UserId};
use jiff::Timestamp;

use crate::{
    Store, StoreError,
    documents::deletion::DeletionTask,
    error::sdk,
    table::{
        item::{Item, text},
        keys,
    },
};

/// An item that the sweeper should look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overdue {
    Job(JobId),
    /// The deletion was interrupted, or it is still running.
    DeletionTask(DeletionTask),
}

impl Store {
    /// Items of one shard that are due at `now`, longest overdue first, at most `limit`. `shard` is a number below
    /// [`keys::OVERDUE_SHARDS`]. The index lags behind the table, so [`Store::sweep`] must decide about each job.
    pub async fn overdue(&self, shard: u8, limit: i32, now: Timestamp) -> Result<Vec<(UserId, Overdue)>, StoreError> {
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(keys::OVERDUE)
            .key_condition_expression("#pk = :pk AND #at <= :now")
            .expression_attribute_names("#pk", keys::OVERDUE_PK)
            .expression_attribute_names("#at", keys::OVERDUE_AT)
            .expression_attribute_values(":pk", text(keys::overdue_partition(shard)))
            .expression_attribute_values(":now", AttributeValue::N(now.as_millisecond().to_string()))
            .limit(limit)
            .send()
            .await
            .map_err(sdk)?;
        let due = page.items.unwrap_or_default();
        Ok(due
            .iter()
            .filter_map(|item| {
                let job = named_job(item).map(|(user, id)| (user, Overdue::Job(id)));
                job.or_else(|| {
                    DeletionTask::from_key(item).map(|(user, deletion)| (user, Overdue::DeletionTask(deletion)))
                })
            })
            .collect())
    }
}

/// The owner and the id of a job, from its key. `None` if the key belongs to another kind of item.
pub(crate) fn named_job(item: &Item) -> Option<(UserId, JobId)> {
    let part = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
    let user = keys::user_of(part(keys::PK)?)?;
    let id = part(keys::SK)?.strip_prefix(keys::JOB_PREFIX)?.parse().ok()?;
    Some((user, id))
}
