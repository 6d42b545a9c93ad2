//! Runs the handlers on the sample events, as `cargo lambda invoke` and `sam local invoke` send them.

use aws_lambda_events::event::sqs::SqsEvent;
use domain::{
    ids::UserId,
    job::status::{JobStatus, StatusReason},
    report::{block::Block, document::Document},
};
use lambda_http::{Body, Request, Response};
use serde_json::Value;
use std::time::Duration;
use store::documents::Edit;

use crate::world::World;

fn sample(name: &str) -> String {
    std::fs::read_to_string(format!("{}/../events/{name}.json", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn request(name: &str) -> Request {
    api::request_of_event(&sample(name)).unwrap()
}

fn body(response: &Response<Body>) -> Value {
    let Body::Text(text) = response.body() else { panic!("no text") };
    serde_json::from_str(text).unwrap()
}

/// A world with the document and the block that the sample events name.
async fn world() -> (World, UserId) {
    let world = World::new().await;
    let user = api::user_id("https://identity.example.com", "sample-user").unwrap();
    let document =
        Document { id: "019a0000-0000-7000-8000-00000000d0c1".parse().unwrap(), ..world.seeded.document.clone() };
    let block = Block {
        id: "019a0000-0000-7000-8000-00000000b10c".parse().unwrap(),
        document_id: document.id,
        ..world.seeded.unwritten().clone()
    };
    let document = Document { blocks: vec![block.id], ..document };
    let edit = Edit { document: Some((document, None)), block: Some((block, None)), ..Edit::default() };
    world.runner.store.save(&user, &edit).await.unwrap();
    (world, user)
}

#[tokio::test]
async fn every_sample_event_is_understood_by_its_function() {
    let (world, user) = world().await;
    let functions = &world.runner.functions;
    let foreseen = functions.http("DryRunFunction", request("dry-run")).await.unwrap();
    assert_eq!((foreseen.status().as_u16(), &body(&foreseen)["jobs"]), (200, &Value::from(1)));
    let created = functions.http("CreateJobFunction", request("create-job")).await.unwrap();
    assert_eq!(created.status(), 202, "{:?}", body(&created));
    let listed = functions.http("ListJobsFunction", request("list-jobs")).await.unwrap();
    let jobs = body(&listed)["jobs"].clone();
    assert_eq!(jobs.as_array().unwrap().len(), 1);
    assert_eq!(jobs[0]["jobId"], body(&created)["jobId"]);
    for (function, event) in
        [("GetJobFunction", "get-job"), ("CancelJobFunction", "cancel-job"), ("CreateJobFunction", "create-job-retry")]
    {
        let response = functions.http(function, request(event)).await.unwrap();
        assert_eq!(response.status(), 404, "the sample's job does not exist");
        assert_eq!(body(&response)["error"], "Job not found");
    }

    let wrong_method = functions.http("FallbackFunction", request("fallback")).await.unwrap();
    assert_eq!(
        (wrong_method.status().as_u16(), &wrong_method.headers()["allow"]),
        (405, &"GET, HEAD, POST, OPTIONS".parse().unwrap())
    );

    let document = functions.http("DocumentsFunction", request("documents")).await.unwrap();
    assert_eq!(document.status(), 200);
    assert_eq!(body(&document)["blocks"][0]["id"], "019a0000-0000-7000-8000-00000000b10c");
    for status in [201, 200] {
        let stored = functions.http("LibraryFunction", request("library")).await.unwrap();
        assert_eq!(stored.status(), status, "the second request finds the entry");
    }

    // The same events on a job that exists.
    let id = body(&created)["jobId"].as_str().unwrap().to_owned();
    let named =
        |name: &str| api::request_of_event(&sample(name).replace("019a0000-0000-7000-8000-000000000f0b", &id)).unwrap();
    let shown = functions.http("GetJobFunction", named("get-job")).await.unwrap();
    assert_eq!((shown.status().as_u16(), &body(&shown)["status"]), (200, &Value::from("PENDING")));

    let batch = |name: &str| -> SqsEvent {
        serde_json::from_str(&sample(name).replace("019a0000-0000-7000-8000-000000000f0b", &id)).unwrap()
    };
    let answered = functions.batch("WorkerFunction", batch("worker"), Duration::from_secs(300)).await.unwrap();
    assert!(answered.batch_item_failures.is_empty());
    let job = world.runner.store.job(&user, id.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(job.status(), JobStatus::Completed);

    let finished = functions.http("CancelJobFunction", named("cancel-job")).await.unwrap();
    assert_eq!(finished.status(), 409);
    let dead_lettered =
        functions.batch("DeadLetterFunction", batch("dead-letter"), Duration::from_secs(15)).await.unwrap();
    assert!(dead_lettered.batch_item_failures.is_empty());

    let _: Value = serde_json::from_str(&sample("sweeper")).unwrap();
    assert_eq!(functions.sweep().await.unwrap(), sweeper::SweepReport::default());
}

#[tokio::test]
async fn the_dead_letter_event_fails_a_job_past_its_deadline() {
    let (world, user) = world().await;
    let functions = &world.runner.functions;
    let created = functions.http("CreateJobFunction", request("create-job")).await.unwrap();
    let id = body(&created)["jobId"].as_str().unwrap().to_owned();
    let event =
        serde_json::from_str(&sample("dead-letter").replace("019a0000-0000-7000-8000-000000000f0b", &id)).unwrap();
    world.advance(601);
    functions.batch("DeadLetterFunction", event, Duration::from_secs(15)).await.unwrap();
    let job = world.runner.store.job(&user, id.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(job.status_reason(), Some(StatusReason::Expired));
}

#[tokio::test]
async fn the_function_itself_answers_a_request_without_claims_with_401() {
    let (world, _) = world().await;
    let mut event: Value = serde_json::from_str(&sample("list-jobs")).unwrap();
    event["requestContext"]["authorizer"] = Value::Null;
    let request = api::request_of_event(&event.to_string()).unwrap();
    let response = world.runner.functions.http("ListJobsFunction", request).await.unwrap();
    assert_eq!(response.status(), 401);
    assert_eq!(body(&response)["code"], "UNAUTHORIZED");
}

/// An id token of Cognito is for the app that signs a user in. The gateway takes it, because its audience is the same.
#[tokio::test]
async fn only_an_access_token_of_a_user_pool_gives_access() {
    let (world, _) = world().await;
    for (usage, status) in [("id", 401), ("refresh", 401), ("access", 200)] {
        let mut event: Value = serde_json::from_str(&sample("list-jobs")).unwrap();
        event["requestContext"]["authorizer"]["jwt"]["claims"]["token_use"] = Value::from(usage);
        let request = api::request_of_event(&event.to_string()).unwrap();
        assert_eq!(world.runner.functions.http("ListJobsFunction", request).await.unwrap().status(), status, "{usage}");
    }
}
