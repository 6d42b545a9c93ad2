//! Capacity units of the table that one job consumes. docs/operations.md calculates with them.

use local::{
    fake_claude::{Behaviour, Piece, Script},
    runner::RunnerOptions,
};
use queue::JobMessage;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

use crate::{
    dynamodb_proxy::{Fault, proxied_store},
    messages::{event, record},
    world::{World, answer},
};

fn request(name: &str, user: &str, body: &Value, job: Option<&str>) -> lambda_http::Request {
    let sample = std::fs::read_to_string(crate::processes::root().join("events").join(format!("{name}.json"))).unwrap();
    let mut event: Value = serde_json::from_str(&sample).unwrap();
    event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] = json!(user);
    if !body.is_null() {
        event["body"] = json!(body.to_string());
    }
    if let Some(job) = job {
        event["pathParameters"]["jobId"] = json!(job);
    }
    lambda_http::request::from_str(&event.to_string()).unwrap()
}

/// The job writes about 3,000 characters from 12 pieces of evidence, two goals and two reviews.
#[tokio::test]
async fn a_job_consumes_no_more_capacity_than_documented() {
    // No heartbeat: how many there are depends on the machine.
    let tune = |config: &mut worker::Config| config.heartbeat = Duration::from_secs(60);
    let world = World::with(RunnerOptions { tune, ..RunnerOptions::default() }).await;
    let (store, proxy) = proxied_store(&world, Fault::None).await;
    let functions = world.runner.functions.on(&store);
    let text = "I shipped what was planned. ".repeat(107);
    world.script([Behaviour::Pieces(Script { pieces: vec![Piece::plain(text)], ..Script::default() })]);
    proxy.take_units();

    let created = functions.http("CreateJobFunction", request("create-job", "ada", &world.generate_body(), None)).await;
    let lambda_http::Body::Text(created) = created.unwrap().into_body() else { panic!("no text") };
    let id = serde_json::from_str::<Value>(&created).unwrap()["jobId"].as_str().unwrap().to_owned();
    let create = proxy.take_units();

    let poll = async || {
        functions.http("GetJobFunction", request("get-job", "ada", &Value::Null, Some(&id))).await.unwrap();
        proxy.take_units()
    };
    let first_poll = poll().await;

    let mut worker = functions.worker.clone();
    worker.store = store.clone();
    let message = JobMessage::new(world.user.clone(), id.parse().unwrap(), None).to_body();
    worker::handle(&worker, event(vec![record("m", message)]), Duration::from_secs(300)).await;
    let work = proxy.take_units();
    let last_poll = poll().await;
    let (_, job) = answer(world.request(Method::GET, &format!("/jobs/{id}"))).await;
    assert_eq!(job["status"], "COMPLETED", "{job}");

    println!("capacity units of one job, (read, write):");
    println!("  create    {create:?}");
    println!("  work      {work:?}, without heartbeats");
    println!("  a poll    {first_poll:?} while pending, {last_poll:?} after the end");
    // These limits are documented in docs/operations.md.
    assert!(create.0 <= 2.0 && create.1 <= 20.0);
    assert!(work.0 <= 30.0 && work.1 <= 45.0);
    assert_eq!((first_poll, last_poll.1), ((1.0, 0.0), 0.0));
}
