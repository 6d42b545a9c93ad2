//! Users who know each other's ids cannot reach each other's data.

use std::collections::HashSet;

use domain::zone::Zone;
use local::runner::RunnerOptions;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    dynamodb_proxy::{Fault, proxied_store},
    world::{World, answer, options},
};

#[tokio::test]
async fn jobs_and_documents_of_other_users_are_answered_like_missing_ones() {
    let world = World::new().await;
    let id = world.create(&world.generate_body()).await;
    let missing = domain::ids::JobId::new();
    let comparable = |mut body: Value| {
        let map = body.as_object_mut().unwrap();
        map.remove("requestId");
        map.remove("instance");
        body
    };
    // The last two names try to reach into the keys of ada's items.
    for stranger in ["bob", "ad", "adaa", "USER#ada", "ada#JOB"] {
        for method in [Method::GET, Method::DELETE] {
            let foreign = answer(world.request_as(stranger, method.clone(), &format!("/jobs/{id}"))).await;
            let none = answer(world.request_as(stranger, method, &format!("/jobs/{missing}"))).await;
            assert_eq!(foreign.0, StatusCode::NOT_FOUND);
            assert_eq!(comparable(foreign.1), comparable(none.1));
        }
        for body in [world.generate_body(), world.refine_body(), world.analyze_body()] {
            let (status, problem) = answer(world.request_as(stranger, Method::POST, "/jobs").json(&body)).await;
            assert_eq!((status, problem["error"].as_str()), (StatusCode::NOT_FOUND, Some("Document not found")));
        }
        let (_, list) = answer(world.request_as(stranger, Method::GET, "/jobs")).await;
        assert_eq!(list["jobs"].as_array().unwrap().len(), 0);
        let document = world.seeded.document.id;
        let (_, list) = answer(world.request_as(stranger, Method::GET, &format!("/jobs?documentId={document}"))).await;
        assert_eq!(list["jobs"].as_array().unwrap().len(), 0);
    }
    world.runner.drain().await.unwrap();
    assert_eq!(world.shown(id).await["status"], "COMPLETED");
}

/// Every route below a document, called by a user who knows all ids.
#[tokio::test]
async fn documents_blocks_and_histories_of_other_users_are_answered_like_missing_ones() {
    let world = World::new().await;
    let block = world.seeded.written();
    world.edit(block, &serde_json::json!({"content": "Mine."})).await;
    let page = world.runner.store.revisions(&world.user, block, None, 1).await.unwrap();
    let revision = page.items[0].revision.id.to_string();
    let before = world.runner.store.document(&world.user, block.document_id).await.unwrap().unwrap();
    for stranger in ["bob", "ad", "ada#DOCUMENT", "USER#ada"] {
        for (method, path) in [
            (Method::GET, ""),
            (Method::PATCH, ""),
            (Method::DELETE, ""),
            (Method::GET, "/blocks"),
            (Method::POST, "/blocks"),
            (Method::PATCH, "/blocks"),
            (Method::GET, "/blocks/{block}"),
            (Method::PATCH, "/blocks/{block}"),
            (Method::DELETE, "/blocks/{block}"),
            (Method::GET, "/blocks/{block}/history"),
            (Method::POST, "/blocks/{block}/history"),
        ] {
            let send = async |document: String, block: String| {
                let body = body_of(method.as_str(), &format!("/api/report-builder/{{id}}{path}"), (&block, &revision));
                let path = format!("/{document}{}", path.replace("{block}", &block));
                let request = world.request_as(stranger, method.clone(), &path);
                let request = if body.is_null() { request } else { request.json(&body) };
                let (status, mut body) = answer(request).await;
                body.as_object_mut().unwrap().retain(|name, _| name != "requestId" && name != "instance");
                (status, body)
            };
            let foreign = send(block.document_id.to_string(), block.id.to_string()).await;
            let missing = "019a0000-0000-7000-8000-000000000000".to_owned();
            assert_eq!(foreign, send(missing.clone(), missing).await, "{method} {path}");
            assert_eq!(foreign.0, StatusCode::NOT_FOUND);
        }
        let (_, list) = answer(world.request_as(stranger, Method::GET, "")).await;
        assert_eq!(list["documents"].as_array().unwrap().len(), 0);
    }
    assert_eq!(world.runner.store.document(&world.user, block.document_id).await.unwrap().unwrap(), before);
}

#[tokio::test]
async fn a_job_reads_the_evidence_goals_and_reviews_of_its_user_only() {
    let world = World::new().await;
    let bob = crate::world::user("bob");
    let seeded = crate::world::seed(&world.runner, "bob").await;
    let config = &seeded.document.context_config;
    let mut fields = world.runner.store.evidence(&bob, config, &Zone::default(), usize::MAX).await.unwrap().matching;
    for evidence in &mut fields {
        evidence.fields.title = "SECRET OF BOB".to_owned();
    }
    assert!(world.runner.store.put_entries(&bob, &fields).await.iter().all(Result::is_ok));
    let job = world.run(&world.generate_body()).await;
    assert_eq!(job["result"]["evidenceCount"], 12, "not 24");
    assert_eq!(job["result"]["goalsCount"], 2);
    assert_eq!(job["result"]["reviewsCount"], 2);
    assert!(!world.journal().requests()[0].to_string().contains("SECRET OF BOB"));
}

/// Every key begins with the owner of the item. There are two exceptions: the index of the sweeper, which holds keys only,
/// and what all users together have spent.
#[tokio::test]
async fn every_key_in_the_table_begins_with_its_owner() {
    let parameters = ["MaxSpendPerUserPerDay", "MaxSpendPerDay"].map(|name| (name.to_owned(), "25".to_owned())).into();
    let world = World::with(RunnerOptions { parameters, ..options() }).await;
    world.run(&world.generate_body()).await;
    world.create(&world.analyze_body()).await;
    let with_key = world.request(Method::POST, "/jobs").header("idempotency-key", "k").json(&world.refine_body());
    assert_eq!(answer(with_key).await.0, StatusCode::ACCEPTED);
    let scan = world.runner.embedded.dynamodb.scan().table_name(local::aws::TABLE).send().await.unwrap();
    let (mut kinds, mut services) = (HashSet::new(), 0);
    for item in scan.items() {
        let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned();
        let is_of_all = text("pk").unwrap() == store::table::keys::SERVICE;
        assert!(is_of_all || text("pk").unwrap() == store::table::keys::owner(&world.user), "{item:?}");
        if is_of_all {
            assert!(text("sk").unwrap().starts_with("SPENDING#"), "{item:?}");
            services += 1;
        }
        for partition in ["documentPk", "unfinishedPk", "timePk", "kindPk"] {
            assert!(text(partition).is_none_or(|key| key.starts_with(&text("pk").unwrap())), "{item:?}");
        }
        assert_eq!(item["format"].as_n().unwrap(), "2");
        kinds.insert(text("sk").unwrap().split('#').next().unwrap().to_owned());
    }
    assert_eq!(services, 1);
    let expected =
        ["DOCUMENT", "EVIDENCE", "GOAL", "IDEMPOTENCY", "IN_FLIGHT", "JOB", "REVIEW", "REVISION", "SPENDING", "TEXT"]
            .map(str::to_owned);
    assert_eq!(kinds, expected.into());
}

/// Every route with an id in its path, called by a user who knows all ids. For a foreign id, the response and the
/// number of database calls are the same as for a missing id.
#[tokio::test]
async fn a_foreign_id_and_a_missing_id_are_answered_alike_on_every_route() {
    let world = World::new().await;
    let job = world.create(&world.generate_body()).await;
    let block = world.seeded.written();
    world.edit(block, &json!({"content": "Mine."})).await;
    let past = world.runner.store.revisions(&world.user, block, None, 1).await.unwrap();
    let entry = async |kind: &str| {
        let (_, page) = answer(world.library_as("ada", Method::GET, kind)).await;
        page["items"][0]["id"].as_str().unwrap().to_owned()
    };
    let (evidence, goal, review) = (entry("evidence").await, entry("goals").await, entry("reviews").await);
    let revision = past.items[0].revision.id.to_string();
    let random = || domain::ids::JobId::new().to_string();
    let (store, proxy) = proxied_store(&world, Fault::None).await;
    let functions = world.runner.functions.on(&store);
    let routes = local::template::Template::checked_in().unwrap().routes().unwrap();

    let mut checked = 0;
    // HEAD is answered as GET, without the body that is compared here.
    for route in routes.iter().filter(|route| route.path.contains('{') && route.method != "HEAD") {
        let known = |name: &str| match (name, route.path.as_str()) {
            ("jobId", _) => job.to_string(),
            ("blockId", _) => block.id.to_string(),
            (_, path) if path.starts_with("/api/evidence") => evidence.clone(),
            (_, path) if path.starts_with("/api/goals") => goal.clone(),
            (_, path) if path.starts_with("/api/reviews") => review.clone(),
            _ => block.document_id.to_string(),
        };
        let body = body_of(&route.method, &route.path, (&block.id.to_string(), &revision));
        let mut observed = Vec::new();
        for foreign in [true, false] {
            let names = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
            let values: Vec<(&str, String)> =
                names.map(|name| (name, if foreign { known(name) } else { random() })).collect();
            let before = proxy.calls();
            let response = functions.http(&route.function, event(route, &values, &body)).await.unwrap();
            let lambda_http::Body::Text(text) = response.body() else { panic!("no text") };
            let mut problem: Value = serde_json::from_str(text).unwrap();
            assert_eq!(response.status().as_u16(), 404, "{} {}: {problem}", route.method, route.path);
            for name in ["instance", "requestId"] {
                problem.as_object_mut().unwrap().remove(name);
            }
            observed.push((problem, response.headers().len(), proxy.calls() - before));
        }
        assert_eq!(observed[0], observed[1], "{} {}", route.method, route.path);
        checked += 1;
    }
    println!("{checked} routes");
    assert_eq!(checked, 27);
    assert_eq!(world.shown(job).await["status"], "PENDING");
}

/// A body that a route accepts. `null` for a route without one.
fn body_of(method: &str, path: &str, (block, revision): (&str, &str)) -> Value {
    match (method, path.rsplit('/').next().unwrap()) {
        ("POST", "jobs" | "dry-run") => json!({"type": "GENERATE"}),
        ("POST", "retry") => json!({}),
        ("POST", "blocks") => json!({"type": "TEXT"}),
        ("PATCH", "blocks") => json!({"blockPositions": [{"blockId": block, "position": 0}]}),
        ("POST", "history") => json!({"revisionId": revision}),
        ("PATCH", "{block}" | "{blockId}") => json!({"content": "x"}),
        ("PATCH", _) if path.starts_with("/api/evidence") || path.starts_with("/api/goals") => json!({"title": "x"}),
        ("PATCH", _) if path.starts_with("/api/reviews") => json!({"content": "x"}),
        ("PATCH", _) => json!({"name": "x"}),
        _ => Value::Null,
    }
}

/// A request by bob, as the gateway hands it to a function.
fn event(route: &local::template::Route, values: &[(&str, String)], body: &Value) -> lambda_http::Request {
    let sample = std::fs::read_to_string(format!("{}/../events/get-job.json", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let mut event: Value = serde_json::from_str(&sample).unwrap();
    let key = format!("{} {}", route.method, route.path);
    event["routeKey"] = json!(key);
    event["requestContext"]["routeKey"] = json!(key);
    let path =
        values.iter().fold(route.path.clone(), |path, (name, value)| path.replace(&format!("{{{name}}}"), value));
    event["rawPath"] = json!(path);
    event["requestContext"]["http"]["path"] = json!(path);
    event["requestContext"]["http"]["method"] = json!(route.method);
    event["requestContext"]["authorizer"]["jwt"]["claims"] = json!({"iss": local::gateway::ISSUER, "sub": "bob"});
    event["pathParameters"] = values.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    event["body"] = json!(if body.is_null() { String::new() } else { body.to_string() });
    api::request_of_event(&event.to_string()).unwrap()
}
