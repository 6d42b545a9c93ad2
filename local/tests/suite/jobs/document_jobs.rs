//! The jobs of a whole document: one request creates them, one cancels them.

use std::collections::BTreeSet;

use local::{
    fake_claude::{Behaviour, Gate},
    runner::RunnerOptions,
};
use queue::JobMessage;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    dynamodb_proxy::{Fault, proxied_store},
    world::{World, answer, options},
};

impl World {
    /// A document with `count` empty blocks, and its id and the ids of its blocks.
    pub async fn document_with(&self, count: usize) -> (String, Vec<String>) {
        let (_, document) = answer(self.request(Method::POST, "").json(&json!({"name": "Review"}))).await;
        let id = document["id"].as_str().unwrap().to_owned();
        let mut blocks = Vec::new();
        for number in 0..count {
            let new = json!({"type": "PROMPT_RESPONSE", "prompt": format!("Part {number}?")});
            let (_, block) = answer(self.request(Method::POST, &format!("/{id}/blocks")).json(&new)).await;
            blocks.push(block["id"].as_str().unwrap().to_owned());
        }
        (id, blocks)
    }

    async fn generate_all(&self, document: &str, body: &Value) -> (StatusCode, Value) {
        answer(self.request(Method::POST, &format!("/{document}/jobs")).json(body)).await
    }
}

fn ids(jobs: &Value) -> Vec<&str> {
    jobs.as_array().unwrap().iter().map(|job| job["jobId"].as_str().unwrap()).collect()
}

fn blocks_of(jobs: &Value) -> Vec<&str> {
    jobs.as_array().unwrap().iter().map(|job| job["blockId"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn ten_sections_share_one_message_one_cache_write_and_nine_cache_reads() {
    let world = World::new().await;
    let pieces: Vec<Value> = (0..200)
        .map(|number| {
            json!({"type": "PR_AUTHORED", "title": format!("Change {number}"), "summary": "Payments are tried again. ".repeat(8),
                "occurredAt": format!("2026-0{}-{:02}T10:00:00Z", 1 + number / 28, 1 + number % 28)})
        })
        .collect();
    answer(world.library_as("ada", Method::POST, "evidence").json(&json!({"items": pieces}))).await;
    let (document, blocks) = world.document_with(10).await;
    let config = json!({"contextConfig": {"maxEvidence": 500}});
    answer(world.request(Method::PATCH, &format!("/{document}")).json(&config)).await;

    let (status, created) = world.generate_all(&document, &json!({"type": "GENERATE"})).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{created}");
    assert_eq!(blocks_of(&created["jobs"]), blocks, "in the order of the document");
    let message = world.runner.jobs.receive(0).await.unwrap();
    let body = JobMessage::from_body(message[0].body().unwrap()).unwrap();
    assert_eq!(json!(body.job_ids), json!(ids(&created["jobs"])), "one message");
    assert!(world.runner.jobs.receive(0).await.unwrap().is_empty());

    world.runner.jobs.invoke(message).await.unwrap();
    let (mut writes, mut reads) = (0, 0);
    for id in ids(&created["jobs"]) {
        let job = world.shown(id.parse().unwrap()).await;
        assert_eq!(
            (&job["status"], job["result"]["evidenceCount"].as_u64()),
            (&json!("COMPLETED"), Some(212)),
            "{job}"
        );
        writes += u32::from(job["usage"]["cacheCreationInputTokens"].as_u64() > Some(0));
        reads += u32::from(job["usage"]["cacheReadInputTokens"].as_u64() > Some(0));
    }
    println!("ten sections: {writes} cache write, {reads} cache reads, {} calls", world.journal().requests().len());
    assert_eq!((writes, reads, world.journal().requests().len()), (1, 9, 10));

    let (_, again) = world.generate_all(&document, &json!({"type": "GENERATE"})).await;
    let reasons: Vec<&Value> = again["skipped"].as_array().unwrap().iter().map(|skipped| &skipped["reason"]).collect();
    assert_eq!((again["jobs"].as_array().unwrap().len(), reasons), (0, vec![&json!("NOT_EMPTY"); 10]));
}

#[tokio::test]
async fn each_block_that_gets_no_job_has_a_reason() {
    let world = World::new().await;
    let (document, blocks) = world.document_with(3).await;
    let new = json!({"type": "PROMPT_RESPONSE"});
    let (_, silent) = answer(world.request(Method::POST, &format!("/{document}/blocks")).json(&new)).await;
    let busy = json!({"type": "GENERATE", "documentId": document, "blockId": blocks[1]});
    let busy_job = world.create(&busy).await;
    let path = format!("/{document}/blocks/{}", blocks[2]);
    answer(world.request(Method::PATCH, &path).json(&json!({"content": "My words."}))).await;
    let missing = "019a0000-0000-7000-8000-00000000dead";
    let named = json!([blocks[0], blocks[1], blocks[1], blocks[2], silent["id"], missing]);

    let (_, first) = world.generate_all(&document, &json!({"type": "GENERATE", "blockIds": named})).await;
    assert_eq!(blocks_of(&first["jobs"]), [blocks[0].as_str()]);
    let expected = json!([
        {"blockId": blocks[1], "reason": "BUSY"}, {"blockId": blocks[2], "reason": "NOT_EMPTY"},
        {"blockId": silent["id"], "reason": "NO_PROMPT"}, {"blockId": missing, "reason": "NOT_FOUND"},
    ]);
    assert_eq!(first["skipped"], expected);

    let all =
        json!({"type": "GENERATE", "blockIds": named, "only": "ALL", "prompt": "Shorter.", "onConflict": "replace"});
    let (_, second) = world.generate_all(&document, &all).await;
    assert_eq!(second["jobs"].as_array().unwrap().len(), 4, "{second}");
    assert_eq!(second["skipped"], json!([{"blockId": missing, "reason": "NOT_FOUND"}]));
    assert_eq!(world.shown(busy_job).await["statusReason"], "SUPERSEDED");
    world.runner.drain().await.unwrap();
    for id in ids(&second["jobs"]) {
        assert_eq!(world.shown(id.parse().unwrap()).await["status"], "COMPLETED");
    }
}

#[tokio::test]
async fn wrong_requests_are_rejected_and_create_nothing() {
    let world = World::new().await;
    let (document, _) = world.document_with(51).await;
    let many: Vec<String> = (0..51).map(|number| format!("019a0000-0000-7000-8000-0000000{number:05}")).collect();
    for (body, pointer) in [
        (json!({}), "/type"),
        (json!({"type": "REFINE"}), "/type"),
        (json!({"type": "GENERATE"}), "/blockIds"),
        (json!({"type": "GENERATE", "blockIds": many}), "/blockIds"),
        (json!({"type": "GENERATE", "blockIds": ["x"]}), "/blockIds/0"),
        (json!({"type": "GENERATE", "only": "SOME", "blockIds": []}), "/only"),
    ] {
        let (status, problem) = world.generate_all(&document, &body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    let (status, _) = world.generate_all("019a0000-0000-7000-8000-00000000dead", &json!({"type": "GENERATE"})).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let others = world.request_as("bob", Method::POST, &format!("/{document}/jobs")).json(&json!({"type": "GENERATE"}));
    assert_eq!(answer(others).await.0, StatusCode::NOT_FOUND);
    assert_eq!(world.job_count().await, 0);
}

#[tokio::test]
async fn all_jobs_count_against_the_limit_before_any_is_created() {
    let parameters = [("MaxActiveJobs".to_owned(), "12".to_owned())].into();
    let world = World::with(RunnerOptions { parameters, ..options() }).await;
    let (document, blocks) = world.document_with(13).await;
    let (status, problem) = world.generate_all(&document, &json!({"type": "GENERATE"})).await;
    let pointer = &problem["errors"][0]["pointer"];
    assert_eq!((status, pointer), (StatusCode::BAD_REQUEST, &json!("/blockIds")), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("at most 12 blocks"), "{problem}");
    assert_eq!(world.job_count().await, 0);
    let (status, created) = world.generate_all(&document, &json!({"type": "GENERATE", "blockIds": blocks[..12]})).await;
    assert_eq!((status, created["jobs"].as_array().unwrap().len()), (StatusCode::ACCEPTED, 12));
    let rest = json!({"type": "GENERATE", "blockIds": [blocks[12]]});
    let (status, problem) = world.generate_all(&document, &rest).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::TOO_MANY_REQUESTS, &json!("TOO_MANY_ACTIVE_JOBS")),
        "{problem}"
    );
    assert_eq!(world.runner.jobs.drain().await.unwrap(), 2, "two messages, of ten jobs and of two");
    assert_eq!(world.generate_all(&document, &rest).await.0, StatusCode::ACCEPTED);
}

/// Twelve requests with one key at the same time, and a repetition of a request that was interrupted half-way.
#[tokio::test]
async fn one_key_creates_the_jobs_once() {
    // There is room for the jobs of one request.
    let parameters = [("MaxActiveJobs".to_owned(), "20".to_owned())].into();
    let world = World::with(RunnerOptions { parameters, ..options() }).await;
    let (document, blocks) = world.document_with(15).await;
    let body = json!({"type": "GENERATE"});
    let path = format!("/{document}/jobs");
    let send = || answer(world.request(Method::POST, &path).header("idempotency-key", "once").json(&body));
    let answers = futures_util::future::join_all((0..12).map(|_| send())).await;
    let mut seen = BTreeSet::new();
    for (status, answer) in &answers {
        if *status == StatusCode::ACCEPTED {
            seen.insert(ids(&answer["jobs"]).into_iter().map(str::to_owned).collect::<Vec<_>>());
        } else {
            assert_eq!(*status, StatusCode::SERVICE_UNAVAILABLE, "{answer}");
        }
    }
    let jobs: Vec<_> = seen.into_iter().collect();
    assert_eq!((jobs.len(), jobs[0].len()), (1, blocks.len()), "{jobs:?}");
    assert_eq!(world.job_count().await, 15);
}

/// The function dies at each of its calls to DynamoDB, before or after the call has had its effect.
#[tokio::test]
async fn a_repetition_of_an_interrupted_request_creates_the_rest() {
    /// More calls than the request needs.
    const MOST_CALLS: usize = 12;
    let mut interrupted = BTreeSet::new();
    for (number, is_done) in (0..MOST_CALLS).flat_map(|number| [(number, false), (number, true)]) {
        let world = World::new().await;
        let (document, blocks) = world.document_with(12).await;
        let (store, proxy) = proxied_store(&world, Fault::HoldCall { number, is_done }).await;
        let functions = world.runner.functions.on(&store);
        let body = json!({"type": "GENERATE"});
        tokio::select! {
            _ = functions.http("CreateJobFunction", request(&document, &body)) => {}
            () = proxy.held() => {
                interrupted.insert((number, world.job_count().await));
            }
        }
        let repeated = functions_response(&world, request(&document, &body)).await;
        assert_eq!(blocks_of(&repeated["jobs"]), blocks, "call {number}, done: {is_done}: {repeated}");
        assert_eq!(world.job_count().await, 12, "call {number}, done: {is_done}");
    }
    let counts: BTreeSet<usize> = interrupted.iter().map(|(_, jobs)| *jobs).collect();
    assert!(counts.is_superset(&[0, 10, 12].into()), "interrupted before, between and after the jobs: {interrupted:?}");
}

/// The function dies after it has stored the jobs. One of them is replaced. The repetition creates nothing.
#[tokio::test]
async fn a_repetition_after_the_jobs_are_stored_creates_nothing() {
    /// More calls than the request needs.
    const MOST_CALLS: usize = 12;
    let mut interrupted = 0;
    for number in 0..MOST_CALLS {
        let world = World::new().await;
        let (document, blocks) = world.document_with(2).await;
        let (store, proxy) = proxied_store(&world, Fault::HoldCall { number, is_done: true }).await;
        let functions = world.runner.functions.on(&store);
        // The last blocks get no job.
        let missing = (0..12).map(|number| format!("019a0000-0000-7000-8000-0000000{number:05}"));
        let named: Vec<String> = blocks.iter().cloned().chain(missing).collect();
        let body = json!({"type": "GENERATE", "only": "ALL", "onConflict": "replace", "blockIds": named});
        tokio::select! {
            _ = functions.http("CreateJobFunction", request(&document, &body)) => continue,
            () = proxy.held() => {}
        }
        if world.job_count().await == 0 {
            continue;
        }
        interrupted += 1;
        let other = json!({"type": "GENERATE", "documentId": document, "blockId": blocks[0], "onConflict": "replace"});
        let newest = world.create(&other).await;
        let repeated = functions_response(&world, request(&document, &body)).await;
        assert_eq!(blocks_of(&repeated["jobs"]), blocks);
        assert_eq!(world.job_count().await, 3, "call {number}");
        assert!(!world.job(newest).await.is_finished(), "the repetition replaces no newer job");
    }
    assert!(interrupted > 0);
}

/// A job ends while a request reads it in order to replace it. The new job begins with its text.
#[tokio::test]
async fn a_job_that_ends_while_it_is_replaced_is_no_edit() {
    let mut ended = 0;
    for number in 1..10 {
        let world = World::new().await;
        let (document, blocks) = world.document_with(1).await;
        let gate = Gate::default();
        world.script([Behaviour::Hold(gate.clone())]);
        let first = world.create(&json!({"type": "GENERATE", "documentId": document, "blockId": blocks[0]})).await;
        let (store, proxy) = proxied_store(&world, Fault::HoldCall { number, is_done: false }).await;
        let functions = world.runner.functions.on(&store);
        let body = json!({"type": "GENERATE", "only": "ALL", "prompt": "Shorter.", "onConflict": "replace"});
        let (drained, response) = tokio::join!(world.runner.drain(), async {
            gate.arrived().await;
            let mut replace = std::pin::pin!(functions.http("CreateJobFunction", request(&document, &body)));
            let answered = tokio::select! {
                response = &mut replace => Some(response),
                () = proxy.held() => None,
            };
            gate.open();
            match answered {
                Some(response) => response,
                // Without an answer, the SDK sends the call again.
                None => replace.await,
            }
        });
        drained.unwrap();
        let lambda_http::Body::Text(created) = response.unwrap().into_body() else { panic!("no text") };
        let created: Value = serde_json::from_str(&created).unwrap();
        world.runner.drain().await.unwrap();
        let second = world.shown(ids(&created["jobs"])[0].parse().unwrap()).await;
        assert_eq!((&second["status"], &second["statusReason"]), (&json!("COMPLETED"), &Value::Null), "call {number}");
        ended += usize::from(world.shown(first).await["status"] == "COMPLETED");
    }
    assert!(ended > 0, "the first job has ended before it was replaced");
}

fn request(document: &str, body: &Value) -> lambda_http::Request {
    let sample = std::fs::read_to_string(crate::processes::root().join("events/create-job.json")).unwrap();
    let mut event: Value = serde_json::from_str(&sample).unwrap();
    event["routeKey"] = json!("POST /api/report-builder/{id}/jobs");
    event["requestContext"]["routeKey"] = event["routeKey"].clone();
    event["rawPath"] = json!(format!("/api/report-builder/{document}/jobs"));
    event["requestContext"]["http"]["path"] = event["rawPath"].clone();
    event["pathParameters"] = json!({"id": document});
    event["headers"]["idempotency-key"] = json!("interrupted");
    event["requestContext"]["authorizer"]["jwt"]["claims"] = json!({"iss": local::gateway::ISSUER, "sub": "ada"});
    event["body"] = json!(body.to_string());
    api::request_of_event(&event.to_string()).unwrap()
}

async fn functions_response(world: &World, request: lambda_http::Request) -> Value {
    let response = world.runner.functions.http("CreateJobFunction", request).await.unwrap();
    assert_eq!(response.status().as_u16(), 202);
    let lambda_http::Body::Text(text) = response.into_body() else { panic!("no text") };
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn all_jobs_of_a_document_are_cancelled_at_once() {
    let world = World::new().await;
    let (document, _) = world.document_with(12).await;
    let (_, created) = world.generate_all(&document, &json!({"type": "GENERATE"})).await;
    let analysis = world.create(&json!({"type": "ANALYZE", "documentId": document})).await;
    let elsewhere = world.create(&world.generate_body()).await;
    let first = world.runner.jobs.receive(0).await.unwrap();
    let path = format!("/{document}/jobs");
    let others = world.request_as("bob", Method::DELETE, &path);
    assert_eq!(answer(others).await.0, StatusCode::NOT_FOUND);
    let (status, cancelled) = answer(world.request(Method::DELETE, &path)).await;
    assert_eq!(status, StatusCode::OK, "{cancelled}");
    let mut expected: BTreeSet<String> = ids(&created["jobs"]).into_iter().map(str::to_owned).collect();
    expected.insert(analysis.to_string());
    assert_eq!(ids(&cancelled["jobs"]).into_iter().map(str::to_owned).collect::<BTreeSet<_>>(), expected);
    assert!(cancelled["jobs"].as_array().unwrap().iter().all(|job| job["statusReason"] == "CANCELLED"));
    assert_eq!(answer(world.request(Method::DELETE, &path)).await.1, json!({"jobs": []}));

    world.runner.jobs.invoke(first).await.unwrap();
    world.runner.drain().await.unwrap();
    assert_eq!(world.journal().requests().len(), 1, "only the job of the other document was written");
    assert_eq!(world.shown(elsewhere).await["status"], "COMPLETED");
}
