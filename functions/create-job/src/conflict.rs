//! What happens when a job is in flight on the block already.
//!
//! Only one job at a time may write a block. Jobs that write no block never conflict.

use api::{OnConflict, Problem};
use domain::{
    job::{
        Job,
        lifecycle::{self, NewJob},
    },
    problem::ProblemCode,
};
use jiff::Timestamp;

/// What to do with a new job. `after` is the current job as it is to be written: failed as `SUPERSEDED`.
#[derive(Debug)]
pub(crate) enum Decision<'a> {
    Create,
    Join(&'a Job),
    Reject(&'a Job),
    Replace { before: &'a Job, after: Box<Job> },
}

/// Decides by the client's choice. `current` is the job that the in-flight pointer names. It may have ended.
pub(crate) fn decide<'a>(
    current: Option<&'a Job>,
    new: &NewJob,
    on_conflict: OnConflict,
    now: Timestamp,
) -> Decision<'a> {
    let Some(current) = current.filter(|job| !job.is_finished()) else { return Decision::Create };
    match on_conflict {
        OnConflict::Join => Decision::Join(current),
        OnConflict::Unset if new.is_same_as(current) => Decision::Join(current),
        OnConflict::Unset | OnConflict::Reject => Decision::Reject(current),
        OnConflict::Replace => match lifecycle::supersede(current, now) {
            Ok(after) => Decision::Replace { before: current, after: Box::new(after) },
            // The rules reject only a job that has ended.
            Err(_) => Decision::Create,
        },
    }
}

pub(crate) fn block_busy(current: &Job) -> Problem {
    let detail =
        "Another job is in progress on this block. Wait until it ends, cancel it, or send \"onConflict\": \"replace\".";
    let wait = current.poll_after_ms(current.updated_at).unwrap_or(1_000).div_ceil(1_000);
    Problem::new(ProblemCode::BlockBusy, detail).because_of(current.id).header("retry-after", wait)
}

#[cfg(test)]
mod tests {
    use domain::{
        ids::{BlockId, DocumentId, UserId},
        job::{apply_mode::ApplyMode, policy::JobPolicy, status::JobType},
    };

    use super::*;

    #[test]
    fn every_choice_with_the_same_and_with_other_input() {
        let now = Timestamp::UNIX_EPOCH;
        let new = |prompt: Option<&str>| NewJob {
            user: UserId::new("ada").expect("valid"),
            job_type: JobType::Generate,
            document_id: "019a0000-0000-7000-8000-00000000d0c1".parse::<DocumentId>().ok(),
            block_id: "019a0000-0000-7000-8000-00000000b10c".parse::<BlockId>().ok(),
            prompt: prompt.map(str::to_owned),
            apply_mode: ApplyMode::default(),
            retry_of: None,
            request: None,
        };
        let current = lifecycle::create(new(None), &JobPolicy::default(), now);
        let ended = lifecycle::cancel(&current, now).expect("in flight");
        let outcome = |current: Option<&Job>, prompt, choice| match decide(current, &new(prompt), choice, now) {
            Decision::Create => "create",
            Decision::Join(_) => "join",
            Decision::Reject(_) => "reject",
            Decision::Replace { .. } => "replace",
        };
        #[rustfmt::skip]
        let expected = [
            (OnConflict::Unset,  "join",    "reject"),
            (OnConflict::Join,    "join",    "join"),
            (OnConflict::Reject,  "reject",  "reject"),
            (OnConflict::Replace, "replace", "replace"),
        ];
        for (choice, same, other) in expected {
            assert_eq!(outcome(Some(&current), None, choice), same, "{choice:?}");
            assert_eq!(outcome(Some(&current), Some("Shorter"), choice), other, "{choice:?}");
            assert_eq!(outcome(Some(&ended), None, choice), "create", "{choice:?}");
            assert_eq!(outcome(None, None, choice), "create", "{choice:?}");
        }
        assert!("unset".parse::<OnConflict>().is_err(), "a client cannot send it");
    }
}
