//! Invalid requests: each gets a problem body, and nothing is stored.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::pointers;
use crate::world::{World, answer};

async fn bad_request(world: &World, body: Value) -> Value {
    let (status, problem) = answer(world.request(Method::POST, "/jobs").json(&body)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{body} {problem}");
    problem
}

#[tokio::test]
async fn all_wrong_and_missing_fields_are_reported_at_once() {
    let world = World::new().await;
    assert_eq!(pointers(&bad_request(&world, json!({})).await), ["/type", "/documentId"]);
    let all = json!({"type": "WRITE", "documentId": 7, "blockId": "not-a-uuid", "prompt": "x".repeat(10_001)});
    let problem = bad_request(&world, all).await;
    assert_eq!(pointers(&problem), ["/type", "/documentId", "/blockId", "/prompt"]);
    let mut missing = world.generate_body();
    missing.as_object_mut().unwrap().remove("blockId");
    for job_type in ["GENERATE", "REFINE"] {
        missing["type"] = json!(job_type);
        assert_eq!(pointers(&bad_request(&world, missing.clone()).await), ["/blockId"]);
    }
    for body in [json!([]), json!("GENERATE"), json!(null), json!(3)] {
        bad_request(&world, body).await;
    }
    assert_eq!(world.job_count().await, 0);
}

#[tokio::test]
async fn a_problem_has_every_field_of_the_contract() {
    let world = World::new().await;
    let response = world.request(Method::POST, "/jobs").json(&json!({"type": "ANALYZE"})).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    assert_eq!(response.headers()["cache-control"], "private, no-store");
    let request_id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let problem: Value = response.json().await.unwrap();
    assert_eq!(
        problem,
        json!({
            "type": "urn:report-builder:problem:invalid-request",
            "title": "Invalid request",
            "status": 400,
            "detail": "/documentId is required: a document's id, a UUID",
            "instance": "/api/report-builder/jobs",
            "code": "INVALID_REQUEST",
            "error": "/documentId is required: a document's id, a UUID",
            "requestId": request_id,
            "retryable": false,
            "errors": [{"pointer": "/documentId", "detail": "is required: a document's id, a UUID"}],
        })
    );
}

#[tokio::test]
async fn bodies_that_are_malformed_or_too_large_are_rejected() {
    let world = World::new().await;
    let post = |body: String, media_type: &str| {
        answer(world.request(Method::POST, "/jobs").header("content-type", media_type).body(body))
    };
    let cases = [
        ("{".to_owned(), "application/json", 400, "MALFORMED_JSON"),
        (String::new(), "application/json", 400, "MALFORMED_JSON"),
        ("\u{0}".to_owned(), "application/json", 400, "MALFORMED_JSON"),
        ("[".repeat(100_000), "application/json", 400, "MALFORMED_JSON"),
        (format!("\"{}\"", "x".repeat(1_000_000)), "application/json", 413, "PAYLOAD_TOO_LARGE"),
        ("x".repeat(11_000_000), "application/json", 413, "PAYLOAD_TOO_LARGE"),
        ("{}".to_owned(), "text/plain", 415, "UNSUPPORTED_MEDIA_TYPE"),
    ];
    for (body, media_type, status, code) in cases {
        let shown: String = body.chars().take(20).collect();
        let (answered, problem) = post(body, media_type).await;
        assert_eq!((answered.as_u16(), problem["code"].as_str()), (status, Some(code)), "{shown} {problem}");
    }
    let bytes = world.request(Method::POST, "/jobs").header("content-type", "application/json").body(vec![0xff, 0xfe]);
    assert_eq!(answer(bytes).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(world.job_count().await, 0);
}

#[tokio::test]
async fn a_prompt_may_have_ten_thousand_characters_and_a_blank_prompt_is_no_prompt() {
    let world = World::new().await;
    let mut body = world.analyze_body();
    body["prompt"] = json!("é".repeat(10_000));
    world.create(&body).await;
    body["prompt"] = json!("  ");
    let id = world.create(&body).await;
    assert_eq!(world.job(id).await.prompt, None);
    body["prompt"] = json!(null);
    body["blockId"] = json!(null);
    world.create(&body).await;
}

#[tokio::test]
async fn missing_documents_and_blocks_of_other_documents_are_not_found() {
    let world = World::new().await;
    let other = crate::world::seed(&world.runner, "ada").await;
    let unknown = "019a0000-0000-7000-8000-000000000000";
    let mut body = world.generate_body();
    let cases = [
        ("documentId", unknown.to_owned(), "Document not found"),
        ("blockId", unknown.to_owned(), "Block not found"),
        ("blockId", other.unwritten().id.to_string(), "Block not found"),
    ];
    for (field, id, detail) in cases {
        let original = std::mem::replace(&mut body[field], json!(id));
        let (status, problem) = answer(world.request(Method::POST, "/jobs").json(&body)).await;
        assert_eq!((status, problem["error"].as_str()), (StatusCode::NOT_FOUND, Some(detail)));
        body[field] = original;
    }
    assert_eq!(world.job_count().await, 0);
}

#[tokio::test]
async fn invalid_job_ids_and_unknown_paths_and_methods_are_reported() {
    let world = World::new().await;
    for id in [
        "019a0000-0000-7000-8000-000000000000",
        "1",
        "not-a-uuid",
        "019A0000000070008000000000000000",
        "%00",
        "..",
        "💥",
    ] {
        for method in [Method::GET, Method::DELETE] {
            let (status, problem) = answer(world.request(method, &format!("/jobs/{id}"))).await;
            if id != ".." {
                assert_eq!((status, problem["error"].as_str()), (StatusCode::NOT_FOUND, Some("Job not found")), "{id}");
            }
        }
    }
    let response = world.request(Method::PUT, "/jobs").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()["allow"], "GET, HEAD, POST, OPTIONS");
    assert_eq!(answer(world.request(Method::GET, "/jobs/1/2/3")).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn invalid_queries_of_lists_are_rejected() {
    let world = World::new().await;
    let cases = [
        ("limit=0", "?limit"),
        ("limit=abc", "?limit"),
        ("limit=101", "?limit"),
        ("limit=-1", "?limit"),
        ("status=DONE", "?status"),
        ("type=GENERATE,WRITE", "?type"),
        ("documentId=1", "?documentId"),
        ("blockId=1", "?blockId"),
        ("cursor=xyz", "?cursor"),
        ("limit=1&limit=2", "?limit"),
        (
            "documentId=019a0000-0000-7000-8000-000000000000&documentId=019a0000-0000-7000-8000-000000000001",
            "?documentId",
        ),
        ("cursor=019a0000-0000-7000-8000-000000000000.000000000000", "?cursor"),
    ];
    for (query, pointer) in cases {
        let (status, problem) = answer(world.request(Method::GET, &format!("/jobs?{query}"))).await;
        assert_eq!((status, pointers(&problem)), (StatusCode::BAD_REQUEST, vec![pointer]), "{query}");
    }
}

#[tokio::test]
async fn a_failure_of_the_table_is_reported_without_internal_details() {
    let world = World::new().await;
    world.runner.embedded.dynamodb.delete_table().table_name(local::aws::TABLE).send().await.unwrap();
    let id = domain::ids::JobId::new();
    let requests = [
        world.request(Method::POST, "/jobs").json(&world.generate_body()),
        world.request(Method::GET, "/jobs"),
        world.request(Method::GET, &format!("/jobs/{id}")),
        world.request(Method::DELETE, &format!("/jobs/{id}")),
        world.request(Method::GET, ""),
        world.request(Method::POST, "").json(&json!({"name": "A"})),
        world.request(Method::GET, &format!("/{id}")),
        world.request(Method::PATCH, &format!("/{id}/blocks/{id}")).json(&json!({"content": "A"})),
        world.request(Method::DELETE, &format!("/{id}")),
        world.library(Method::GET, "evidence?type=SLACK"),
        world.library(Method::GET, &format!("goals/{id}")),
        world.library(Method::POST, "reviews").json(&json!({"year": 2025, "type": "SELF", "content": "A"})),
        world.library(Method::DELETE, &format!("goals/{id}")),
    ];
    for request in requests {
        let (status, problem) = answer(request).await;
        assert_eq!((status, problem["code"].as_str()), (StatusCode::INTERNAL_SERVER_ERROR, Some("INTERNAL_ERROR")));
        assert_eq!(problem["error"], "Something went wrong on our side. Try again later.");
        assert!(!problem.to_string().contains("Resource"), "{problem}");
    }
}

#[tokio::test]
async fn only_pages_of_listed_origins_may_call_the_api() {
    let world = World::new().await;
    let preflight = async |origin: &str| {
        let url = format!("{}/api/report-builder/jobs", world.runner.url());
        let request = crate::world::http().request(Method::OPTIONS, url).header("origin", origin);
        let request = request.header("access-control-request-method", "POST");
        request.header("access-control-request-headers", "content-type,authorization").send().await.unwrap()
    };
    let allowed = preflight("http://localhost:5173").await;
    assert_eq!(allowed.headers()["access-control-allow-origin"], "http://localhost:5173");
    assert_eq!(allowed.headers()["access-control-max-age"], "7200");
    assert!(preflight("http://evil.example").await.headers().get("access-control-allow-origin").is_none());
}

#[tokio::test]
async fn problems_of_the_fallback_function_name_the_request_and_its_path() {
    let world = World::new().await;
    let response = world.request(Method::PUT, "/jobs").send().await.unwrap();
    let request_id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let problem: Value = response.json().await.unwrap();
    assert_eq!((&problem["requestId"], &problem["instance"]), (&json!(request_id), &json!("/api/report-builder/jobs")));
}

#[tokio::test]
async fn requests_without_a_valid_identity_reach_no_function() {
    let world = World::new().await;
    let url = format!("{}/api/report-builder/jobs", world.runner.url());
    let (status, problem) = answer(crate::world::http().get(url).header("authorization", "Basic YTpi")).await;
    assert_eq!((status, problem["code"].as_str()), (StatusCode::UNAUTHORIZED, Some("UNAUTHORIZED")));
    let foreign = world.request(Method::GET, "/jobs").header("host", "evil.example");
    assert_eq!(answer(foreign).await.0, StatusCode::NOT_FOUND, "a page with a rebound host name gets nothing");
}
