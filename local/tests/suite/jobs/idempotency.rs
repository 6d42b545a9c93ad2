//! Idempotency keys: a repeated request gets the first response and changes nothing.

use std::collections::HashSet;

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::world::{World, answer, http};

impl World {
    /// Sends a POST with an idempotency key. `path` begins with `/api`.
    async fn post_with_key(&self, user: &str, path: &str, key: &str, body: &Value) -> Response {
        let url = format!("{}{path}", self.runner.url());
        http().post(url).bearer_auth(user).header("idempotency-key", key).json(body).send().await.unwrap()
    }
}

/// Returns the status, whether the response is a replay, and the exact body.
async fn parts(response: Response) -> (StatusCode, bool, String) {
    let replayed = response.headers().get("idempotency-replayed").is_some_and(|value| value == "true");
    (response.status(), replayed, response.text().await.unwrap())
}

const JOBS: &str = "/api/report-builder/jobs";

#[tokio::test(flavor = "multi_thread")]
async fn fifty_concurrent_posts_with_one_key_create_one_job_and_get_the_same_body() {
    let world = World::new().await;
    for body in [world.generate_body(), world.analyze_body()] {
        let before = world.job_count().await;
        let mut posts = JoinSet::new();
        for _ in 0..50 {
            let url = format!("{}{JOBS}", world.runner.url());
            let request = http().post(url).bearer_auth("ada").header("idempotency-key", "\"one\"").json(&body);
            posts.spawn(async move { parts(request.send().await.unwrap()).await });
        }
        let answers = posts.join_all().await;
        let bodies: HashSet<_> = answers.iter().map(|(status, _, body)| (*status, body.clone())).collect();
        if body == world.generate_body() {
            assert_eq!(bodies.len(), 1, "{bodies:?}");
            assert_eq!(bodies.iter().next().unwrap().0, StatusCode::ACCEPTED);
            assert_eq!(
                answers.iter().filter(|(_, replayed, _)| !replayed).count(),
                1,
                "exactly one response is not a replay"
            );
            assert_eq!(world.job_count().await, before + 1);
        } else {
            // The same key with a different body.
            assert!(answers.iter().all(|(status, ..)| *status == StatusCode::UNPROCESSABLE_ENTITY));
            assert_eq!(world.job_count().await, before);
        }
    }
}

#[tokio::test]
async fn a_replay_after_the_job_has_ended_is_the_first_response() {
    let world = World::new().await;
    let body = world.generate_body();
    let first = world.post_with_key("ada", JOBS, "k-1", &body).await;
    let (location, first) = (first.headers()["location"].clone(), parts(first).await);
    world.runner.drain().await.unwrap();
    let again = world.post_with_key("ada", JOBS, "k-1", &body).await;
    assert_eq!(again.headers()["location"], location);
    assert_eq!(parts(again).await, (StatusCode::ACCEPTED, true, first.2.clone()));
    assert!(first.2.contains("PENDING"), "the replay has the status at the time of the first response");

    let other = world.post_with_key("ada", JOBS, "k-1", &world.analyze_body()).await;
    assert_eq!(other.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let problem: Value = other.json().await.unwrap();
    assert_eq!(problem["code"], "IDEMPOTENCY_KEY_REUSED");

    // A key belongs to one user and one route.
    let bob = world.post_with_key("bob", JOBS, "k-1", &body).await;
    assert_eq!(bob.status(), StatusCode::NOT_FOUND, "the document belongs to ada");
    let document = world.post_with_key("ada", "/api/report-builder", "k-1", &json!({"name": "Review"})).await;
    assert_eq!(document.status(), StatusCode::CREATED);

    // After 24 hours the key can be used for a new request.
    world.advance(24 * 3_600 + 1);
    let (status, replayed, later) = parts(world.post_with_key("ada", JOBS, "k-1", &body).await).await;
    assert_eq!((status, replayed), (StatusCode::ACCEPTED, false));
    assert_ne!(later, first.2);
}

/// A failed request has changed nothing, so the client may correct it and use the same key.
#[tokio::test]
async fn responses_of_failed_requests_are_not_stored() {
    let world = World::new().await;
    let mut body = world.generate_body();
    body["type"] = json!("WRITE");
    assert_eq!(world.post_with_key("ada", JOBS, "k", &body).await.status(), StatusCode::BAD_REQUEST);
    let sent = world.post_with_key("ada", JOBS, "k", &world.generate_body()).await;
    assert_eq!(sent.status(), StatusCode::ACCEPTED);
}

#[tokio::test]
async fn invalid_keys_are_rejected() {
    let world = World::new().await;
    for key in ["", "\"\"", "\"open", &"k".repeat(256)] {
        let (status, problem) =
            answer(world.request(Method::POST, "/jobs").header("idempotency-key", key).json(&world.generate_body()))
                .await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::BAD_REQUEST, &json!("Idempotency-Key")));
    }
    let bytes = reqwest::header::HeaderValue::from_bytes(b"\xff\xfe").unwrap();
    let not_ascii = world.request(Method::POST, "/jobs").header("idempotency-key", bytes).json(&world.generate_body());
    assert_eq!(answer(not_ascii).await.0, StatusCode::BAD_REQUEST);
}

/// All other routes whose POST creates something.
#[tokio::test(flavor = "multi_thread")]
async fn every_post_creates_once_for_one_key() {
    let world = World::new().await;
    let document = world.seeded.document.id;
    let written = world.seeded.written();
    world.edit(written, &json!({"content": "Mine."})).await;
    let past = world.runner.store.revisions(&world.user, written, None, 1).await.unwrap();
    let revision = past.items[0].revision.id.to_string();
    let evidence =
        |title: &str| json!({"type": "MANUAL", "title": title, "summary": "", "occurredAt": "2026-10-01T10:00:00Z"});
    let many: Vec<Value> = (0..60).map(|index| evidence(&format!("Number {index}"))).collect();
    let cases = [
        ("/api/report-builder".to_owned(), json!({"name": "Review"})),
        (format!("/api/report-builder/{document}/blocks"), json!({"type": "TEXT", "content": "x".repeat(200_000)})),
        (format!("/api/report-builder/{document}/blocks/{}/history", written.id), json!({"revisionId": revision})),
        ("/api/evidence".to_owned(), evidence("Alone")),
        ("/api/evidence".to_owned(), json!({"items": many})),
        ("/api/goals".to_owned(), json!({"title": "Learn Rust", "status": "ACTIVE"})),
        ("/api/reviews".to_owned(), json!({"year": 2025, "type": "SELF", "content": "Good."})),
    ];
    for (index, (path, body)) in cases.iter().enumerate() {
        let key = format!("key {index}");
        let mut posts = JoinSet::new();
        for _ in 0..8 {
            let url = format!("{}{path}", world.runner.url());
            let request =
                http().post(url).bearer_auth("ada").header("idempotency-key", format!("\"{key}\"")).json(body);
            posts.spawn(async move { parts(request.send().await.unwrap()).await });
        }
        let answers = posts.join_all().await;
        let distinct: HashSet<_> = answers.iter().map(|(status, _, body)| (*status, body)).collect();
        assert_eq!(distinct.len(), 1, "{path}: {distinct:?}");
        assert!(answers[0].0.is_success(), "{path}: {answers:?}");
    }
    let list = |kind: &'static str| {
        let world = &world;
        async move { answer(world.library_as("ada", Method::GET, &format!("{kind}?limit=100"))).await.1 }
    };
    let titles: Vec<String> = list("evidence").await["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["title"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(titles.iter().filter(|title| title.starts_with("Number ")).count(), 60);
    assert_eq!(titles.iter().filter(|title| *title == "Alone").count(), 1);
    let goals = list("goals").await;
    assert_eq!(goals["items"].as_array().unwrap().iter().filter(|goal| goal["title"] == "Learn Rust").count(), 1);
    let (_, documents) = answer(world.request(Method::GET, "")).await;
    assert_eq!(documents["documents"].as_array().unwrap().len(), 2);
    let (_, shown) = answer(world.request(Method::GET, &format!("/{document}"))).await;
    assert_eq!(shown["blocks"].as_array().unwrap().len(), world.seeded.blocks.len() + 1);
    let (_, revisions) = world.content_of(written.id).await;
    assert_eq!(revisions, 3, "what the block was created with, one edit and one restore");
}
