//! Rate limits: jobs in flight per user, and jobs created per minute.

use std::collections::BTreeMap;

use local::runner::RunnerOptions;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::world::{World, answer, options};

async fn limited(active: u32, per_minute: u32) -> World {
    let parameters = [("MaxActiveJobs", active), ("MaxCreatesPerMinute", per_minute)];
    let parameters: BTreeMap<_, _> =
        parameters.into_iter().map(|(name, value)| (name.to_owned(), value.to_string())).collect();
    World::with(RunnerOptions { parameters, ..options() }).await
}

async fn post(world: &World) -> Response {
    world.request(Method::POST, "/jobs").json(&world.analyze_body()).send().await.unwrap()
}

#[tokio::test]
async fn jobs_in_flight_are_limited_and_finished_jobs_free_their_slots() {
    let world = limited(3, 0).await;
    for _ in 0..3 {
        let response = post(&world).await;
        assert_eq!(response.status(), StatusCode::ACCEPTED);
        assert_eq!(response.headers()["ratelimit-policy"], "\"active\";q=3");
    }
    let rejected = post(&world).await;
    assert_eq!(rejected.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(rejected.headers()["retry-after"], "5");
    let problem: Value = rejected.json().await.unwrap();
    assert_eq!((&problem["code"], &problem["retryable"]), (&json!("TOO_MANY_ACTIVE_JOBS"), &json!(true)));
    // Other users are not limited, and neither are polls and lists.
    assert_eq!(answer(world.request(Method::GET, "/jobs")).await.1["jobs"].as_array().unwrap().len(), 3);
    let bob = crate::world::seed(&world.runner, "bob").await;
    let body = json!({"type": "ANALYZE", "documentId": bob.document.id.to_string()});
    assert_eq!(answer(world.request_as("bob", Method::POST, "/jobs").json(&body)).await.0, StatusCode::ACCEPTED);

    // The limit counts the jobs that are in flight, so no counter must be decremented when a job ends.
    let (_, page) = answer(world.request(Method::GET, "/jobs")).await;
    let id = page["jobs"][0]["jobId"].as_str().unwrap().to_owned();
    answer(world.request(Method::DELETE, &format!("/jobs/{id}"))).await;
    assert_eq!(post(&world).await.status(), StatusCode::ACCEPTED);
    assert_eq!(post(&world).await.status(), StatusCode::TOO_MANY_REQUESTS);
    world.runner.drain().await.unwrap();
    for _ in 0..3 {
        assert_eq!(post(&world).await.status(), StatusCode::ACCEPTED);
    }
    // A request that creates no job does not count.
    world.runner.drain().await.unwrap();
    let mut nowhere = world.analyze_body();
    nowhere["documentId"] = json!(domain::ids::DocumentId::new().to_string());
    for _ in 0..3 {
        let (status, _) = answer(world.request(Method::POST, "/jobs").json(&nowhere)).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
    for _ in 0..3 {
        assert_eq!(post(&world).await.status(), StatusCode::ACCEPTED);
    }
}

#[tokio::test]
async fn creates_per_minute_are_limited_until_the_next_minute() {
    let world = limited(0, 4).await;
    for left in (0..4).rev() {
        let response = post(&world).await;
        assert_eq!(response.status(), StatusCode::ACCEPTED);
        assert_eq!(response.headers()["ratelimit-policy"], "\"creates\";q=4;w=60");
        let header = response.headers()["ratelimit"].to_str().unwrap().to_owned();
        assert!(header.starts_with(&format!("\"creates\";r={left};t=")), "{header}");
    }
    let rejected = post(&world).await;
    assert_eq!(rejected.status(), StatusCode::TOO_MANY_REQUESTS);
    let wait: i64 = rejected.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait));
    let problem: Value = rejected.json().await.unwrap();
    assert_eq!(problem["code"], "TOO_MANY_REQUESTS");
    world.advance(wait);
    assert_eq!(post(&world).await.status(), StatusCode::ACCEPTED);
}

/// Requests at the same time do not see each other, so they may exceed a limit by their own number. No later request
/// does.
#[tokio::test(flavor = "multi_thread")]
async fn concurrent_requests_exceed_a_limit_by_their_own_number_at_most() {
    for (active, per_minute) in [(20, 0), (0, 20), (20, 100)] {
        let world = limited(active, per_minute).await;
        for _ in 0..15 {
            assert_eq!(post(&world).await.status(), StatusCode::ACCEPTED);
        }
        let mut posts = JoinSet::new();
        for _ in 0..10 {
            let request = world.request(Method::POST, "/jobs").json(&world.analyze_body());
            posts.spawn(answer(request));
        }
        let statuses: Vec<StatusCode> = posts.join_all().await.into_iter().map(|(status, _)| status).collect();
        let expected = [StatusCode::ACCEPTED, StatusCode::TOO_MANY_REQUESTS];
        assert!(statuses.iter().all(|status| expected.contains(status)), "{statuses:?}");
        assert!(world.job_count().await >= 20, "{active} active, {per_minute} a minute");
        assert_eq!(post(&world).await.status(), StatusCode::TOO_MANY_REQUESTS);
    }
}

/// A client may repeat its requests without reaching a limit.
/// Jobs of a function whose clock was two hours ahead. A limit that counted them would refuse for two hours.
#[tokio::test]
async fn a_create_from_the_future_does_not_count() {
    let world = limited(0, 3).await;
    world.advance(2 * 60 * 60);
    for _ in 0..3 {
        assert_eq!(post(&world).await.status(), StatusCode::ACCEPTED);
    }
    assert_eq!(post(&world).await.status(), StatusCode::TOO_MANY_REQUESTS);
    world.advance(-2 * 60 * 60);
    for _ in 0..3 {
        assert_eq!(post(&world).await.status(), StatusCode::ACCEPTED);
    }
    assert_eq!(post(&world).await.status(), StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn replays_and_joins_do_not_count() {
    let world = limited(1, 1).await;
    let request = || world.request(Method::POST, "/jobs").header("idempotency-key", "k").json(&world.generate_body());
    assert_eq!(answer(request()).await.0, StatusCode::ACCEPTED);
    assert_eq!(answer(request()).await.0, StatusCode::ACCEPTED);
    let join = world.request(Method::POST, "/jobs").json(&world.generate_body());
    assert_eq!(answer(join).await.0, StatusCode::OK);
    assert_eq!(post(&world).await.status(), StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn the_local_runner_has_no_limits_by_default() {
    let world = World::new().await;
    for _ in 0..130 {
        let response = post(&world).await;
        assert_eq!(response.status(), StatusCode::ACCEPTED);
        assert!(response.headers().get("ratelimit-policy").is_none());
    }
}

/// One request takes the last slot. Concurrent repeats with the same key get the response of that request.
#[tokio::test(flavor = "multi_thread")]
async fn repeats_of_the_request_that_took_the_last_slot_get_its_response() {
    for (active, per_minute) in [(3, 0), (0, 3), (50, 120)] {
        let world = limited(active, per_minute).await;
        for _ in 0..2 {
            assert_eq!(post(&world).await.status(), StatusCode::ACCEPTED);
        }
        for (body, key) in [(world.analyze_body(), Some("k")), (world.generate_body(), None)] {
            let mut posts = JoinSet::new();
            for _ in 0..20 {
                let mut request = world.request(Method::POST, "/jobs").json(&body);
                if let Some(key) = key {
                    request = request.header("idempotency-key", key);
                }
                posts.spawn(answer(request));
            }
            let answers = posts.join_all().await;
            if active == 3 || per_minute == 3 {
                let rejected = answers.iter().filter(|(status, _)| *status == StatusCode::TOO_MANY_REQUESTS).count();
                assert_eq!(rejected, if key.is_some() { 0 } else { 20 }, "{active} {per_minute}: {answers:?}");
            } else {
                let ids: std::collections::HashSet<_> =
                    answers.iter().map(|(_, job)| job["jobId"].to_string()).collect();
                assert_eq!(ids.len(), 1, "{answers:?}");
            }
        }
        // Two jobs at first, one with the key, and one more if the limit allows it.
        let expected = if active == 50 { 4 } else { 3 };
        assert_eq!(world.job_count().await, expected);
        let next = post(&world).await;
        if active == 50 {
            assert!(
                next.headers()["ratelimit"].to_str().unwrap().starts_with("\"creates\";r=115;"),
                "five jobs were created"
            );
        }
    }
}

/// The new job takes over the slot of the job that it replaces.
#[tokio::test]
async fn a_replacing_job_needs_no_free_slot() {
    let world = limited(2, 0).await;
    world.create(&world.generate_body()).await;
    world.create(&world.analyze_body()).await;
    let mut body = world.generate_body();
    body["onConflict"] = json!("replace");
    for _ in 0..4 {
        assert_eq!(answer(world.request(Method::POST, "/jobs").json(&body)).await.0, StatusCode::ACCEPTED);
    }
    assert_eq!(post(&world).await.status(), StatusCode::TOO_MANY_REQUESTS);
}

/// Clients of one user create and cancel jobs concurrently. Each request gets a job or 429, never a server error.
#[tokio::test(flavor = "multi_thread")]
async fn concurrent_clients_at_the_limit_get_no_server_error() {
    let world = std::sync::Arc::new(limited(5, 0).await);
    let mut clients = JoinSet::new();
    for _ in 0..20 {
        let world = std::sync::Arc::clone(&world);
        clients.spawn(async move {
            for _ in 0..10 {
                let response = post(&world).await;
                match response.status() {
                    StatusCode::ACCEPTED => {
                        let job: Value = response.json().await.unwrap();
                        let path = format!("/jobs/{}", job["jobId"].as_str().unwrap());
                        answer(world.request(Method::DELETE, &path)).await;
                    }
                    status => assert_eq!(status, StatusCode::TOO_MANY_REQUESTS),
                }
            }
        });
    }
    while let Some(done) = clients.join_next().await {
        done.unwrap();
    }
}
