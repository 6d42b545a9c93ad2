//! Lost messages, crashed workers, duplicate deliveries, and edits while a job runs.

use domain::job::{
    lifecycle::TransitionError,
    policy::JobPolicy,
    status::{JobStatus, StatusReason},
};
use local::{
    fake_claude::{Behaviour, Gate},
    runner::RunnerOptions,
};
use queue::JobMessage;
use serde_json::json;
use store::{
    ChangeError,
    jobs::complete::{Committed, Completion},
};

use crate::{
    dynamodb_proxy::{Fault, proxied_store},
    messages::{event, record},
    world::World,
};

const LONG: std::time::Duration = std::time::Duration::from_secs(300);

#[tokio::test]
async fn five_concurrent_deliveries_of_a_message_write_once() {
    let world = World::new().await;
    let id = world.create(&world.generate_body()).await;
    let body = JobMessage::new(world.user.clone(), [id], None).to_body();
    let records = (0..5).map(|i| record(&format!("m{i}"), body.clone())).collect();
    let response = worker::handle(&world.runner.functions.worker, event(records), LONG).await;
    assert!(response.batch_item_failures.is_empty());
    world.runner.drain().await.unwrap();
    let job = world.job(id).await;
    assert_eq!((job.status(), job.attempt), (JobStatus::Completed, 1));
    assert_eq!(world.journal().requests().len(), 1);
    assert_eq!(world.unwritten().await.1, 1);
}

#[tokio::test]
async fn a_poison_message_fails_alone_and_reaches_the_dead_letter_queue() {
    let world = World::new().await;
    let id = world.create(&world.generate_body()).await;
    let poison = ["not JSON", "{}", "{\"version\":99}", "[1]", ""];
    let mut records: Vec<_> =
        poison.iter().enumerate().map(|(i, body)| record(&format!("p{i}"), (*body).to_owned())).collect();
    records.insert(2, record("good", JobMessage::new(world.user.clone(), [id], None).to_body()));
    records.push(record("unknown", JobMessage::new(world.user.clone(), [domain::ids::JobId::new()], None).to_body()));
    let response = worker::handle(&world.runner.functions.worker, event(records), LONG).await;
    let mut failed: Vec<_> = response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect();
    failed.sort();
    assert_eq!(failed, ["p0", "p1", "p2", "p3", "p4"]);
    assert_eq!(world.job(id).await.status(), JobStatus::Completed);

    let url = &world.runner.embedded.queue_urls["JobQueue"];
    world.runner.embedded.sqs.send_message().queue_url(url).message_body("not JSON").send().await.unwrap();
    assert!(world.runner.jobs.drain().await.unwrap() >= 3, "delivered three times");
    let dead = world.runner.dead_jobs.receive(0).await.unwrap();
    assert_eq!(dead.len(), 1);
    world.runner.dead_jobs.invoke(dead).await.unwrap();

    // The dead-letter function drops a message that names no job. It leaves a message of a newer release in the queue.
    let dead: Vec<_> = ["not JSON", "{\"version\":99}"].iter().map(|body| record(body, (*body).to_owned())).collect();
    let response = dead_letter::handle(&world.runner.functions.dead_letter, event(dead)).await;
    let left_in_queue: Vec<_> =
        response.batch_item_failures.iter().map(|failure| failure.item_identifier.as_str()).collect();
    assert_eq!(left_in_queue, ["{\"version\":99}"]);
}

#[tokio::test]
async fn the_sweeper_sends_a_lost_message_again() {
    let world = World::new().await;
    let id = world.create(&world.generate_body()).await;
    let url = &world.runner.embedded.queue_urls["JobQueue"];
    world.runner.embedded.sqs.purge_queue().queue_url(url).send().await.unwrap();
    let early = world.runner.functions.sweep().await.unwrap();
    assert_eq!(early, sweeper::SweepReport::default(), "the message may still be in the queue");
    world.runner.drain().await.unwrap();
    assert_eq!(world.job(id).await.status(), JobStatus::Pending);

    world.advance(31);
    assert_eq!(world.runner.functions.sweep().await.unwrap().resent, 1);
    assert_eq!(
        world.runner.functions.sweep().await.unwrap(),
        sweeper::SweepReport::default(),
        "the message is sent again only once"
    );
    world.runner.drain().await.unwrap();
    assert_eq!(world.job(id).await.status(), JobStatus::Completed);
}

#[tokio::test]
async fn a_failed_send_still_answers_202_and_the_sweeper_sends_the_message() {
    let world = World::new().await;
    let sqs = &world.runner.embedded.sqs;
    sqs.delete_queue().queue_url(&world.runner.embedded.queue_urls["JobQueue"]).send().await.unwrap();
    let id = world.create(&world.generate_body()).await;
    assert_eq!(world.job(id).await.status(), JobStatus::Pending);

    world.advance(31);
    let failed = world.runner.functions.sweep().await.unwrap_err();
    // Neither the length of the queue was read, nor the message sent.
    let both = sweeper::SweepReport { failed: 2, ..Default::default() };
    assert!(matches!(failed.downcast_ref(), Some(sweeper::SweepError::Items(report)) if *report == both), "{failed:?}");
    local::aws::create_queues(&local::template::Template::checked_in().unwrap(), sqs).await.unwrap();
    world.advance(61);
    assert_eq!(world.runner.functions.sweep().await.unwrap().resent, 1);
    world.runner.drain().await.unwrap();
    assert_eq!(world.job(id).await.status(), JobStatus::Completed);
}

#[tokio::test]
async fn a_shard_that_cannot_be_read_fails_the_sweep_after_the_other_shards() {
    let world = World::new().await;
    let shard_of = |id: domain::ids::JobId| store::table::keys::unfinished_shard(id);
    let unread = store::table::keys::unfinished_partition(0);
    let mut jobs = Vec::new();
    // Ids are random, so this takes a few more jobs now and then.
    while jobs.iter().all(|id| shard_of(*id) == unread) || jobs.iter().all(|id| shard_of(*id) != unread) {
        jobs.push(world.create(&world.analyze_body()).await);
    }
    let url = &world.runner.embedded.queue_urls["JobQueue"];
    world.runner.embedded.sqs.purge_queue().queue_url(url).send().await.unwrap();
    world.advance(31);
    let (store, _proxy) = proxied_store(&world, Fault::ThrottleShard(0)).await;
    let swept = world.runner.functions.on(&store).sweep().await;
    assert!(swept.is_err(), "an alarm watches failed runs: {swept:?}");
    for id in jobs {
        let resends = world.job(id).await.resends;
        assert_eq!(resends, u32::from(shard_of(id) != unread), "{id}");
    }
}

#[tokio::test]
async fn a_running_job_ends_at_its_deadline() {
    let world = World::new().await;
    world.script([Behaviour::Stall(Gate::default())]);
    let id = world.create(&world.generate_body()).await;
    world.advance(599);
    world.runner.drain().await.unwrap();
    let job = world.job(id).await;
    assert_eq!((job.status_reason(), job.attempt), (Some(StatusReason::TimedOut), 1));
    assert!(job.usage.total().unwrap().input_tokens > 0);
    assert_eq!(world.unwritten().await, (None, 0));
}

/// The write of a heartbeat hangs until its limit on time. The stream is read meanwhile, and the deadline holds.
#[tokio::test]
async fn a_heartbeat_that_never_answers_stops_neither_the_stream_nor_the_deadline() {
    for (gate, seconds, ended) in
        [(Gate::default(), 0, JobStatus::Completed), (Gate::default(), 599, JobStatus::Failed)]
    {
        let tune: fn(&mut worker::Config) = |config| config.heartbeat = std::time::Duration::from_millis(20);
        let world = World::with(RunnerOptions { tune, ..RunnerOptions::default() }).await;
        world.script([Behaviour::Hold(gate.clone())]);
        let (store, proxy) = proxied_store(&world, Fault::HoldHeartbeats).await;
        let worker = world.runner.functions.on(&store).worker;
        let id = world.create(&world.generate_body()).await;
        world.advance(seconds);
        let body = JobMessage::new(world.user.clone(), [id], None).to_body();
        let run = worker::handle(&worker, event(vec![record("m", body)]), std::time::Duration::from_secs(300));
        tokio::join!(run, async {
            proxy.held().await;
            if ended == JobStatus::Completed {
                gate.open();
            }
        });
        assert_eq!(world.job(id).await.status(), ended);
    }
}

#[tokio::test]
async fn after_a_crash_another_worker_completes_the_job_and_the_late_worker_writes_nothing() {
    let world = World::new().await;
    let store = &world.runner.store;
    let id = world.create(&world.generate_body()).await;
    let now = world.runner.clock.now();
    let held = store.claim(&world.user, id, &JobPolicy::default(), now).await.unwrap();
    // The delivery finds the job leased and acknowledges the message, so no message is left.
    world.runner.drain().await.unwrap();
    assert_eq!(world.job(id).await.status(), JobStatus::Processing);

    world.advance(21);
    assert_eq!(world.runner.functions.sweep().await.unwrap().resent, 1);
    world.runner.drain().await.unwrap();
    let job = world.job(id).await;
    assert_eq!((job.status(), job.attempt), (JobStatus::Completed, 2));
    let content = world.unwritten().await;

    let late = Completion { result: job.result().unwrap().clone(), now: world.runner.clock.now() };
    let Committed::JobChanged(current) = store.complete(&held, &held.job, &late, None).await.unwrap() else {
        panic!("the late worker has written")
    };
    let Err(ChangeError::TransitionRejected(rejected)) = store.complete(&held, &current, &late, None).await else {
        panic!("the late worker has written")
    };
    assert_eq!(rejected.error, TransitionError::Finished);
    assert_eq!(world.job(id).await, job);
    assert_eq!(world.unwritten().await, content);
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_to_another_worker_writes_nothing() {
    let world = World::new().await;
    let store = &world.runner.store;
    let id = world.create(&world.generate_body()).await;
    let policy = JobPolicy::default();
    let now = world.runner.clock.now();
    let held = store.claim(&world.user, id, &policy, now).await.unwrap();
    world.advance(21);
    let now = world.runner.clock.now();
    let taken = store.claim(&world.user, id, &policy, now).await.unwrap();
    let progress = domain::job::lifecycle::progress(domain::job::progress::Phase::Generating, 50, "late", now);
    let again = domain::job::lifecycle::Retry { after: jiff::SignedDuration::ZERO, detail: None };
    let errors = [
        store.heartbeat(&held, progress, &policy, now).await.unwrap_err(),
        store.fail(&held, &domain::job::failure::Failure::refused(None), now).await.unwrap_err(),
        store.release_for_retry(&held, &again, &policy, now).await.unwrap_err(),
    ];
    for error in errors {
        let ChangeError::TransitionRejected(rejected) = error else { panic!("{error}") };
        assert_eq!(rejected.error, TransitionError::LeaseLost);
    }
    assert_eq!(world.job(id).await, taken.job);
}

/// Receives the only message and does not acknowledge it, as when Lambda throttles the worker or the worker crashes.
async fn receive_in_vain(world: &World) {
    let url = &world.runner.embedded.queue_urls["JobQueue"];
    let sqs = &world.runner.embedded.sqs;
    let received = sqs.receive_message().queue_url(url).send().await.unwrap();
    let receipt = received.messages()[0].receipt_handle().unwrap();
    sqs.change_message_visibility().queue_url(url).receipt_handle(receipt).visibility_timeout(0).send().await.unwrap();
}

#[tokio::test]
async fn a_message_that_lambda_throttles_costs_its_job_no_attempt() {
    let world = World::new().await;
    let id = world.create(&world.generate_body()).await;
    for _ in 0..3 {
        receive_in_vain(&world).await;
    }
    world.runner.drain().await.unwrap();
    let job = world.job(id).await;
    assert_eq!((job.status(), job.attempt), (JobStatus::Completed, 1));
    assert_eq!(world.journal().requests().len(), 1);
}

#[tokio::test]
async fn a_job_whose_workers_crash_fails_after_its_last_attempt() {
    let world = World::new().await;
    let id = world.create(&world.generate_body()).await;
    for _ in 0..3 {
        let now = world.runner.clock.now();
        world.runner.store.claim(&world.user, id, &JobPolicy::default(), now).await.unwrap();
        receive_in_vain(&world).await;
        world.advance(21);
    }
    world.runner.drain().await.unwrap();
    let job = world.shown(id).await;
    assert_eq!((&job["status"], &job["statusReason"]), (&json!("FAILED"), &json!("RETRIES_EXHAUSTED")));
    assert!(world.journal().requests().is_empty());
}

#[tokio::test]
async fn an_edit_during_the_job_wins_and_the_text_stays_with_the_job() {
    let world = World::new().await;
    let gate = Gate::default();
    world.script([Behaviour::Hold(gate.clone())]);
    let id = world.create(&world.generate_body()).await;
    let (drained, ()) = tokio::join!(world.runner.drain(), async {
        gate.arrived().await;
        world.edit(world.seeded.unwritten(), &json!({"content": "My own words."})).await;
        gate.open();
    });
    drained.unwrap();
    let job = world.shown(id).await;
    assert_eq!((&job["status"], &job["statusReason"]), (&json!("COMPLETED"), &json!("NOT_APPLIED")));
    assert!(job["result"]["content"].as_str().unwrap().contains("offline writer"));
    assert_eq!(world.unwritten().await, (Some("My own words.".to_owned()), 1));
}

#[tokio::test]
async fn an_edit_between_two_attempts_is_not_overwritten() {
    let world = World::new().await;
    world.script(vec![Behaviour::status(529, "overloaded_error"); 3]);
    let id = world.create(&world.generate_body()).await;
    let batch = world.runner.jobs.receive(0).await.unwrap();
    world.runner.jobs.invoke(batch).await.unwrap();
    assert_eq!((world.job(id).await.status(), world.job(id).await.attempt), (JobStatus::Pending, 1));
    world.edit(world.seeded.unwritten(), &json!({"content": "My own words."})).await;
    world.runner.drain().await.unwrap();
    let job = world.shown(id).await;
    let ended = (&job["attempt"], &job["status"], &job["statusReason"]);
    assert_eq!(ended, (&json!(2), &json!("FAILED"), &json!("NOT_APPLIED")));
    assert_eq!(world.journal().requests().len(), 3, "the second attempt calls nobody");
    assert_eq!(world.unwritten().await, (Some("My own words.".to_owned()), 1));
}

/// A change of prompt, type or metadata is kept, and does not hold the text out.
#[tokio::test]
async fn an_edit_of_another_field_and_the_text_are_both_kept() {
    let world = World::new().await;
    let gate = Gate::default();
    world.script([Behaviour::Hold(gate.clone())]);
    let id = world.create(&world.generate_body()).await;
    let block = world.seeded.unwritten();
    let (drained, ()) = tokio::join!(world.runner.drain(), async {
        gate.arrived().await;
        world.edit(block, &json!({"prompt": "Another question.", "metadata": {"color": "blue"}})).await;
        gate.open();
    });
    drained.unwrap();
    assert_eq!(world.shown(id).await["statusReason"], json!(null));
    let stored = world.runner.store.block(&world.user, block.document_id, block.id).await.unwrap().unwrap();
    assert_eq!((stored.prompt.as_deref(), &stored.metadata["color"]), (Some("Another question."), &json!("blue")));
    assert!(stored.content.is_some());
    assert_eq!(world.unwritten().await.1, 1);
}

#[tokio::test]
async fn a_block_deleted_during_the_job_fails_the_job_and_is_not_restored() {
    let world = World::new().await;
    let gate = Gate::default();
    world.script([Behaviour::Hold(gate.clone())]);
    let id = world.create(&world.generate_body()).await;
    let block = world.seeded.unwritten();
    let (drained, ()) = tokio::join!(world.runner.drain(), async {
        gate.arrived().await;
        world.delete_block_only(block).await;
        gate.open();
    });
    drained.unwrap();
    let job = world.shown(id).await;
    assert_eq!((&job["status"], &job["error"]), (&json!("FAILED"), &json!("Block not found")));
    assert!(job["usage"]["outputTokens"].as_u64().unwrap() > 0, "the cost is recorded");
    assert_eq!(world.unwritten().await, (None, 0));
}

#[tokio::test]
async fn a_block_deleted_before_the_claim_fails_the_job_without_a_call_to_claude() {
    let world = World::new().await;
    let id = world.create(&world.generate_body()).await;
    let block = world.seeded.unwritten();
    world.delete_block_only(block).await;
    world.runner.drain().await.unwrap();
    let job = world.job(id).await;
    assert_eq!(job.status_reason(), Some(StatusReason::Invalid));
    assert_eq!(job.failure().unwrap().detail, "Block not found");
    assert!(world.journal().requests().is_empty());
}

#[tokio::test]
async fn a_job_that_no_worker_claims_expires_at_its_deadline() {
    let world = World::new().await;
    let id = world.create(&world.generate_body()).await;
    world.advance(601);
    assert_eq!(world.runner.functions.sweep().await.unwrap().ended, 1);
    assert_eq!(world.job(id).await.status_reason(), Some(StatusReason::Expired));
    world.runner.drain().await.unwrap();
    assert!(world.journal().requests().is_empty());
}

#[tokio::test]
async fn a_delivery_after_the_deadline_expires_the_job() {
    let world = World::new().await;
    let id = world.create(&world.generate_body()).await;
    world.advance(601);
    world.runner.drain().await.unwrap();
    assert_eq!(world.job(id).await.status_reason(), Some(StatusReason::Expired));
}

#[tokio::test]
async fn a_job_is_released_for_retry_before_lambda_ends_the_worker() {
    let world = World::new().await;
    let gate = Gate::default();
    world.script([Behaviour::Stall(gate.clone())]);
    let id = world.create(&world.generate_body()).await;
    let body = JobMessage::new(world.user.clone(), [id], None).to_body();
    // The time left is shorter than the margin, so the attempt ends at its start.
    let almost_over = std::time::Duration::from_secs(15);
    let response = worker::handle(&world.runner.functions.worker, event(vec![record("m", body)]), almost_over).await;
    assert!(response.batch_item_failures.is_empty(), "the job has a message of its own");
    assert_eq!((world.job(id).await.status(), world.job(id).await.attempt), (JobStatus::Pending, 1));
    world.script([Behaviour::Write]);
    gate.open();
    world.runner.drain().await.unwrap();
    assert_eq!(world.job(id).await.status(), JobStatus::Completed);
}
