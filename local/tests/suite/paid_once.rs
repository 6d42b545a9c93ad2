//! An answer that is paid for is never bought twice, whatever happens between its arrival and
//! its commit.

use domain::{ids::LeaseToken, job::JobStatus, life::Terms};
use queue::JobMessage;
use reqwest::Method;
use serde_json::json;

use crate::{
    crash::{event, record},
    proxy::{Fault, busy_store},
    world::World,
};

/// Twenty workers die between the answer and its commit.
#[tokio::test]
async fn a_worker_that_dies_before_the_commit_leaves_an_answer_that_the_next_one_commits() {
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

        let (store, fault) = busy_store(&world, Fault::HoldTransactions).await;
        worker.store = store;
        let message = JobMessage::new(world.user.clone(), id, None).to_body();
        let dying = worker.clone();
        let running = tokio::spawn(async move {
            worker::handle(&dying, event(vec![record("m", message)]), std::time::Duration::from_secs(300)).await
        });
        fault.held().await;
        running.abort();
        assert!(running.await.is_err(), "it died");
        let job = world.job(id).await;
        assert_eq!((job.status(), job.attempt), (JobStatus::Processing, 1));
        assert!(job.kept.is_some() && job.usage.is_some());
        jobs.push((id, block["id"].as_str().unwrap().parse().unwrap()));
    }
    assert_eq!(world.journal().requests().len(), 20);

    world.wait(21);
    assert_eq!(world.runner.functions.sweep().await.unwrap().resent, 20);
    world.runner.drain().await.unwrap();
    for (id, block) in jobs {
        let job = world.job(id).await;
        assert_eq!((job.status(), job.status_reason(), job.attempt), (JobStatus::Completed, None, 1));
        assert!(job.usage.unwrap().output_tokens < 1_000, "its cost is counted once");
        let (content, revisions) = world.content_of(block).await;
        assert!(content.unwrap().contains("offline writer"));
        assert_eq!(revisions, 1);
    }
    assert_eq!(world.journal().requests().len(), 20, "nothing was bought twice");
}

#[tokio::test]
async fn a_table_that_is_busy_for_long_keeps_the_answer_and_no_attempt_is_lost() {
    let world = World::new().await;
    let mut worker = world.runner.functions.worker.clone();
    worker.store = busy_store(&world, Fault::RefuseTransactions).await.0;
    let id = world.create(&world.generate_body()).await;
    let message = || JobMessage::new(world.user.clone(), id, None).to_body();
    let long = std::time::Duration::from_secs(300);
    // However often: what is kept does not use up attempts.
    for round in 0..5 {
        let response = worker::handle(&worker, event(vec![record("m", message())]), long).await;
        assert_eq!(response.batch_item_failures.len(), 1, "round {round}");
        world.wait(21);
    }
    assert_eq!((world.job(id).await.attempt, world.journal().requests().len()), (1, 1));

    // The old message has died of too many receives; the answer does not die with it.
    let buried = world.runner.functions.batch("DeadLetterFunction", event(vec![record("m", message())]), long).await;
    assert!(buried.unwrap().batch_item_failures.is_empty());
    assert!(world.job(id).await.kept.is_some());
    world.runner.functions.sweep().await.unwrap();
    world.runner.drain().await.unwrap();
    let job = world.shown(id).await;
    assert_eq!((&job["status"], &job["statusReason"]), (&json!("COMPLETED"), &json!(null)), "{job}");
    assert_eq!((world.unwritten().await.1, world.journal().requests().len()), (1, 1));
}

#[tokio::test]
async fn an_edit_after_the_answer_was_kept_stands() {
    let world = World::new().await;
    let mut worker = world.runner.functions.worker.clone();
    worker.store = busy_store(&world, Fault::RefuseTransactions).await.0;
    let id = world.create(&world.generate_body()).await;
    let message = JobMessage::new(world.user.clone(), id, None).to_body();
    worker::handle(&worker, event(vec![record("m", message)]), std::time::Duration::from_secs(300)).await;
    world.edit(world.seeded.unwritten(), &json!({"content": "My own words."})).await;
    world.wait(21);
    world.runner.functions.sweep().await.unwrap();
    world.runner.drain().await.unwrap();
    let job = world.shown(id).await;
    assert_eq!((&job["status"], &job["statusReason"]), (&json!("COMPLETED"), &json!("NOT_APPLIED")));
    assert!(job["result"]["content"].as_str().unwrap().contains("offline writer"));
    assert_eq!(world.unwritten().await, (Some("My own words.".to_owned()), 1));
}

/// What is kept may be cancelled, and ends with the deadline, as everything does.
#[tokio::test]
async fn a_kept_answer_can_be_cancelled_and_does_not_outlive_the_deadline() {
    let world = World::new().await;
    let mut worker = world.runner.functions.worker.clone();
    worker.store = busy_store(&world, Fault::RefuseTransactions).await.0;
    for cancel in [true, false] {
        let id = world.create(&world.generate_body()).await;
        let message = JobMessage::new(world.user.clone(), id, None).to_body();
        worker::handle(&worker, event(vec![record("m", message)]), std::time::Duration::from_secs(300)).await;
        assert!(world.job(id).await.kept.is_some());
        let now = world.runner.clock.now();
        if cancel {
            let job = world.runner.store.cancel(&world.user, id, now).await.unwrap();
            assert!(job.kept.is_none() && job.usage.is_some());
        } else {
            world.wait(601);
            world.runner.functions.sweep().await.unwrap();
            assert_eq!(world.job(id).await.status(), JobStatus::Failed);
        }
        let late = world.runner.store.claim(&world.user, id, LeaseToken::new(), &Terms::default(), now).await;
        assert!(late.is_err());
    }
    assert_eq!(world.unwritten().await, (None, 0));
}
