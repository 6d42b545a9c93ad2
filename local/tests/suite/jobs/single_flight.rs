//! Single flight: a block has at most one job in flight.

use std::collections::HashSet;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::job::status::JobStatus;
use local::fake_claude::{Behaviour, Gate};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::world::{World, answer};

impl World {
    async fn post_job(&self, body: &Value) -> (StatusCode, Value) {
        answer(self.request(Method::POST, "/jobs").json(body)).await
    }
}

fn with(mut body: Value, name: &str, value: &str) -> Value {
    body[name] = json!(value);
    body
}

#[tokio::test]
async fn an_identical_request_joins_the_job_in_flight() {
    let world = World::new().await;
    let id = world.create(&world.generate_body()).await;
    let (status, joined) = world.post_job(&world.generate_body()).await;
    assert_eq!((status, &joined["jobId"], &joined["deduplicated"]), (StatusCode::OK, &json!(id), &json!(true)));
    // A job for another block and an analysis do not conflict with it.
    world.create(&world.refine_body()).await;
    world.create(&world.analyze_body()).await;
    world.create(&world.analyze_body()).await;

    world.runner.drain().await.unwrap();
    let (status, next) = world.post_job(&world.generate_body()).await;
    assert_eq!(status, StatusCode::ACCEPTED, "the first job has ended");
    assert_ne!(next["jobId"], json!(id));
    assert!(next.get("deduplicated").is_none());
}

/// TTL may remove a job before the pointer of its block.
#[tokio::test]
async fn a_job_that_does_not_exist_any_more_does_not_block_its_block() {
    let world = World::new().await;
    let one = ("/jobs".to_owned(), world.generate_body());
    let blocks = json!({"type": "GENERATE", "only": "ALL", "blockIds": [one.1["blockId"]]});
    for (path, body) in [one, (format!("/{}/jobs", world.seeded.document.id), blocks)] {
        let id = world.create(&world.generate_body()).await;
        let delete = world.runner.embedded.dynamodb.delete_item().table_name(local::aws::TABLE);
        let (pk, sk) = (store::table::keys::owner(&world.user), store::table::keys::job(id));
        delete.key("pk", AttributeValue::S(pk)).key("sk", AttributeValue::S(sk)).send().await.unwrap();

        let (status, body) = answer(world.request(Method::POST, &path).json(&body)).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{body}");
        assert!(body["jobs"].as_array().is_none_or(|jobs| jobs.len() == 1), "{body}");
        world.runner.drain().await.unwrap();
    }
}

#[tokio::test]
async fn a_different_request_is_rejected_joins_or_replaces_as_on_conflict_says() {
    let world = World::new().await;
    let id = world.create(&world.generate_body()).await;
    let other = || with(world.generate_body(), "prompt", "Shorter.");
    for body in [other(), with(other(), "onConflict", "reject"), with(world.generate_body(), "onConflict", "reject")] {
        let (status, problem) = world.post_job(&body).await;
        assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("BLOCK_BUSY")));
        assert_eq!(problem["existingJobId"], json!(id));
    }
    let (status, joined) = world.post_job(&with(other(), "onConflict", "join")).await;
    assert_eq!((status, &joined["jobId"]), (StatusCode::OK, &json!(id)));
    let (status, problem) = world.post_job(&with(other(), "onConflict", "unsaid")).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::BAD_REQUEST, &json!("/onConflict")));

    let (status, replacing) = world.post_job(&with(other(), "onConflict", "replace")).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    let old = world.shown(id).await;
    assert_eq!((&old["status"], &old["statusReason"]), (&json!("FAILED"), &json!("SUPERSEDED")));
    assert_eq!(old["error"], "A newer job has replaced this job");
    world.runner.drain().await.unwrap();
    assert_eq!(world.shown(replacing["jobId"].as_str().unwrap().parse().unwrap()).await["status"], "COMPLETED");
    assert_eq!((world.unwritten().await.1, world.journal().requests().len()), (1, 1), "the replaced job never ran");
}

/// The worker of the old job loses its lease and closes its call. The cost of the call is recorded.
#[tokio::test]
async fn a_running_job_is_replaced_at_once() {
    let world = World::new().await;
    world.script([Behaviour::Stall(Gate::default())]);
    let id = world.create(&world.generate_body()).await;
    let (drained, ()) = tokio::join!(world.runner.drain(), async {
        while world.job(id).await.progress.is_none_or(|progress| progress.partial_text.is_none()) {
            tokio::task::yield_now().await;
        }
        let body = with(with(world.generate_body(), "prompt", "Shorter."), "onConflict", "replace");
        assert_eq!(world.post_job(&body).await.0, StatusCode::ACCEPTED);
        world.journal().connection_closed().await;
    });
    drained.unwrap();
    let old = world.shown(id).await;
    assert_eq!(old["statusReason"], "SUPERSEDED");
    assert!(old["usage"]["inputTokens"].as_u64().unwrap() > 0);
    assert_eq!(world.unwritten().await.1, 1, "the new job has written the block");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_concurrent_requests_for_a_block_one_creates_and_the_others_join() {
    let world = World::new().await;
    for choice in [None, Some("replace")] {
        let mut posts = JoinSet::new();
        for _ in 0..16 {
            let mut body = world.generate_body();
            if let Some(choice) = choice {
                body["onConflict"] = json!(choice);
            }
            let request = world.request(Method::POST, "/jobs").json(&body);
            posts.spawn(answer(request));
        }
        let answers = posts.join_all().await;
        let created = answers.iter().filter(|(status, _)| *status == StatusCode::ACCEPTED).count();
        let ids: HashSet<_> = answers.iter().map(|(_, job)| job["jobId"].as_str().unwrap()).collect();
        match choice {
            None => assert_eq!((created, ids.len()), (1, 1), "{answers:?}"),
            // Each job replaces the one before it, so one job is left at the end.
            Some(_) => assert_eq!((created, ids.len()), (16, 16)),
        }
        let mut in_flight = 0;
        for id in ids {
            in_flight += usize::from(world.job(id.parse().unwrap()).await.status() == JobStatus::Pending);
        }
        assert_eq!(in_flight, 1);
        world.runner.drain().await.unwrap();
    }
}

#[tokio::test]
async fn a_failed_job_is_retried_as_a_new_job() {
    let world = World::new().await;
    world.script([Behaviour::Refuse]);
    let failed = world.run(&with(world.generate_body(), "prompt", "Only fields.")).await;
    let path = format!("/jobs/{}/retry", failed["jobId"].as_str().unwrap());
    let (status, again) = answer(world.request(Method::POST, &path)).await;
    assert_eq!(
        (status, &again["retryOf"], &again["status"]),
        (StatusCode::ACCEPTED, &failed["jobId"], &json!("PENDING"))
    );
    assert_eq!(
        (&again["prompt"], &again["type"], &again["blockId"]),
        (&json!("Only fields."), &json!("GENERATE"), &failed["blockId"])
    );

    // A second retry joins the job of the first.
    let (status, joined) = answer(world.request(Method::POST, &path).json(&json!({}))).await;
    assert_eq!((status, &joined["jobId"]), (StatusCode::OK, &again["jobId"]));
    let body = json!({"prompt": "Shorter.", "onConflict": "replace"});
    let (status, other) = answer(world.request(Method::POST, &path).json(&body)).await;
    assert_eq!((status, &other["prompt"]), (StatusCode::ACCEPTED, &json!("Shorter.")));

    world.runner.drain().await.unwrap();
    let path = format!("/jobs/{}/retry", other["jobId"].as_str().unwrap());
    let (status, problem) = answer(world.request(Method::POST, &path)).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("JOB_NOT_FAILED")));
    assert_eq!(problem["error"], "Only a failed job can be tried again; this one is COMPLETED.");

    let path = format!("/jobs/{}/retry", domain::ids::JobId::new());
    assert_eq!(answer(world.request(Method::POST, &path)).await.0, StatusCode::NOT_FOUND);
    let path = format!("/jobs/{}/retry", failed["jobId"].as_str().unwrap());
    assert_eq!(answer(world.request_as("bob", Method::POST, &path)).await.0, StatusCode::NOT_FOUND);
    for body in ["[]", "{", "{\"prompt\": 7}"] {
        let request = world.request(Method::POST, &path).header("content-type", "application/json").body(body);
        assert_eq!(answer(request).await.0, StatusCode::BAD_REQUEST, "{body}");
    }
}
