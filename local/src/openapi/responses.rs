//! Responses and their headers.

use domain::problem::ProblemCode;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};
use strum::VariantArray as _;

/// Describes a header that is always present.
fn header(about: &str, schema: Value) -> Value {
    json!({"description": about, "schema": schema, "required": true})
}

/// Describes the headers of a response, by name.
pub(super) fn headers(names: &[&str]) -> Value {
    let text = || json!({"type": "string"});
    let headers: Map<String, Value> = names
        .iter()
        .map(|name| {
            let described = match *name {
                "ETag" => header("The version of the object, for `If-None-Match` or `If-Match`.", text()),
                "Location" => header("The path of the returned object.", text()),
                "Retry-After" => header("Seconds until the next request.", json!({"type": "integer", "minimum": 1})),
                "Allow" => header("The methods that the path supports.", text()),
                _ => header("The id of the request. Include it when you report a problem.", text()),
            };
            ((*name).to_owned(), described)
        })
        .collect();
    Value::Object(headers)
}

/// Describes a JSON response with the schema of the type `T`.
pub(super) fn of<T: JsonSchema>(generator: &mut SchemaGenerator, about: &str, names: &[&str]) -> Value {
    let schema = generator.subschema_for::<T>();
    json!({
        "description": about,
        "headers": headers(&[names, &["X-Request-Id"]].concat()),
        "content": {"application/json": {"schema": schema}},
    })
}

/// Refers to the problem response with this status.
pub(super) fn problem(status: u16) -> Value {
    json!({"$ref": format!("#/components/responses/Problem{status}")})
}

/// Describes one problem response per status, with its possible codes.
pub(super) fn problems() -> Value {
    let mut answers = Map::new();
    for code in ProblemCode::VARIANTS {
        let status = api::problem_code::status(*code);
        let codes: Vec<String> = ProblemCode::VARIANTS
            .iter()
            .filter(|other| api::problem_code::status(**other) == status)
            .map(ToString::to_string)
            .collect();
        let names: &[&str] = match status {
            405 => &["Allow", "X-Request-Id"],
            429 | 503 => &["Retry-After", "X-Request-Id"],
            _ => &["X-Request-Id"],
        };
        answers.entry(format!("Problem{status}")).or_insert_with(|| {
            json!({
                "description": codes.join(", "),
                "headers": headers(names),
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            })
        });
    }
    Value::Object(answers)
}
