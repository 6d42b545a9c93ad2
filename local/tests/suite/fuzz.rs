//! Requests that nobody has thought of: a fuzzer reads the description of the API, sends what it
//! allows and what it forbids, follows its links, and compares the answers with it.

use std::{collections::BTreeSet, process::Command, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use local::{
    offline_writer::Behaviour,
    openapi,
    runner::{Options, Writer},
};
use serde_json::Value;

use crate::{
    processes::{root, tool},
    world::{World, http},
};

/// How long it may try. `FUZZ_SECONDS` asks for more.
const SECONDS: &str = "75";
/// The same attempts each time, as far as time allows. `FUZZ_SEED` asks for others.
const SEED: &str = "20261125";

#[tokio::test(flavor = "multi_thread")]
async fn a_fuzzer_finds_no_answer_that_the_description_does_not_know() {
    let users = vec!["ada".to_owned(), "bob".to_owned()];
    let writer = Writer::Offline { pace: Duration::from_millis(5) };
    let world = World::with(Options { background: true, users, writer, ..Options::default() }).await;
    // Some jobs fail, so that some can be tried again.
    world.script((0..400).map(|call| if call % 3 == 0 { Behaviour::Refuse } else { Behaviour::Write }));

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
        .args(["--url", &world.runner.url(), "--checks", "all", "--workers", "1", "--no-color"])
        .args(["--max-time", &std::env::var("FUZZ_SECONDS").unwrap_or(SECONDS.to_owned())])
        .args(["--seed", &std::env::var("FUZZ_SEED").unwrap_or(SEED.to_owned())])
        .args(["--report", "ndjson", "--report-ndjson-path"])
        .arg(&events);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let summary = text.find("SUMMARY").map_or(text.as_ref(), |at| &text[at..]);
    println!("{}", if output.status.success() { summary } else { &text });
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    // It is alive, and what it said in all of that held nothing of its insides.
    assert!(http().get(format!("{}/healthz", world.runner.url())).send().await.unwrap().status().is_success());
    let said = std::fs::read_to_string(&events).unwrap();
    let mut statuses = BTreeSet::new();
    for line in said.lines() {
        collect(&serde_json::from_str(line).unwrap(), &mut statuses);
    }
    println!("statuses that were answered: {statuses:?}");
    for status in [200, 201, 202, 400, 401, 404, 405, 409, 412, 415] {
        assert!(statuses.contains(&status), "nothing was answered with {status}: the fuzzer does not reach far");
    }
    assert!(!statuses.iter().any(|status| *status >= 500));
}

/// Statuses of answers, and a look into their bodies.
fn collect(event: &Value, statuses: &mut BTreeSet<u64>) {
    match event {
        Value::Object(fields) => {
            if let (Some(status), Some(_)) = (fields.get("status_code").and_then(Value::as_u64), fields.get("headers"))
            {
                statuses.insert(status);
                let content = fields.get("content").and_then(|content| content["$base64"].as_str()).unwrap_or_default();
                let body = String::from_utf8_lossy(&STANDARD.decode(content).unwrap()).into_owned();
                let about = fields["headers"]["content-type"][0].as_str().unwrap_or_default();
                assert_eq!(status >= 400, about == "application/problem+json", "{status} {about}: {body}");
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
