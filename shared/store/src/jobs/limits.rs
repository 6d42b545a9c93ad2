//! Limits of a user: jobs in flight at once, and new jobs in a minute.
//!
//! One item for each user holds the ids of jobs that may be in flight, and the count of new jobs in the current minute.
//! The transaction that stores a job changes this item, so a job that was not stored does not count. The end of a job
//! does not change it. When the set of ids is full, the next request reads these jobs and removes the ids of jobs that
//! have ended. So the set can hold ids of ended jobs, but it never lacks a job in flight that was created under limits.

use std::collections::HashSet;

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use domain::ids::{JobId, UserId};
use jiff::Timestamp;

use crate::{
    Store, StoreError,
    error::sdk,
    jobs::item::read_job,
    table::{
        item::{Item, key},
        keys,
    },
};

/// The limits of each user. Zero means no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Jobs in flight at once, 0 to 100.
    pub active_jobs: u32,
    /// New jobs in one minute of the clock (a fixed window).
    pub creates_per_minute: u32,
}

/// Whether the user may create one more job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Yes, if the allowance still holds when the job is stored.
    Granted(Allowance),
    /// No: [`Limits::active_jobs`] is reached.
    TooManyActive,
    /// No: [`Limits::creates_per_minute`] is reached.
    TooFast,
}

/// The permission to create one job. [`Store::create_job`] checks it again in its transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowance {
    limits: Limits,
    minute: i64,
    is_new_minute: bool,
    /// Jobs that the user may still create in this minute after this job. `None` without a limit.
    pub creates_left: Option<u32>,
}

const ACTIVE: &str = "activeJobs";
const MINUTE: &str = "minute";
const CREATES: &str = "creates";

impl Limits {
    pub const fn are_off(self) -> bool {
        self.active_jobs == 0 && self.creates_per_minute == 0
    }
}

/// The number of the minute, counted from 1970.
fn minute(now: Timestamp) -> i64 {
    now.as_second().div_euclid(60)
}

/// Seconds until the next minute of the clock begins: 1 to 60.
pub fn seconds_to_next_minute(now: Timestamp) -> u32 {
    u32::try_from(60 - now.as_second().rem_euclid(60)).unwrap_or(60)
}

impl Store {
    /// Checks whether the user may create one more job. With `replaces`, the new job ends another job of the user and
    /// takes over its slot.
    pub async fn admission(
        &self,
        user: &UserId,
        mut limits: Limits,
        replaces: bool,
        now: Timestamp,
    ) -> Result<Admission, StoreError> {
        if limits.are_off() {
            return Ok(Admission::Granted(Allowance::default()));
        }
        if limits.active_jobs > 0 && replaces {
            limits.active_jobs += 1;
        }
        let item = self.get_item(user, keys::LIMITS.to_owned()).await?.unwrap_or_default();
        let is_new_minute = number(&item, MINUTE).is_none_or(|counted| counted < minute(now));
        let creates = if is_new_minute { 0 } else { number(&item, CREATES).unwrap_or_default() };
        let creates = u32::try_from(creates).unwrap_or(u32::MAX);
        if limits.creates_per_minute > 0 && creates >= limits.creates_per_minute {
            return Ok(Admission::TooFast);
        }
        let active = ids(&item);
        let most = limits.active_jobs as usize;
        if most > 0 && active.len() >= most && active.len() - self.forget_ended(user, &active).await? >= most {
            return Ok(Admission::TooManyActive);
        }
        let creates_left = limits.creates_per_minute.checked_sub(creates + 1);
        Ok(Admission::Granted(Allowance { limits, minute: minute(now), is_new_minute, creates_left }))
    }

    /// The write that counts the job `id`. It makes the transaction fail if the allowance no longer holds. `None` if
    /// there are no limits.
    pub(crate) fn count(
        &self,
        user: &UserId,
        id: JobId,
        allowance: Allowance,
    ) -> Result<Option<TransactWriteItem>, StoreError> {
        let Allowance { limits, minute, is_new_minute, .. } = allowance;
        if limits.are_off() {
            return Ok(None);
        }
        let number = |value: String| AttributeValue::N(value);
        let mut conditions = Vec::new();
        let mut update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(key(user, keys::LIMITS.to_owned())))
            .expression_attribute_names("#minute", MINUTE)
            .expression_attribute_values(":id", AttributeValue::Ss(vec![id.to_string()]))
            .expression_attribute_values(":minute", number(minute.to_string()))
            .expression_attribute_values(":one", number("1".to_owned()));
        if limits.active_jobs > 0 {
            conditions.push("(attribute_not_exists(activeJobs) OR size(activeJobs) < :most)");
            update = update.expression_attribute_values(":most", number(limits.active_jobs.to_string()));
        }
        let change = if is_new_minute {
            // The first job of a minute resets the count.
            conditions.push("(attribute_not_exists(#minute) OR #minute < :minute)");
            "SET #minute = :minute, creates = :one ADD activeJobs :id"
        } else {
            conditions.push("#minute >= :minute");
            if limits.creates_per_minute > 0 {
                conditions.push("creates < :rate");
                update = update.expression_attribute_values(":rate", number(limits.creates_per_minute.to_string()));
            }
            "ADD activeJobs :id, creates :one"
        };
        let update = update.update_expression(change).condition_expression(conditions.join(" AND ")).build();
        let update = update.map_err(|error| StoreError::InvalidCall(Box::new(error)))?;
        Ok(Some(TransactWriteItem::builder().update(update).build()))
    }

    /// Removes the ids of jobs that have ended or do not exist from the set. Returns the number of removed ids.
    async fn forget_ended(&self, user: &UserId, active: &HashSet<JobId>) -> Result<usize, StoreError> {
        let ids: Vec<JobId> = active.iter().copied().collect();
        let mut ended = active.clone();
        // `BatchGetItem` takes at most 100 keys.
        for batch in ids.chunks(100) {
            let wanted = batch.iter().map(|id| key(user, keys::job(*id))).collect();
            for item in self.get_all(wanted).await? {
                let job = read_job(item)?;
                if !job.is_finished() {
                    ended.remove(&job.id);
                }
            }
        }
        if ended.is_empty() {
            return Ok(0);
        }
        let names = ended.iter().map(ToString::to_string).collect();
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(user, keys::LIMITS.to_owned())))
            .update_expression("DELETE activeJobs :ended")
            .expression_attribute_values(":ended", AttributeValue::Ss(names))
            .send()
            .await
            .map_err(sdk)?;
        Ok(ended.len())
    }
}

fn number(item: &Item, name: &str) -> Option<i64> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

fn ids(item: &Item) -> HashSet<JobId> {
    let names = item.get(ACTIVE).and_then(|set| set.as_ss().ok());
    names.into_iter().flatten().filter_map(|id| id.parse().ok()).collect()
}
