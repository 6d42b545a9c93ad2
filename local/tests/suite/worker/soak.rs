//! Many concurrent jobs, over HTTP, with a model that has an outage. `local/faults` has every other way to fail.

use std::{sync::Arc, time::Duration};

use domain::{
    ids::BlockId,
    job::status::{JobStatus, StatusReason},
};
use local::{fake_claude::Behaviour, runner::RunnerOptions};
use reqwest::Method;
use serde_json::json;
use tokio::task::JoinSet;

use crate::world::{World, answer};

/// Of the first 200 calls, five of six fail. Each job has its own block, so that a block that is written twice is noticed.
#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_jobs_end_exactly_once_despite_an_outage() {
    const JOBS: usize = 200;
    let tune = |config: &mut worker::Config| {
        config.quick_backoff = Duration::from_millis(1);
        config.heartbeat = Duration::from_millis(200);
        config.policy.backoff = jiff::SignedDuration::from_millis(200);
    };
    let world = Arc::new(World::with(RunnerOptions { background: true, tune, ..RunnerOptions::default() }).await);
    let faults = [
        Behaviour::status(529, "overloaded_error"),
        Behaviour::CloseEarly,
        Behaviour::ErrorEvent("api_error"),
        Behaviour::Garbage,
        Behaviour::status(500, "api_error"),
        Behaviour::Write,
    ];
    world.script((0..JOBS).map(|call| faults[call % faults.len()].clone()));
    let path = format!("/{}/blocks", world.seeded.document.id);
    let mut blocks: Vec<BlockId> = Vec::new();
    for _ in 0..JOBS {
        let new = json!({"type": "PROMPT_RESPONSE", "prompt": "What did I do?"});
        let (_, block) = answer(world.request(Method::POST, &path).json(&new)).await;
        blocks.push(block["id"].as_str().unwrap().parse().unwrap());
    }
    let mut posts = JoinSet::new();
    for block in blocks {
        let world = Arc::clone(&world);
        posts.spawn(async move {
            let mut body = world.generate_body();
            body["blockId"] = json!(block.to_string());
            (world.create(&body).await, block)
        });
    }
    let mut completed = 0;
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
            completed += 1;
            assert!(content.is_some());
            assert_eq!(revisions, 1, "{job:?}");
        } else {
            assert_eq!((content, revisions), (None, 0));
            assert_eq!(job.status_reason(), Some(StatusReason::RetriesExhausted), "{job:?}");
        }
    }
    println!("{completed} of {JOBS} jobs completed, with {} calls", world.journal().requests().len());
    assert!(completed > JOBS / 2, "most jobs complete after the outage");
}
