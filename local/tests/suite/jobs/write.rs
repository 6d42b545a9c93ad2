//! The three types of jobs, from the request to the result.

use domain::report::revision::ChangeType;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{World, answer};

/// Every text of the user's evidence, goals and reviews.
async fn stored_texts(world: &World) -> Vec<String> {
    let mut texts = Vec::new();
    for kind in ["evidence", "goals", "reviews"] {
        let (_, page) = answer(world.library_as("ada", Method::GET, kind)).await;
        assert_eq!(page["nextCursor"], Value::Null, "one page has all");
        for entry in page["items"].as_array().unwrap() {
            texts.extend(entry.as_object().unwrap().values().filter_map(Value::as_str).map(str::to_owned));
        }
    }
    texts
}

#[tokio::test]
async fn generate_writes_the_block_with_its_revision_and_cites_the_evidence() {
    let world = World::new().await;
    let response = world.request(Method::POST, "/jobs").json(&world.generate_body()).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    assert_eq!(response.headers()["retry-after"], "1");
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    let created: Value = response.json().await.unwrap();
    assert_eq!(created["status"], "PENDING");
    assert_eq!(location, format!("/api/report-builder/jobs/{}", created["jobId"].as_str().unwrap()));

    world.runner.drain().await.unwrap();
    let job = world.shown(created["jobId"].as_str().unwrap().parse().unwrap()).await;
    assert_eq!(job["status"], "COMPLETED", "{job}");
    assert_eq!(job["statusReason"], Value::Null);
    assert_eq!(job["attempt"], 1);
    let result = &job["result"];
    assert_eq!(result["evidenceCount"], 12);
    assert_eq!(result["goalsCount"], 2, "the paused goal is not read");
    assert_eq!(result["reviewsCount"], 2);
    assert!(job["usage"]["outputTokens"].as_u64().unwrap() > 0);

    let (content, revisions) = world.unwritten().await;
    let content = content.unwrap();
    assert_eq!(result["content"], content.as_str());
    assert!(content.starts_with("This draft was written by the offline writer"));
    assert_eq!(revisions, 1);
    let chars: Vec<char> = content.chars().collect();
    let citations = result["citations"].as_array().unwrap();
    assert!(citations.len() >= 4);
    let stored = stored_texts(&world).await;
    for citation in citations {
        let (start, end) = (citation["start"].as_u64().unwrap() as usize, citation["end"].as_u64().unwrap() as usize);
        let span: String = chars[start..end].iter().collect();
        assert!(!span.trim().is_empty());
        let cited = citation["citedText"].as_str().unwrap();
        assert!(stored.iter().any(|text| text.contains(cited.trim_matches('…'))), "no stored source says: {cited}");
    }

    let store = &world.runner.store;
    let block = store.block(&world.user, world.seeded.document.id, world.seeded.unwritten().id).await.unwrap().unwrap();
    assert_eq!((block.version, block.content_revision), (2, 1));
    assert_eq!(block.metadata["jobId"], job["jobId"]);
    assert_eq!(block.metadata["evidenceCount"], 12);
    assert_eq!(json!(block.annotations.citations), result["citations"], "the block stores its citations");
    assert_eq!(json!(block.annotations.grounding), result["grounding"]);
    let past = store.revisions(&world.user, &block, None, 10).await.unwrap().items.remove(0);
    let change = past.revision.change;
    assert_eq!(change.change_type, ChangeType::AgentGeneration);
    assert_eq!(change.agent_model.as_deref(), Some("offline-writer"));
    assert_eq!(change.job_id.unwrap().to_string(), job["jobId"]);
}

#[tokio::test]
async fn refine_sends_the_current_text_and_leaves_a_revision() {
    let world = World::new().await;
    let mut body = world.refine_body();
    body["prompt"] = json!("Name the people.");
    let job = world.run(&body).await;
    assert_eq!(job["status"], "COMPLETED", "{job}");
    let sent = world.journal().requests()[0].to_string();
    assert!(sent.contains("helped a new colleague") && sent.contains("Name the people."));
    let (content, revisions) = world.content_of(world.seeded.written().id).await;
    assert_eq!(job["result"]["content"], content.unwrap().as_str());
    assert_eq!(revisions, 2, "what the block was created with, and the refinement");
    let block = world.seeded.written();
    let page = world.runner.store.revisions(&world.user, block, None, 1).await.unwrap();
    assert_eq!(page.items[0].revision.change.change_type, ChangeType::AgentRefinement);
    assert_eq!(page.items[0].previous_content, block.content);
}

#[tokio::test]
async fn analyze_returns_insights_and_writes_no_block() {
    let world = World::new().await;
    let job = world.run(&world.analyze_body()).await;
    assert_eq!(job["status"], "COMPLETED", "{job}");
    let result = &job["result"];
    assert!(result["analysis"].as_str().unwrap().starts_with("## Themes"));
    assert_eq!(result["insights"]["themes"][0]["evidenceIds"].as_array().unwrap().len(), 3);
    assert!(result.get("content").is_none());
    assert_eq!(world.unwritten().await, (None, 0));
}

#[tokio::test]
async fn the_prompt_of_a_job_overrides_the_prompt_of_its_block() {
    let world = World::new().await;
    let mut body = world.generate_body();
    body["prompt"] = json!("Only about mentoring.");
    world.run(&body).await;
    let task = world.journal().requests()[0]["messages"][0]["content"].as_array().unwrap().last().unwrap().clone();
    assert!(task["text"].as_str().unwrap().contains("Only about mentoring."));
    assert!(!task["text"].as_str().unwrap().contains("most important achievements"));
}

#[tokio::test]
async fn refine_without_content_fails_and_says_what_to_do() {
    let world = World::new().await;
    let mut body = world.generate_body();
    body["type"] = json!("REFINE");
    let job = world.run(&body).await;
    assert_eq!((job["status"].as_str(), job["statusReason"].as_str()), (Some("FAILED"), Some("INVALID")));
    assert_eq!(job["error"], "The block has no content to refine. Generate it first.");
    assert_eq!(job["problem"]["detail"], job["error"]);
    assert!(world.journal().requests().is_empty());
}

#[tokio::test]
async fn a_second_block_of_the_document_reads_the_prompt_cache() {
    let world = World::new().await;
    let first = world.run(&world.generate_body()).await;
    let second = world.run(&world.refine_body()).await;
    assert_eq!(first["usage"]["cacheReadInputTokens"], 0);
    assert_eq!(second["usage"]["cacheReadInputTokens"], first["usage"]["cacheCreationInputTokens"]);
}

#[tokio::test]
async fn the_health_check_needs_no_token() {
    let world = World::new().await;
    let url = format!("{}/healthz", world.runner.url());
    let (status, body) = answer(crate::world::http().get(url)).await;
    assert_eq!((status, body), (StatusCode::OK, json!({"status": "ok"})));
}
