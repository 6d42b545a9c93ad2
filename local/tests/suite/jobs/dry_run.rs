//! Dry runs: what jobs would read and cost.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{World, answer, items};

async fn dry_run(world: &World, body: &Value) -> Value {
    let (status, found) = answer(world.request(Method::POST, "/jobs/dry-run").json(body)).await;
    assert_eq!(status, StatusCode::OK, "{found}");
    found
}

async fn of_document(world: &World, body: &Value) -> Value {
    let path = format!("/{}/jobs/dry-run", world.seeded.document.id);
    let (status, found) = answer(world.request(Method::POST, &path).json(body)).await;
    assert_eq!(status, StatusCode::OK, "{found}");
    found
}

fn codes(found: &Value) -> Vec<&str> {
    found["warnings"].as_array().unwrap().iter().map(|warning| warning["code"].as_str().unwrap()).collect()
}

/// The numbers are those of the job that follows.
#[tokio::test]
async fn a_dry_run_foresees_what_the_job_reads_and_creates_nothing() {
    let world = World::new().await;
    for job_type in ["GENERATE", "REFINE", "ANALYZE"] {
        let body = world.body_of(job_type);
        let before = items(&world).await;
        let found = dry_run(&world, &body).await;
        assert_eq!(items(&world).await, before, "{job_type}: nothing is stored");
        let job = world.run(&body).await;
        let result = &job["result"];
        for (foreseen, happened) in [
            (&found["evidenceMatched"], &result["evidenceMatched"]),
            (&found["evidenceRead"], &result["evidenceCount"]),
            (&found["evidenceOmitted"], &result["evidenceOmitted"]),
        ] {
            assert_eq!(foreseen, happened, "{job_type}");
        }
        let usage = &job["usage"];
        let input = ["inputTokens", "cacheReadInputTokens", "cacheCreationInputTokens"];
        let counted: f64 = input.iter().map(|name| usage[name].as_f64().unwrap()).sum();
        let estimated = found["estimatedInputTokens"].as_f64().unwrap();
        assert!((0.7..1.5).contains(&(estimated / counted)), "{job_type}: {estimated} for {counted}");
        assert!(found["estimatedSeconds"].as_u64().unwrap() > 0);
        assert_eq!(
            (&found["jobs"], &found["estimatedCostMicroUsd"]),
            (&json!(1), &json!(0)),
            "the offline writer is free"
        );
    }
}

#[tokio::test]
async fn each_warning_has_its_reason() {
    let world = World::new().await;
    let generate = world.generate_body();
    assert!(codes(&dry_run(&world, &generate).await).is_empty());

    let mut over_text = world.refine_body();
    over_text["type"] = json!("GENERATE");
    assert_eq!(codes(&dry_run(&world, &over_text).await), ["REPLACES_YOUR_TEXT"]);
    over_text["applyMode"] = json!("auto");
    assert_eq!(codes(&dry_run(&world, &over_text).await), ["PROPOSES"]);

    let mut refine = generate.clone();
    refine["type"] = json!("REFINE");
    assert_eq!(codes(&dry_run(&world, &refine).await), ["NOTHING_TO_REFINE"]);

    world.create(&generate).await;
    assert_eq!(codes(&dry_run(&world, &generate).await), ["BLOCK_BUSY"]);
    let mut replacing = generate.clone();
    replacing["onConflict"] = json!("replace");
    assert!(codes(&dry_run(&world, &replacing).await).is_empty());

    let path = format!("/{}", world.seeded.document.id);
    let unknown = "019a0000-0000-7000-8000-00000000dead";
    let limited = json!({"contextConfig": {"maxEvidence": 5, "pinnedEvidenceIds": [unknown]}});
    answer(world.request(Method::PATCH, &path).json(&limited)).await;
    let found = dry_run(&world, &world.analyze_body()).await;
    assert_eq!(codes(&found), ["EVIDENCE_OMITTED", "UNKNOWN_EVIDENCE_IDS"]);
    assert_eq!((&found["evidenceRead"], &found["evidenceOmitted"]), (&json!(5), &json!(7)));

    let empty = json!({"contextConfig": {"evidenceDateRange": {"end": "1990-01-01"}}});
    answer(world.request(Method::PATCH, &path).json(&empty)).await;
    assert_eq!(codes(&dry_run(&world, &world.analyze_body()).await), ["NO_EVIDENCE"]);
}

#[tokio::test]
async fn the_dry_run_of_a_document_counts_the_jobs_that_it_would_get() {
    let world = World::new().await;
    let body = json!({"type": "GENERATE"});
    assert_eq!(of_document(&world, &body).await["jobs"], 1, "one block is empty");
    let all = json!({"type": "GENERATE", "only": "ALL"});
    let found = of_document(&world, &all).await;
    let (status, created) =
        answer(world.request(Method::POST, &format!("/{}/jobs", world.seeded.document.id)).json(&all)).await;
    assert_eq!((status, created["jobs"].as_array().unwrap().len()), (StatusCode::ACCEPTED, 2));
    assert_eq!((&found["jobs"], codes(&found)), (&json!(2), vec!["REPLACES_YOUR_TEXT"]));

    let busy = of_document(&world, &all).await;
    assert_eq!((&busy["jobs"], codes(&busy)), (&json!(0), vec!["NO_JOBS", "BLOCK_BUSY"]));
    world.runner.drain().await.unwrap();
    world.edit(world.seeded.unwritten(), &json!({"prompt": null, "content": null})).await;
    assert_eq!(codes(&of_document(&world, &body).await), ["NO_JOBS", "NO_PROMPT"]);
}

#[tokio::test]
async fn what_belongs_to_others_does_not_exist_and_wrong_bodies_are_explained() {
    let world = World::new().await;
    let document = world.seeded.document.id;
    for (path, body) in [
        ("/jobs/dry-run".to_owned(), world.generate_body()),
        (format!("/{document}/jobs/dry-run"), json!({"type": "GENERATE"})),
    ] {
        let (status, problem) = answer(world.request_as("bob", Method::POST, &path).json(&body)).await;
        assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("DOCUMENT_NOT_FOUND")));
        let (status, problem) = answer(world.request(Method::POST, &path).json(&json!({"type": "WRITE"}))).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::BAD_REQUEST, &json!("/type")));
    }
    // As many jobs as one request may create, and one more.
    let (large, _) = world.document_with(51).await;
    let path = format!("/{large}/jobs/dry-run");
    let (status, problem) = answer(world.request(Method::POST, &path).json(&json!({"type": "GENERATE"}))).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::BAD_REQUEST, &json!("/blockIds")));
    let mut body = world.generate_body();
    body["blockId"] = json!("019a0000-0000-7000-8000-00000000dead");
    let (status, problem) = answer(world.request(Method::POST, "/jobs/dry-run").json(&body)).await;
    assert_eq!((status, &problem["code"]), (StatusCode::NOT_FOUND, &json!("BLOCK_NOT_FOUND")));
}
