//! `applyMode`: whether a job writes its text or proposes it.

use local::fake_claude::Behaviour;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{World, answer};

const MINE: &str = "My own words.";

/// The body of a request with this apply mode.
fn with_mode(mut body: Value, mode: &str) -> Value {
    body["applyMode"] = json!(mode);
    body
}

fn outcome(job: &Value) -> (&str, Option<&str>) {
    (job["status"].as_str().unwrap(), job["statusReason"].as_str())
}

async fn shown_block(world: &World) -> Value {
    let block = world.seeded.unwritten();
    answer(world.request(Method::GET, &format!("/{}/blocks/{}", block.document_id, block.id))).await.1
}

#[tokio::test]
async fn auto_writes_over_texts_of_jobs_and_proposes_over_the_words_of_a_person() {
    let world = World::new().await;
    let body = with_mode(world.generate_body(), "auto");
    for case in ["the block is empty", "a job wrote its content"] {
        let job = world.run(&body).await;
        assert_eq!((outcome(&job), &job["applyMode"]), (("COMPLETED", None), &json!("auto")), "{case}");
        assert_eq!(shown_block(&world).await["contentBy"], "AGENT", "{case}");
    }

    world.edit(world.seeded.unwritten(), &json!({"content": MINE})).await;
    let job = world.run(&body).await;
    assert_eq!(outcome(&job), ("COMPLETED", Some("PROPOSED")));
    assert_eq!(job["result"]["notices"], json!(["PROPOSED"]));
    let block = shown_block(&world).await;
    assert_eq!((&block["content"], &block["contentBy"]), (&json!(MINE), &json!("USER")));

    // The user takes the proposal. From then on the content is the text of a job.
    let taken = world.edit(world.seeded.unwritten(), &json!({"fromJob": job["jobId"]})).await;
    assert_eq!((&taken["content"], &taken["contentBy"]), (&job["result"]["content"], &json!("AGENT")));
    assert_eq!(taken["citations"], job["result"]["citations"]);
    assert_eq!(outcome(&world.run(&body).await), ("COMPLETED", None));
}

#[tokio::test]
async fn a_restored_text_and_an_edited_draft_are_the_words_of_a_person() {
    let world = World::new().await;
    let body = with_mode(world.generate_body(), "auto");
    world.run(&body).await;
    world.script([Behaviour::say("Another draft.")]);
    world.run(&body).await;
    let block = world.seeded.unwritten();
    let path = format!("/{}/blocks/{}/history", block.document_id, block.id);
    let (_, page) = answer(world.request(Method::GET, &path)).await;
    let restore = json!({"revisionId": page["revisions"][1]["id"], "to": "after"});
    let (status, restored) = answer(world.request(Method::POST, &path).json(&restore)).await;
    assert_eq!((status, &restored["contentBy"]), (StatusCode::OK, &json!("USER")));
    assert_eq!(outcome(&world.run(&body).await), ("COMPLETED", Some("PROPOSED")));

    // White space is no text of anybody.
    let cleared = world.edit(block, &json!({"content": " \n"})).await;
    assert_eq!(cleared["contentBy"], "USER");
    assert_eq!(outcome(&world.run(&body).await), ("COMPLETED", None));
}

#[tokio::test]
async fn propose_writes_nothing_whatever_the_block_has() {
    let world = World::new().await;
    let job = world.run(&with_mode(world.generate_body(), "propose")).await;
    assert_eq!(outcome(&job), ("COMPLETED", Some("PROPOSED")));
    assert_eq!(world.unwritten().await, (None, 0));

    // An edit before the call does not make a proposal useless.
    let id = world.create(&with_mode(world.generate_body(), "propose")).await;
    world.edit(world.seeded.unwritten(), &json!({"content": MINE})).await;
    world.runner.drain().await.unwrap();
    assert_eq!(outcome(&world.shown(id).await), ("COMPLETED", Some("PROPOSED")));
    assert_eq!(world.unwritten().await, (Some(MINE.to_owned()), 1));
}

#[tokio::test]
async fn without_a_mode_a_job_replaces_the_words_of_a_person() {
    let world = World::new().await;
    let job = world.run(&world.refine_body()).await;
    assert_eq!((outcome(&job), &job["applyMode"]), (("COMPLETED", None), &json!("replace")));
    let (content, _) = world.content_of(world.seeded.written().id).await;
    assert_eq!(json!(content), job["result"]["content"]);
}

/// Nobody pays for an answer that could not be written.
#[tokio::test]
async fn an_edit_of_the_content_before_the_call_fails_the_job_without_a_call() {
    for mode in ["replace", "auto"] {
        let world = World::new().await;
        let id = world.create(&with_mode(world.generate_body(), mode)).await;
        world.edit(world.seeded.unwritten(), &json!({"content": MINE})).await;
        world.runner.drain().await.unwrap();
        let job = world.shown(id).await;
        assert_eq!(outcome(&job), ("FAILED", Some("NOT_APPLIED")), "{mode}");
        assert_eq!((&job["problem"]["code"], &job["problem"]["retryable"]), (&json!("NOT_APPLIED"), &json!(true)));
        assert_eq!((world.journal().requests().len(), &job["usage"]), (0, &json!(null)), "{mode}");
        assert_eq!(world.unwritten().await, (Some(MINE.to_owned()), 1));

        // The retry has seen the edit. It keeps the mode.
        let (status, retry) = answer(world.request(Method::POST, &format!("/jobs/{id}/retry"))).await;
        assert_eq!((status, &retry["applyMode"]), (StatusCode::ACCEPTED, &json!(mode)), "{retry}");
        world.runner.drain().await.unwrap();
        let retried = world.shown(retry["jobId"].as_str().unwrap().parse().unwrap()).await;
        let expected = if mode == "auto" { Some("PROPOSED") } else { None };
        assert_eq!(outcome(&retried), ("COMPLETED", expected), "{mode}");
    }
}

#[tokio::test]
async fn a_retry_may_name_another_mode() {
    let world = World::new().await;
    let id = world.create(&world.generate_body()).await;
    answer(world.request(Method::DELETE, &format!("/jobs/{id}"))).await;
    let retry = world.request(Method::POST, &format!("/jobs/{id}/retry")).json(&json!({"applyMode": "propose"}));
    let (status, retry) = answer(retry).await;
    assert_eq!((status, &retry["applyMode"]), (StatusCode::ACCEPTED, &json!("propose")));
}

#[tokio::test]
async fn the_jobs_of_a_document_take_the_mode() {
    let world = World::new().await;
    world.edit(world.seeded.unwritten(), &json!({"content": MINE})).await;
    let path = format!("/{}/jobs", world.seeded.document.id);
    let body = json!({"type": "GENERATE", "only": "ALL", "prompt": "Write.", "applyMode": "auto"});
    let (status, created) = answer(world.request(Method::POST, &path).json(&body)).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{created}");
    world.runner.drain().await.unwrap();
    for job in created["jobs"].as_array().unwrap() {
        assert_eq!(job["applyMode"], "auto");
        let job = world.shown(job["jobId"].as_str().unwrap().parse().unwrap()).await;
        assert_eq!(outcome(&job), ("COMPLETED", Some("PROPOSED")), "both blocks have the words of a person");
    }
    assert_eq!(created["jobs"].as_array().unwrap().len(), 2);
    assert_eq!(world.unwritten().await.0.as_deref(), Some(MINE));
}

/// The same request with another mode is another request.
#[tokio::test]
async fn a_job_in_flight_is_joined_only_by_a_request_with_its_mode() {
    let world = World::new().await;
    world.create(&with_mode(world.generate_body(), "auto")).await;
    let post = async |mode: &str| {
        answer(world.request(Method::POST, "/jobs").json(&with_mode(world.generate_body(), mode))).await.0
    };
    assert_eq!((post("auto").await, post("replace").await), (StatusCode::OK, StatusCode::CONFLICT));
    assert_eq!(post("never").await, StatusCode::BAD_REQUEST);
}
