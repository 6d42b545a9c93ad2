//! Jobs with inline input: the sources come with the request, and no document is stored.

use local::{fake_claude::Behaviour, runner::RunnerOptions};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{World, answer, items, options, pointers};

const IDS: [&str; 3] = ["PAY-311", "clx0z3k9v0000qwer", "slack:C1/1699.22"];

fn input() -> Value {
    let evidence = IDS.map(|id| {
        json!({
            "id": id, "type": "PR_AUTHORED", "title": format!("Retry payments, part {id}"),
            "summary": "Failed card payments are tried again up to three times.", "occurredAt": "2026-03-02",
        })
    });
    json!({
        "document": {"name": "First half of 2026", "contextConfig": {"evidenceDateRange": {"start": "2026-01-01"}}},
        "block": {"prompt": "What did I ship?", "content": "I shipped retries."},
        "evidence": evidence,
        "goals": [{"id": "g1", "title": "Fewer failed payments", "status": "ACTIVE"}],
        "reviews": [{"id": "r1", "year": 2025, "type": "PEER", "content": "Careful with money."}],
    })
}

fn body(job_type: &str) -> Value {
    json!({"type": job_type, "input": input()})
}

/// Every id of a source in a JSON value.
fn source_ids(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match (name.as_str(), value) {
                    ("sourceId", Value::String(id)) => found.push(id.clone()),
                    ("evidenceIds", Value::Array(ids)) => {
                        found.extend(ids.iter().map(|id| id.as_str().unwrap().to_owned()));
                    }
                    (_, value) => source_ids(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| source_ids(value, found)),
        _ => {}
    }
}

#[tokio::test]
async fn an_inline_job_of_every_type_cites_the_ids_of_the_caller_and_stores_no_document() {
    let world = World::new().await;
    let before = items(&world).await;
    for job_type in ["GENERATE", "REFINE", "ANALYZE"] {
        let job = world.run(&body(job_type)).await;
        assert_eq!((&job["status"], &job["statusReason"]), (&json!("COMPLETED"), &Value::Null), "{job}");
        assert_eq!((&job["documentId"], &job["blockId"]), (&Value::Null, &Value::Null));
        let result = &job["result"];
        assert_eq!((&result["evidenceMatched"], &result["evidenceCount"]), (&json!(3), &json!(3)));
        let mut cited = Vec::new();
        source_ids(result, &mut cited);
        let known: Vec<&str> = IDS.into_iter().chain(["g1", "r1"]).collect();
        assert!(!cited.is_empty() && cited.iter().all(|id| known.contains(&id.as_str())), "{job_type}: {cited:?}");
        assert!(cited.iter().any(|id| IDS.contains(&id.as_str())), "{job_type}: {cited:?}");
    }
    let after = items(&world).await;
    for kind in ["DOCUMENT", "BLOCK", "REVISION", "EVIDENCE", "GOAL", "REVIEW", "IN_FLIGHT"] {
        assert_eq!(after.get(kind), before.get(kind), "{kind}");
    }
    assert_eq!(after["INPUT"], 3, "{after:?}");
}

#[tokio::test]
async fn nothing_of_an_inline_job_outlives_its_retention() {
    let world = World::new().await;
    let response = world.request(Method::POST, "/jobs").header("idempotency-key", "once").json(&body("GENERATE"));
    let (status, job) = answer(response).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{job}");
    world.runner.drain().await.unwrap();
    let job = world.shown(job["jobId"].as_str().unwrap().parse().unwrap()).await;
    let id = job["jobId"].as_str().unwrap();
    // 90 days after the deadline at the latest, which is the retention of jobs.
    let deadline: jiff::Timestamp = job["deadlineAt"].as_str().unwrap().parse().unwrap();
    let latest = deadline.as_second() + store::jobs::JOB_RETENTION_SECONDS;
    let table = world.runner.embedded.dynamodb.scan().table_name(local::aws::TABLE).send().await.unwrap();
    let kept: Vec<_> = table.items().iter().filter(|item| item["sk"].as_s().unwrap().contains(id)).collect();
    for kind in ["JOB#", "INPUT#", "TEXT#"] {
        assert!(kept.iter().any(|item| item["sk"].as_s().unwrap().starts_with(kind)), "{kind}");
    }
    for item in table.items().iter().filter(|item| item["sk"].as_s().unwrap().starts_with("IDEMPOTENCY")).chain(kept) {
        let expires_at: i64 = item["expiresAt"].as_n().unwrap().parse().unwrap();
        assert!(expires_at <= latest, "{item:?}");
    }
}

#[tokio::test]
async fn a_retry_has_the_input_of_the_failed_job() {
    let world = World::new().await;
    world.script([Behaviour::Refuse]);
    let failed = world.run(&body("GENERATE")).await;
    assert_eq!((&failed["status"], &failed["statusReason"]), (&json!("FAILED"), &json!("REFUSED")));
    let path = format!("/jobs/{}/retry", failed["jobId"].as_str().unwrap());
    let mode = json!({"applyMode": "auto", "onConflict": "join"});
    let (status, refused) = answer(world.request(Method::POST, &path).json(&mode)).await;
    assert_eq!((status, pointers(&refused)), (StatusCode::BAD_REQUEST, vec!["/applyMode", "/onConflict"]));
    let (status, retry) = answer(world.request(Method::POST, &path)).await;
    assert_eq!((status, &retry["retryOf"]), (StatusCode::ACCEPTED, &failed["jobId"]), "{retry}");
    world.runner.drain().await.unwrap();
    let retried = world.shown(retry["jobId"].as_str().unwrap().parse().unwrap()).await;
    assert_eq!((&retried["status"], &retried["result"]["evidenceCount"]), (&json!("COMPLETED"), &json!(3)));

    let (status, _) = answer(world.request_as("eve", Method::POST, &path)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_inline_job_is_limited_replayed_and_cancelled_like_any_other() {
    let mut limited: RunnerOptions = options();
    limited.parameters.insert("MaxActiveJobs".to_owned(), "2".to_owned());
    let world = World::with(limited).await;
    let post = || world.request(Method::POST, "/jobs").header("idempotency-key", "once").json(&body("GENERATE"));
    let ((_, first), (_, again)) = (answer(post()).await, answer(post()).await);
    assert_eq!(first, again);
    let other = world.request(Method::POST, "/jobs").header("idempotency-key", "once").json(&body("REFINE"));
    assert_eq!(answer(other).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    // Two jobs with the same input are two jobs: there is no block on which they would take turns.
    world.create(&body("GENERATE")).await;
    let (status, refused) = answer(world.request(Method::POST, "/jobs").json(&body("ANALYZE"))).await;
    assert_eq!((status, &refused["code"]), (StatusCode::TOO_MANY_REQUESTS, &json!("TOO_MANY_ACTIVE_JOBS")));

    let path = format!("/jobs/{}", first["jobId"].as_str().unwrap());
    let (_, cancelled) = answer(world.request(Method::DELETE, &path)).await;
    assert_eq!(cancelled["statusReason"], "CANCELLED");
    world.runner.drain().await.unwrap();
    assert_eq!(answer(world.request(Method::GET, &path)).await.1["statusReason"], "CANCELLED");

    let (_, listed) = answer(world.request(Method::GET, "/jobs")).await;
    assert_eq!(listed["jobs"].as_array().unwrap().len(), 2);
    let of_document = format!("/jobs?documentId={}", world.seeded.document.id);
    assert_eq!(answer(world.request(Method::GET, &of_document)).await.1["jobs"], json!([]));
}

#[tokio::test]
async fn a_dry_run_of_an_inline_job_foresees_what_it_reads() {
    let world = World::new().await;
    let before = items(&world).await;
    let mut asked = body("GENERATE");
    asked["input"]["document"]["contextConfig"]["excludedEvidenceIds"] = json!([IDS[0], "nothing"]);
    let (status, found) = answer(world.request(Method::POST, "/jobs/dry-run").json(&asked)).await;
    assert_eq!(
        (status, &found["evidenceRead"], &found["goalsRead"]),
        (StatusCode::OK, &json!(2), &json!(1)),
        "{found}"
    );
    assert_eq!(found["warnings"][0]["code"], "UNKNOWN_EVIDENCE_IDS");
    assert_eq!(items(&world).await, before);
}

#[tokio::test]
async fn wrong_and_oversized_inputs_are_refused_and_store_nothing() {
    let world = World::new().await;
    let before = items(&world).await;
    let mut both = world.generate_body();
    both["input"] = input();
    both["applyMode"] = json!("auto");
    let mut no_content = body("REFINE");
    no_content["input"]["block"]["content"] = json!(" ");
    let mut no_id = body("ANALYZE");
    no_id["input"]["evidence"][1]["id"] = json!("two words");
    let cases = [
        (both, vec!["/documentId", "/blockId", "/applyMode"]),
        (no_content, vec!["/input/block/content"]),
        (no_id, vec!["/input/evidence/1/id"]),
        (json!({"type": "GENERATE", "input": {}}), vec!["/input/document"]),
        (json!({"type": "GENERATE", "input": []}), vec!["/input"]),
        (json!({"type": "GENERATE", "input": null}), vec!["/documentId", "/blockId"]),
    ];
    for (body, expected) in cases {
        let (status, problem) = answer(world.request(Method::POST, "/jobs").json(&body)).await;
        assert_eq!((status, pointers(&problem)), (StatusCode::BAD_REQUEST, expected), "{body}");
    }
    let mut huge = body("GENERATE");
    huge["input"]["block"]["content"] = json!("x".repeat(270_000));
    let (status, _) = answer(world.request(Method::POST, "/jobs").json(&huge)).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(items(&world).await, before);
}

/// The largest input of what deflates worst fits into an item and into a transaction.
#[tokio::test]
async fn the_largest_input_is_stored() {
    let world = World::new().await;
    let mut state = 7_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from_u32(0x4e00 + (state >> 16) % 20_000).unwrap()
    };
    let mut largest = body("GENERATE");
    largest["input"]["reviews"] = json!([{"id": "r1", "year": 2025, "type": "PEER", "content": (0..80_000).map(|_| noise()).collect::<String>()}]);
    assert!((230_000..262_144).contains(&largest.to_string().len()));
    let job = world.run(&largest).await;
    assert_eq!(job["status"], "COMPLETED", "{job}");
}
