//! What all schedules share: the functions with the settings of the template, the routes, and the definition of the table.

use std::{collections::BTreeMap, path::Path, time::Duration};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_smithy_runtime_api::client::http::http_client_fn;
use domain::time::Clock;
use local::{
    aws::TABLE,
    functions::{Functions, Parts},
    gateway::Gateway,
    template::Template,
};
use queue::Queue;
use serde_json::{Value, json};
use store::Store;
use worker::credentials::CredentialSource;

use crate::{
    platform::{Consumer, Prototype},
    sqs::Queues,
};

pub fn prototype() -> Prototype {
    let template = Template::checked_in().unwrap();
    let sdk = sdk();
    let references: BTreeMap<String, String> =
        [("Table", TABLE), ("JobQueue", "http://queue.invalid/jobs"), ("ClaudeBaseUrl", "https://claude.invalid")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
    let functions = Functions::new(Parts {
        template: &template,
        references,
        store: Store::new(aws_sdk_dynamodb::Client::new(&sdk), TABLE),
        queue: Queue::new(aws_sdk_sqs::Client::new(&sdk), "http://queue.invalid/jobs"),
        credentials: CredentialSource::Fixed("simulated".to_owned().into()),
        clock: Clock::system(),
        tune: |_| {},
    })
    .unwrap();
    let gateway = Gateway::new(template.routes().unwrap(), functions.clone(), false, Path::new("."), &[]).unwrap();
    let seconds = |queue| Duration::from_secs(number(&template, queue, "VisibilityTimeout"));
    let redrive = template.property("JobQueue", "RedrivePolicy").unwrap();
    let queues = Queues {
        jobs_visibility: seconds("JobQueue"),
        dead_jobs_visibility: seconds("DeadLetterQueue"),
        max_receives: redrive.get("maxReceiveCount").unwrap().as_u64().unwrap().to_string(),
    };
    let [worker, dead_letter] = ["WorkerFunction", "DeadLetterFunction"].map(|function| {
        let source = template.queue_source(function, &BTreeMap::new()).unwrap();
        Consumer {
            function,
            timeout: template.timeout(function).unwrap(),
            batch_size: usize::try_from(source.batch_size).unwrap(),
            concurrency: source.concurrency.unwrap_or(10),
        }
    });
    let timeout = template.timeout("GetJobFunction").unwrap();
    let create_table = create_table(&template);
    Prototype { functions, gateway, create_table, sdk, queues, worker, dead_letter, timeout }
}

fn number(template: &Template, resource: &str, name: &str) -> u64 {
    template.property(resource, name).unwrap().as_u64().unwrap()
}

/// The configuration of the deployed functions, with their limits on time and the SDK's own retries. Without credentials:
/// a simulated service needs no signatures, and they would take a tenth of the time.
fn sdk() -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .timeout_config(runtime::aws::timeouts())
        .retry_config(RetryConfig::standard())
        .http_client(http_client_fn(|_, _| unreachable!("each process has a client of its own")))
        .build()
}

fn create_table(template: &Template) -> Value {
    let property = |name: &str| serde_json::to_value(template.property("Table", name).unwrap()).unwrap();
    json!({
        "TableName": TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": property("AttributeDefinitions"),
        "KeySchema": property("KeySchema"),
        "GlobalSecondaryIndexes": property("GlobalSecondaryIndexes"),
    })
}
