//! Polling: unchanged jobs are answered with 304, and the interval between two polls grows.

use aws_sdk_dynamodb::config::retry::RetryConfig;
use domain::job::{
    lifecycle::{self, JobPolicy},
    progress::{Phase, Progress},
};
use reqwest::{Method, Response, StatusCode};
use serde_json::Value;

use crate::{
    dynamodb_proxy::{Fault, proxied_store},
    silent_connections::SilentConnections,
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
    assert_eq!((older.status(), &older.headers()["retry-after"]), (StatusCode::OK, &"3".parse().unwrap()));
}

/// A heartbeat changes the progress of a job and not its revision.
#[tokio::test]
async fn new_progress_is_no_304() {
    let world = World::new().await;
    let id = world.create(&world.generate_body()).await;
    let (store, policy, now) = (&world.runner.store, JobPolicy::default(), world.runner.clock.now());
    let claim = store.claim(&world.user, id, &policy, now).await.unwrap();
    let mut tag = etag(&poll(&world, id, &[]).await);
    for text in ["I mended", "I mended the payments"] {
        let progress = Progress {
            partial_text: Some(text.to_owned()),
            ..lifecycle::progress(Phase::Generating, 50, "Drafting", now)
        };
        store.heartbeat(&claim, progress, &policy, now).await.unwrap();
        let changed = poll(&world, id, &[("if-none-match", tag)]).await;
        assert_eq!(changed.status(), StatusCode::OK);
        tag = etag(&changed);
        let job: Value = changed.json().await.unwrap();
        assert_eq!(job["progress"]["partialText"], text);
    }
    assert_eq!(poll(&world, id, &[("if-none-match", tag)]).await.status(), StatusCode::NOT_MODIFIED);
}

/// The times at which a client polls that follows `pollAfterMs` of a job which takes 30 s.
#[tokio::test]
async fn a_job_of_half_a_minute_is_polled_at_most_twelve_times() {
    let world = World::new().await;
    let id = world.create(&world.generate_body()).await;
    let (mut seconds, mut polls) = (0, 1);
    while seconds < 30 {
        let job: Value = poll(&world, id, &[]).await.json().await.unwrap();
        let wait = job["pollAfterMs"].as_i64().unwrap() / 1_000;
        assert!((1..=3).contains(&wait), "the end is seen within 3 s");
        world.advance(wait);
        (seconds, polls) = (seconds + wait, polls + 1);
    }
    assert!(polls <= 12, "{polls} polls");
}

/// RFC 7240 lets a server ignore a preference.
#[tokio::test]
async fn a_request_never_waits() {
    let world = World::new().await;
    let id = world.create(&world.generate_body()).await;
    for preference in ["wait=20", "handling=\"a,wait=3\""] {
        let plain = poll(&world, id, &[("prefer", preference.to_owned())]).await;
        assert_eq!((plain.status(), plain.headers().get("preference-applied")), (StatusCode::OK, None));
    }
}

/// A table that never answers must not hold a request until Lambda ends the function. Here the limit of the request ends
/// it: the store has no limit of its own.
#[tokio::test]
async fn a_table_that_never_answers_gives_503() {
    let world = World::new().await;
    let (store, _proxy) = proxied_store(&world, Fault::HoldAll).await;
    let functions = world.runner.functions.on(&store);
    let sample = std::fs::read_to_string(crate::processes::root().join("events/get-job.json")).unwrap();
    let response = functions.http("GetJobFunction", api::request_of_event(&sample).unwrap()).await.unwrap();
    assert_eq!((response.status().as_u16(), &response.headers()["retry-after"]), (503, &"2".parse().unwrap()));
}

/// A connection that was kept while the function was frozen may be dead without a sign. The try on it ends, and the next one
/// opens another connection.
#[tokio::test]
async fn a_kept_connection_that_has_gone_silent_is_replaced() {
    let world = World::new().await;
    let id = world.create(&world.generate_body()).await;
    let connections = SilentConnections::start(&world.runner.embedded.dynamodb_url).await;
    let config = world.runner.embedded.dynamodb.config().to_builder().endpoint_url(&connections.url);
    let config = config.retry_config(RetryConfig::standard()).timeout_config(runtime::aws::timeouts()).build();
    let store = store::Store::new(aws_sdk_dynamodb::Client::from_conf(config), local::aws::TABLE);
    let functions = world.runner.functions.on(&store);
    let mut event: Value =
        serde_json::from_str(&std::fs::read_to_string(crate::processes::root().join("events/get-job.json")).unwrap())
            .unwrap();
    event["pathParameters"]["jobId"] = id.to_string().into();
    event["requestContext"]["authorizer"]["jwt"]["claims"] =
        serde_json::json!({"iss": local::gateway::ISSUER, "sub": "ada"});
    for _ in 0..2 {
        let request = api::request_of_event(&event.to_string()).unwrap();
        let response = functions.http("GetJobFunction", request).await.unwrap();
        assert_eq!(response.status().as_u16(), 200);
        connections.silence();
    }
    // The worker writes over the same connections.
    let claim = store.claim(&world.user, id, &JobPolicy::default(), world.runner.clock.now()).await.unwrap();
    assert_eq!(claim.job.id, id);
}

/// The limit of a request ends before that of the function, and a job whose transaction is written gets its 202, even if the
/// queue never answers.
#[tokio::test]
async fn a_queue_that_never_answers_still_gives_202() {
    let template = local::template::Template::checked_in().unwrap();
    let limit = template.timeout("CreateJobFunction").unwrap();
    assert!(api::REQUEST_TIMEOUT + std::time::Duration::from_secs(2) <= limit, "{limit:?}");
    let world = World::new().await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    // The client of the embedded queue needs no network, so that of the table has to do.
    let network = world.runner.embedded.dynamodb.config().http_client().unwrap();
    let queue = world.runner.embedded.sqs.config().to_builder().http_client(network);
    let queue = queue.endpoint_url(format!("http://{}", silent.local_addr().unwrap())).build();
    let queue = queue::Queue::new(aws_sdk_sqs::Client::from_conf(queue), "http://127.0.0.1/queue");
    let functions = world.runner.functions.sending_to(&queue);
    let sample = std::fs::read_to_string(crate::processes::root().join("events/create-job.json")).unwrap();
    let mut event: Value = serde_json::from_str(&sample).unwrap();
    event["requestContext"]["authorizer"]["jwt"]["claims"] =
        serde_json::json!({"iss": local::gateway::ISSUER, "sub": "ada"});
    event["body"] = world.analyze_body().to_string().into();
    let response =
        functions.http("CreateJobFunction", api::request_of_event(&event.to_string()).unwrap()).await.unwrap();
    assert_eq!(response.status().as_u16(), 202);
    assert_eq!(world.job_count().await, 1);
}
