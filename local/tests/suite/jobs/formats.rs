//! Items and messages of older releases can still be read, because an update meets jobs in flight.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::job::status::JobStatus;
use queue::JobMessage;
use serde_json::{Value, json};

use crate::world::World;

fn attribute(value: &Value) -> AttributeValue {
    match value {
        Value::Null => AttributeValue::Null(true),
        Value::Bool(flag) => AttributeValue::Bool(*flag),
        Value::Number(number) => AttributeValue::N(number.to_string()),
        Value::String(text) => AttributeValue::S(text.clone()),
        Value::Array(list) => AttributeValue::L(list.iter().map(attribute).collect()),
        Value::Object(map) => {
            AttributeValue::M(map.iter().map(|(name, value)| (name.clone(), attribute(value))).collect())
        }
    }
}

/// Stores an item exactly as it is given.
async fn put(world: &World, item: &Value) {
    let item: HashMap<String, AttributeValue> =
        item.as_object().unwrap().iter().map(|(name, value)| (name.clone(), attribute(value))).collect();
    let put = world.runner.embedded.dynamodb.put_item().table_name(local::aws::TABLE).set_item(Some(item));
    put.send().await.unwrap();
}

/// Jobs as the first release stored them: waiting, leased by a worker that the update has ended, and with a saved
/// result.
#[tokio::test]
async fn jobs_of_the_first_format_complete() {
    let world = World::new().await;
    let block = world.seeded.unwritten();
    let now = world.runner.clock.now();
    let at = |seconds: i64| (now + jiff::SignedDuration::from_secs(seconds)).to_string();
    for (number, state) in ["waiting", "running", "answered"].into_iter().enumerate() {
        let id = domain::ids::JobId::new();
        let mut item = json!({
            "pk": "USER#ada", "sk": format!("JOB#{id}"), "format": 1, "user": "ada", "jobId": id, "type": "GENERATE",
            "documentId": block.document_id, "blockId": block.id, "status": "PENDING", "attempt": 0, "maxAttempts": 3,
            "progress": {"phase": "QUEUED", "percent": 0, "message": "Waiting for a worker", "updatedAt": at(-40)},
            "createdAt": at(-40), "updatedAt": at(-40), "deadlineAt": at(560), "resends": 0, "revision": 1,
            "documentPk": format!("USER#ada#JOBS#{}", block.document_id),
            "overduePk": "OVERDUE#0", "overdueAt": (now.as_millisecond() - 10_000),
        });
        if state != "waiting" {
            item["status"] = json!("PROCESSING");
            item["leaseToken"] = json!(domain::ids::JobId::new());
            item["leaseUntil"] = json!(at(-10));
            item["startedAt"] = json!(at(-39));
            item["attempt"] = json!(1);
            item["blockVersion"] = json!(1 + number);
        }
        if state == "answered" {
            item["usage"] = json!({"inputTokens": 10, "outputTokens": 20, "cacheReadInputTokens": 0,
                "cacheCreationInputTokens": 0, "costMicroUsd": 220});
            item["uncommittedResult"] = json!({"reason": null, "result": {
                "kind": "TEXT", "content": "Paid for.", "citations": [], "evidenceIds": [], "tokensUsed": 20,
                "sources": {"evidence": 1, "evidenceOmitted": 0, "goals": 0, "reviews": 0}, "model": "claude-sonnet-5-5",
            }});
        }
        put(&world, &item).await;
        let report = world.runner.functions.sweep().await.unwrap();
        assert_eq!(report.resent, 1, "{state}: {report:?}");
        let calls = world.journal().requests().len();
        world.runner.drain().await.unwrap();
        let job = world.job(id).await;
        assert_eq!((job.status(), job.status_reason()), (JobStatus::Completed, None), "{state}: {job:?}");
        let calls = world.journal().requests().len() - calls;
        assert_eq!(calls, usize::from(state != "answered"), "{state}");
    }
    assert_eq!(world.unwritten().await.0.as_deref(), Some("Paid for."));
}

#[test]
fn a_message_of_the_first_format_is_read() {
    let first = r#"{"version":1,"user":"ada","jobId":"019a0000-0000-7000-8000-000000000f0b"}"#;
    let message = JobMessage::from_body(first).unwrap();
    assert_eq!((message.user.as_str(), message.traceparent), ("ada", None));
    assert!(
        JobMessage::from_body(&first.replace("\"version\":1", "\"version\":99")).is_err(),
        "a newer format is not read"
    );
}
