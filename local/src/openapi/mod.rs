//! The API as an OpenAPI 3.1 document.
//!
//! Schemas of responses are derived from the Rust types. Schemas of requests use the limits and lists of values that
//! the functions check (`requests`). `operations` describes the parameters and responses of each route.

#![allow(clippy::needless_pass_by_value, reason = "`json!` takes by reference whatever it is given")]

mod operations;
mod parameters;
mod requests;
mod responses;

use api::routes::PATHS;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// Path of the checked-in document, relative to the root of the project.
pub const FILE: &str = "openapi.json";

/// Builds the document for all routes of the contract.
pub fn document() -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|settings| {
            settings.meta_schema = None;
            settings.definitions_path = "/components/schemas".into();
        })
        .for_serialize()
        .into_generator();
    let mut paths = Map::new();
    for (path, methods) in PATHS {
        let mut item = Map::new();
        let placeholders = parameters::of_path(path);
        if !placeholders.is_empty() {
            item.insert("parameters".to_owned(), json!(placeholders));
        }
        for method in methods {
            let operation = operations::describe(method, path, &mut generator);
            item.insert(method.to_lowercase(), operation);
        }
        paths.insert(path.to_owned(), Value::Object(item));
    }
    let mut schemas = generator.take_definitions(true);
    requests::add(&mut schemas);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Report Builder Jobs",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Background jobs that write the blocks of a performance review with Claude.",
            "description": include_str!("about.md"),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "The server that returned this document"}],
        "security": [{"token": []}],
        "tags": [
            {"name": "Jobs", "description": "Background jobs that write blocks or analyze evidence."},
            {"name": "Documents", "description": "Documents, their blocks, and the history of each block."},
            {"name": "Evidence", "description": "Work that the user has done."},
            {"name": "Goals", "description": "Goals of the user. Jobs read the active goals."},
            {"name": "Me", "description": "Everything that is stored for you: to be exported, or deleted."},
            {"name": "Reviews", "description": "Earlier performance reviews of the user."},
        ],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": responses::problems(),
            "parameters": parameters::shared(),
            "securitySchemes": {"token": {
                "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                "description": "A token of your identity provider. Its `iss` and `sub` claims are the user. On the local runner, any name.",
            }},
        },
    })
}

/// The document as it is checked in: indented, with a newline at the end.
pub fn text() -> String {
    format!("{:#}\n", document())
}
