//! The worker against third-party mocks of the Messages API.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use local::runner::{RunnerOptions, Writer};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    processes::{Running, free_port, root, tool},
    world::{World, answer, http},
};

/// Starts a mock, and a runner that calls it instead of Claude.
async fn world_of(mut command: Command, port: u16, path: &str) -> (World, Running) {
    command.stderr(Stdio::null());
    let mock = tokio::task::spawn_blocking(move || Running::start(command, port)).await.unwrap();
    let writer = Writer::Claude { key: "sk-test".to_owned(), base_url: Some(format!("http://127.0.0.1:{port}{path}")) };
    // A mock may be silent for a while on a busy machine. The one that stalls is silent for twice as long.
    let tune: fn(&mut worker::Config) = |config| config.timeouts.idle = Duration::from_secs(10);
    (World::with(RunnerOptions { writer, background: true, tune, ..RunnerOptions::default() }).await, mock)
}

/// Runs a job in real time, including all waits, and returns it as the API shows it.
async fn run(world: &World, prompt: &str) -> Value {
    let mut body = world.generate_body();
    body["prompt"] = json!(prompt);
    let id = world.create(&body).await;
    loop {
        let job = world.job(id).await;
        if job.is_finished() {
            return world.shown(id).await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn get(url: &str) -> Value {
    answer(http().get(url)).await.1
}

#[tokio::test(flavor = "multi_thread")]
async fn llmock_finds_no_wrong_retry_for_any_injected_fault() {
    let port = free_port();
    let mut command = Command::new(tool("peers/bin/llmock"));
    command.args(["serve", "--host", "127.0.0.1", "--port", &port.to_string(), "--log-level", "error"]);
    let (world, _mock) = world_of(command, port, "/anthropic").await;
    let admin = format!("http://127.0.0.1:{port}/_llmock");

    let fail = |status: u16, times: u32| json!({"type": "fail", "status": status, "times": times});
    let limited = |seconds: f64| json!({"type": "fail", "status": 429, "retry_after": seconds});
    let stream = |kind: &str| json!({"type": "stream_fault", "kind": kind, "after_chunks": 4, "stall_seconds": 20.0});
    // The injected fault, the expected end of the job, and the expected number of calls.
    let done = ("COMPLETED", Value::Null);
    let cases = [
        ("nothing", vec![], done.clone(), 1),
        ("401", vec![fail(401, 1)], ("FAILED", json!("MODEL_KEY_REJECTED")), 1),
        ("413 once: half of the evidence", vec![fail(413, 1)], done.clone(), 2),
        ("413", vec![fail(413, 4)], ("FAILED", json!("PROMPT_TOO_LARGE")), 4),
        // The mock sends both headers: `retry-after-ms` with the exact time, and `retry-after` in whole seconds.
        ("429, waited for here", vec![limited(0.4), limited(0.8)], done.clone(), 3),
        ("429, waited for in the queue", vec![limited(9.0)], done.clone(), 2),
        ("500", vec![fail(500, 2)], done.clone(), 3),
        ("504", vec![fail(504, 1)], done.clone(), 2),
        ("529", vec![fail(529, 2)], done.clone(), 3),
        ("disconnect", vec![stream("disconnect")], done.clone(), 2),
        ("truncate", vec![stream("truncate")], done.clone(), 2),
        ("malformed", vec![stream("malformed")], done.clone(), 2),
        ("stall", vec![stream("stall")], done, 2),
    ];
    let mut calls_before = 0;
    for (name, behaviors, (status, code), calls) in cases {
        if !behaviors.is_empty() {
            let (_, queued) =
                answer(http().post(format!("{admin}/scenario")).json(&json!({"behaviors": behaviors}))).await;
            assert_eq!(queued["queued"], behaviors.len(), "{queued}");
        }
        let job = run(&world, name).await;
        assert_eq!((&job["status"], &job["problem"]["code"]), (&json!(status), &code), "{name}: {job}");
        let count = get(&format!("{admin}/requests")).await["count"].as_u64().unwrap();
        assert_eq!(count - calls_before, calls, "{name}");
        println!("  {name:<32} {status:<9} {calls} calls  {}", job["error"].as_str().unwrap_or_default());
        calls_before = count;
    }
    let verdict = get(&format!("{admin}/verdict")).await;
    println!("  {verdict}");
    // The mock does not see that the worker stopped reading, if the rest of its answer was sent already. That the worker
    // called again after the malformed chunk stands above.
    let is_wrong = |finding: &&Value| finding["code"] != "malformed_chunk_ignored";
    assert_eq!(verdict["passed"], true, "{verdict}");
    assert_eq!(verdict["findings"].as_array().unwrap().iter().filter(is_wrong).count(), 0, "{verdict}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fixtures_of_aimock_end_as_expected() {
    let port = free_port();
    let mut command = Command::new("node");
    command.arg(tool("node/node_modules/@copilotkit/aimock/dist/cli.js"));
    command.args(["--strict", "--port", &port.to_string(), "--fixtures"]);
    command.arg(root().join("local/tests/suite/worker/aimock.json"));
    let (world, _mock) = world_of(command, port, "").await;

    let text = "I made retries safe, and ünïcode with them.";
    // The prompt of the fixture, the expected end of the job, and the expected number of calls.
    let cases = [
        ("CASE-MAX-TOKENS", "COMPLETED", json!("TRUNCATED"), json!("I made retries"), 1),
        ("CASE-THINKING", "COMPLETED", Value::Null, json!(text), 1),
        ("CASE-REFUSAL", "FAILED", json!("REFUSED"), Value::Null, 1),
        ("CASE-FAILS-TWICE", "COMPLETED", Value::Null, json!(text), 3),
    ];
    let journal = format!("http://127.0.0.1:{port}/__aimock/journal");
    let mut calls_before = 0;
    for (prompt, status, reason, content, calls) in cases {
        let job = run(&world, prompt).await;
        assert_eq!((&job["status"], &job["statusReason"]), (&json!(status), &reason), "{prompt}: {job}");
        assert_eq!(job["result"]["content"], content, "{prompt}");
        let (_, shown) = answer(world.request(Method::GET, &format!("/jobs/{}", job["jobId"].as_str().unwrap()))).await;
        assert!(!shown.to_string().contains("THOUGHTS"), "the API does not show thinking");
        let entries = get(&journal).await.as_array().unwrap().len();
        assert_eq!(entries - calls_before, calls, "{prompt}");
        calls_before = entries;
    }
}
