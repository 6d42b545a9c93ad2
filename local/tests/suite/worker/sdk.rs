//! The official Python SDK reads the offline writer, and its types accept the requests of the worker.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use local::fake_claude::Behaviour;
use serde_json::{Value, json};

use crate::{
    processes::{root, tool},
    world::World,
};

/// Runs a program with `input` on standard input. Returns its output, which must be JSON.
pub fn run(mut command: Command, input: &Value) -> Value {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{command:?} failed");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_official_sdk_reads_the_offline_writer_and_accepts_what_the_worker_sends() {
    let world = World::new().await;
    let jobs = [
        world.run(&world.generate_body()).await,
        world.run(&world.refine_body()).await,
        world.run(&world.analyze_body()).await,
    ];
    let bodies = world.journal().requests();
    assert_eq!(bodies.len(), 3);

    let errors = [
        (Behaviour::status(401, "authentication_error"), "AuthenticationError", 401, "authentication_error"),
        (Behaviour::status(413, "request_too_large"), "ContentTooLargeError", 413, "request_too_large"),
        (Behaviour::status(429, "rate_limit_error"), "RateLimitError", 429, "rate_limit_error"),
        (Behaviour::status(529, "overloaded_error"), "OverloadedError", 529, "overloaded_error"),
        // An error inside a stream has the status of the response.
        (Behaviour::ErrorEvent("api_error"), "APIStatusError", 200, "api_error"),
    ];
    world.script([Behaviour::Write, Behaviour::Write, Behaviour::Write]);
    world.script(errors.iter().map(|(behaviour, ..)| behaviour.clone()));
    let input = json!({
        "bodies": bodies,
        "errors": errors.len(),
        "baseUrl": world.runner.writer.as_ref().unwrap().base_url(),
    });
    let mut python = Command::new(tool("peers/bin/python"));
    python.arg(root().join("local/tests/sdk/check.py"));
    let understood = tokio::task::spawn_blocking(move || run(python, &input)).await.unwrap();

    for ((_, class, status, kind), error) in errors.iter().zip(understood["errors"].as_array().unwrap()) {
        assert_eq!(error, &json!({"class": class, "status": status, "type": kind}));
    }
    let messages = understood["messages"].as_array().unwrap();
    for (job, message) in jobs.iter().zip(messages) {
        let blocks = message["content"].as_array().unwrap();
        assert_eq!((&blocks[0]["type"], &blocks[0]["signature"]), (&json!("thinking"), &json!("offline")));
        assert_eq!((&message["stop_reason"], &message["model"]), (&json!("end_turn"), &json!("offline-writer")));
        let usage = &message["usage"];
        assert_eq!(usage["output_tokens"], job["usage"]["outputTokens"]);
        assert!(usage["cache_read_input_tokens"].as_u64().unwrap() > 0, "the worker wrote the cache: {usage}");
        assert!(usage["cache_creation"]["ephemeral_5m_input_tokens"].is_u64());
        let text: String = blocks.iter().filter_map(|block| block["text"].as_str()).collect();
        match job["result"]["content"].as_str() {
            Some(content) => {
                assert_eq!(text.trim(), content);
                let cited: usize = blocks.iter().filter_map(|block| Some(block["citations"].as_array()?.len())).sum();
                assert_eq!(cited, job["result"]["citations"].as_array().unwrap().len());
                let first = blocks.iter().find_map(|block| block["citations"].get(0)).unwrap();
                assert_eq!(first["type"], "content_block_location");
                let quoted = job["result"]["citations"][0]["citedText"].as_str().unwrap();
                let cited = first["cited_text"].as_str().unwrap();
                assert!(cited.contains(quoted.trim_matches('…')), "{quoted} is no part of: {cited}");
            }
            None => assert!(serde_json::from_str::<Value>(&text).unwrap()["themes"].is_array()),
        }
    }
}
