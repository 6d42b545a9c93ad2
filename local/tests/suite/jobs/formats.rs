//! Items and messages carry their format. What a newer release has written is kept and reported.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::job::status::JobStatus;
use queue::JobMessage;
use store::table::item::FORMAT;

use crate::{
    messages::{event, record},
    world::World,
};

/// After a rollback, an older release meets a job of a newer one. It leaves the job alone, and the message stays in the
/// dead-letter queue until the newer release is back.
#[tokio::test]
async fn a_job_of_a_newer_format_is_left_alone() {
    let world = World::new().await;
    let id = world.create(&world.generate_body()).await;
    let set_format = async |format: u32| {
        let update = world.runner.embedded.dynamodb.update_item().table_name(local::aws::TABLE);
        let update = update
            .key("pk", AttributeValue::S(store::table::keys::owner(&world.user)))
            .key("sk", AttributeValue::S(store::table::keys::job(id)))
            .update_expression("SET #format = :format")
            .expression_attribute_names("#format", "format")
            .expression_attribute_values(":format", AttributeValue::N(format.to_string()));
        update.send().await.unwrap();
    };
    set_format(FORMAT + 1).await;
    let message = || event(vec![record("m", JobMessage::new(world.user.clone(), [id], None).to_body())]);
    let long = std::time::Duration::from_secs(300);
    for function in ["WorkerFunction", "DeadLetterFunction"] {
        let response = world.runner.functions.batch(function, message(), long).await.unwrap();
        assert_eq!(response.batch_item_failures.len(), 1, "{function} keeps the message");
    }
    world.advance(60);
    assert_eq!(world.runner.functions.sweep().await.unwrap().unchanged, 1, "the sweeper leaves it");
    assert!(world.journal().requests().is_empty());

    set_format(FORMAT).await;
    world.runner.drain().await.unwrap();
    assert_eq!(world.job(id).await.status(), JobStatus::Completed);
}

#[test]
fn a_message_of_the_first_format_is_read() {
    let first = r#"{"version":1,"user":"ada","jobIds":["019a0000-0000-7000-8000-000000000f0b"]}"#;
    let message = JobMessage::from_body(first).unwrap();
    assert_eq!((message.user.as_str(), message.traceparent), ("ada", None));
    assert!(
        JobMessage::from_body(&first.replace("\"version\":1", "\"version\":99")).is_err(),
        "a newer format is not read"
    );
}
