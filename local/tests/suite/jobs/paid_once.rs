//! A result is paid for only once, even if the worker crashes between the answer and the commit.

use domain::{
    ids::JobId,
    job::{SavedAnswer, failure::Failure, policy::JobPolicy, result::Usage, status::JobStatus},
};
use futures_util::{StreamExt as _, stream};
use local::runner::RunnerOptions;
use queue::JobMessage;
use reqwest::Method;
use serde_json::json;

use crate::{
    dynamodb_proxy::{Fault, proxied_store},
    messages::{event, record},
    world::World,
};

async fn has_answer(world: &World, id: JobId) -> bool {
    world.runner.store.saved_answer(&world.job(id).await).await.unwrap().is_some()
}

/// Runs a job on a table that refuses every transaction, so that its answer is stored and its commit is not.
async fn answered_but_not_committed(world: &World) -> JobId {
    let mut worker = world.runner.functions.worker.clone();
    worker.store = proxied_store(world, Fault::ThrottleTransactions).await.0;
    let id = world.create(&world.generate_body()).await;
    let message = JobMessage::new(world.user.clone(), [id], None).to_body();
    worker::handle(&worker, event(vec![record("m", message)]), std::time::Duration::from_secs(300)).await;
    assert!(has_answer(world, id).await);
    id
}

/// Each call to DynamoDB hangs once, with and without its effect. The worker notices by the limit on time, and tries
/// again. Whatever call it is, Claude writes once, and the text is written once.
#[tokio::test]
async fn a_call_to_dynamodb_that_never_answers_costs_time_only() {
    /// More calls than a job needs.
    const MOST_CALLS: usize = 14;
    let faults = [false, true].into_iter().flat_map(|is_done| (0..MOST_CALLS).map(move |number| (number, is_done)));
    let runs = faults.map(async |(number, is_done)| {
        // Without heartbeats, whose number depends on the machine.
        let tune: fn(&mut worker::Config) = |config| config.heartbeat = std::time::Duration::from_secs(3_600);
        let world = World::with(RunnerOptions { tune, ..RunnerOptions::default() }).await;
        let (store, proxy) = proxied_store(&world, Fault::HoldCall { number, is_done }).await;
        let worker = world.runner.functions.on(&store).worker;
        let id = world.create(&world.generate_body()).await;
        let message = JobMessage::new(world.user.clone(), [id], None).to_body();
        worker::handle(&worker, event(vec![record("m", message)]), std::time::Duration::from_secs(300)).await;
        let name = format!("call {number}, done: {is_done}");
        let job = world.job(id).await;
        assert_eq!((job.status(), job.attempt), (JobStatus::Completed, 1), "{name}");
        assert_eq!(world.journal().requests().len(), 1, "{name}");
        assert_eq!(world.unwritten().await.1, 1, "{name}");
        proxy.calls() > number
    });
    // A few at a time, so that no other call takes as long as one that hangs.
    let hung: Vec<bool> = stream::iter(runs).buffered(4).collect().await;
    let hung = hung.into_iter().filter(|hung| *hung).count();
    assert!((2 * 8..2 * MOST_CALLS).contains(&hung), "{hung} calls hung: every call of a job must be one of them");
}

/// Twenty workers crash after they have saved the result and before they commit it.
#[tokio::test]
async fn after_a_crash_before_the_commit_the_next_worker_commits_the_saved_result() {
    let world = World::new().await;
    let mut worker = world.runner.functions.worker.clone();
    let mut jobs = Vec::new();
    for round in 0..20 {
        let new = json!({"type": "PROMPT_RESPONSE", "prompt": format!("Part {round}")});
        let path = format!("/{}/blocks", world.seeded.document.id);
        let (_, block) = crate::world::answer(world.request(Method::POST, &path).json(&new)).await;
        let mut body = world.generate_body();
        body["blockId"] = block["id"].clone();
        let id = world.create(&body).await;

        let (store, fault) = proxied_store(&world, Fault::HoldTransactions).await;
        worker.store = store;
        let message = JobMessage::new(world.user.clone(), [id], None).to_body();
        let crashing = worker.clone();
        let running = tokio::spawn(async move {
            worker::handle(&crashing, event(vec![record("m", message)]), std::time::Duration::from_secs(300)).await
        });
        fault.held().await;
        running.abort();
        assert!(running.await.is_err(), "the worker was aborted");
        let job = world.job(id).await;
        assert_eq!((job.status(), job.attempt), (JobStatus::Processing, 1));
        assert!(has_answer(&world, id).await);
        jobs.push((id, block["id"].as_str().unwrap().parse().unwrap()));
    }
    assert_eq!(world.journal().requests().len(), 20);

    world.advance(21);
    assert_eq!(world.runner.functions.sweep().await.unwrap().resent, 20);
    world.runner.drain().await.unwrap();
    for (id, block) in jobs {
        let job = world.job(id).await;
        assert_eq!((job.status(), job.status_reason(), job.attempt), (JobStatus::Completed, None, 1));
        assert!(job.usage.total().unwrap().output_tokens < 1_000, "its cost is counted once");
        let (content, revisions) = world.content_of(block).await;
        assert!(content.unwrap().contains("offline writer"));
        assert_eq!(revisions, 1);
    }
    assert_eq!(world.journal().requests().len(), 20, "no call was repeated");
}

#[tokio::test]
async fn a_throttled_table_costs_no_attempt_and_loses_no_result() {
    let world = World::new().await;
    let mut worker = world.runner.functions.worker.clone();
    worker.store = proxied_store(&world, Fault::ThrottleTransactions).await.0;
    let id = world.create(&world.generate_body()).await;
    let message = || JobMessage::new(world.user.clone(), [id], None).to_body();
    let long = std::time::Duration::from_secs(300);
    // A claim that only commits a saved answer does not count as an attempt.
    for round in 0..5 {
        let response = worker::handle(&worker, event(vec![record("m", message())]), long).await;
        assert_eq!(response.batch_item_failures.len(), 1, "round {round}");
        world.advance(21);
    }
    assert_eq!((world.job(id).await.attempt, world.journal().requests().len()), (1, 1));

    // The message reaches the dead-letter queue after too many receives. The saved answer is not lost.
    let dead_lettered =
        world.runner.functions.batch("DeadLetterFunction", event(vec![record("m", message())]), long).await;
    assert!(dead_lettered.unwrap().batch_item_failures.is_empty());
    assert!(has_answer(&world, id).await);
    world.runner.functions.sweep().await.unwrap();
    world.runner.drain().await.unwrap();
    let job = world.shown(id).await;
    assert_eq!((&job["status"], &job["statusReason"]), (&json!("COMPLETED"), &json!(null)), "{job}");
    assert_eq!((world.unwritten().await.1, world.journal().requests().len()), (1, 1));
}

#[tokio::test]
async fn an_edit_after_the_result_was_saved_wins() {
    let world = World::new().await;
    let id = answered_but_not_committed(&world).await;
    world.edit(world.seeded.unwritten(), &json!({"content": "My own words."})).await;
    world.advance(21);
    world.runner.functions.sweep().await.unwrap();
    world.runner.drain().await.unwrap();
    let job = world.shown(id).await;
    assert_eq!((&job["status"], &job["statusReason"]), (&json!("COMPLETED"), &json!("NOT_APPLIED")));
    assert!(job["result"]["content"].as_str().unwrap().contains("offline writer"));
    assert_eq!(world.unwritten().await, (Some("My own words.".to_owned()), 1));
}

/// A job with a saved answer can be cancelled, and it ends at its deadline like any other job.
#[tokio::test]
async fn a_saved_result_can_be_cancelled_and_does_not_outlive_the_deadline() {
    let world = World::new().await;
    for cancel in [true, false] {
        let id = answered_but_not_committed(&world).await;
        let now = world.runner.clock.now();
        if cancel {
            let job = world.runner.store.cancel(&world.user, id, now).await.unwrap();
            assert!(job.usage.total().is_some());
        } else {
            world.advance(601);
            world.runner.functions.sweep().await.unwrap();
            assert_eq!(world.job(id).await.status(), JobStatus::Failed);
        }
        let late = world.runner.store.claim(&world.user, id, &JobPolicy::default(), now).await;
        assert!(late.is_err());
    }
    assert_eq!(world.unwritten().await, (None, 0));
}

/// A worker that stores an answer, and another one that stores a second answer for the same job. The first answer and its
/// cost count, once.
#[tokio::test]
async fn the_answer_that_was_stored_first_counts_once() {
    let world = World::new().await;
    let store = &world.runner.store;
    let policy = JobPolicy::default();
    let usage = Usage { input_tokens: 10, output_tokens: 20, paid_calls: 1, ..Usage::default() };
    for fails in [false, true] {
        let id = world.create(&world.generate_body()).await;
        let now = world.runner.clock.now();
        let mut claim = store.claim(&world.user, id, &policy, now).await.unwrap();
        let completion = super::races::completion(now);
        let first =
            SavedAnswer { result: completion.result.clone(), content_revision: 0, attempt: 1, usage: Some(usage) };
        let second = SavedAnswer { content_revision: 7, ..first.clone() };
        assert_eq!(store.save_answer(&claim.job, &first).await.unwrap(), first);
        assert_eq!(store.save_answer(&claim.job, &second).await.unwrap(), first);
        claim.job.saved_answer = Some(Box::new(first));
        claim.usage = Some(usage);
        if fails {
            store.fail(&claim, &Failure::block_not_found(), now).await.unwrap();
        } else {
            store.complete(&claim, &claim.job, &completion, None).await.unwrap();
        }
        assert_eq!(world.job(id).await.usage.total(), Some(usage), "fails: {fails}");
    }
}

/// The deadline ends a job while the table refuses its commit. Its answer is paid for, and the user can still take it.
#[tokio::test]
async fn the_answer_of_a_job_that_ran_out_of_time_can_be_taken() {
    let world = World::new().await;
    let id = answered_but_not_committed(&world).await;
    world.advance(601);
    world.runner.functions.sweep().await.unwrap();
    assert_eq!(world.shown(id).await["statusReason"], "TIMED_OUT");
    assert!(world.job(id).await.usage.total().is_some(), "its cost is recorded");
    world.edit(world.seeded.unwritten(), &json!({"fromJob": id})).await;
    assert!(world.unwritten().await.0.unwrap().contains("offline writer"));
    assert_eq!(world.journal().requests().len(), 1);
}
