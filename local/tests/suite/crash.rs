//! Lost messages, dead workers, double deliveries, and edits in between.

use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use domain::{
    ids::LeaseToken,
    job::{JobStatus, StatusReason},
    life::{Refusal, Terms},
};
use local::offline_writer::{Behaviour, Gate};
use queue::JobMessage;
use serde_json::json;
use store::{ChangeError, commit::Completion};

use crate::world::World;

pub fn record(id: &str, body: String) -> SqsMessage {
    let mut record = SqsMessage::default();
    record.message_id = Some(id.to_owned());
    record.receipt_handle = Some(id.to_owned());
    record.body = Some(body);
    record
}

pub fn event(records: Vec<SqsMessage>) -> SqsEvent {
    let mut event = SqsEvent::default();
    event.records = records;
    event
}

const LONG: std::time::Duration = std::time::Duration::from_secs(300);

#[tokio::test]
async fn the_same_message_five_times_at_once_writes_once() {
    let world = World::new().await;
    let id = world.create(&world.generate_body()).await;
    let body = JobMessage::new(world.user.clone(), id, None).to_body();
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
async fn a_poison_message_hurts_no_other_and_goes_to_the_dead_letters() {
    let world = World::new().await;
    let id = world.create(&world.generate_body()).await;
    let poison = ["not JSON", "{}", "{\"version\":99}", "[1]", ""];
    let mut records: Vec<_> =
        poison.iter().enumerate().map(|(i, body)| record(&format!("p{i}"), (*body).to_owned())).collect();
    records.insert(2, record("good", JobMessage::new(world.user.clone(), id, None).to_body()));
    records.push(record("unknown", JobMessage::new(world.user.clone(), domain::ids::JobId::new(), None).to_body()));
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

    // What names no job is dropped there; what a newer release sent is kept.
    let dead: Vec<_> = ["not JSON", "{\"version\":99}"].iter().map(|body| record(body, (*body).to_owned())).collect();
    let response = dead_letter::handle(&world.runner.functions.dead_letter, event(dead)).await;
    let kept: Vec<_> = response.batch_item_failures.iter().map(|failure| failure.item_identifier.as_str()).collect();
    assert_eq!(kept, ["{\"version\":99}"]);
}

#[tokio::test]
async fn a_message_lost_after_the_job_was_stored_is_sent_by_the_sweeper() {
    let world = World::new().await;
    let id = world.create(&world.generate_body()).await;
    let url = &world.runner.embedded.queue_urls["JobQueue"];
    world.runner.embedded.sqs.purge_queue().queue_url(url).send().await.unwrap();
    let early = world.runner.functions.sweep().await.unwrap();
    assert_eq!(early, sweeper::Report::default(), "it may still be on its way");
    world.runner.drain().await.unwrap();
    assert_eq!(world.job(id).await.status(), JobStatus::Pending);

    world.wait(31);
    assert_eq!(world.runner.functions.sweep().await.unwrap().resent, 1);
    assert_eq!(world.runner.functions.sweep().await.unwrap(), sweeper::Report::default(), "once is enough");
    world.runner.drain().await.unwrap();
    assert_eq!(world.job(id).await.status(), JobStatus::Completed);
}

#[tokio::test]
async fn a_send_that_fails_still_answers_202_and_the_sweeper_sends_the_job() {
    let world = World::new().await;
    let sqs = &world.runner.embedded.sqs;
    sqs.delete_queue().queue_url(&world.runner.embedded.queue_urls["JobQueue"]).send().await.unwrap();
    let id = world.create(&world.generate_body()).await;
    assert_eq!(world.job(id).await.status(), JobStatus::Pending);

    local::aws::create_queues(&local::template::Template::checked_in().unwrap(), sqs).await.unwrap();
    world.wait(31);
    assert_eq!(world.runner.functions.sweep().await.unwrap().resent, 1);
    world.runner.drain().await.unwrap();
    assert_eq!(world.job(id).await.status(), JobStatus::Completed);
}

#[tokio::test]
async fn a_running_job_ends_at_its_deadline() {
    let world = World::new().await;
    world.script([Behaviour::Stall(Gate::default())]);
    let id = world.create(&world.generate_body()).await;
    world.wait(599);
    world.runner.drain().await.unwrap();
    let job = world.job(id).await;
    assert_eq!((job.status_reason(), job.attempt), (Some(StatusReason::TimedOut), 1));
    assert!(job.usage.unwrap().input_tokens > 0);
    assert_eq!(world.unwritten().await, (None, 0));
}

#[tokio::test]
async fn a_dead_workers_job_is_taken_over_and_a_worker_that_wakes_late_writes_nothing() {
    let world = World::new().await;
    let store = &world.runner.store;
    let id = world.create(&world.generate_body()).await;
    let dead = LeaseToken::new();
    let held = store.claim(&world.user, id, dead, &Terms::default(), world.runner.clock.now()).await.unwrap();
    // The message is gone: the queue saw the worker take it.
    world.runner.drain().await.unwrap();
    assert_eq!(world.job(id).await.status(), JobStatus::Processing);

    world.wait(21);
    assert_eq!(world.runner.functions.sweep().await.unwrap().resent, 1);
    world.runner.drain().await.unwrap();
    let job = world.job(id).await;
    assert_eq!((job.status(), job.attempt), (JobStatus::Completed, 2));
    let content = world.unwritten().await;

    let late = Completion {
        token: dead,
        result: job.result().unwrap().clone(),
        reason: None,
        usage: None,
        now: world.runner.clock.now(),
    };
    let Err(ChangeError::Refused(refused)) = store.complete(&held, &late, None).await else { panic!("it wrote") };
    assert_eq!(refused.refusal, Refusal::Finished);
    assert_eq!(world.job(id).await, job);
    assert_eq!(world.unwritten().await, content);
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_to_a_running_one_writes_nothing() {
    let world = World::new().await;
    let store = &world.runner.store;
    let id = world.create(&world.generate_body()).await;
    let (first, second) = (LeaseToken::new(), LeaseToken::new());
    let terms = Terms::default();
    let held = store.claim(&world.user, id, first, &terms, world.runner.clock.now()).await.unwrap();
    world.wait(21);
    let now = world.runner.clock.now();
    let taken = store.claim(&world.user, id, second, &terms, now).await.unwrap();
    let progress = domain::life::progress(domain::job::Phase::Generating, 50, "late", now);
    let again = domain::life::Retry { after: jiff::SignedDuration::ZERO, detail: None };
    let refusals = [
        store.heartbeat(&held, first, progress, None, &terms, now).await.unwrap_err(),
        store.fail(&held, first, &domain::failure::Failure::refused(), None, now).await.unwrap_err(),
        store.give_back(&held, first, &again, None, &terms, now).await.unwrap_err(),
    ];
    for error in refusals {
        let ChangeError::Refused(refused) = error else { panic!("{error}") };
        assert_eq!(refused.refusal, Refusal::LeaseLost);
    }
    assert_eq!(world.job(id).await, taken);
}

#[tokio::test]
async fn a_job_that_kills_whatever_reads_it_ends_through_the_dead_letter_queue() {
    let world = World::new().await;
    let id = world.create(&world.generate_body()).await;
    let url = &world.runner.embedded.queue_urls["JobQueue"];
    let sqs = &world.runner.embedded.sqs;
    for _ in 0..3 {
        let received = sqs.receive_message().queue_url(url).send().await.unwrap();
        let receipt = received.messages()[0].receipt_handle().unwrap();
        // A worker takes it and dies; time flies.
        sqs.change_message_visibility()
            .queue_url(url)
            .receipt_handle(receipt)
            .visibility_timeout(0)
            .send()
            .await
            .unwrap();
    }
    world.runner.drain().await.unwrap();
    let job = world.shown(id).await;
    assert_eq!((&job["status"], &job["statusReason"]), (&json!("FAILED"), &json!("RETRIES_EXHAUSTED")));
    assert!(world.journal().requests().is_empty());
}

#[tokio::test]
async fn a_users_edit_stands_and_the_text_is_kept_with_the_job() {
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
async fn an_edit_during_a_failed_attempt_is_not_overwritten_by_the_next_one() {
    let world = World::new().await;
    world.script(vec![Behaviour::status(529, "overloaded_error"); 3]);
    let id = world.create(&world.generate_body()).await;
    let batch = world.runner.jobs.receive(0).await.unwrap();
    world.runner.jobs.invoke(batch).await.unwrap();
    assert_eq!((world.job(id).await.status(), world.job(id).await.attempt), (JobStatus::Pending, 1));
    world.edit(world.seeded.unwritten(), &json!({"content": "My own words."})).await;
    world.runner.drain().await.unwrap();
    let job = world.shown(id).await;
    assert_eq!((&job["attempt"], &job["statusReason"]), (&json!(2), &json!("NOT_APPLIED")));
    assert_eq!(world.unwritten().await, (Some("My own words.".to_owned()), 1));
}

#[tokio::test]
async fn an_edit_that_leaves_the_content_alone_stands_too() {
    let world = World::new().await;
    let gate = Gate::default();
    world.script([Behaviour::Hold(gate.clone())]);
    let id = world.create(&world.generate_body()).await;
    let block = world.seeded.unwritten();
    let (drained, ()) = tokio::join!(world.runner.drain(), async {
        gate.arrived().await;
        world.edit(block, &json!({"prompt": "Another question."})).await;
        gate.open();
    });
    drained.unwrap();
    assert_eq!(world.shown(id).await["statusReason"], "NOT_APPLIED");
    let kept = world.runner.store.block(&world.user, block.document_id, block.id).await.unwrap().unwrap();
    assert_eq!((kept.prompt.as_deref(), kept.content), (Some("Another question."), None));
    assert_eq!(world.unwritten().await.1, 0);
}

#[tokio::test]
async fn a_block_deleted_meanwhile_fails_the_job_and_is_not_brought_back() {
    let world = World::new().await;
    let gate = Gate::default();
    world.script([Behaviour::Hold(gate.clone())]);
    let id = world.create(&world.generate_body()).await;
    let block = world.seeded.unwritten();
    let (drained, ()) = tokio::join!(world.runner.drain(), async {
        gate.arrived().await;
        world.cut_out(block).await;
        gate.open();
    });
    drained.unwrap();
    let job = world.shown(id).await;
    assert_eq!((&job["status"], &job["error"]), (&json!("FAILED"), &json!("Block not found")));
    assert!(job["usage"]["outputTokens"].as_u64().unwrap() > 0, "what it cost is told");
    assert_eq!(world.unwritten().await, (None, 0));
}

#[tokio::test]
async fn a_block_deleted_before_the_claim_fails_without_asking_claude() {
    let world = World::new().await;
    let id = world.create(&world.generate_body()).await;
    let block = world.seeded.unwritten();
    world.cut_out(block).await;
    world.runner.drain().await.unwrap();
    let job = world.job(id).await;
    assert_eq!(job.status_reason(), Some(StatusReason::Invalid));
    assert_eq!(job.failure().unwrap().detail, "Block not found");
    assert!(world.journal().requests().is_empty());
}

#[tokio::test]
async fn a_job_that_nobody_took_in_time_expires() {
    let world = World::new().await;
    let id = world.create(&world.generate_body()).await;
    world.wait(601);
    assert_eq!(world.runner.functions.sweep().await.unwrap().ended, 1);
    assert_eq!(world.job(id).await.status_reason(), Some(StatusReason::Expired));
    world.runner.drain().await.unwrap();
    assert!(world.journal().requests().is_empty());
}

#[tokio::test]
async fn a_late_delivery_of_an_overdue_job_ends_it() {
    let world = World::new().await;
    let id = world.create(&world.generate_body()).await;
    world.wait(601);
    world.runner.drain().await.unwrap();
    assert_eq!(world.job(id).await.status_reason(), Some(StatusReason::Expired));
}

#[tokio::test]
async fn a_job_is_given_back_before_lambda_ends_the_worker() {
    let world = World::new().await;
    let gate = Gate::default();
    world.script([Behaviour::Stall(gate.clone())]);
    let id = world.create(&world.generate_body()).await;
    let body = JobMessage::new(world.user.clone(), id, None).to_body();
    // Less than the margin is left, so the attempt ends as soon as it has begun.
    let almost_over = std::time::Duration::from_secs(15);
    let response = worker::handle(&world.runner.functions.worker, event(vec![record("m", body)]), almost_over).await;
    assert_eq!(response.batch_item_failures.len(), 1, "the message comes back");
    assert_eq!((world.job(id).await.status(), world.job(id).await.attempt), (JobStatus::Pending, 1));
    world.script([Behaviour::Write]);
    gate.open();
    world.runner.drain().await.unwrap();
    assert_eq!(world.job(id).await.status(), JobStatus::Completed);
}
