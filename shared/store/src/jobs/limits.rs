//! Limits of a user: jobs in flight at once, and new jobs in a minute.
//!
//! Nothing is counted beside the jobs. Ids of jobs sort by time, so the keys of the last minute are the new jobs, and a
//! sparse index holds the jobs in flight. Requests at the same time do not see each other, so they may exceed a limit by
//! their own number.

use aws_sdk_dynamodb::types::Select;
use domain::ids::{JobId, UserId};
use jiff::{SignedDuration, Timestamp};

use crate::{
    Store, StoreError,
    error::sdk,
    table::{
        item::{sort_key, text},
        keys,
    },
};

/// The limits of each user. Zero means no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Jobs in flight at once, 0 to 100.
    pub active_jobs: u32,
    /// New jobs in the last 60 s.
    pub creates_per_minute: u32,
}

/// The jobs that a request creates, and the jobs in flight that they replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewJobCount {
    /// At least 1.
    pub created: u32,
    /// They make room for as many new jobs.
    pub replaced: u32,
}

/// Whether the user may create these jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Yes.
    Granted(Allowance),
    /// No: [`Limits::active_jobs`] would be exceeded. This many jobs may be created now.
    TooManyActive(u32),
    /// No: [`Limits::creates_per_minute`] is reached. The next job may be created in this many seconds, 1 to 60.
    TooFast(u32),
}

/// What is left of the rate after the new job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowance {
    /// Jobs that the user may still create after these. `None` without a limit.
    pub creates_left: Option<u32>,
    /// Seconds until one job more may be created, 1 to 60.
    pub reset_seconds: u32,
}

impl Limits {
    /// The most jobs that a request can ever create, if it asks for more.
    pub fn most_at_once(self, new: NewJobCount) -> Option<u32> {
        let active = self.active_jobs.saturating_add(new.replaced);
        let limits = [(self.active_jobs, active), (self.creates_per_minute, self.creates_per_minute)];
        let most = limits.into_iter().filter(|(limit, _)| *limit > 0).map(|(_, most)| most).min();
        most.filter(|most| new.created > *most)
    }

    pub const fn are_off(self) -> bool {
        self.active_jobs == 0 && self.creates_per_minute == 0
    }
}

impl Store {
    /// Checks whether the user may create these jobs, all of them.
    pub async fn admission(
        &self,
        user: &UserId,
        limits: Limits,
        new: NewJobCount,
        now: Timestamp,
    ) -> Result<Admission, StoreError> {
        let most_active = if limits.active_jobs == 0 { 0 } else { limits.active_jobs.saturating_add(new.replaced) };
        let (active, recent) = tokio::try_join!(
            async { if most_active == 0 { Ok(0) } else { self.active_jobs(user, most_active).await } },
            async {
                if limits.creates_per_minute == 0 {
                    Ok(Vec::new())
                } else {
                    self.recent_jobs(user, limits.creates_per_minute, now).await
                }
            }
        )?;
        let creates = u32::try_from(recent.len()).unwrap_or(u32::MAX);
        // The rate allows one job more when the oldest of these jobs leaves the minute.
        let reset_seconds = seconds_to_leave(recent.first().copied(), now);
        let excess = (creates + new.created).saturating_sub(limits.creates_per_minute);
        if limits.creates_per_minute > 0 && excess > 0 {
            let leaves_last = recent.get(excess as usize - 1).or(recent.last()).copied();
            return Ok(Admission::TooFast(seconds_to_leave(leaves_last, now)));
        }
        if most_active > 0 && active + new.created > most_active {
            return Ok(Admission::TooManyActive(most_active.saturating_sub(active)));
        }
        let creates_left = limits.creates_per_minute.checked_sub(creates + new.created);
        Ok(Admission::Granted(Allowance { creates_left, reset_seconds }))
    }

    /// Number of jobs in flight, at most `most`.
    async fn active_jobs(&self, user: &UserId, most: u32) -> Result<u32, StoreError> {
        let (index, partition_key) = keys::UNFINISHED_BY_USER;
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(index)
            .key_condition_expression("#pk = :pk")
            .expression_attribute_names("#pk", partition_key)
            .expression_attribute_values(":pk", text(keys::owner(user)))
            .select(Select::Count)
            .limit(i32::try_from(most).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(sdk)?;
        Ok(u32::try_from(page.count).unwrap_or_default())
    }

    /// Ids of the newest jobs that were created in the last minute, at most `most`, oldest first.
    async fn recent_jobs(&self, user: &UserId, most: u32, now: Timestamp) -> Result<Vec<JobId>, StoreError> {
        let since = now.saturating_sub(WINDOW).unwrap_or(Timestamp::UNIX_EPOCH);
        // A clock that was ahead has made ids from the future. They would count until the other clocks have caught up.
        let until = now.saturating_add(CLOCK_DIFFERENCE).unwrap_or(Timestamp::MAX);
        let range = keys::job(JobId::first_of(since))..=keys::job(JobId::first_of(until));
        let query = self.range(user, range).scan_index_forward(false).projection_expression("sk");
        let mut pages = query.into_paginator().send();
        let mut ids = Vec::new();
        // Jobs with long prompts fill more than one page.
        while let Some(page) = pages.next().await {
            let page = page.map_err(sdk)?;
            self.meter.add(page.consumed_capacity());
            ids.extend(page.items().iter().filter_map(|item| keys::job_id(sort_key(item)?)));
            if ids.len() >= most as usize {
                break;
            }
        }
        ids.truncate(most as usize);
        ids.reverse();
        Ok(ids)
    }
}

const WINDOW: SignedDuration = SignedDuration::from_secs(60);
/// The clocks of two functions differ by less.
const CLOCK_DIFFERENCE: SignedDuration = SignedDuration::from_secs(1);

/// Seconds until a job of the last minute leaves the minute.
fn seconds_to_leave(job: Option<JobId>, now: Timestamp) -> u32 {
    let age = job.map_or(SignedDuration::ZERO, |job| now.duration_since(job.created_at()));
    let left = (WINDOW - age).as_millis().clamp(1, 60_000);
    u32::try_from(left).unwrap_or_default().div_ceil(1_000)
}
