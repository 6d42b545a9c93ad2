//! Nothing that a client sends is ignored silently: a name that a route does not know is an error.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{World, answer, items, pointers};

/// A request for a route of the contract, with a body that it accepts.
fn requests(world: &World) -> Vec<(Method, String, Value)> {
    let (document, block) = (world.seeded.document.id, world.seeded.written().id);
    let id = "019a0000-0000-7000-8000-000000000000";
    let (blocks, jobs) =
        (format!("/api/report-builder/{document}/blocks"), format!("/api/report-builder/{document}/jobs"));
    let evidence = json!({"type": "MANUAL", "title": "A", "summary": "", "occurredAt": "2026-10-01"});
    let of = |path: &str| path.to_owned();
    let mut requests = vec![
        (Method::POST, of("/api/report-builder/jobs"), world.generate_body()),
        (Method::POST, of("/api/report-builder/jobs/dry-run"), world.generate_body()),
        (Method::POST, format!("/api/report-builder/jobs/{id}/retry"), json!({"prompt": "Shorter"})),
        (Method::POST, jobs.clone(), json!({"type": "GENERATE"})),
        (Method::POST, format!("{jobs}/dry-run"), json!({"type": "GENERATE"})),
        (Method::POST, of("/api/report-builder"), json!({"name": "A"})),
        (Method::PATCH, format!("/api/report-builder/{document}"), json!({"name": "A"})),
        (Method::POST, blocks.clone(), json!({"type": "TEXT"})),
        (Method::PATCH, blocks.clone(), json!({"blockPositions": []})),
        (Method::PATCH, format!("{blocks}/{block}"), json!({"content": "A"})),
        (Method::POST, format!("{blocks}/{block}/history"), json!({"restoreToContent": "A"})),
        (Method::POST, of("/api/evidence"), evidence),
        (Method::POST, of("/api/evidence"), json!({"items": []})),
        (Method::POST, of("/api/goals"), json!({"title": "A"})),
        (Method::POST, of("/api/reviews"), json!({"year": 2025, "type": "SELF", "content": "A"})),
    ];
    for kind in ["evidence", "goals", "reviews"] {
        requests.push((Method::POST, format!("/api/{kind}/import"), Value::Null));
    }
    let known: Vec<(Method, String)> =
        requests.iter().map(|(method, path, _)| (method.clone(), path.clone())).collect();
    for (path, methods) in api::routes::PATHS {
        let path = path.replace("{jobId}", id).replace("{blockId}", &block.to_string());
        let path = path.replace("report-builder/{id}", &format!("report-builder/{document}")).replace("{id}", id);
        for method in methods {
            let route = (method.parse().unwrap(), path.clone());
            if !known.contains(&route) {
                requests.push((route.0, route.1, Value::Null));
            }
        }
    }
    requests
}

fn send(world: &World, method: &Method, path_and_query: &str) -> reqwest::RequestBuilder {
    let url = format!("{}{path_and_query}", world.runner.url());
    crate::world::http().request(method.clone(), url).bearer_auth("ada")
}

#[tokio::test]
async fn an_unknown_query_parameter_is_an_error_on_every_route() {
    let world = World::new().await;
    let before = items(&world).await;
    let mut checked = 0;
    for (method, path, body) in requests(&world) {
        let request = send(&world, &method, &format!("{path}?colour=blue"));
        let request = if body.is_null() { request } else { request.json(&body) };
        let (status, problem) = answer(request).await;
        assert_eq!(
            (status, pointers(&problem)),
            (StatusCode::BAD_REQUEST, vec!["?colour"]),
            "{method} {path} {problem}"
        );
        checked += 1;
    }
    assert!(checked > 36, "{checked} routes");
    assert_eq!(items(&world).await, before, "nothing was written");
}

#[tokio::test]
async fn an_unknown_field_is_an_error_in_every_body() {
    let world = World::new().await;
    let before = items(&world).await;
    let mut checked = 0;
    for (method, path, mut body) in requests(&world) {
        let Some(fields) = body.as_object_mut() else { continue };
        fields.insert("colour".to_owned(), Value::Null);
        let (status, problem) = answer(send(&world, &method, &path).json(&body)).await;
        assert_eq!(
            (status, pointers(&problem)),
            (StatusCode::BAD_REQUEST, vec!["/colour"]),
            "{method} {path} {problem}"
        );
        checked += 1;
    }
    for kind in ["evidence", "goals", "reviews"] {
        let (_, page) = answer(world.library_as("ada", Method::GET, kind)).await;
        let path = format!("/api/{kind}/{}", page["items"][0]["id"].as_str().unwrap());
        let (status, problem) = answer(send(&world, &Method::PATCH, &path).json(&json!({"colour": "blue"}))).await;
        assert_eq!((status, pointers(&problem)), (StatusCode::BAD_REQUEST, vec!["/colour"]), "{kind}");
        checked += 1;
    }
    assert_eq!(checked, 18);
    assert_eq!(items(&world).await, before, "nothing was written");
}

#[tokio::test]
async fn the_nearest_known_name_is_named() {
    let world = World::new().await;
    for (path, detail) in [
        ("/jobs?statu=PENDING", "?statu is not a query parameter here; did you mean status?"),
        ("/jobs?document_id=1", "?document_id is not a query parameter here; did you mean documentId?"),
        ("?page=2", "?page is not a query parameter here; there are status, limit, cursor, offset"),
        ("/usage?start=2026-01-01", "?start is not a query parameter here; there are from, to"),
    ] {
        let (status, problem) = answer(world.request(Method::GET, path)).await;
        assert_eq!((status, &problem["detail"]), (StatusCode::BAD_REQUEST, &json!(detail)), "{path}");
    }
    let (_, problem) = answer(world.request(Method::GET, "/019a0000-0000-7000-8000-000000000000?full=true")).await;
    assert_eq!(problem["detail"], "?full is not a query parameter here; there are none");
    let mut body = world.generate_body();
    body["instruction"] = json!("Shorter");
    body["applymode"] = json!("auto");
    let (_, problem) = answer(world.request(Method::POST, "/jobs").json(&body)).await;
    let details: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().map(|error| error["detail"].as_str().unwrap()).collect();
    assert_eq!(details[0], "is not a field here; did you mean applyMode?");
    assert!(details[1].starts_with("is not a field here; there are type, input, documentId, blockId, "), "{details:?}");
    let evidence =
        json!({"type": "MANUAL", "title": "A", "summary": "", "occurredAt": "2026-10-01", "metrics": {"added": 1}});
    let (status, problem) = answer(world.library(Method::POST, "evidence").json(&json!({"items": [evidence]}))).await;
    assert_eq!((status, &problem["rejected"]), (StatusCode::OK, &json!(1)));
    assert_eq!(pointers(&problem["results"][0]), ["/items/0/metrics/added"]);
}

/// The person of a review is no field that jobs could obey: they read the sources of the caller.
#[tokio::test]
async fn names_of_other_report_builders_get_a_hint() {
    let world = World::new().await;
    let (document, block) = (world.seeded.document.id, world.seeded.written().id);
    let subject = json!({"name": "A", "subjectUserId": "bob"});
    for (method, path) in [(Method::POST, String::new()), (Method::PATCH, format!("/{document}"))] {
        let (status, problem) = answer(world.request(method, &path).json(&subject)).await;
        assert_eq!((status, pointers(&problem)), (StatusCode::BAD_REQUEST, vec!["/subjectUserId"]));
        assert!(problem["detail"].as_str().unwrap().contains("perspective"), "{problem}");
    }
    let inline = json!({"type": "ANALYZE", "input": {"document": subject}});
    let (status, problem) = answer(world.request(Method::POST, "/jobs").json(&inline)).await;
    assert_eq!((status, pointers(&problem)), (StatusCode::BAD_REQUEST, vec!["/input/document/subjectUserId"]));
    assert!(problem["detail"].as_str().unwrap().contains("perspective"), "{problem}");
    for (path, name) in [(format!("/{document}"), "blockCount"), (format!("/{document}/blocks/{block}"), "contentBy")] {
        let (status, problem) = answer(world.request(Method::PATCH, &path).json(&json!({name: 1}))).await;
        assert_eq!((status, &problem["detail"]), (StatusCode::BAD_REQUEST, &json!(format!("/{name} is read only"))));
    }
    for track in [true, false] {
        let patch = json!({"content": "A", "trackRevision": track});
        let (status, problem) =
            answer(world.request(Method::PATCH, &format!("/{document}/blocks/{block}")).json(&patch)).await;
        assert_eq!((status, pointers(&problem)), (StatusCode::BAD_REQUEST, vec!["/trackRevision"]));
        assert!(problem["detail"].as_str().unwrap().contains("revision"), "{problem}");
    }
    assert_eq!(world.content_of(block).await.1, 1, "nothing was written");
}

/// The settings of another client are kept, because a newer client may know them.
#[tokio::test]
async fn unknown_fields_of_a_context_config_are_kept() {
    let world = World::new().await;
    let config = json!({"includeEvidence": false, "focusAreas": ["quality"], "evidenceDateStart": "2026-01-01", "maxEvidence": 5});
    let (status, created) =
        answer(world.request(Method::POST, "").json(&json!({"name": "A", "contextConfig": config}))).await;
    assert_eq!(status, StatusCode::CREATED);
    for (name, value) in config.as_object().unwrap() {
        assert_eq!(&created["contextConfig"][name], value, "{name}");
    }
    let (_, shown) = answer(world.request(Method::GET, &format!("/{}", created["id"].as_str().unwrap()))).await;
    assert_eq!(shown["contextConfig"], created["contextConfig"]);
}

#[tokio::test]
async fn the_detail_of_a_problem_names_every_wrong_field() {
    let world = World::new().await;
    let (_, problem) = answer(world.request(Method::GET, "/jobs?limit=500&status=pending")).await;
    assert_eq!(
        problem["detail"],
        "2 fields are wrong: ?limit must be a number from 1 to 100; \
         ?status must be one or more of these, separated by commas: PENDING, PROCESSING, COMPLETED, FAILED"
    );
    let cuid = "clh3z2k9d0000qzrmn5w8x7yk";
    let body = json!({"type": "GENERATE", "documentId": cuid, "blockId": cuid});
    let (_, problem) = answer(world.request(Method::POST, "/jobs").json(&body)).await;
    assert_eq!(
        problem["error"],
        "2 fields are wrong: /documentId must be a document's id, a UUID; /blockId must be a block's id, a UUID"
    );
    let (_, problem) = answer(world.request(Method::GET, &format!("/jobs?documentId={cuid}&colour=blue"))).await;
    assert_eq!(pointers(&problem), ["?colour", "?documentId"], "all at once");
}

#[tokio::test]
async fn an_import_lists_what_it_does_not_take() {
    let world = World::new().await;
    let rows = json!([{"type": "MANUAL", "title": "A", "summary": "", "occurredAt": "2026-10-01", "mood": "good", "metrics": {"additions": 1, "files": 2}}]);
    let (status, report) = answer(world.library(Method::POST, "evidence/import").json(&rows)).await;
    assert_eq!((status, &report["created"]), (StatusCode::OK, &json!(1)), "{report}");
    assert_eq!(report["ignoredColumns"], json!(["metrics.files", "mood"]));
}
