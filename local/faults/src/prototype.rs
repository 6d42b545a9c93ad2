//! What all schedules share: the functions with the settings of the template, the routes, and the definition of the table.

use std::{collections::BTreeMap, path::Path};

use aws_config::{BehaviorVersion, Region, SdkConfig, identity::IdentityCache, retry::RetryConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
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

use crate::platform::Prototype;

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
    Prototype { functions, gateway, create_table: create_table(&template), sdk }
}

/// The configuration of the deployed functions, with their limits on time and the SDK's own retries.
fn sdk() -> SdkConfig {
    let credentials = Credentials::new("simulated", "simulated", None, None, "simulation");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .timeout_config(runtime::aws::timeouts())
        .retry_config(RetryConfig::standard())
        // Its draws would depend on the schedule before.
        .identity_cache(IdentityCache::no_cache())
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
