//! What to do when a job is under way on the block already.

use api::Problem;
use domain::{
    job::Job,
    life::{self, NewJob},
    problem::ProblemCode,
};
use jiff::Timestamp;

/// The client's choice. Without one, the same request joins and another one is rejected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, strum::EnumString, strum::VariantNames)]
#[strum(serialize_all = "lowercase")]
pub enum OnConflict {
    /// Join a job with the same input, reject another one.
    #[default]
    #[strum(disabled)]
    Unsaid,
    /// Answer with the job that is under way, whatever its input.
    Join,
    /// Create nothing.
    Reject,
    /// End that job, and create a new one.
    Replace,
}

impl OnConflict {
    /// The values that a client may send, for its errors.
    pub const EXPECTED: &str = "one of join, reject, replace";
}

#[derive(Debug)]
pub(crate) enum Decision<'a> {
    Create,
    Join(&'a Job),
    Reject(&'a Job),
    Replace { before: &'a Job, after: Box<Job> },
}

/// `standing` is the job that the block's pointer names; it may have ended.
pub(crate) fn decide<'a>(
    standing: Option<&'a Job>,
    new: &NewJob,
    on_conflict: OnConflict,
    now: Timestamp,
) -> Decision<'a> {
    let Some(standing) = standing.filter(|job| !job.is_finished()) else { return Decision::Create };
    match on_conflict {
        OnConflict::Join => Decision::Join(standing),
        OnConflict::Unsaid if new.is_same_as(standing) => Decision::Join(standing),
        OnConflict::Unsaid | OnConflict::Reject => Decision::Reject(standing),
        OnConflict::Replace => match life::supersede(standing, now) {
            Ok(after) => Decision::Replace { before: standing, after: Box::new(after) },
            // It has ended.
            Err(_) => Decision::Create,
        },
    }
}

pub(crate) fn busy(standing: &Job) -> Problem {
    let detail = "Another job is under way on this block. Wait for it, cancel it, or send \"onConflict\": \"replace\".";
    let wait = standing.poll_after_ms(standing.updated_at).unwrap_or(1_000).div_ceil(1_000);
    Problem::new(ProblemCode::BlockBusy, detail).because_of(standing.id).header("retry-after", wait)
}

#[cfg(test)]
mod tests {
    use domain::{
        ids::{BlockId, DocumentId, UserId},
        job::JobType,
        life::Terms,
    };

    use super::*;

    #[test]
    fn every_choice_with_the_same_and_with_other_input() {
        let now = Timestamp::UNIX_EPOCH;
        let new = |prompt: Option<&str>| NewJob {
            user: UserId::new("ada").expect("valid"),
            job_type: JobType::Generate,
            document_id: "019a0000-0000-7000-8000-00000000d0c1".parse::<DocumentId>().expect("valid"),
            block_id: "019a0000-0000-7000-8000-00000000b10c".parse::<BlockId>().ok(),
            prompt: prompt.map(str::to_owned),
            retry_of: None,
        };
        let standing = life::create(new(None), &Terms::default(), now);
        let ended = life::cancel(&standing, now).expect("under way");
        let outcome = |standing: Option<&Job>, prompt, choice| match decide(standing, &new(prompt), choice, now) {
            Decision::Create => "create",
            Decision::Join(_) => "join",
            Decision::Reject(_) => "reject",
            Decision::Replace { .. } => "replace",
        };
        #[rustfmt::skip]
        let expected = [
            (OnConflict::Unsaid,  "join",    "reject"),
            (OnConflict::Join,    "join",    "join"),
            (OnConflict::Reject,  "reject",  "reject"),
            (OnConflict::Replace, "replace", "replace"),
        ];
        for (choice, same, other) in expected {
            assert_eq!(outcome(Some(&standing), None, choice), same, "{choice:?}");
            assert_eq!(outcome(Some(&standing), Some("Shorter"), choice), other, "{choice:?}");
            assert_eq!(outcome(Some(&ended), None, choice), "create", "{choice:?}");
            assert_eq!(outcome(None, None, choice), "create", "{choice:?}");
        }
        assert!("unsaid".parse::<OnConflict>().is_err(), "nobody can say it");
    }
}
