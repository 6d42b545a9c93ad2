//! Budgets of a day: what is spent and reserved never exceeds them.

use domain::{
    budget,
    job::status::{JobStatus, StatusReason},
    price::ModelPrice,
};
use local::{
    fake_claude::{Behaviour, Gate, RawResponse},
    runner::RunnerOptions,
};
use queue::JobMessage;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    dynamodb_proxy::{Fault, proxied_store},
    messages::{event, record},
    world::{World, answer, options, seed},
};

/// Dear tokens, so that a dollar pays for some forty jobs. A call can cost $0.10 for its output.
fn tune(config: &mut worker::Config) {
    (options().tune)(config);
    let price = ModelPrice {
        input: 10.0,
        output: 100.0,
        cache_write_5m: 10.0,
        cache_write_1h: 10.0,
        cache_read: 1.0,
        long_prompt: None,
    };
    config.prices.0.insert(local::fake_claude::MODEL.to_owned(), price);
    config.model.model = local::fake_claude::MODEL.to_owned();
    config.model.max_tokens = 1_024;
}

async fn world_with(user: u32, service: u32) -> World {
    let parameters = [("MaxSpendPerUserPerDay", user), ("MaxSpendPerDay", service)];
    let parameters = parameters.map(|(name, dollars)| (name.to_owned(), dollars.to_string())).into();
    World::with(RunnerOptions { tune, parameters, ..options() }).await
}

impl World {
    async fn spent(&self) -> u64 {
        let mut spent = 0;
        let filter = store::jobs::list::JobFilter::default();
        let mut after = None;
        loop {
            let page = self.runner.store.jobs(&self.user, &filter, 100, after).await.unwrap();
            spent +=
                page.items.iter().filter_map(|job| job.usage.total()).map(|usage| usage.cost_micro_usd).sum::<u64>();
            after = page.next.and_then(|next| next.parse().ok());
            if after.is_none() {
                return spent;
            }
        }
    }

    async fn committed(&self) -> budget::Committed {
        self.runner.store.committed(&self.user, self.runner.clock.now()).await.unwrap()
    }

    /// Turns the clock to a minute after midnight, so that a test does not cross a day.
    fn turn_to_a_new_day(&self) {
        let now = self.runner.clock.now();
        self.advance(budget::reset_at(budget::day_of(now)).duration_since(now).as_secs() + 60);
    }

    async fn usage(&self) -> Value {
        answer(self.request(Method::GET, "/usage")).await.1
    }
}

#[tokio::test]
async fn what_a_day_costs_is_counted_once_and_shown() {
    let world = world_with(5, 20).await;
    world.turn_to_a_new_day();
    world.run(&world.generate_body()).await;
    world.run(&world.analyze_body()).await;
    // An attempt that has called three times in vain costs nothing, and the next one pays.
    world.script(vec![Behaviour::status(529, "overloaded_error"); 3]);
    world.run(&world.refine_body()).await;
    let spent = world.spent().await;
    assert!(spent > 0);
    let committed = world.committed().await;
    assert_eq!((committed.user, committed.service), (spent, spent), "every reservation is settled");
    let usage = world.usage().await;
    let rows = usage["usage"].as_array().unwrap();
    let types: Vec<&str> = rows.iter().map(|row| row["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["GENERATE", "REFINE", "ANALYZE"], "{usage}");
    assert_eq!(rows.iter().map(|row| row["costMicroUsd"].as_u64().unwrap()).sum::<u64>(), spent);
    assert_eq!(rows.iter().map(|row| row["calls"].as_u64().unwrap()).sum::<u64>(), 3, "{usage}");
    assert_eq!(usage["leftMicroUsd"], json!(5_000_000 - spent));
    assert_eq!(usage["resetAt"].as_str().unwrap().len(), "2026-11-27T00:00:00Z".len());

    let others = answer(world.request_as("bob", Method::GET, "/usage")).await.1;
    assert_eq!((&others["usage"], &others["leftMicroUsd"]), (&json!([]), &json!(5_000_000)));
    let (status, wrong) = answer(world.request(Method::GET, "/usage?from=2026-12-01&to=2026-11-01")).await;
    assert_eq!((status, &wrong["errors"][0]["pointer"]), (StatusCode::BAD_REQUEST, &json!("?from")));
}

/// Hidden thinking is billed and stands in no event before the end.
#[tokio::test]
async fn a_call_that_is_cut_keeps_its_reservation() {
    for behaviour in [Behaviour::CloseEarly, Behaviour::Garbage] {
        let world = world_with(5, 20).await;
        world.turn_to_a_new_day();
        world.script([behaviour]);
        assert_eq!(world.run(&world.generate_body()).await["status"], "COMPLETED");
        let (spent, committed) = (world.spent().await, world.committed().await);
        assert_eq!(committed.user, committed.service);
        assert!(committed.user > spent + 60_000, "{} committed, {spent} spent", committed.user);
    }
    let world = world_with(5, 20).await;
    world.turn_to_a_new_day();
    let gate = Gate::default();
    world.script([Behaviour::Hold(gate.clone())]);
    let id = world.create(&world.generate_body()).await;
    let (drained, ()) = tokio::join!(world.runner.drain(), async {
        gate.arrived().await;
        answer(world.request(Method::DELETE, &format!("/jobs/{id}"))).await;
    });
    drained.unwrap();
    assert!(world.committed().await.user > 100_000, "a cancel before the first event");
}

#[tokio::test]
async fn an_error_in_place_of_a_message_keeps_no_reservation() {
    let world = world_with(5, 20).await;
    world.turn_to_a_new_day();
    let event =
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}\n\n";
    world.script([Behaviour::Raw(RawResponse {
        status: 200,
        headers: vec![("content-type".to_owned(), "text/event-stream".to_owned())],
        chunks: vec![event.as_bytes().to_vec()],
    })]);
    assert_eq!(world.run(&world.generate_body()).await["status"], "COMPLETED");
    assert_eq!((world.committed().await.user, world.journal().requests().len()), (world.spent().await, 2));
}

#[tokio::test]
async fn a_spent_budget_rejects_new_jobs_until_the_next_day() {
    let world = world_with(1, 0).await;
    world.turn_to_a_new_day();
    let store = &world.runner.store;
    let day = budget::day_of(world.runner.clock.now());
    let budgets = budget::Budgets { user: Some(1_000_000), service: None };
    store.reserve(&world.user, day, 1_000_000, budgets).await.unwrap();

    let (status, problem) = answer(world.request(Method::POST, "/jobs").json(&world.generate_body())).await;
    assert_eq!((status, &problem["code"]), (StatusCode::TOO_MANY_REQUESTS, &json!("BUDGET_EXCEEDED")), "{problem}");
    assert_eq!(problem["resetAt"], json!(budget::reset_at(day)), "{problem}");
    let path = format!("/{}/jobs", world.seeded.document.id);
    let many = world.request(Method::POST, &path).json(&json!({"type": "GENERATE"}));
    assert_eq!(answer(many).await.1["code"], "BUDGET_EXCEEDED");
    assert_eq!(world.job_count().await, 0);

    world.turn_to_a_new_day();
    assert_eq!(world.run(&world.generate_body()).await["status"], "COMPLETED");
}

#[tokio::test]
async fn a_call_that_the_budget_does_not_hold_is_not_made() {
    // The output alone may cost ten cents, and nothing is left of the budget of the service but five.
    let world = world_with(5, 1).await;
    world.turn_to_a_new_day();
    let day = budget::day_of(world.runner.clock.now());
    let budgets = budget::Budgets { user: None, service: Some(1_000_000) };
    let bob = crate::world::user("bob");
    world.runner.store.reserve(&bob, day, 950_000, budgets).await.unwrap();
    let job = world.run(&world.generate_body()).await;
    assert_eq!((&job["status"], &job["statusReason"]), (&json!("FAILED"), &json!("BUDGET_EXCEEDED")), "{job}");
    assert_eq!((&job["problem"]["code"], &job["problem"]["retryable"]), (&json!("BUDGET_EXCEEDED"), &json!(true)));
    assert!(world.journal().requests().is_empty());
    assert_eq!(world.committed().await.user, 0, "what the other budget had granted is given back");
}

/// Every job that a worker has claimed when the budget of the service ends is the last one of that worker.
#[tokio::test]
async fn a_stop_of_the_service_takes_effect_within_one_job() {
    let world = world_with(0, 1).await;
    world.turn_to_a_new_day();
    let bobs = seed(&world.runner, "bob").await;
    let gate = Gate::default();
    world.script([Behaviour::Hold(gate.clone())]);
    let running = world.create(&world.generate_body()).await;
    let message = world.runner.jobs.receive(0).await.unwrap();
    let (invoked, ()) = tokio::join!(world.runner.jobs.invoke(message), async {
        gate.arrived().await;
        let day = budget::day_of(world.runner.clock.now());
        let left = 1_000_000 - world.committed().await.service;
        let budgets = budget::Budgets { user: None, service: Some(1_000_000) };
        world.runner.store.reserve(&world.user, day, left, budgets).await.unwrap();
        gate.open();
    });
    invoked.unwrap();
    assert_eq!(world.job(running).await.status(), JobStatus::Completed, "a call that has begun is not cut off");
    let body = json!({"type": "ANALYZE", "documentId": bobs.document.id});
    let (status, _) = answer(world.request_as("bob", Method::POST, "/jobs").json(&body)).await;
    assert!(status == StatusCode::ACCEPTED || status == StatusCode::TOO_MANY_REQUESTS);
    let next = world.create_beside().await;
    world.runner.drain().await.unwrap();
    assert_eq!(world.job(next).await.status_reason(), Some(StatusReason::BudgetExceeded));
    assert_eq!(world.journal().requests().len(), 1);
}

/// The job ends while the answer to its reservation is on its way.
#[tokio::test]
async fn a_reservation_that_nobody_waits_for_is_given_back() {
    let world = world_with(5, 20).await;
    let (store, proxy) = proxied_store(&world, Fault::HoldReservations).await;
    let mut worker = world.runner.functions.worker.clone();
    worker.store = store;
    let id = world.create(&world.generate_body()).await;
    world.advance(597);
    let body = JobMessage::new(world.user.clone(), [id], None).to_body();
    let run = worker::handle(&worker, event(vec![record("m", body)]), std::time::Duration::from_secs(300));
    tokio::join!(run, async {
        proxy.held().await;
        proxy.held().await;
        assert!(world.committed().await.user > 100_000, "it is made");
        while world.job(id).await.status_reason() != Some(StatusReason::TimedOut) {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        proxy.release();
    });
    assert!(world.journal().requests().is_empty());
    let committed = world.committed().await;
    assert_eq!((committed.user, committed.service), (0, 0));
}

#[tokio::test]
async fn a_worker_that_dies_leaves_its_reservation() {
    let world = world_with(1, 1).await;
    world.turn_to_a_new_day();
    let gate = Gate::default();
    world.script([Behaviour::Hold(gate.clone())]);
    let id = world.create(&world.generate_body()).await;
    let body = JobMessage::new(world.user.clone(), [id], None).to_body();
    let run = worker::handle(
        &world.runner.functions.worker,
        event(vec![record("m", body)]),
        std::time::Duration::from_secs(300),
    );
    tokio::select! {
        _ = run => panic!("it waits"),
        () = gate.arrived() => {}
    }
    assert!(world.committed().await.user > 100_000, "the call may have been billed");
}

/// An hour of a client that does all it can: single jobs and whole documents, long texts to refine, retries, replacements,
/// cancels in the middle of a call, answers that break off or are of no use, and every message twice.
#[tokio::test]
async fn an_hour_at_full_rate_costs_at_most_the_budget_and_one_job() {
    const BUDGET: u64 = 1_000_000;
    let world = world_with(1, 0).await;
    world.turn_to_a_new_day();
    let path = format!("/{}/jobs", world.seeded.document.id);
    world.edit(world.seeded.written(), &json!({"content": "A sentence about payments. ".repeat(400)})).await;
    let (mut accepted, mut rejected) = (0, 0);
    for minute in 0..60 {
        world.advance(60);
        world.journal().clear_script();
        let gate = Gate::default();
        world.script(match minute % 5 {
            0 => vec![Behaviour::CloseEarly; 4],
            1 => vec![Behaviour::Empty, Behaviour::Garbage, Behaviour::Truncate, Behaviour::Refuse],
            2 => vec![Behaviour::status(529, "overloaded_error"); 4],
            3 => vec![Behaviour::Hold(gate.clone())],
            _ => Vec::new(),
        });
        let mut replacing = world.refine_body();
        replacing["onConflict"] = json!("replace");
        let all = json!({"type": "GENERATE", "only": "ALL", "onConflict": "replace"});
        for request in [
            world.request(Method::POST, "/jobs").json(&replacing),
            world.request(Method::POST, "/jobs").json(&world.analyze_body()),
            world.request(Method::POST, &path).json(&all),
        ] {
            let (status, body) = answer(request).await;
            match status {
                StatusCode::ACCEPTED => accepted += 1,
                StatusCode::TOO_MANY_REQUESTS => rejected += 1,
                _ => panic!("{status}: {body}"),
            }
        }
        for job in world.runner.store.jobs_in_flight(&world.user, world.seeded.document.id).await.unwrap() {
            let twice = JobMessage::new(world.user.clone(), [job.id], None);
            world.runner.queue.send(&twice, None).await.unwrap();
        }
        if minute % 5 == 3 {
            let messages = world.runner.jobs.receive(0).await.unwrap();
            if !messages.is_empty() {
                tokio::select! {
                    invoked = world.runner.jobs.invoke(messages) => invoked.unwrap(),
                    () = async {
                        gate.arrived().await;
                        answer(world.request(Method::DELETE, &path)).await;
                        std::future::pending::<()>().await;
                    } => {}
                }
            }
            gate.open();
        }
        world.runner.drain().await.unwrap();
    }
    let (spent, committed) = (world.spent().await, world.committed().await.user);
    println!("an hour: {accepted} requests accepted, {rejected} rejected, ${:.2} spent", spent as f64 / 1e6);
    assert!(committed <= BUDGET && spent <= BUDGET, "{spent} spent, {committed} committed");
    assert!(committed > BUDGET * 4 / 5, "the budget can be used: {committed}");
}
