use jiff::SignedDuration;

use super::*;
use crate::{
    ids::UserId,
    job::JobStatus,
    result::{Output, SourceCounts},
};

const START: Timestamp = Timestamp::constant(1_800_000_000, 0);

fn terms() -> Terms {
    Terms::default()
}

fn at(seconds: i64) -> Timestamp {
    after(START, SignedDuration::from_secs(seconds))
}

fn pending() -> Job {
    let new = NewJob {
        user: UserId::new("ada").expect("valid"),
        job_type: JobType::Generate,
        document_id: DocumentId::new(),
        block_id: Some(BlockId::new()),
        prompt: None,
        retry_of: None,
    };
    create(new, &terms(), START)
}

fn result() -> JobResult {
    JobResult {
        output: Output::Text { content: "Done.".to_owned(), citations: Vec::new(), evidence_ids: Vec::new() },
        tokens_used: 1,
        sources: SourceCounts::default(),
        model: "test".to_owned(),
    }
}

/// The states that differ for some verb, at 5 seconds; the lease of `mine` ends at 20.
fn states(mine: LeaseToken) -> Vec<(&'static str, Job)> {
    let held = claim(&pending(), mine, Some(7), &terms(), START).expect("pending");
    let other = claim(&pending(), LeaseToken::new(), Some(7), &terms(), START).expect("pending");
    vec![
        ("pending", pending()),
        ("mine", held.clone()),
        ("other's", other),
        ("completed by me", complete(&held, mine, result(), None, at(1)).expect("held")),
        ("failed", fail(&held, mine, Failure::refused(), at(1)).expect("held")),
        ("cancelled", cancel(&held, at(1)).expect("running")),
    ]
}

/// Status after the verb, or the refusal, and whether anything is written.
fn outcome(before: &Job, after: Result<Job, Refusal>) -> String {
    match after {
        Ok(job) if job == *before => format!("{} unchanged", job.status()),
        Ok(job) => {
            assert_eq!(job.revision, before.revision + 1, "every change counts once");
            assert_eq!(job.is_finished(), job.overdue_at.is_none(), "the sweeper looks at what has not ended");
            assert_eq!(job.is_finished(), job.completed_at.is_some());
            match job.status_reason() {
                Some(reason) => format!("{} {reason}", job.status()),
                None => job.status().to_string(),
            }
        }
        Err(refusal) => format!("{refusal:?}"),
    }
}

#[test]
fn every_verb_in_every_state() {
    let mine = LeaseToken::new();
    let progress = || progress(Phase::Generating, 50, "Drafting", at(5));
    let second = SignedDuration::from_secs(1);
    let table: Vec<(&str, Vec<String>)> = states(mine)
        .into_iter()
        .map(|(name, job)| {
            let t = terms();
            let now = at(5);
            let outcomes = vec![
                outcome(&job, claim(&job, mine, Some(7), &t, now)),
                outcome(&job, claim(&job, LeaseToken::new(), Some(7), &t, now)),
                outcome(&job, claim(&job, LeaseToken::new(), Some(7), &t, at(20))),
                outcome(&job, heartbeat(&job, mine, progress(), None, &t, now)),
                outcome(&job, complete(&job, mine, result(), None, now)),
                outcome(&job, complete(&job, mine, result(), Some(StatusReason::NotApplied), now)),
                outcome(&job, fail(&job, mine, Failure::refused(), now)),
                outcome(&job, give_back(&job, mine, &Retry { after: second, detail: None }, &t, now)),
                outcome(&job, cancel(&job, now)),
                outcome(&job, supersede(&job, now)),
                outcome(&job, expire(&job, now)),
                outcome(&job, expire(&job, at(600))),
                outcome(&job, bury(&job, now)),
                outcome(&job, bury(&job, at(20))),
            ];
            (name, outcomes)
        })
        .collect();
    let find = |state: &str| &table.iter().find(|(name, _)| *name == state).expect("a state").1;
    #[rustfmt::skip]
    let expected = [
        // verb                      pending               mine                   other's                completed by me        failed      cancelled
        ("claim by me",            ["PROCESSING",         "PROCESSING unchanged", "Held",                "Finished",            "Finished", "Finished"]),
        ("claim by another",       ["PROCESSING",         "Held",                 "Held",                "Finished",            "Finished", "Finished"]),
        ("claim after the lease",  ["PROCESSING",         "PROCESSING",           "PROCESSING",          "Finished",            "Finished", "Finished"]),
        ("heartbeat",              ["LeaseLost",          "PROCESSING",           "LeaseLost",           "Finished",            "Finished", "Finished"]),
        ("complete",               ["LeaseLost",          "COMPLETED",            "LeaseLost",           "COMPLETED unchanged", "Finished", "Finished"]),
        ("complete, not applied",  ["LeaseLost",          "COMPLETED NOT_APPLIED","LeaseLost",           "COMPLETED unchanged", "Finished", "Finished"]),
        ("fail",                   ["LeaseLost",          "FAILED REFUSED",       "LeaseLost",           "Finished",            "Finished", "Finished"]),
        ("give back",              ["LeaseLost",          "PENDING",              "LeaseLost",           "Finished",            "Finished", "Finished"]),
        ("cancel",                 ["FAILED CANCELLED",   "FAILED CANCELLED",     "FAILED CANCELLED",    "Finished",            "Finished", "FAILED unchanged"]),
        ("supersede",              ["FAILED SUPERSEDED",  "FAILED SUPERSEDED",    "FAILED SUPERSEDED",   "Finished",            "Finished", "Finished"]),
        ("expire early",           ["NotOverdue",         "Held",                 "Held",                "Finished",            "Finished", "Finished"]),
        ("expire late",            ["FAILED EXPIRED",     "FAILED TIMED_OUT",     "FAILED TIMED_OUT",    "Finished",            "Finished", "Finished"]),
        ("bury",                   ["FAILED RETRIES_EXHAUSTED", "Held",           "Held",                "Finished",            "Finished", "Finished"]),
        ("bury after the lease",   ["FAILED RETRIES_EXHAUSTED", "FAILED RETRIES_EXHAUSTED", "FAILED RETRIES_EXHAUSTED", "Finished", "Finished", "Finished"]),
    ];
    let columns = ["pending", "mine", "other's", "completed by me", "failed", "cancelled"];
    for (row, (verb, cells)) in expected.iter().enumerate() {
        for (column, cell) in columns.iter().zip(cells) {
            assert_eq!(find(column)[row], *cell, "{verb} a job that is {column}");
        }
    }
}

#[test]
fn the_block_version_of_the_first_attempt_is_kept() {
    let terms = terms();
    let (first, second) = (LeaseToken::new(), LeaseToken::new());
    let job = claim(&pending(), first, Some(3), &terms, START).expect("pending");
    let job = claim(&job, second, Some(4), &terms, at(20)).expect("the lease has ended");
    assert_eq!((job.attempt, job.block_version), (2, Some(3)));
}

#[test]
fn attempts_are_counted_and_end() {
    let terms = terms();
    let mut job = pending();
    for attempt in 1..=3 {
        let token = LeaseToken::new();
        job = claim(&job, token, Some(7), &terms, at(attempt)).expect("claimable");
        assert_eq!(i64::from(job.attempt), attempt);
        job = give_back(
            &job,
            token,
            &Retry { after: SignedDuration::ZERO, detail: Some("Claude is overloaded.") },
            &terms,
            at(attempt),
        )
        .expect("held");
    }
    assert_eq!(job.status_reason(), Some(StatusReason::RetriesExhausted));
    let detail = &job.failure().expect("failed").detail;
    assert_eq!(detail, "Claude is overloaded. It failed several times; try again later.");
}

#[test]
fn a_job_whose_last_worker_died_is_not_claimed_again() {
    let terms = Terms { max_attempts: 1, ..terms() };
    let job = Job { max_attempts: 1, ..pending() };
    let job = claim(&job, LeaseToken::new(), Some(7), &terms, START).expect("pending");
    assert_eq!(claim(&job, LeaseToken::new(), Some(7), &terms, at(20)), Err(Refusal::Overdue));
    let ended = expire(&job, at(20)).expect("overdue");
    assert_eq!(ended.status_reason(), Some(StatusReason::RetriesExhausted));
}

#[test]
fn a_retry_that_would_come_after_the_deadline_times_out_now() {
    let token = LeaseToken::new();
    let job = claim(&pending(), token, Some(7), &terms(), START).expect("pending");
    let job = give_back(&job, token, &Retry { after: SignedDuration::from_hours(24), detail: None }, &terms(), at(1))
        .expect("held");
    assert_eq!(job.status_reason(), Some(StatusReason::TimedOut));
}

#[test]
fn the_sweeper_sends_what_waits_frees_what_a_crash_left_and_ends_what_is_late() {
    let terms = terms();
    let waiting = pending();
    assert_eq!(sweep(&waiting, &terms, at(29)), Err(Refusal::NotOverdue));
    let Ok(Remedy::Resend(once)) = sweep(&waiting, &terms, at(30)) else { panic!("not sent") };
    assert_eq!(once.status(), JobStatus::Pending);
    assert_eq!(once.overdue_at, Some(at(30 + 60)), "each time it waits twice as long");
    assert_eq!(sweep(&once, &terms, at(89)), Err(Refusal::NotOverdue));

    let running = claim(&waiting, LeaseToken::new(), Some(7), &terms, START).expect("pending");
    assert_eq!(sweep(&running, &terms, at(19)), Err(Refusal::Held));
    let Ok(Remedy::Resend(freed)) = sweep(&running, &terms, at(20)) else { panic!("not freed") };
    assert_eq!((freed.status(), freed.attempt), (JobStatus::Pending, 1));

    for job in [waiting, running] {
        assert!(matches!(sweep(&job, &terms, at(600)), Ok(Remedy::End(_))));
    }
    let ended = cancel(&pending(), START).expect("pending");
    assert_eq!(sweep(&ended, &terms, at(600)), Err(Refusal::Finished));
}

#[test]
fn what_was_deleted_ends_its_jobs_whoever_holds_them_and_ended_ones_stay() {
    let pending = pending();
    let held = claim(&pending, LeaseToken::new(), Some(7), &terms(), START).expect("pending");
    for job in [pending, held] {
        let ended = abandon(&job, Failure::block_not_found(), at(1));
        assert_eq!((ended.status_reason(), ended.overdue_at), (Some(StatusReason::Invalid), None));
        assert_eq!(ended.revision, job.revision + 1);
        assert_eq!(abandon(&ended, Failure::document_not_found(), at(2)), ended);
    }
}

#[test]
fn only_a_job_that_was_ended_from_outside_takes_late_usage() {
    let usage = Usage { input_tokens: 7, ..Usage::default() };
    let deleted = abandon(&pending(), Failure::document_not_found(), START);
    assert_eq!(settle(&deleted, usage, at(1)).expect("abandoned").usage, Some(usage));
    let cancelled = cancel(&pending(), START).expect("pending");
    assert_eq!(settle(&cancelled, usage, at(1)).expect("cancelled").usage, Some(usage));
    assert_eq!(settle(&pending(), usage, at(1)), Err(Refusal::Finished));
}

#[test]
fn backoff_doubles_up_to_a_ceiling() {
    let seconds: Vec<_> = [1, 2, 3, 30].map(|attempt| backoff_ceiling(attempt, &terms()).as_secs()).into();
    assert_eq!(seconds, [5, 10, 20, 900]);
}
