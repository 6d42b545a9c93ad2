//! The OpenAPI document is up to date and complete, and the runner serves it.

use std::collections::BTreeSet;

use domain::problem::ProblemCode;
use local::openapi;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use strum::VariantArray as _;

use crate::{
    processes::root,
    world::{World, answer, http},
};

#[test]
fn the_checked_in_document_is_up_to_date() {
    let checked_in = std::fs::read_to_string(root().join(openapi::FILE)).unwrap();
    assert!(checked_in == openapi::text(), "openapi.json is out of date: run make openapi");
}

/// Every route has one operation, and every operation has a unique id.
#[test]
fn every_route_is_described_once() {
    let document = openapi::document();
    let mut names = Vec::new();
    for (path, methods) in api::routes::PATHS {
        let described = document["paths"][path].as_object().unwrap();
        let expected: Vec<String> = methods.iter().map(|method| method.to_lowercase()).collect();
        let mut listed: Vec<String> = described.keys().filter(|name| *name != "parameters").cloned().collect();
        listed.sort_by_key(|name| expected.iter().position(|other| other == name));
        assert_eq!(listed, expected, "{path}");
        names.extend(expected.iter().map(|method| described[method]["operationId"].as_str().unwrap().to_owned()));
    }
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count, "operation ids are unique");
    assert_eq!(document["paths"].as_object().unwrap().len(), api::routes::PATHS.len());
}

/// The parameters that the document describes are those that the routes take. Any other is rejected.
#[test]
fn every_query_parameter_of_a_route_is_described() {
    let document = openapi::document();
    for (path, methods) in api::routes::PATHS {
        for method in methods {
            let operation = &document["paths"][path][method.to_lowercase()];
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let parameters = parameters.map(|parameter| match parameter["$ref"].as_str() {
                Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
                None => parameter,
            });
            let parameters = parameters.filter(|parameter| parameter["in"] == "query");
            let described: BTreeSet<&str> = parameters.map(|parameter| parameter["name"].as_str().unwrap()).collect();
            let taken = api::routes::query_parameters(&format!("{method} {path}"));
            assert_eq!(described, taken.iter().copied().collect(), "{method} {path}");
        }
    }
}

#[test]
fn every_reference_resolves() {
    fn walk(value: &Value, document: &Value) {
        match value {
            Value::Object(fields) => {
                if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                    assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
                }
                fields.values().for_each(|value| walk(value, document));
            }
            Value::Array(values) => values.iter().for_each(|value| walk(value, document)),
            _ => {}
        }
    }
    let document = openapi::document();
    walk(&document, &document);
}

#[tokio::test]
async fn the_runner_serves_the_document_and_a_page_to_read_it() {
    let world = World::new().await;
    let url = world.runner.url();
    let (status, document) = answer(http().get(format!("{url}/openapi.json"))).await;
    assert_eq!((status, document == openapi::document()), (StatusCode::OK, true));
    let page = http().get(format!("{url}/docs/")).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    assert!(page.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
    assert!(page.text().await.unwrap().contains("<title>Report Builder API</title>"));
    let script = http().get(format!("{url}/docs/swagger-ui-bundle.js")).send().await.unwrap();
    assert_eq!(script.status(), StatusCode::OK, "the runner itself serves the script");
    let foreign = http().get(format!("{url}/openapi.json")).header("host", "evil.example").send().await.unwrap();
    assert_eq!(foreign.status(), StatusCode::NOT_FOUND);
}

/// docs/errors.md has a row for each code, with status, title and explanation.
#[test]
fn every_problem_has_its_row_in_the_docs() {
    let page = std::fs::read_to_string(root().join("docs/errors.md")).unwrap();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    for code in ProblemCode::VARIANTS {
        let again = if code.is_retryable() { "yes" } else { "no" };
        let start = format!(
            "| `{code}` | {} | {} | {again} | ",
            api::problem_code::status(*code),
            api::problem_code::title(*code)
        );
        let row = rows.iter().find(|row| row.starts_with(&start));
        assert!(row.is_some_and(|row| row.len() > start.len() + 20), "docs/errors.md has no row that begins: {start}");
    }
    assert_eq!(rows.len(), ProblemCode::VARIANTS.len());
}

/// CORS lets a browser send and read the headers that the document describes.
#[tokio::test]
async fn pages_may_send_and_read_every_header_of_the_document() {
    let world = World::new().await;
    let preflight = http()
        .request(Method::OPTIONS, format!("{}/api/report-builder/jobs", world.runner.url()))
        .header("origin", "http://localhost:5173")
        .header("access-control-request-method", "POST")
        .send()
        .await
        .unwrap();
    let list = |name: &str, headers: &reqwest::header::HeaderMap| -> Vec<String> {
        headers[name].to_str().unwrap().split(',').map(|name| name.trim().to_lowercase()).collect()
    };
    let allowed = list("access-control-allow-headers", preflight.headers());
    assert!(preflight.headers()["access-control-max-age"].to_str().unwrap().parse::<u32>().unwrap() >= 600);
    let get = world.request(Method::GET, "/jobs").header("origin", "http://localhost:5173").send().await.unwrap();
    let exposed = list("access-control-expose-headers", get.headers());

    let document = openapi::document();
    for parameter in document["components"]["parameters"].as_object().unwrap().values() {
        if parameter["in"] == "header" {
            let name = parameter["name"].as_str().unwrap().to_lowercase();
            assert!(allowed.contains(&name), "{name} may not be sent");
        }
    }
    for (_, methods) in document["paths"].as_object().unwrap() {
        for operation in methods.as_object().unwrap().values().filter(|value| value.is_object()) {
            for response in operation["responses"].as_object().unwrap().values() {
                for name in response["headers"].as_object().into_iter().flatten().map(|(name, _)| name.to_lowercase()) {
                    assert!(exposed.contains(&name), "{name} cannot be read");
                }
            }
        }
    }
}
