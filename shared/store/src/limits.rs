//! How many jobs a user may have under way, and create in a minute.
//!
//! One item holds the ids of the jobs that may be under way and the count of the present minute.
//! It is changed in one conditional write. Nobody takes ids out when a job ends: whoever finds
//! the set full looks at the jobs themselves and takes out those that have ended. So the set may
//! name too many, never too few, and whether a user is at the limit is derived from the jobs.

use std::collections::HashSet;

use aws_sdk_dynamodb::{
    operation::update_item::UpdateItemError,
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use domain::ids::{JobId, UserId};
use jiff::{SignedDuration, Timestamp};

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
    /// It may.
    Yes {
        /// How many more in this minute, if that is limited.
        creates_left: Option<u32>,
    },
    /// As many jobs are under way as may be.
    TooManyActive,
    /// As many were created in this minute as may be.
    TooFast,
}

/// A job whose id is in the set may not be stored yet for so long.
const BEING_CREATED: SignedDuration = SignedDuration::from_mins(2);
/// A full set is looked at so often before the user is told to wait.
const TRIES: usize = 4;

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
    /// Counts the job `id`, which is about to be created, unless that would be one too many.
    pub async fn admit(
        &self,
        user: &UserId,
        id: JobId,
        limits: Limits,
        now: Timestamp,
    ) -> Result<Admission, StoreError> {
        if limits.are_off() {
            return Ok(Admission::Yes { creates_left: None });
        }
        let mut is_new_minute = false;
        for _ in 0..TRIES {
            let before = match self.count(user, id, limits, is_new_minute, now).await? {
                Counted::Yes { creates } => {
                    let creates_left = limits.creates_per_minute.checked_sub(creates);
                    return Ok(Admission::Yes { creates_left: creates_left.filter(|_| limits.creates_per_minute > 0) });
                }
                Counted::No(before) => before,
            };
            let active = ids(&before);
            is_new_minute = number(&before, MINUTE) != Some(minute(now));
            let creates = if is_new_minute { 0 } else { number(&before, CREATES).unwrap_or_default() };
            if limits.creates_per_minute > 0 && creates >= i64::from(limits.creates_per_minute) {
                return Ok(Admission::TooFast);
            }
            let is_full = limits.active_jobs > 0 && active.len() >= limits.active_jobs as usize;
            if is_full && self.forget_ended(user, active, now).await? == 0 {
                return Ok(Admission::TooManyActive);
            }
        }
        Err(StoreError::Contended)
    }

    /// One conditional write: the job's id and the minute's count.
    async fn count(
        &self,
        user: &UserId,
        id: JobId,
        limits: Limits,
        is_new_minute: bool,
        now: Timestamp,
    ) -> Result<Counted, StoreError> {
        let mut conditions = Vec::new();
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(user, keys::LIMITS.to_owned())))
            .expression_attribute_values(":id", AttributeValue::Ss(vec![id.to_string()]))
            .expression_attribute_values(":minute", AttributeValue::N(minute(now).to_string()))
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
            .return_values(ReturnValue::UpdatedNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        if limits.active_jobs > 0 {
            conditions.push("(attribute_not_exists(activeJobs) OR size(activeJobs) < :most)");
            update = update.expression_attribute_values(":most", AttributeValue::N(limits.active_jobs.to_string()));
        }
        let change = if is_new_minute {
            // Whoever finds the minute over begins the next one.
            conditions.push("(attribute_not_exists(#minute) OR #minute < :minute)");
            "SET #minute = :minute, creates = :one ADD activeJobs :id"
        } else {
            conditions.push("#minute = :minute");
            if limits.creates_per_minute > 0 {
                conditions.push("creates < :rate");
                let rate = AttributeValue::N(limits.creates_per_minute.to_string());
                update = update.expression_attribute_values(":rate", rate);
            }
            "ADD activeJobs :id, creates :one"
        };
        let counted = update
            .expression_attribute_names("#minute", MINUTE)
            .update_expression(change)
            .condition_expression(conditions.join(" AND "))
            .send()
            .await;
        match counted {
            Ok(counted) => {
                let creates = number(&counted.attributes.unwrap_or_default(), CREATES).unwrap_or(1);
                Ok(Counted::Yes { creates: u32::try_from(creates).unwrap_or(u32::MAX) })
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                    Ok(Counted::No(failed.item().cloned().unwrap_or_default()))
                }
                _ => Err(sdk(error)),
            },
        }
    }

    /// Takes jobs that have ended out of the set; how many. A job that is not there was never
    /// stored, or is being stored right now.
    async fn forget_ended(&self, user: &UserId, active: HashSet<JobId>, now: Timestamp) -> Result<usize, StoreError> {
        let wanted = active.iter().map(|id| key(user, keys::job(*id))).collect();
        let young = JobId::first_of(now.saturating_sub(BEING_CREATED).unwrap_or(Timestamp::UNIX_EPOCH));
        let mut ended: HashSet<JobId> = active.into_iter().filter(|id| *id < young).collect();
        for item in self.get_all(wanted).await? {
            let job = read_job(item)?;
            if job.is_finished() {
                ended.insert(job.id);
            } else {
                ended.remove(&job.id);
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

enum Counted {
    Yes {
        /// In this minute.
        creates: u32,
    },
    /// The item as it is.
    No(Item),
}

fn number(item: &Item, name: &str) -> Option<i64> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

fn ids(item: &Item) -> HashSet<JobId> {
    let names = item.get(ACTIVE).and_then(|set| set.as_ss().ok());
    names.into_iter().flatten().filter_map(|id| id.parse().ok()).collect()
}
