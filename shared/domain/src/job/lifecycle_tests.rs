use jiff::SignedDuration;

use super::*;
use crate::{
    annotation::Annotations,
    ids::UserId,
    job::{
        SavedAnswer,
        result::{Output, SourceCounts},
        status::JobStatus,
    },
};

const START: Timestamp = Timestamp::constant(1_800_000_000, 0);

fn policy() -> JobPolicy {
    JobPolicy::default()
}

fn at(seconds: i64) -> Timestamp {
    after(START, SignedDuration::from_secs(seconds))
}

fn pending() -> Job {
    let new = NewJob {
        user: UserId::new("ada").expect("valid"),
        job_type: JobType::Generate,
        document_id: Some(DocumentId::new()),
        block_id: Some(BlockId::new()),
        prompt: None,
        apply_mode: ApplyMode::default(),
        retry_of: None,
        request: None,
    };
    create(new, &policy(), START)
}

fn result() -> JobResult {
    JobResult {
        unknown_evidence_ids: Vec::new(),
        output: Some(Output::text("Done.".to_owned(), Annotations::default())),
        tokens_used: 1,
        sources: SourceCounts::default(),
        model: "test".to_owned(),
        notices: Vec::new(),
    }
}

fn not_applied() -> JobResult {
    let mut result = result();
    result.add_notice(StatusReason::NotApplied);
    result
}

/// All states that some transition treats differently, at 5 s. The lease of `mine` ends at 20 s.
fn states(mine: LeaseToken) -> Vec<(&'static str, Job)> {
    let held = claim(&pending(), mine, &policy(), START).expect("pending");
    let other = claim(&pending(), LeaseToken::new(), &policy(), START).expect("pending");
    vec![
        ("pending", pending()),
        ("mine", held.clone()),
        ("other's", other),
        ("completed by me", complete(&held, mine, result(), at(1)).expect("held")),
        ("failed", fail(&held, mine, Failure::refused(None), at(1)).expect("held")),
        ("cancelled", cancel(&held, at(1)).expect("running")),
    ]
}

/// The status after the transition, or the error, and whether anything changed.
fn outcome(before: &Job, after: Result<Job, TransitionError>) -> String {
    match after {
        Ok(job) if job == *before => format!("{} unchanged", job.status()),
        Ok(job) => {
            let is_heartbeat =
                job.started_at == before.started_at && job.status() == before.status() && job.attempt == before.attempt;
            assert_eq!(job.revision, before.revision + u64::from(!is_heartbeat), "every change counts once");
            assert_ne!(
                job.is_finished(),
                job.is_overdue(&policy(), at(1_000)),
                "the sweeper looks at what has not ended"
            );
            assert_eq!(job.is_finished(), job.completed_at.is_some());
            match job.status_reason() {
                Some(reason) => format!("{} {reason}", job.status()),
                None => job.status().to_string(),
            }
        }
        Err(error) => format!("{error:?}"),
    }
}

#[test]
fn every_transition_in_every_state() {
    let mine = LeaseToken::new();
    let progress = || progress(Phase::Generating, 50, "Drafting", at(5));
    let second = SignedDuration::from_secs(1);
    let table: Vec<(&str, Vec<String>)> = states(mine)
        .into_iter()
        .map(|(name, job)| {
            let t = policy();
            let now = at(5);
            let outcomes = vec![
                outcome(&job, claim(&job, mine, &t, now)),
                outcome(&job, claim(&job, LeaseToken::new(), &t, now)),
                outcome(&job, claim(&job, LeaseToken::new(), &t, at(20))),
                outcome(&job, heartbeat(&job, t.lease(mine, now), progress(), None, now)),
                outcome(&job, complete(&job, mine, result(), now)),
                outcome(&job, complete(&job, mine, not_applied(), now)),
                outcome(&job, fail(&job, mine, Failure::refused(None), now)),
                outcome(&job, release_for_retry(&job, mine, &Retry { after: second, detail: None }, &t, now)),
                outcome(&job, cancel(&job, now)),
                outcome(&job, supersede(&job, now)),
                outcome(&job, expire(&job, &policy(), now)),
                outcome(&job, expire(&job, &policy(), at(600))),
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
    ];
    let columns = ["pending", "mine", "other's", "completed by me", "failed", "cancelled"];
    for (row, (verb, cells)) in expected.iter().enumerate() {
        for (column, cell) in columns.iter().zip(cells) {
            assert_eq!(find(column)[row], *cell, "{verb} a job that is {column}");
        }
    }
}

#[test]
fn a_job_fails_after_its_last_attempt() {
    let policy = policy();
    let mut job = pending();
    for attempt in 1..=3 {
        let token = LeaseToken::new();
        job = claim(&job, token, &policy, at(attempt)).expect("claimable");
        assert_eq!(i64::from(job.attempt), attempt);
        job = release_for_retry(
            &job,
            token,
            &Retry { after: SignedDuration::ZERO, detail: Some("Claude is overloaded.") },
            &policy,
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
    let policy = JobPolicy { max_attempts: 1, ..policy() };
    let job = Job { max_attempts: 1, ..pending() };
    let job = claim(&job, LeaseToken::new(), &policy, START).expect("pending");
    assert_eq!(claim(&job, LeaseToken::new(), &policy, at(20)), Err(TransitionError::Overdue));
    let ended = expire(&job, &policy, at(20)).expect("overdue");
    assert_eq!(ended.status_reason(), Some(StatusReason::RetriesExhausted));
}

#[test]
fn a_job_is_not_claimed_before_its_next_attempt_is_due() {
    let token = LeaseToken::new();
    let job = claim(&pending(), token, &policy(), START).expect("pending");
    let retry = Retry { after: SignedDuration::from_secs(60), detail: None };
    let job = release_for_retry(&job, token, &retry, &policy(), at(1)).expect("held");
    let claim_at = |seconds| claim(&job, LeaseToken::new(), &policy(), at(seconds));
    assert_eq!(job.next_attempt_at(), Some(at(61)));
    assert_eq!(claim_at(60), Err(TransitionError::TooEarly));
    assert_eq!(claim_at(61).expect("due").attempt, 2);
}

#[test]
fn a_retry_that_would_come_after_the_deadline_times_out_now() {
    let token = LeaseToken::new();
    let job = claim(&pending(), token, &policy(), START).expect("pending");
    let job = release_for_retry(
        &job,
        token,
        &Retry { after: SignedDuration::from_hours(24), detail: None },
        &policy(),
        at(1),
    )
    .expect("held");
    assert_eq!(job.status_reason(), Some(StatusReason::TimedOut));
}

#[test]
fn the_sweeper_resends_waiting_jobs_releases_lost_jobs_and_fails_late_jobs() {
    let policy = policy();
    let waiting = pending();
    assert_eq!(sweep(&waiting, &policy, at(29)), Err(TransitionError::NotOverdue));
    let Ok(Remedy::Resend(once)) = sweep(&waiting, &policy, at(30)) else { panic!("not sent") };
    assert_eq!(once.status(), JobStatus::Pending);
    assert_eq!(once.resend_at, Some(at(30 + 60)), "each time it waits twice as long");
    assert_eq!(sweep(&once, &policy, at(89)), Err(TransitionError::NotOverdue));

    let running = claim(&waiting, LeaseToken::new(), &policy, START).expect("pending");
    assert_eq!(sweep(&running, &policy, at(19)), Err(TransitionError::Held));
    let Ok(Remedy::Resend(freed)) = sweep(&running, &policy, at(20)) else { panic!("not freed") };
    assert_eq!((freed.status(), freed.attempt), (JobStatus::Pending, 1));

    for job in [waiting, running] {
        assert!(matches!(sweep(&job, &policy, at(600)), Ok(Remedy::End(_))));
    }
    let ended = cancel(&pending(), START).expect("pending");
    assert_eq!(sweep(&ended, &policy, at(600)), Err(TransitionError::Finished));
}

#[test]
fn abandon_fails_pending_and_held_jobs_and_leaves_ended_jobs_unchanged() {
    let pending = pending();
    let held = claim(&pending, LeaseToken::new(), &policy(), START).expect("pending");
    for job in [pending, held] {
        let ended = abandon(&job, Failure::block_not_found(), at(1));
        assert_eq!(
            (ended.status_reason(), ended.is_overdue(&policy(), at(1_000))),
            (Some(StatusReason::Invalid), false)
        );
        assert_eq!(ended.revision, job.revision + 1);
        assert_eq!(abandon(&ended, Failure::document_not_found(), at(2)), ended);
    }
}

#[test]
fn a_job_takes_the_late_usage_of_an_attempt_once() {
    let usage = Usage { input_tokens: 7, paid_calls: 1, ..Usage::default() };
    let first = claim(&pending(), LeaseToken::new(), &policy(), START).expect("pending");
    let second = claim(&first, LeaseToken::new(), &policy(), at(20)).expect("the lease has ended");
    for failed in [abandon(&second, Failure::document_not_found(), START), cancel(&second, START).expect("held")] {
        let late = record_late_usage(&failed, 1, usage, at(1));
        assert_eq!(record_late_usage(&late, 1, usage, at(2)), late, "a repeated report");
        let both = record_late_usage(&late, 2, usage, at(3));
        assert_eq!((late.usage.total(), both.usage.total()), (Some(usage), Some(usage + usage)));
    }
    let late = record_late_usage(&second, 1, usage, at(21));
    assert_eq!((late.usage.total(), late.state), (Some(usage), second.state), "another worker goes on");
}

#[test]
fn the_cost_of_a_saved_answer_counts_once_however_the_job_ends() {
    let usage = Usage { output_tokens: 9, paid_calls: 1, ..Usage::default() };
    let mine = LeaseToken::new();
    let mut held = claim(&pending(), mine, &policy(), START).expect("pending");
    held.usage.set(1, Some(Usage { output_tokens: 4, ..usage }));
    held.saved_answer =
        Some(Box::new(SavedAnswer { result: result(), content_revision: 0, attempt: 1, usage: Some(usage) }));
    let again = claim(&held, mine, &policy(), at(20)).expect("the lease has ended");
    let ended = [
        complete(&again, mine, result(), at(21)).expect("held"),
        cancel(&held, at(1)).expect("held"),
        expire(&held, &policy(), at(600)).expect("late"),
        supersede(&held, at(1)).expect("held"),
        abandon(&held, Failure::block_not_found(), at(1)),
    ];
    for job in ended {
        assert_eq!(job.usage.total(), Some(usage), "{:?}", job.status_reason());
    }
}

#[test]
fn backoff_doubles_up_to_a_ceiling() {
    let seconds: Vec<_> = [1, 2, 3, 30].map(|attempt| backoff_ceiling(attempt, &policy()).as_secs()).into();
    assert_eq!(seconds, [5, 10, 20, 900]);
}

#[test]
fn a_repeated_release_changes_nothing() {
    let token = LeaseToken::new();
    let held = claim(&pending(), token, &policy(), START).expect("pending");
    let release = |job: &Job, seconds| {
        release_for_retry(job, token, &Retry { after: SignedDuration::ZERO, detail: None }, &policy(), at(seconds))
    };
    let released = release(&held, 1).expect("held");
    assert_eq!(release(&released, 2), Ok(released.clone()), "its first answer may have been lost");
    let other = claim(&released, LeaseToken::new(), &policy(), at(3)).expect("due");
    assert_eq!(release(&other, 4), Err(TransitionError::LeaseLost));
}

#[test]
fn a_lease_of_a_clock_that_is_ahead_protects_nothing() {
    let ahead = claim(&pending(), LeaseToken::new(), &policy(), at(590)).expect("pending");
    assert!(ahead.is_overdue(&policy(), START));
    assert!(matches!(sweep(&ahead, &policy(), START), Ok(Remedy::Resend(_))));
    claim(&ahead, LeaseToken::new(), &policy(), START).expect("a second call at worst");
    let slightly = claim(&pending(), LeaseToken::new(), &policy(), at(20)).expect("pending");
    assert_eq!(sweep(&slightly, &policy(), START), Err(TransitionError::Held));
}
