//! No log line contains evidence, prompts, answers, tokens or keys. The test needs its own process, because a process
//! has only one log.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "tests")]

#[allow(dead_code, reason = "shared with the suite")]
#[path = "suite/world.rs"]
mod world;

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use local::fake_claude::Behaviour;
use serde_json::json;

use tracing_subscriber::{layer::SubscriberExt as _, util::SubscriberInitExt as _};
use world::World;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn logs_name_jobs_and_never_contain_their_content() {
    let log = Log::default();
    let writer = log.clone();
    let lines = tracing_subscriber::fmt::layer().json().with_writer(move || writer.clone());
    // The most verbose level that can be set.
    tracing_subscriber::registry().with(lines).with(runtime::telemetry::filter("trace")).init();

    let world = World::new().await;
    let mut body = world.generate_body();
    body["prompt"] = json!("PROMPT-MARKER");
    let message = "MESSAGE-MARKER";
    world.script([
        Behaviour::status(529, message),
        Behaviour::CloseEarly,
        Behaviour::Write,
        Behaviour::say("ANSWER-MARKER"),
    ]);
    world.run(&body).await;
    world.run(&body).await;
    world.run(&world.refine_body()).await;
    world.edit(world.seeded.written(), &json!({"content": "EDIT-MARKER", "metadata": {"note": "EDIT-MARKER"}})).await;
    let library = |body| {
        let url = format!("{}/api/evidence", world.runner.url());
        world::answer(world::http().post(url).bearer_auth("ada").json(&body))
    };
    let item = json!({"type": "SLACK", "title": "LIBRARY-MARKER", "summary": "LIBRARY-MARKER", "occurredAt": "2026-01-01T00:00:00Z"});
    assert_eq!(library(json!({"items": [item, {"title": "LIBRARY-MARKER"}]})).await.1["rejected"], 1);
    let document =
        json!({"name": "NAME-MARKER", "description": "DESCRIPTION-MARKER", "personName": "PERSON-MARKER", "wrong": 1});
    for body in [&document, &json!({"name": "NAME-MARKER", "personName": "PERSON-MARKER"})] {
        let request = world.request(reqwest::Method::POST, "?wrong=QUERY-MARKER").header("x-note", "HEADER-MARKER");
        world::answer(request.json(body)).await;
        let request = world.request(reqwest::Method::POST, "").header("idempotency-key", "KEY-MARKER");
        world::answer(request.json(body)).await;
    }
    assert!(world.whole_table().await.contains("PERSON-MARKER"));
    let poison = "POISON-MARKER";
    let url = &world.runner.embedded.queue_urls["JobQueue"];
    world.runner.embedded.sqs.send_message().queue_url(url).message_body(poison).send().await.unwrap();
    world.runner.drain().await.unwrap();

    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        text.contains("job ended") && text.contains("request answered") && text.contains("message not understood"),
        "{text}"
    );
    let secrets = [
        "PROMPT-MARKER",
        "ANSWER-MARKER",
        "POISON-MARKER",
        "EDIT-MARKER",
        "LIBRARY-MARKER",
        "NAME-MARKER",
        "DESCRIPTION-MARKER",
        "PERSON-MARKER",
        "QUERY-MARKER",
        "HEADER-MARKER",
        "KEY-MARKER",
        "Retry failed card payments",
        "most important achievements",
        "helped a new colleague",
        "dependable work",
    ];
    for secret in secrets {
        assert!(!text.contains(secret), "the log contains {secret}");
    }
    assert!(!text.contains("\"offline\""), "the log contains the key");
}
