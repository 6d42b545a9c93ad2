//! Jobs that wait: for their next attempt, or in a long queue.

use domain::job::status::JobStatus;
use local::fake_claude::Behaviour;
use queue::JobMessage;
use reqwest::Method;
use serde_json::json;

use crate::world::{World, answer, seed};

async fn messages_in_queue(world: &World) -> usize {
    let mut seen = 0;
    loop {
        match world.runner.jobs.receive(0).await.unwrap().len() {
            0 => return seen,
            received => seen += received,
        }
    }
}

#[tokio::test]
async fn duplicates_of_a_message_neither_shorten_a_wait_nor_use_up_attempts() {
    let world = World::new().await;
    let mut limited = Behaviour::status(429, "rate_limit_error");
    if let Behaviour::Status { headers, .. } = &mut limited {
        headers.push(("retry-after", "60".to_owned()));
    }
    world.script([limited]);
    let id = world.create(&world.generate_body()).await;
    let first = world.runner.jobs.receive(0).await.unwrap();
    world.runner.jobs.invoke(first).await.unwrap();
    let limited_at = world.runner.clock.now();
    let job = world.job(id).await;
    assert_eq!((job.status(), job.attempt), (JobStatus::Pending, 1));
    let due = job.next_attempt_at().unwrap();
    assert!(due.duration_since(limited_at).as_secs() >= 59, "{due}");

    for _ in 0..10 {
        world.runner.queue.send(&JobMessage::new(world.user.clone(), [id], None), None).await.unwrap();
    }
    // The clock turns only when nothing is left to deliver.
    let mut early = Vec::new();
    while early.len() < 10 {
        let duplicate = world.runner.jobs.receive(0).await.unwrap();
        assert_eq!(duplicate.len(), 1);
        world.runner.jobs.invoke(duplicate).await.unwrap();
        early.push(world.job(id).await.attempt);
    }
    assert_eq!((early, world.journal().requests().len()), (vec![1; 10], 1), "early is early");
    assert!(world.runner.clock.now() < due);

    world.runner.drain().await.unwrap();
    let job = world.job(id).await;
    assert_eq!((job.status(), job.attempt), (JobStatus::Completed, 2));
    assert_eq!(world.journal().requests().len(), 2);
    assert!(world.runner.clock.now() >= due);
}

#[tokio::test]
async fn a_long_queue_gets_few_messages_twice() {
    const JOBS: usize = 1_000;
    let world = World::new().await;
    for _ in 0..JOBS {
        world.create(&world.analyze_body()).await;
    }
    for _ in 0..8 {
        world.advance(60);
        world.runner.functions.sweep().await.unwrap();
    }
    let duplicates = messages_in_queue(&world).await - JOBS;
    println!("{JOBS} jobs that wait for eight minutes: {duplicates} duplicate messages");
    assert!((1..=10).contains(&duplicates), "{duplicates}");
}

/// The queue is never empty, and the messages of a user are lost. The jobs of one document come back together, and single
/// jobs when a newer job of the user was claimed.
#[tokio::test]
async fn lost_messages_behind_a_queue_that_is_never_empty_come_back() {
    let world = World::new().await;
    let mut lost = Vec::new();
    for _ in 0..10 {
        lost.push(world.create(&world.analyze_body()).await);
    }
    let mut single = Vec::new();
    for number in 0..5 {
        let new = json!({"name": format!("Review {number}")});
        let (_, document) = answer(world.request(Method::POST, "").json(&new)).await;
        single.push(world.create(&json!({"type": "ANALYZE", "documentId": document["id"]})).await);
    }
    messages_in_queue(&world).await;
    world.advance(31);
    seed(&world.runner, "bob").await;
    let bobs = seed(&world.runner, "bob").await;
    let body = json!({"type": "ANALYZE", "documentId": bobs.document.id});
    answer(world.request_as("bob", Method::POST, "/jobs").json(&body)).await;
    assert_eq!(world.runner.functions.sweep().await.unwrap().resent, 10, "the oldest document");

    let newer = world.create(&world.generate_body()).await;
    world.advance(31);
    let policy = domain::job::policy::JobPolicy::default();
    world.runner.store.claim(&world.user, newer, &policy, world.runner.clock.now()).await.unwrap();
    assert_eq!(world.runner.functions.sweep().await.unwrap().resent, 5, "older than a claimed job of the same user");
    for id in lost.into_iter().chain(single) {
        assert_eq!(world.job(id).await.resends, 1);
    }
}

#[tokio::test]
async fn a_lost_message_is_sent_again_within_90_seconds_when_the_queue_is_empty() {
    let world = World::new().await;
    let ids = [world.create(&world.generate_body()).await, world.create(&world.refine_body()).await];
    let bobs = seed(&world.runner, "bob").await;
    let body = json!({"type": "ANALYZE", "documentId": bobs.document.id});
    let (_, of_bob) = answer(world.request_as("bob", Method::POST, "/jobs").json(&body)).await;
    assert_eq!(messages_in_queue(&world).await, 3, "they are lost from here on");
    // The schedule runs every 60 s, at an unknown phase.
    world.advance(31);
    assert_eq!(world.runner.functions.sweep().await.unwrap().resent, 3);
    let mut sent = Vec::new();
    for _ in 0..2 {
        let message = world.runner.jobs.receive(0).await.unwrap().remove(0);
        sent.push(JobMessage::from_body(message.body().unwrap()).unwrap().job_ids);
    }
    sent.sort_by_key(Vec::len);
    assert_eq!(json!(sent), json!([[of_bob["jobId"]], ids]), "the jobs of one document share a message");
    assert_eq!(world.shown(ids[0]).await["status"], json!("PENDING"));
}

#[tokio::test]
async fn jobs_are_spread_evenly_over_the_shards_of_the_sweeper() {
    let mut counts = std::collections::BTreeMap::<String, u32>::new();
    let now = jiff::Timestamp::now();
    for _ in 0..8_000 {
        *counts.entry(store::table::keys::unfinished_shard(domain::ids::JobId::made_at(now))).or_default() += 1;
    }
    assert_eq!(counts.len(), 8);
    assert!(counts.values().all(|count| (800..1_200).contains(count)), "{counts:?}");
}
