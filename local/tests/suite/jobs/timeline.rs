//! What a job tells about its way: the timeline, the next attempt, and the text so far in lists.

use local::fake_claude::{Behaviour, Gate};
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, answer};

fn events(job: &Value) -> Vec<&str> {
    job["timeline"].as_array().unwrap().iter().map(|entry| entry["event"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_job_tells_each_step_with_its_time() {
    let world = World::new().await;
    let id = world.create(&world.generate_body()).await;
    assert!(world.shown(id).await.get("timeline").is_none(), "nothing has happened yet");
    world.runner.drain().await.unwrap();
    let job = world.shown(id).await;
    assert_eq!(events(&job), ["CREATED", "CLAIMED", "CALLED", "SAVED", "COMPLETED"]);
    let times: Vec<jiff::Timestamp> = job["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["at"].as_str().unwrap().parse().unwrap())
        .collect();
    assert!(times.windows(2).all(|pair| pair[0].as_millisecond() <= pair[1].as_millisecond()), "{times:?}");
    let (_, list) = answer(world.request(Method::GET, "/jobs")).await;
    assert!(list["jobs"][0].get("timeline").is_none(), "lists are short");
}

#[tokio::test]
async fn a_job_that_waits_says_when_its_next_attempt_begins() {
    let world = World::new().await;
    world.script(vec![Behaviour::status(529, "overloaded_error"); 3]);
    let id = world.create(&world.generate_body()).await;
    let batch = world.runner.jobs.receive(0).await.unwrap();
    world.runner.jobs.invoke(batch).await.unwrap();
    let waiting = world.shown(id).await;
    assert_eq!((waiting["status"].as_str(), waiting["attempt"].as_u64()), (Some("PENDING"), Some(1)));
    assert!(waiting["nextAttemptAt"].is_string(), "{waiting}");
    assert_eq!(events(&waiting), ["CREATED", "CLAIMED", "CALLED", "RELEASED"]);
    world.runner.drain().await.unwrap();
    let job = world.shown(id).await;
    let expected = ["CREATED", "CLAIMED", "CALLED", "RELEASED", "CLAIMED", "CALLED", "SAVED", "COMPLETED"];
    assert_eq!((events(&job), &job["nextAttemptAt"]), (expected.to_vec(), &json!(null)));
}

#[tokio::test]
async fn a_running_job_tells_that_the_model_was_called() {
    let world = World::new().await;
    let gate = Gate::default();
    world.script([Behaviour::Stall(gate.clone())]);
    let id = world.create(&world.generate_body()).await;
    let (drained, ()) = tokio::join!(world.runner.drain(), async {
        gate.arrived().await;
        while world.shown(id).await["progress"]["phase"] != "GENERATING" {
            tokio::task::yield_now().await;
        }
        assert_eq!(events(&world.shown(id).await), ["CREATED", "CLAIMED", "CALLED"]);
        gate.open();
    });
    drained.unwrap();
    assert_eq!(events(&world.shown(id).await), ["CREATED", "CLAIMED", "CALLED", "SAVED", "COMPLETED"]);
}

/// One request follows all running jobs of a document.
#[tokio::test]
async fn a_list_has_the_text_so_far_if_the_client_asks_for_it() {
    let world = World::new().await;
    let gate = Gate::default();
    world.script([Behaviour::Stall(gate.clone())]);
    world.create(&world.generate_body()).await;
    let path = format!("/jobs?documentId={}&status=PENDING,PROCESSING", world.seeded.document.id);
    let (drained, ()) = tokio::join!(world.runner.drain(), async {
        gate.arrived().await;
        loop {
            let (_, list) = answer(world.request(Method::GET, &format!("{path}&include=progress"))).await;
            if list["jobs"][0]["progress"]["partialText"].as_str().is_some_and(|text| !text.is_empty()) {
                break;
            }
            tokio::task::yield_now().await;
        }
        let (_, short) = answer(world.request(Method::GET, &path)).await;
        assert!(short["jobs"][0]["progress"].get("partialText").is_none_or(Value::is_null), "{short}");
        gate.open();
    });
    drained.unwrap();
}
