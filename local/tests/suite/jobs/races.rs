//! Concurrent writes on the embedded DynamoDB: exactly one of them wins.

use std::sync::Arc;

use domain::{
    annotation::Annotations,
    ids::TextId,
    job::{
        Job, SavedAnswer,
        policy::JobPolicy,
        result::{JobResult, Output, SourceCounts},
        status::{JobStatus, StatusReason},
    },
    report::revision::{Change, ChangeType, ChangedBy},
};
use store::jobs::complete::{BlockChange, Committed, Completion};
use tokio::task::JoinSet;

use crate::world::World;

pub fn completion(now: jiff::Timestamp) -> Completion {
    let result = JobResult {
        unknown_evidence_ids: Vec::new(),
        output: Some(Output::text("Written.".to_owned(), Annotations::default())),
        tokens_used: 1,
        sources: SourceCounts::default(),
        model: "test".to_owned(),
        notices: Vec::new(),
    };
    Completion { result, now }
}

/// Stores the answer of a job, and returns the change of its block.
async fn change(world: &World, job: &Job) -> BlockChange {
    let result = completion(world.runner.clock.now()).result;
    let answer = SavedAnswer { result, content_revision: 0, attempt: 1, usage: None };
    world.runner.store.save_answer(job, &answer).await.unwrap();
    let block = world.seeded.unwritten();
    let change = Change {
        change_type: ChangeType::AgentGeneration,
        changed_by: ChangedBy::Agent,
        agent_model: None,
        job_id: Some(job.id),
    };
    let mut changed = block.changed(world.runner.clock.now());
    let revision =
        changed.rewrite(Some("Written.".to_owned()), Annotations::default(), Some(TextId::of_job(job.id)), change);
    BlockChange { read_version: block.version, block: changed, revision }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_concurrent_claims_one_wins() {
    let world = Arc::new(World::new().await);
    let id = world.create(&world.generate_body()).await;
    let mut claims = JoinSet::new();
    for _ in 0..20 {
        let world = Arc::clone(&world);
        claims.spawn(async move {
            let now = world.runner.clock.now();
            world.runner.store.claim(&world.user, id, &JobPolicy::default(), now).await.is_ok()
        });
    }
    let won = claims.join_all().await.into_iter().filter(|won| *won).count();
    assert_eq!(won, 1);
    assert_eq!(world.job(id).await.attempt, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_concurrent_cancel_and_complete_one_wins_and_the_block_agrees() {
    let mut cancelled = 0;
    for round in 0..20 {
        let world = World::new().await;
        let store = &world.runner.store;
        let id = world.create(&world.generate_body()).await;
        let now = world.runner.clock.now();
        let held = store.claim(&world.user, id, &JobPolicy::default(), now).await.unwrap();
        let (completion, change) = (completion(now), change(&world, &held.job).await);
        let complete = store.complete(&held, &held.job, &completion, Some(&change));
        let cancel = store.cancel(&world.user, id, now);
        let (completed, cancel) = if round % 2 == 0 {
            tokio::join!(complete, cancel)
        } else {
            let (cancel, completed) = tokio::join!(cancel, complete);
            (completed, cancel)
        };
        let completed = matches!(completed, Ok(Committed::Written(_)));
        let job = world.job(id).await;
        if job.status() == JobStatus::Completed {
            assert!(completed && cancel.is_err());
            assert_eq!(world.unwritten().await, (Some("Written.".to_owned()), 1));
        } else {
            cancelled += 1;
            assert_eq!(job.status_reason(), Some(StatusReason::Cancelled));
            assert!(!completed && cancel.is_ok());
            assert_eq!(world.unwritten().await, (None, 0));
        }
    }
    println!("cancel won {cancelled} of 20 races");
}

#[tokio::test]
async fn a_commit_is_idempotent_after_a_lost_response() {
    let world = World::new().await;
    let store = &world.runner.store;
    let id = world.create(&world.generate_body()).await;
    let now = world.runner.clock.now();
    let held = store.claim(&world.user, id, &JobPolicy::default(), now).await.unwrap();
    let (completion, change) = (completion(now), change(&world, &held.job).await);
    let committed = store.complete(&held, &held.job, &completion, Some(&change)).await.unwrap();
    assert!(matches!(committed, Committed::Written(job) if job.status() == JobStatus::Completed));
    // The worker has got no answer. It tries again, and learns that the job has changed: by its own write.
    let again = store.complete(&held, &held.job, &completion, Some(&change)).await.unwrap();
    let Committed::JobChanged(current) = again else { panic!("{again:?}") };
    let committed = store.complete(&held, &current, &completion, Some(&change)).await.unwrap();
    assert!(matches!(committed, Committed::Written(job) if *job == *current));
    assert_eq!(world.unwritten().await.1, 1);
}

#[tokio::test]
async fn of_two_jobs_for_one_block_the_later_commit_is_not_applied() {
    let world = World::new().await;
    let first = world.create(&world.generate_body()).await;
    let second = world.create_beside().await;
    world.runner.drain().await.unwrap();
    let mut reasons = [world.job(first).await.status_reason(), world.job(second).await.status_reason()];
    reasons.sort_by_key(Option::is_some);
    assert_eq!(reasons, [None, Some(StatusReason::NotApplied)]);
    assert_eq!(world.unwritten().await.1, 1);
}
