//! How many jobs a user may have under way, and create in a minute.
//!
//! One item holds the ids of the jobs that may be under way and the count of the present minute.
//! It is changed in the transaction that stores a job, so that what was not stored does not count.
//! Nobody takes ids out when a job ends: whoever finds the set full looks at the jobs themselves and
//! takes out those that have ended. So the set may name too many, never too few, and whether a user
//! is at the limit is derived from the jobs.

use std::collections::HashSet;

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use domain::ids::{JobId, UserId};
use jiff::Timestamp;

use crate::{
    Store, StoreError,
    error::sdk,
    items::{Item, read_job},
    key, keys,
};

/// What a user may do; zero means: as much as they like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Jobs under way at once, at most 100: so many are looked at in one call.
    pub active_jobs: u32,
    /// New jobs in a minute of the clock.
    pub creates_per_minute: u32,
}

/// Whether one more job may be created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It may, as long as nothing changes meanwhile.
    Yes(Allowance),
    /// As many jobs are under way as may be.
    TooManyActive,
    /// As many were created in this minute as may be.
    TooFast,
}

/// Leave to create a job, to be used in the transaction that stores it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowance {
    limits: Limits,
    minute: i64,
    is_new_minute: bool,
    /// How many more may be created in this minute, if that is limited.
    pub creates_left: Option<u32>,
}

const ACTIVE: &str = "activeJobs";
const MINUTE: &str = "minute";
const CREATES: &str = "creates";

impl Limits {
    /// Whether nothing is limited.
    pub const fn are_off(self) -> bool {
        self.active_jobs == 0 && self.creates_per_minute == 0
    }
}

/// The minute of the clock that `now` is in.
fn minute(now: Timestamp) -> i64 {
    now.as_second().div_euclid(60)
}

/// Seconds until the next minute begins: 1 to 60.
pub fn seconds_to_next_minute(now: Timestamp) -> u32 {
    u32::try_from(60 - now.as_second().rem_euclid(60)).unwrap_or(60)
}

impl Store {
    /// Whether the user may create one more job. `replaces`: it ends another one of theirs.
    pub async fn admission(
        &self,
        user: &UserId,
        mut limits: Limits,
        replaces: bool,
        now: Timestamp,
    ) -> Result<Admission, StoreError> {
        if limits.are_off() {
            return Ok(Admission::Yes(Allowance::default()));
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
        Ok(Admission::Yes(Allowance { limits, minute: minute(now), is_new_minute, creates_left }))
    }

    /// Counts the job `id`; fails the transaction if the allowance no longer holds. Nothing, if nothing
    /// is limited.
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
            // Whoever finds the minute over begins the next one.
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
        let update = update.map_err(|error| StoreError::Refused(Box::new(error)))?;
        Ok(Some(TransactWriteItem::builder().update(update).build()))
    }

    /// Takes jobs that have ended, or are gone, out of the set; how many.
    async fn forget_ended(&self, user: &UserId, active: &HashSet<JobId>) -> Result<usize, StoreError> {
        let ids: Vec<JobId> = active.iter().copied().collect();
        let mut ended = active.clone();
        // `BatchGetItem` takes 100 keys.
        for some in ids.chunks(100) {
            let wanted = some.iter().map(|id| key(user, keys::job(*id))).collect();
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
