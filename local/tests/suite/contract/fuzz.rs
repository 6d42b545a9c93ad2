//! Generated requests: a fuzzer reads the OpenAPI document, sends valid and invalid requests, follows links, and
//! compares the responses with the document.

use std::{collections::BTreeSet, process::Command, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use local::{
    fake_claude::Behaviour,
    openapi,
    runner::{RunnerOptions, Writer},
};
use serde_json::Value;

use crate::{
    processes::{root, tool},
    world::{World, http},
};

/// Requests for each operation in each phase. A count and not a time, so that a fast machine tries what a slow one
/// tries. `FUZZ_EXAMPLES` replaces it.
const EXAMPLES: &str = "60";
/// The statuses that the fuzzer must see.
const WANTED: [u64; 10] = [200, 201, 202, 400, 401, 404, 405, 409, 412, 415];
/// With the same seed, the fuzzer draws the same requests. `FUZZ_SEED` replaces it.
const SEED: &str = "20261125";

#[tokio::test(flavor = "multi_thread")]
async fn a_fuzzer_finds_no_response_that_the_openapi_document_does_not_describe() {
    let users = vec!["ada".to_owned(), "bob".to_owned()];
    let writer = Writer::Offline { pace: Duration::from_millis(5) };
    let world = World::with(RunnerOptions { background: true, users, writer, ..RunnerOptions::default() }).await;
    // Some jobs fail, so that the fuzzer can retry them.
    world.script((0..400).map(|call| if call % 3 == 0 { Behaviour::Refuse } else { Behaviour::Write }));

    let statuses = fuzz(&world).await;
    println!("statuses of all responses: {statuses:?}");
    assert!(!statuses.iter().any(|status| *status >= 500));
    let missing: Vec<_> = WANTED.into_iter().filter(|status| !statuses.contains(status)).collect();
    assert!(missing.is_empty(), "no response has one of the statuses {missing:?}, so the fuzzer tries too little");
    // The service still answers.
    assert!(http().get(format!("{}/healthz", world.runner.url())).send().await.unwrap().status().is_success());
}

/// Runs the fuzzer, which must find nothing wrong. Returns the statuses of the responses.
async fn fuzz(world: &World) -> BTreeSet<u64> {
    let work = root().join("target/fuzz");
    std::fs::create_dir_all(&work).unwrap();
    let events = work.join("events.ndjson");
    let mut command = Command::new(tool("fuzz/bin/schemathesis"));
    command
        .current_dir(&work)
        .env("SCHEMATHESIS_HOOKS", root().join("local/tests/fuzz/hooks.py"))
        .env("FUZZ_DOCUMENT", world.seeded.document.id.to_string())
        .env("FUZZ_BLOCK", world.seeded.unwritten().id.to_string())
        .arg("--config-file")
        .arg(root().join("local/tests/fuzz/schemathesis.toml"))
        .arg("run")
        .arg(root().join(openapi::FILE))
        // One worker: CPython 3.11 counts the recursion of its compiler for all threads together, and fails when two
        // of them compile at once.
        .args(["--url", &world.runner.url(), "--workers", "1", "--no-color"])
        .args(["--max-examples", &std::env::var("FUZZ_EXAMPLES").unwrap_or(EXAMPLES.to_owned())])
        .args(["--seed", &std::env::var("FUZZ_SEED").unwrap_or(SEED.to_owned())])
        // What an earlier run found is not tried again: it depends on the machine.
        .args(["--generation-database", "none"])
        .args(["--report", "ndjson", "--report-ndjson-path"])
        .arg(&events);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let from = |heading| text.find(heading).map_or(text.as_ref(), |at| &text[at..]);
    assert!(output.status.success(), "{}{}", from("FAILURES"), String::from_utf8_lossy(&output.stderr));
    println!("{}", from("SUMMARY"));
    // No response contains internal details.
    let mut statuses = BTreeSet::new();
    for line in std::fs::read_to_string(&events).unwrap().lines() {
        collect(&serde_json::from_str(line).unwrap(), &mut statuses);
    }
    statuses
}

/// Collects the statuses of the responses and checks their bodies.
fn collect(event: &Value, statuses: &mut BTreeSet<u64>) {
    match event {
        Value::Object(fields) => {
            if let (Some(status), Some(_)) = (fields.get("status_code").and_then(Value::as_u64), fields.get("headers"))
            {
                statuses.insert(status);
                let content = fields.get("content").and_then(|content| content["$base64"].as_str()).unwrap_or_default();
                let body = String::from_utf8_lossy(&STANDARD.decode(content).unwrap()).into_owned();
                let media_type = fields["headers"]["content-type"][0].as_str().unwrap_or_default();
                assert_eq!(status >= 400, media_type == "application/problem+json", "{status} {media_type}: {body}");
                for inside in
                    ["panicked at", "stack backtrace", "amazonaws", "DynamoDB", "ValidationException", "src/lib.rs"]
                {
                    assert!(!body.contains(inside), "{body}");
                }
            }
            fields.values().for_each(|value| collect(value, statuses));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, statuses)),
        _ => {}
    }
}
