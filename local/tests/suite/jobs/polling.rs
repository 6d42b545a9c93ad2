//! Polling: unchanged jobs are answered with 304, and a request may wait for a change.

use std::time::Instant;

use local::fake_claude::{Behaviour, Gate};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::{
    dynamodb_proxy::{Fault, proxied_store},
    world::World,
};

async fn poll(world: &World, id: impl std::fmt::Display, headers: &[(&'static str, String)]) -> Response {
    let request = world.request(Method::GET, &format!("/jobs/{id}"));
    headers.iter().fold(request, |request, (name, value)| request.header(*name, value)).send().await.unwrap()
}

fn etag(response: &Response) -> String {
    response.headers()["etag"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_unchanged_job_is_answered_with_304() {
    let world = World::new().await;
    let id = world.create(&world.generate_body()).await;
    let first = poll(&world, id, &[]).await;
    assert_eq!((first.status(), &first.headers()["retry-after"]), (StatusCode::OK, &"1".parse().unwrap()));
    let tag = etag(&first);
    for seen in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
        let same = poll(&world, id, &[("if-none-match", seen)]).await;
        assert_eq!((same.status(), etag(&same)), (StatusCode::NOT_MODIFIED, tag.clone()));
        assert_eq!(same.headers()["cache-control"], "private, no-store");
        assert!(same.headers().get("x-request-id").is_some() && same.headers().get("retry-after").is_some());
        assert_eq!(same.text().await.unwrap(), "");
    }
    world.runner.drain().await.unwrap();
    let ended = poll(&world, id, &[("if-none-match", tag.clone())]).await;
    assert_eq!(ended.status(), StatusCode::OK);
    assert_ne!(etag(&ended), tag);
    assert!(ended.headers().get("retry-after").is_none(), "a finished job does not change");

    // `Retry-After` is part of the response, so a new value changes the ETag.
    let id = world.create(&world.refine_body()).await;
    let young = etag(&poll(&world, id, &[]).await);
    world.advance(20);
    let older = poll(&world, id, &[("if-none-match", young)]).await;
    assert_eq!((older.status(), &older.headers()["retry-after"]), (StatusCode::OK, &"2".parse().unwrap()));
}

#[tokio::test]
async fn a_waiting_request_is_answered_when_the_job_changes() {
    let world = World::new().await;
    let id = world.create(&world.generate_body()).await;
    let wait = [("prefer", "wait=20".to_owned())];
    let (response, cancelled) = tokio::join!(poll(&world, id, &wait), async {
        // The change comes while the request waits.
        tokio::time::sleep(2 * get_job::LOOK_EVERY).await;
        world.runner.store.cancel(&world.user, id, world.runner.clock.now()).await.unwrap();
        Instant::now()
    });
    println!("answered {} ms after the change", cancelled.elapsed().as_millis());
    assert_eq!(response.headers()["preference-applied"], "wait=20");
    let job: Value = response.json().await.unwrap();
    assert_eq!(job["statusReason"], "CANCELLED");
    assert!(get_job::LOOK_EVERY.as_millis() < 300, "the job is read often");

    // The job has ended, so the request does not wait.
    let ended = poll(&world, id, &wait).await;
    assert_eq!((ended.status(), &ended.headers()["preference-applied"]), (StatusCode::OK, &"wait=20".parse().unwrap()));
}

#[tokio::test]
async fn a_wait_without_a_change_ends_with_the_unchanged_job() {
    let world = World::new().await;
    let id = world.create(&world.generate_body()).await;
    let (store, proxy) = proxied_store(&world, Fault::None).await;
    let functions = world.runner.functions.on(&store);
    let response = functions.http("GetJobFunction", request(&id.to_string(), "wait=1")).await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["preference-applied"]),
        (200, &"wait=1".parse().unwrap())
    );
    let reads = proxy.reads();
    println!("{reads} reads for a wait of a second");
    assert!((2..=7).contains(&reads), "{reads}");

    let seen = etag(&poll(&world, id, &[]).await);
    let both = [("prefer", "wait=1".to_owned()), ("if-none-match", seen)];
    assert_eq!(
        poll(&world, id, &both).await.status(),
        StatusCode::NOT_MODIFIED,
        "If-None-Match applies after the wait"
    );
    let stale = [("prefer", "wait=20".to_owned()), ("if-none-match", "\"0-0\"".to_owned())];
    assert_eq!(
        poll(&world, id, &stale).await.status(),
        StatusCode::OK,
        "the request does not wait, because the client has an older version"
    );
    assert_eq!(api::MAX_WAIT_SECONDS, 20);
    for preference in ["wait=-1", "wait=soon", "respond-async"] {
        let plain = poll(&world, id, &[("prefer", preference.to_owned())]).await;
        assert_eq!((plain.status(), plain.headers().get("preference-applied")), (StatusCode::OK, None), "{preference}");
    }
    let missing = poll(&world, domain::ids::JobId::new(), &[("prefer", "wait=20".to_owned())]).await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
}

fn request(id: &str, prefer: &str) -> lambda_http::Request {
    let event = std::fs::read_to_string(format!("{}/../events/get-job.json", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let mut event: Value = serde_json::from_str(&event).unwrap();
    event["pathParameters"]["jobId"] = json!(id);
    event["headers"]["prefer"] = json!(prefer);
    event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] = json!("ada");
    lambda_http::request::from_str(&event.to_string()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_waiting_requests_are_all_answered() {
    let world = World::new().await;
    let gate = Gate::default();
    world.script([Behaviour::Hold(gate.clone())]);
    let id = world.create(&world.generate_body()).await;
    let mut polls = JoinSet::new();
    for _ in 0..100 {
        let request = world.request(Method::GET, &format!("/jobs/{id}")).header("prefer", "wait=20");
        polls.spawn(async move {
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), StatusCode::OK);
            response.json::<Value>().await.unwrap()
        });
    }
    gate.open();
    world.runner.drain().await.unwrap();
    for job in polls.join_all().await {
        assert_eq!(job["jobId"], json!(id));
        assert_ne!(job["updatedAt"], Value::Null);
    }
}
