//! Many concurrent jobs with a model that fails in every possible way.

use std::{sync::Arc, time::Duration};

use domain::{
    ids::BlockId,
    job::status::{JobStatus, StatusReason},
};
use local::{
    fake_claude::{Behaviour, Gate},
    runner::RunnerOptions,
};
use rand::{RngExt as _, SeedableRng as _, rngs::SmallRng};
use reqwest::Method;
use serde_json::json;
use tokio::task::JoinSet;

use crate::world::{World, answer};

/// Number of jobs by the way they ended.
#[derive(Debug, Default)]
struct Ends {
    completed: usize,
    exhausted: usize,
    /// Jobs with a permanent failure of a call.
    failed: usize,
}

fn background(tune: fn(&mut worker::Config)) -> RunnerOptions {
    RunnerOptions { background: true, tune, ..RunnerOptions::default() }
}

/// Runs `jobs` concurrent jobs, each with its own block, so that a block that is written twice is noticed. Every job
/// must end, and a failed job must not have changed its block.
async fn run(world: &Arc<World>, jobs: usize) -> Ends {
    let path = format!("/{}/blocks", world.seeded.document.id);
    let mut blocks: Vec<BlockId> = Vec::new();
    for _ in 0..jobs {
        let new = json!({"type": "PROMPT_RESPONSE", "prompt": "What did I do?"});
        let (_, block) = answer(world.request(Method::POST, &path).json(&new)).await;
        blocks.push(block["id"].as_str().unwrap().parse().unwrap());
    }
    let mut posts = JoinSet::new();
    for block in blocks {
        let world = Arc::clone(world);
        posts.spawn(async move {
            let mut body = world.generate_body();
            body["blockId"] = json!(block.to_string());
            (world.create(&body).await, block)
        });
    }
    let mut ends = Ends::default();
    for (id, block) in posts.join_all().await {
        let job = loop {
            let job = world.job(id).await;
            if job.is_finished() {
                break job;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        let (content, revisions) = world.content_of(block).await;
        if job.status() == JobStatus::Completed {
            ends.completed += 1;
            assert!(content.is_some());
            assert_eq!(revisions, 1, "{job:?}");
        } else {
            assert_eq!((content, revisions), (None, 0));
            match job.status_reason() {
                Some(StatusReason::RetriesExhausted) => ends.exhausted += 1,
                Some(StatusReason::Invalid | StatusReason::Refused) => ends.failed += 1,
                other => panic!("{other:?}: {job:?}"),
            }
        }
    }
    println!("{} calls for {jobs} jobs: {ends:?}", world.journal().requests().len());
    ends
}

/// Of the first 200 calls, five of six fail.
#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_jobs_end_exactly_once_despite_an_outage() {
    const JOBS: usize = 200;
    let options = background(|config| {
        config.quick_backoff = Duration::from_millis(1);
        config.heartbeat = Duration::from_millis(200);
        config.policy.backoff = jiff::SignedDuration::from_millis(200);
    });
    let world = Arc::new(World::with(options).await);
    let faults = [
        Behaviour::status(529, "overloaded_error"),
        Behaviour::CloseEarly,
        Behaviour::ErrorEvent("api_error"),
        Behaviour::Garbage,
        Behaviour::status(500, "api_error"),
        Behaviour::Write,
    ];
    world.script((0..JOBS).map(|call| faults[call % faults.len()].clone()));
    let ends = run(&world, JOBS).await;
    assert_eq!((ends.completed + ends.exhausted, ends.failed), (JOBS, 0));
    assert!(ends.completed > JOBS / 2, "most jobs complete after the outage");
}

/// Every way in which a call can fail, permanent or transient.
fn every_fault() -> Vec<Behaviour> {
    let limited = |name, value: &str| Behaviour::Status {
        status: 429,
        kind: "rate_limit_error",
        error_code: None,
        headers: vec![(name, value.to_owned())],
    };
    let spent = Behaviour::Status {
        status: 429,
        kind: "rate_limit_error",
        error_code: Some("enforced_spend_limit_reached"),
        headers: Vec::new(),
    };
    let mut faults = vec![
        limited("retry-after", "1"),
        limited("retry-after-ms", "200"),
        spent,
        Behaviour::ErrorEvent("overloaded_error"),
        Behaviour::CloseEarly,
        Behaviour::Stall(Gate::default()),
        Behaviour::Hold(Gate::default()),
        Behaviour::Refuse,
        Behaviour::Empty,
        Behaviour::Truncate,
        Behaviour::Garbage,
    ];
    let statuses = [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (402, "billing_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
        (408, "timeout_error"),
        (409, "conflict_error"),
        (413, "request_too_large"),
        (500, "api_error"),
        (503, "api_error"),
        (504, "timeout_error"),
        (529, "overloaded_error"),
    ];
    faults.extend(statuses.map(|(status, kind)| Behaviour::status(status, kind)));
    faults
}

/// Each call starts after two seconds, and one call in ten fails at random.
#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_jobs_end_exactly_once_with_a_slow_and_faulty_model() {
    const JOBS: usize = 500;
    let options = background(|config| config.timeouts.idle = Duration::from_secs(6));
    let world = Arc::new(World::with(options).await);
    world.journal().set_latency(Duration::from_secs(2));
    let mut random = SmallRng::seed_from_u64(20_261_124);
    let faults = every_fault();
    world.script((0..4 * JOBS).map(|_| match random.random_bool(0.1) {
        true => faults[random.random_range(0..faults.len())].clone(),
        false => Behaviour::Write,
    }));
    let ends = run(&world, JOBS).await;
    let calls = world.journal().requests().len();
    assert_eq!(ends.completed + ends.exhausted + ends.failed, JOBS);
    assert!(ends.completed * 10 >= JOBS * 9, "{ends:?}");
    assert!(calls * 10 <= JOBS * 12, "{calls} calls: retries add at most a fifth");
}
