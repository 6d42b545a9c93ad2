//! A cancel is final at once, and a late worker never overwrites it.

use std::time::Duration;

use local::{
    fake_claude::{Behaviour, Gate, Piece, Script},
    runner::{RunnerOptions, Writer},
};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::world::{World, answer};

#[tokio::test]
async fn a_pending_job_is_cancelled_and_never_runs() {
    let world = World::new().await;
    let id = world.create(&world.generate_body()).await;
    let path = format!("/jobs/{id}");
    let (status, first) = answer(world.request(Method::DELETE, &path)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!((&first["success"], &first["message"]), (&json!(true), &json!("Job cancelled")));
    assert_eq!((&first["status"], &first["statusReason"]), (&json!("FAILED"), &json!("CANCELLED")));
    assert_eq!(first["error"], "Job cancelled by user");
    let (status, second) = answer(world.request(Method::DELETE, &path)).await;
    assert_eq!((status, second), (StatusCode::OK, first));

    world.runner.drain().await.unwrap();
    assert_eq!(world.shown(id).await["statusReason"], "CANCELLED");
    assert!(world.journal().requests().is_empty(), "Claude was not called");
    assert_eq!(world.unwritten().await, (None, 0));
}

#[tokio::test]
async fn cancelling_a_running_job_closes_the_connection_to_claude_and_records_its_usage() {
    let world = World::new().await;
    let gate = Gate::default();
    world.script([Behaviour::Stall(gate.clone())]);
    let id = world.create(&world.generate_body()).await;
    let (drained, ()) = tokio::join!(world.runner.drain(), async {
        gate.arrived().await;
        // The worker has read the beginning of the answer, and a heartbeat has stored it.
        while world.shown(id).await["progress"]["partialText"].is_null() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let (status, _) = answer(world.request(Method::DELETE, &format!("/jobs/{id}"))).await;
        assert_eq!(status, StatusCode::OK);
        world.journal().connection_closed().await;
    });
    drained.unwrap();
    let job = world.shown(id).await;
    assert_eq!((&job["status"], &job["statusReason"]), (&json!("FAILED"), &json!("CANCELLED")));
    assert!(job["usage"]["inputTokens"].as_u64().unwrap() > 0, "{job}");
    assert_eq!(world.unwritten().await, (None, 0));
}

/// Uses the settings of a deployment and a stream of one minute. Time is measured in events of that stream, so that a
/// slow machine does not fail the test.
#[tokio::test]
async fn cancelling_closes_a_long_stream_within_five_seconds() {
    const EVENTS_PER_SECOND: u64 = 10;
    let pace = Duration::from_millis(1000 / EVENTS_PER_SECOND);
    let world =
        World::with(RunnerOptions { background: true, writer: Writer::Offline { pace }, ..RunnerOptions::default() })
            .await;
    // One text block. Each 24 characters of it are one event, followed by one pause.
    let text = "Twenty-four characters. ".repeat(60 * EVENTS_PER_SECOND as usize);
    world.script([Behaviour::Pieces(Script {
        pieces: vec![Piece::plain(text)],
        model: Some("claude-sonnet-5-5"),
        ..Script::default()
    })]);
    let id = world.create(&world.generate_body()).await;
    while world.shown(id).await["progress"]["partialText"].is_null() {
        tokio::time::sleep(pace).await;
    }
    let (status, _) = answer(world.request(Method::DELETE, &format!("/jobs/{id}"))).await;
    assert_eq!(status, StatusCode::OK);
    let before = world.journal().events_sent();
    world.journal().connection_closed().await;
    let after = world.journal().events_sent() - before;
    println!("{after} more events, {EVENTS_PER_SECOND} a second");
    assert!(after as u64 <= 5 * EVENTS_PER_SECOND, "{after} events");

    // The worker records the cost of the call when it notices the cancel.
    let job = loop {
        let job = world.shown(id).await;
        if !job["usage"].is_null() {
            break job;
        }
        tokio::time::sleep(pace).await;
    };
    assert_eq!((&job["status"], &job["statusReason"]), (&json!("FAILED"), &json!("CANCELLED")));
    assert!(job["usage"]["inputTokens"].as_u64().unwrap() > 0 && job["usage"]["costMicroUsd"].as_u64().unwrap() > 0);
    assert_eq!(world.unwritten().await, (None, 0));
}

#[tokio::test]
async fn a_finished_job_is_not_cancelled() {
    let world = World::new().await;
    let job = world.run(&world.generate_body()).await;
    let (status, body) =
        answer(world.request(Method::DELETE, &format!("/jobs/{}", job["jobId"].as_str().unwrap()))).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(body["code"], "JOB_FINISHED");
    assert_eq!(body["error"], "The job is COMPLETED and can no longer be cancelled.");
}
