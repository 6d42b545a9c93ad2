//! Documents: created, changed, listed, and deleted with their blocks and revisions.

use std::collections::BTreeMap;

use domain::job::{SavedAnswer, status::StatusReason};
use local::fake_claude::{Behaviour, Gate};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sweeper::SweepReport;

use crate::{
    jobs::races::completion,
    world::{World, answer, assert_fits, items, pointers},
};

pub(super) async fn new_document(world: &World, name: &str) -> String {
    let (status, body) = answer(world.request(Method::POST, "").json(&json!({"name": name}))).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    body["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_document_is_created_read_changed_and_deleted() {
    let world = World::new().await;
    let config = json!({
        "evidenceDateRange": {"start": "2026-01-01", "end": "2026-06-30T21:00:00Z"}, "evidenceTypes": ["PR_AUTHORED"],
        "evidenceCategories": ["bug"], "maxEvidence": 500, "pinnedEvidenceIds": [], "excludedEvidenceIds": [],
        "includeGoals": false, "includeReviews": true, "tone": {"later": ["client"]},
    });
    let new = json!({"name": "Review <b>2026</b> 🚀 مرحبا", "description": "For Ana.", "contextConfig": config});
    let response = world.request(Method::POST, "").json(&new).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::CREATED);
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    let created: Value = response.json().await.unwrap();
    assert_eq!(location, format!("/api/report-builder/{}", created["id"].as_str().unwrap()));
    assert_eq!((&created["name"], &created["status"], &created["blocks"]), (&new["name"], &json!("DRAFT"), &json!([])));
    assert_eq!(created["contextConfig"], config, "unknown fields are returned");

    let path = location.trim_start_matches("/api/report-builder");
    assert_eq!(created["timeZone"], "UTC");
    for zone in ["Berlin", "+02:00", ""] {
        let (status, problem) = answer(world.request(Method::PATCH, path).json(&json!({"timeZone": zone}))).await;
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (StatusCode::BAD_REQUEST, &json!("/timeZone")),
            "{zone}"
        );
    }
    assert_eq!(answer(world.request(Method::GET, path)).await, (StatusCode::OK, created.clone()));

    let patch = json!({"status": "PUBLISHED", "description": null});
    let (status, changed) = answer(world.request(Method::PATCH, path).json(&patch)).await;
    assert_eq!(
        (status, &changed["status"], &changed["description"]),
        (StatusCode::OK, &json!("PUBLISHED"), &json!(null))
    );
    assert_eq!((&changed["name"], &changed["contextConfig"]), (&created["name"], &created["contextConfig"]));
    let patch = json!({"contextConfig": {"maxEvidence": 7}});
    let (_, changed) = answer(world.request(Method::PATCH, path).json(&patch)).await;
    let expected = json!({"evidenceDateRange": {}, "evidenceTypes": [], "evidenceCategories": [], "maxEvidence": 7, "pinnedEvidenceIds": [], "excludedEvidenceIds": [], "includeGoals": true, "includeReviews": true});
    assert_eq!(changed["contextConfig"], expected, "contextConfig is replaced as a whole");

    let (status, deleted) = answer(world.request(Method::DELETE, path)).await;
    assert_eq!((status, &deleted["id"]), (StatusCode::OK, &created["id"]));
    for method in [Method::GET, Method::DELETE] {
        let (status, problem) = answer(world.request(method, path)).await;
        assert_eq!((status, &problem["error"]), (StatusCode::NOT_FOUND, &json!("Document not found")));
    }
}

#[tokio::test]
async fn all_errors_in_a_document_are_reported_at_once_and_nothing_is_stored() {
    let world = World::new().await;
    let before = items(&world).await;
    let config = |config: Value| json!({"name": "A", "contextConfig": config});
    let cases = [
        (json!({}), vec!["/name"]),
        (json!({"name": " "}), vec!["/name"]),
        (json!({"name": "x".repeat(501), "description": 3}), vec!["/name", "/description"]),
        (config(json!([])), vec!["/contextConfig"]),
        (config(json!({"maxEvidence": 0})), vec!["/contextConfig/maxEvidence"]),
        (config(json!({"maxEvidence": 501})), vec!["/contextConfig/maxEvidence"]),
        (config(json!({"maxEvidence": 1.5})), vec!["/contextConfig/maxEvidence"]),
        (config(json!({"evidenceTypes": ["PR_AUTHORED", "PR"]})), vec!["/contextConfig/evidenceTypes/1"]),
        (config(json!({"evidenceCategories": "bug"})), vec!["/contextConfig/evidenceCategories"]),
        (
            config(json!({"evidenceDateRange": {"start": "2026-02-01", "end": "2026-01-31"}})),
            vec!["/contextConfig/evidenceDateRange/end"],
        ),
        (
            config(json!({"evidenceDateRange": {"start": "2026-02-01T10:00:00", "end": "2026-02-30"}})),
            vec!["/contextConfig/evidenceDateRange/start", "/contextConfig/evidenceDateRange/end"],
        ),
        (
            config(json!({"includeGoals": "yes", "includeReviews": 1})),
            vec!["/contextConfig/includeGoals", "/contextConfig/includeReviews"],
        ),
    ];
    for (body, expected) in cases {
        let (status, problem) = answer(world.request(Method::POST, "").json(&body)).await;
        assert_eq!((status, pointers(&problem)), (StatusCode::BAD_REQUEST, expected.clone()), "{body}");
        if body["name"] == "A" {
            let path = format!("/{}", world.seeded.document.id);
            let (status, problem) = answer(world.request(Method::PATCH, &path).json(&body)).await;
            assert_eq!((status, pointers(&problem)), (StatusCode::BAD_REQUEST, expected), "{body}");
        }
    }
    let path = format!("/{}", world.seeded.document.id);
    for body in
        [json!({"name": null}), json!({"status": "DONE"}), json!({"status": null}), json!({"contextConfig": null})]
    {
        let (status, problem) = answer(world.request(Method::PATCH, &path).json(&body)).await;
        assert_eq!((status, pointers(&problem).len()), (StatusCode::BAD_REQUEST, 1), "{body}");
    }
    assert_eq!(items(&world).await, before);
    let (document, _) = world.runner.store.document(&world.user, world.seeded.document.id).await.unwrap().unwrap();
    assert_eq!(document, world.seeded.document);
}

#[tokio::test]
async fn concurrent_changes_of_different_fields_are_all_stored() {
    let world = World::new().await;
    let path = format!("/{}", world.seeded.document.id);
    let patches = [
        json!({"name": "Together"}),
        json!({"description": "All of us."}),
        json!({"status": "ARCHIVED"}),
        json!({"contextConfig": {"maxEvidence": 3}}),
    ];
    let sent = patches.iter().map(|patch| answer(world.request(Method::PATCH, &path).json(patch)));
    assert!(futures_util::future::join_all(sent).await.iter().all(|(status, _)| *status == StatusCode::OK));
    let (_, document) = answer(world.request(Method::GET, &path)).await;
    assert_eq!(document["name"], "Together");
    assert_eq!(document["description"], "All of us.");
    assert_eq!(document["status"], "ARCHIVED");
    assert_eq!(document["contextConfig"]["maxEvidence"], 3);
    assert_eq!(document["blocks"].as_array().unwrap().len(), 3);
}

/// Creates a document with 60 blocks and edits the last block 120 times. Returns the ids of both.
async fn large_document(world: &World) -> (String, String) {
    let id = new_document(world, "Large").await;
    let mut block = String::new();
    for number in 0..60 {
        let new = json!({"type": "TEXT", "content": format!("Block {number}")});
        let (_, body) = answer(world.request(Method::POST, &format!("/{id}/blocks")).json(&new)).await;
        block = body["id"].as_str().unwrap().to_owned();
    }
    for number in 0..120 {
        let path = format!("/{id}/blocks/{block}");
        let edit = json!({"content": format!("Edit {number}")});
        assert_eq!(answer(world.request(Method::PATCH, &path).json(&edit)).await.0, StatusCode::OK);
    }
    (id, block)
}

#[tokio::test]
async fn deleting_a_document_deletes_its_blocks_and_revisions_and_nothing_else() {
    let world = World::new().await;
    let before = items(&world).await;
    let (id, _) = large_document(&world).await;
    let full = items(&world).await;
    assert_eq!((full["BLOCK"], full["REVISION"]), (63, before.get("REVISION").unwrap_or(&0) + 60 + 120));
    assert_eq!(answer(world.request(Method::DELETE, &format!("/{id}"))).await.0, StatusCode::OK);
    let mut left = items(&world).await;
    assert_eq!(left.remove("DELETION"), Some(1));
    assert_eq!(left, before);
    assert_eq!(last_look(&world).await, before);
}

/// What is left after the sweeper has looked once more at what was deleted.
async fn last_look(world: &World) -> BTreeMap<String, usize> {
    assert_eq!(world.runner.functions.sweep().await.unwrap(), SweepReport::default(), "it is too early");
    world.advance(31 * 60);
    assert_eq!(world.runner.functions.sweep().await.unwrap().deletions, 1);
    assert_eq!(world.runner.functions.sweep().await.unwrap(), SweepReport::default());
    items(world).await
}

/// A worker that does not know yet that its job was cancelled stores its answer after the block was deleted.
#[tokio::test]
async fn a_text_that_is_stored_after_the_deletion_of_its_block_is_removed() {
    let world = World::new().await;
    let block = world.seeded.unwritten();
    let id = world.create(&world.generate_body()).await;
    let job = world.job(id).await;
    let path = format!("/{}/blocks/{}", block.document_id, block.id);
    assert_eq!(answer(world.request(Method::DELETE, &path)).await.0, StatusCode::OK);
    let store = &world.runner.store;
    let result = completion(world.runner.clock.now()).result;
    let late = SavedAnswer { result, content_revision: 0, attempt: 1, usage: None };
    store.save_answer(&job, &late).await.unwrap();
    assert_eq!(store.saved_answer(&job).await.unwrap(), Some(late));
    last_look(&world).await;
    assert_eq!(store.saved_answer(&job).await.unwrap(), None);
}

#[tokio::test]
async fn the_sweeper_finishes_an_interrupted_deletion() {
    let world = World::new().await;
    let before = items(&world).await;
    let (id, _) = large_document(&world).await;
    let store = &world.runner.store;
    let job = world.create(&json!({"type": "ANALYZE", "documentId": id})).await;
    let (document, _) = store.document(&world.user, id.parse().unwrap()).await.unwrap().unwrap();
    let now = world.runner.clock.now();
    let (_, deletion) = store.delete_document(&world.user, &document, now).await.unwrap();
    // The document is gone at once, although its blocks are still stored.
    assert_eq!(answer(world.request(Method::GET, &format!("/{id}"))).await.0, StatusCode::NOT_FOUND);
    assert_eq!(
        answer(world.request(Method::GET, &format!("/{id}/blocks/{}", document.blocks[0]))).await.0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(items(&world).await["BLOCK"], 63);

    // The first attempt is interrupted after one batch.
    let expired_deadline = tokio::time::Instant::now();
    assert!(!store.finish_deletion(&world.user, deletion, now, expired_deadline).await.unwrap());
    assert!(items(&world).await["DELETION"] == 1);
    assert_eq!(world.job(job).await.failure().unwrap().detail, "Document not found");

    world.advance(61);
    assert_eq!(world.runner.functions.sweep().await.unwrap().deletions, 1);
    let mut left = last_look(&world).await;
    assert_eq!(left.remove("JOB"), Some(1));
    assert_eq!(left, before);
}

#[tokio::test]
async fn deleting_ends_the_jobs_in_flight_and_no_worker_restores_anything() {
    for (delete_block, error) in [(false, "Document not found"), (true, "Block not found")] {
        let world = World::new().await;
        let before = items(&world).await;
        let gate = Gate::default();
        world.script([Behaviour::Hold(gate.clone()), Behaviour::Hold(gate.clone())]);
        let (document, block) = (world.seeded.document.id, world.seeded.unwritten().id);
        let running = world.create(&world.generate_body()).await;
        let other = world.create(&world.refine_body()).await;
        let path = if delete_block { format!("/{document}/blocks/{block}") } else { format!("/{document}") };
        let (drained, ()) = tokio::join!(world.runner.drain(), async {
            gate.arrived().await;
            assert_eq!(answer(world.request(Method::DELETE, &path)).await.0, StatusCode::OK);
            let job = world.job(running).await;
            assert_eq!(
                job.status_reason(),
                Some(StatusReason::Invalid),
                "the job ends at once, not when the worker notices"
            );
            assert_eq!(job.failure().unwrap().detail, error);
            gate.open();
        });
        drained.unwrap();
        let job = world.shown(running).await;
        assert_eq!((&job["status"], &job["error"]), (&json!("FAILED"), &json!(error)));
        let mut left = items(&world).await;
        left.remove("JOB");
        if delete_block {
            assert_eq!(left["BLOCK"], before["BLOCK"] - 1);
            assert!(world.job(other).await.is_finished());
        } else {
            assert!(!left.contains_key("BLOCK") && !left.contains_key("REVISION") && !left.contains_key("DOCUMENT"));
        }
    }
}

/// A document that is too large for one response can still be read block by block. The response of a function holds a body
/// as a string, in which each quote takes two bytes. The limit of Lambda is 6 MB.
#[tokio::test]
async fn a_document_of_any_size_is_returned_in_five_megabytes() {
    let world = World::new().await;
    let id = new_document(&world, "Large").await;
    let longest = "\"".repeat(120_000);
    for text in [&longest, "short"] {
        for _ in 0..20 {
            let new = json!({"type": "TEXT", "content": text, "prompt": "\"".repeat(4_000)});
            let (status, block) = answer(world.request(Method::POST, &format!("/{id}/blocks")).json(&new)).await;
            assert_eq!(status, StatusCode::CREATED, "{block}");
            let path = format!("/{id}/blocks/{}", block["id"].as_str().unwrap());
            let patch = json!({"metadata": {"note": "\\".repeat(8_000)}});
            assert_eq!(answer(world.request(Method::PATCH, &path).json(&patch)).await.0, StatusCode::OK);
        }
    }
    let (status, document) = answer(world.request(Method::GET, &format!("/{id}"))).await;
    assert_eq!(status, StatusCode::OK);
    assert_fits(&document);
    let blocks = document["blocks"].as_array().unwrap();
    let omitted = blocks.iter().filter(|block| block["contentOmitted"] == true).count();
    assert!(blocks.len() == 40 && (1..40).contains(&omitted), "{omitted} of {} blocks without texts", blocks.len());
    let last =
        answer(world.request(Method::GET, &format!("/{id}/blocks/{}", blocks[39]["id"].as_str().unwrap()))).await;
    assert_eq!((&last.1["content"], last.1["prompt"].as_str().unwrap().len()), (&json!("short"), 4_000));
}
