//! The progress of a running job: a small item beside the job.
//!
//! A heartbeat replaces this item and leaves the job alone, so it costs one to four write units whatever the job holds,
//! writes no index, and conflicts with nobody. The sort key follows the key of the job, so one query reads both.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use domain::{
    ids::{JobId, LeaseToken, UserId},
    job::{
        Claim, Job, JobState,
        lifecycle::{self, TransitionError},
        policy::JobPolicy,
        progress::{Phase, Progress},
        result::Usage,
        status::JobStatus,
        timeline::JobEvent,
    },
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    ChangeError, Store, StoreError,
    error::{TransitionRejected, sdk},
    jobs::item::read_job,
    table::{
        conditional_put::PutOutcome,
        deflate::{deflate, inflate},
        item::{Item, key, read, sort_key, write},
        keys,
        transaction::Condition,
    },
};

/// The item is of no use once its job has ended. TTL removes it some time after the deadline of the job.
const KEPT: SignedDuration = SignedDuration::from_hours(1);

/// Attribute of the text so far, deflated.
const TEXT: &str = "text";

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProgressItem {
    lease_token: LeaseToken,
    lease_until: Timestamp,
    /// Revision of the job at the claim. A later claim has a higher one, and its item is not replaced by a worker that
    /// has lost the job.
    claim_revision: u64,
    phase: Phase,
    percent: u8,
    message: String,
    updated_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    usage: Option<Usage>,
    /// When this attempt called Claude. The job itself learns it when the attempt ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    called_at: Option<Timestamp>,
}

impl Store {
    /// Renews the lease, and stores progress and what this attempt has spent, so that the cost of a killed worker is not
    /// lost. Reads the job at the same time, and is rejected if the job was changed by anybody else, for example by a
    /// cancel. This read is eventually consistent, which delays the news by less than a second.
    pub async fn heartbeat(
        &self,
        claim: &Claim,
        progress: Progress,
        policy: &JobPolicy,
        now: Timestamp,
    ) -> Result<Job, ChangeError> {
        let Claim { job, token, usage } = claim;
        let rule = |job: &Job| {
            lifecycle::heartbeat(job, policy.lease(*token, now), progress.clone(), *usage, now)
                .map_err(|error| rejected(error, job))
        };
        let next = rule(job)?;
        let (put, current) =
            tokio::join!(self.put_progress(&next, *usage), self.job_eventually_consistent(&job.user, job.id));
        match current? {
            Some(current) if current.revision > job.revision => return rule(&current),
            // The read may be older than the job. Otherwise everything of the user was deleted.
            None if self.job(&job.user, job.id).await?.is_none() => {
                self.put_empty_progress(job, now).await?;
                return Err(ChangeError::NotFound);
            }
            Some(_) | None => {}
        }
        match put? {
            PutOutcome::Written => Ok(next),
            // A later claim has written its progress.
            PutOutcome::ConditionFailed => Err(rejected(TransitionError::LeaseLost, job)),
        }
    }

    async fn put_progress(&self, job: &Job, usage: Option<Usage>) -> Result<PutOutcome, StoreError> {
        let (JobState::Processing { lease }, Some(progress)) = (&job.state, &job.progress) else {
            return Ok(PutOutcome::Written);
        };
        let item = ProgressItem {
            lease_token: lease.token,
            lease_until: lease.until,
            claim_revision: job.revision,
            phase: progress.phase,
            percent: progress.percent,
            message: progress.message.clone(),
            updated_at: progress.updated_at,
            usage,
            called_at: job.timeline.events().last().and_then(|(event, at)| (event == JobEvent::Called).then_some(at)),
        };
        let mut more = vec![expires_at(job)];
        if let Some(text) = &progress.partial_text {
            more.push((TEXT.to_owned(), AttributeValue::B(Blob::new(deflate(text)?))));
        }
        let item = write(&job.user, keys::progress(job.id), &item, more)?;
        self.put_item_if(item, Condition::ClaimedBefore(job.revision)).await
    }

    /// Takes away what a worker has stored as the progress of an ended job.
    pub(crate) async fn erase_progress(&self, job: &Job, now: Timestamp) -> Result<(), StoreError> {
        match job.attempt {
            0 => Ok(()),
            // No worker runs any more.
            _ if now > expiry(job) => self.delete_all(vec![key(&job.user, keys::progress(job.id))]).await,
            _ => self.put_empty_progress(job, now).await,
        }
    }

    /// Puts an empty progress in the place of what a worker has stored. A worker that has lost the job finds the place
    /// taken, as by a later claim.
    async fn put_empty_progress(&self, job: &Job, now: Timestamp) -> Result<(), StoreError> {
        let item = ProgressItem {
            lease_token: LeaseToken::new(),
            lease_until: now,
            claim_revision: job.revision,
            phase: Phase::Queued,
            percent: 0,
            message: String::new(),
            updated_at: now,
            usage: None,
            called_at: None,
        };
        self.put_item(write(&job.user, keys::progress(job.id), &item, [expires_at(job)])?).await
    }

    /// Adds the progress of their holders to the PROCESSING ones of these jobs, at most a hundred.
    pub(crate) async fn add_progress_to(&self, jobs: &mut BTreeMap<JobId, Job>) -> Result<(), StoreError> {
        let running = jobs.values().filter(|job| job.status() == JobStatus::Processing);
        let wanted = running.map(|job| key(&job.user, keys::progress(job.id))).collect();
        for item in self.get_all(wanted).await? {
            if let Some(job) = sort_key(&item).and_then(keys::job_id_of_progress).and_then(|id| jobs.get_mut(&id)) {
                add_progress(job, item)?;
            }
        }
        Ok(())
    }

    async fn job_eventually_consistent(&self, user: &UserId, id: JobId) -> Result<Option<Job>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).set_key(Some(key(user, keys::job(id))));
        get.send().await.map_err(sdk)?.item.map(read_job).transpose()
    }
}

fn expiry(job: &Job) -> Timestamp {
    job.deadline_at.saturating_add(KEPT).unwrap_or(Timestamp::MAX)
}

/// The attribute for TTL.
fn expires_at(job: &Job) -> (String, AttributeValue) {
    (keys::EXPIRES_AT.to_owned(), AttributeValue::N(expiry(job).as_second().to_string()))
}

fn rejected(error: TransitionError, job: &Job) -> ChangeError {
    ChangeError::TransitionRejected(Box::new(TransitionRejected { error, job: job.clone() }))
}

/// Adds the progress of its holder to a PROCESSING job. Progress of an earlier claim is ignored.
pub(crate) fn add_progress(job: &mut Job, mut item: Item) -> Result<(), StoreError> {
    let text = match item.remove(TEXT) {
        Some(AttributeValue::B(deflated)) => Some(inflate(deflated.as_ref())?),
        _ => None,
    };
    let item: ProgressItem = read(item)?;
    let JobState::Processing { lease } = &mut job.state else { return Ok(()) };
    if lease.token != item.lease_token {
        return Ok(());
    }
    lease.until = lease.until.max(item.lease_until);
    job.updated_at = job.updated_at.max(item.updated_at);
    job.usage.set(job.attempt, item.usage);
    if let Some(at) = item.called_at {
        job.timeline.note(JobEvent::Called, at);
    }
    job.progress = Some(Progress {
        phase: item.phase,
        percent: item.percent,
        message: item.message,
        partial_text: text,
        updated_at: item.updated_at,
    });
    Ok(())
}
