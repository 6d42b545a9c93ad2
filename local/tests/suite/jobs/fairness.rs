//! One user with as many slow jobs as the limit allows, and 200 others with one job each.
//!
//! Time is turned: each healthy job takes its worker for half a minute, and each slow job takes it until the end. Untested is
//! what rests on SQS alone: with fair queues it delivers the messages of a user with a long queue after those of others. Here
//! messages come in the order in which they were sent.

use std::collections::BTreeMap;

use domain::ids::UserId;
use local::{
    fake_claude::{Behaviour, Gate},
    runner::RunnerOptions,
};
use queue::JobMessage;
use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::task::JoinSet;

use crate::world::{World, answer};

const OTHERS: usize = 200;
/// The limit on jobs in flight, by default.
const SLOW_JOBS: usize = 25;
/// Workers, by default.
const PLACES: usize = 50;
const HALF_A_MINUTE: i64 = 30;

#[derive(Clone, Copy)]
enum Slow {
    /// No slow user.
    Nobody,
    Singly,
    ByDocument,
}

/// Creates the slow jobs and returns how many workers they hold.
async fn hold_workers(world: &World, slow: Slow, gate: &Gate, running: &mut JoinSet<()>) -> usize {
    world.script((0..SLOW_JOBS).map(|_| Behaviour::Stall(gate.clone())));
    let (_, document) = answer(world.request(Method::POST, "").json(&json!({"name": "Slow"}))).await;
    let document = document["id"].as_str().unwrap();
    for number in 0..SLOW_JOBS {
        let new = json!({"type": "PROMPT_RESPONSE", "prompt": format!("Part {number}?")});
        let (_, block) = answer(world.request(Method::POST, &format!("/{document}/blocks")).json(&new)).await;
        if matches!(slow, Slow::Singly) {
            world.create(&json!({"type": "GENERATE", "documentId": document, "blockId": block["id"]})).await;
        }
    }
    if matches!(slow, Slow::ByDocument) {
        let all = world.request(Method::POST, &format!("/{document}/jobs")).json(&json!({"type": "GENERATE"}));
        assert_eq!(answer(all).await.0, StatusCode::ACCEPTED);
    }
    // The limit allows no more.
    let one_more = world.request(Method::POST, "/jobs").json(&world.analyze_body());
    assert_eq!(answer(one_more).await.0, StatusCode::TOO_MANY_REQUESTS);
    let mut held = 0;
    loop {
        let message = world.runner.jobs.receive(0).await.unwrap();
        if message.is_empty() {
            break;
        }
        held += 1;
        let jobs = world.runner.jobs.clone();
        running.spawn(async move { jobs.invoke(message).await.unwrap() });
    }
    for _ in 0..SLOW_JOBS {
        gate.arrived().await;
    }
    held
}

/// The slow calls stay silent for as long as the test takes.
fn patient(config: &mut worker::Config) {
    config.timeouts.idle = std::time::Duration::from_secs(3_600);
}

/// When each of the others starts, in seconds, and the workers that the slow user holds.
async fn starts(slow: Slow, places: usize) -> (BTreeMap<UserId, i64>, usize) {
    let parameters = [("MaxActiveJobs".to_owned(), SLOW_JOBS.to_string())].into();
    let world = World::with(RunnerOptions { parameters, tune: patient, ..RunnerOptions::default() }).await;
    let (gate, mut running) = (Gate::default(), JoinSet::new());
    let held = match slow {
        Slow::Nobody => 0,
        _ => hold_workers(&world, slow, &gate, &mut running).await,
    };
    for number in 0..OTHERS {
        let name = format!("user-{number:03}");
        let (_, document) = answer(world.request_as(&name, Method::POST, "").json(&json!({"name": "Review"}))).await;
        let body = json!({"type": "ANALYZE", "documentId": document["id"]});
        let (status, job) = answer(world.request_as(&name, Method::POST, "/jobs").json(&body)).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{job}");
    }
    let (mut starts, mut waited) = (BTreeMap::new(), 0);
    while starts.len() < OTHERS {
        let mut round = JoinSet::new();
        while round.len() < places - held {
            let messages = world.runner.jobs.receive(0).await.unwrap();
            let Some(message) = messages.first() else { break };
            let message = JobMessage::from_body(message.body().unwrap()).unwrap();
            starts.insert(message.user, waited);
            let jobs = world.runner.jobs.clone();
            round.spawn(async move { jobs.invoke(messages).await.unwrap() });
        }
        assert!(!round.is_empty(), "every message arrives");
        round.join_all().await;
        world.advance(HALF_A_MINUTE);
        waited += HALF_A_MINUTE;
    }
    assert_eq!(
        world.journal().requests().len(),
        OTHERS + if held > 0 { SLOW_JOBS } else { 0 },
        "every job was written"
    );
    gate.open();
    running.join_all().await;
    (starts, held)
}

fn print(title: &str, starts: &BTreeMap<UserId, i64>) {
    let mut counts = BTreeMap::<i64, usize>::new();
    for wait in starts.values() {
        *counts.entry(*wait).or_default() += 1;
    }
    let counts: Vec<String> = counts.iter().map(|(wait, jobs)| format!("{jobs} after {wait} s")).collect();
    println!("{title}: {}", counts.join(", "));
}

#[tokio::test]
async fn jobs_of_others_start_as_early_as_without_a_slow_user() {
    for (slow, title) in [(Slow::Singly, "sent singly"), (Slow::ByDocument, "sent by document")] {
        let (with, held) = starts(slow, PLACES).await;
        let (without, _) = starts(Slow::Nobody, PLACES - held).await;
        assert!(held < PLACES, "places are left");
        print(&format!("{SLOW_JOBS} slow jobs {title} hold {held} of {PLACES} workers; {OTHERS} others start"), &with);
        print(&format!("without them, on {} workers", PLACES - held), &without);
        assert_eq!(with, without);
    }
}
