//! Lists of jobs.

use std::collections::HashSet;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{World, answer};

async fn all(world: &World, query: &str) -> Vec<Value> {
    all_from(world, query, None).await
}

async fn all_from(world: &World, query: &str, start: Option<&str>) -> Vec<Value> {
    let mut jobs = Vec::new();
    let mut cursor = start.map(|start| format!("&cursor={start}")).unwrap_or_default();
    loop {
        let (status, page) = answer(world.request(Method::GET, &format!("/jobs?{query}{cursor}"))).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        jobs.extend(page["jobs"].as_array().unwrap().iter().cloned());
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return jobs,
        }
    }
}

fn ids(jobs: &[Value]) -> Vec<String> {
    jobs.iter().map(|job| job["jobId"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn pages_show_every_job_once_newest_first_also_while_new_ones_arrive() {
    let world = World::new().await;
    let mut created = Vec::new();
    for _ in 0..20 {
        created.push(world.create(&world.analyze_body()).await.to_string());
    }
    created.reverse();
    for limit in [1, 7, 20, 100] {
        assert_eq!(ids(&all(&world, &format!("limit={limit}")).await), created, "limit {limit}");
    }
    let (_, first) = answer(world.request(Method::GET, "/jobs?limit=7")).await;
    world.create(&world.analyze_body()).await;
    let rest = all_from(&world, "limit=7", first["nextCursor"].as_str()).await;
    let seen: Vec<_> = ids(first["jobs"].as_array().unwrap()).into_iter().chain(ids(&rest)).collect();
    assert_eq!(seen, created);
}

#[tokio::test]
async fn filters_combine_and_cursors_belong_to_their_filters_and_users() {
    let world = World::new().await;
    let other = crate::world::seed(&world.runner, &world.user).await;
    let elsewhere = json!({"type": "ANALYZE", "documentId": other.document.id.to_string()});
    for _ in 0..3 {
        world.create(&world.generate_body()).await;
        world.create(&world.analyze_body()).await;
        world.create(&elsewhere).await;
    }
    world.runner.drain().await.unwrap();
    for _ in 0..2 {
        world.create(&world.generate_body()).await;
    }
    let document = world.seeded.document.id;
    let block = world.seeded.unwritten().id;
    let cases = [
        (String::new(), 11),
        (format!("documentId={document}"), 8),
        (format!("documentId={}", other.document.id), 3),
        (format!("blockId={block}"), 5),
        (format!("documentId={document}&type=ANALYZE"), 3),
        ("status=PENDING".to_owned(), 2),
        ("status=PENDING,COMPLETED&type=GENERATE".to_owned(), 5),
        (format!("documentId={document}&blockId={block}&status=COMPLETED&type=GENERATE,REFINE"), 3),
        ("status=FAILED".to_owned(), 0),
    ];
    for (filter, count) in cases {
        for limit in [2, 50] {
            let jobs = all(&world, &format!("{filter}&limit={limit}")).await;
            let unique: HashSet<_> = ids(&jobs).into_iter().collect();
            assert_eq!((jobs.len(), unique.len()), (count, count), "{filter} limit {limit}");
        }
    }
    let (_, page) = answer(world.request(Method::GET, "/jobs?limit=2&type=GENERATE")).await;
    let cursor = page["nextCursor"].as_str().unwrap();
    let (status, _) = answer(world.request(Method::GET, &format!("/jobs?limit=2&cursor={cursor}"))).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "other filters");
    let (status, _) =
        answer(world.request_as("bob", Method::GET, &format!("/jobs?limit=2&type=GENERATE&cursor={cursor}"))).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "another user");
}

#[tokio::test]
async fn the_newest_job_of_a_block_is_found_behind_many_others() {
    let world = World::new().await;
    let wanted = world.create(&world.generate_body()).await.to_string();
    for _ in 0..60 {
        world.create(&world.analyze_body()).await;
    }
    let block = world.seeded.unwritten().id;
    let (_, page) = answer(world.request(Method::GET, &format!("/jobs?limit=1&blockId={block}"))).await;
    assert_eq!(ids(page["jobs"].as_array().unwrap()), [wanted]);
}

#[tokio::test]
async fn a_page_stays_within_what_lambda_can_answer() {
    let world = World::new().await;
    let mut body = world.analyze_body();
    body["prompt"] = json!("\u{1}".repeat(10_000));
    for _ in 0..60 {
        world.create(&body).await;
    }
    let response = world.request(Method::GET, "/jobs?limit=100").send().await.unwrap();
    assert!(response.text().await.unwrap().len() < 3 * 1024 * 1024);
    assert_eq!(all(&world, "limit=100").await.len(), 60);
}

#[tokio::test]
async fn listed_jobs_leave_their_text_out() {
    let world = World::new().await;
    world.run(&world.generate_body()).await;
    let jobs = all(&world, "limit=10").await;
    assert!(jobs[0]["result"].get("content").is_none());
    assert!(jobs[0]["result"]["citations"].is_array());
}
