//! What a job costs in capacity units of the table: what docs/operations.md counts with.

use local::offline_writer::{Behaviour, Piece, Script};
use queue::JobMessage;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

use crate::{
    crash::{event, record},
    proxy::{Fault, busy_store},
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

/// A text of 3,000 characters from 12 pieces of evidence, two goals and two reviews.
#[tokio::test]
async fn what_a_job_consumes_is_known() {
    let world = World::new().await;
    let (store, proxy) = busy_store(&world, Fault::None).await;
    let functions = world.runner.functions.on(&store);
    let text = "I shipped what was planned. ".repeat(107);
    world.script([Behaviour::Pieces(Script { pieces: vec![Piece::plain(text)], ..Script::default() })]);
    store.service_key().await.unwrap();
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
    println!("  work      {work:?}, with the heartbeats that it had");
    println!("  a poll    {first_poll:?} at first, {last_poll:?} in the end");
    // docs/operations.md says so.
    assert!(create.0 <= 2.0 && create.1 <= 20.0);
    assert!(work.0 <= 30.0 && work.1 <= 90.0);
    assert_eq!((first_poll, last_poll.1), ((1.0, 0.0), 0.0));
}
