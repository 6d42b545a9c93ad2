//! Many jobs at once through a model that fails in every way.

use std::{sync::Arc, time::Duration};

use domain::{
    ids::BlockId,
    job::{JobStatus, StatusReason},
};
use local::{
    offline_writer::{Behaviour, Gate},
    runner::Options,
};
use rand::{RngExt as _, SeedableRng as _, rngs::SmallRng};
use reqwest::Method;
use serde_json::json;
use tokio::task::JoinSet;

use crate::world::{World, answer};

/// How many jobs ended how.
#[derive(Debug, Default)]
struct Ends {
    completed: usize,
    exhausted: usize,
    /// By a final failure of the call.
    failed: usize,
}

fn background(tune: fn(&mut worker::Config)) -> Options {
    Options { background: true, tune, ..Options::default() }
}

/// Runs `jobs` jobs at once, each with a block of its own, so that a block that was written
/// twice would show. No job may be left, and no failed one may have touched its block.
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

/// Five of six calls fail, for as many calls as there are jobs.
#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_jobs_through_a_bad_hour_all_end_and_none_twice() {
    const JOBS: usize = 200;
    let options = background(|config| {
        config.quick_backoff = Duration::from_millis(1);
        config.heartbeat = Duration::from_millis(200);
        config.terms.backoff = jiff::SignedDuration::from_millis(200);
    });
    let world = Arc::new(World::with(options).await);
    let faults = [
        Behaviour::status(529, "overloaded_error"),
        Behaviour::Cut,
        Behaviour::ErrorEvent("api_error"),
        Behaviour::Garbage,
        Behaviour::status(500, "api_error"),
        Behaviour::Write,
    ];
    world.script((0..JOBS).map(|call| faults[call % faults.len()].clone()));
    let ends = run(&world, JOBS).await;
    assert_eq!((ends.completed + ends.exhausted, ends.failed), (JOBS, 0));
    assert!(ends.completed > JOBS / 2, "the bad hour passes");
}

/// Every way in which a call can fail, final or passing.
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
        Behaviour::Cut,
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

/// A model as slow as a fast one, one of ten calls of which fails at random.
#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_jobs_through_a_slow_and_faulty_model_all_end_and_none_twice() {
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
    assert!(calls * 10 <= JOBS * 12, "{calls} calls: what fails is not asked again and again");
}
