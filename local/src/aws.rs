//! Emulators of DynamoDB and SQS inside this process. The functions reach them with the real AWS SDK.

use std::{collections::HashMap, path::Path};

use anyhow::{Context as _, Result, anyhow};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_dynamodb::types::{AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, Projection};
use aws_sdk_sqs::types::QueueAttributeName;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use domain::time::Clock;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use winterbaume_core::MockAws;
use winterbaume_sqs::SqsService;
use yaml_serde::Value;

use crate::{
    data_dir,
    template::{Template, text},
    turned_delay::TurnedDelay,
};

/// Name of the table on this machine. In a deployment, CloudFormation chooses the name.
pub const TABLE: &str = "report-builder-jobs";
/// SQLite file in the data directory that holds the table.
pub const DATABASE_FILE: &str = "dynamodb.sqlite";

const REGION: &str = "us-east-1";

/// Clients of the emulators, with the table and the queues created.
#[derive(Clone, Debug)]
pub struct Embedded {
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// Endpoint of DynamoDB on 127.0.0.1. Tests put a proxy in front of it.
    pub dynamodb_url: String,
    pub sqs: aws_sdk_sqs::Client,
    /// Queue URLs by logical id of the template.
    pub queue_urls: HashMap<String, String>,
}

impl Embedded {
    /// Starts both emulators. With a data directory, the table survives a restart. Queues never survive, so the sweeper
    /// sends waiting jobs again.
    /// Messages are delayed by `clock` if it is given, otherwise by real time.
    pub async fn start(
        template: &Template,
        data_dir: Option<&Path>,
        clock: Option<Clock>,
        stop: CancellationToken,
    ) -> Result<Self> {
        let (dynamodb, dynamodb_url) = start_dynamodb(data_dir, stop).await?;
        create_table(template, &dynamodb).await?;
        let sqs = start_sqs(clock);
        let queue_urls = create_queues(template, &sqs).await?;
        Ok(Self { dynamodb, dynamodb_url, sqs, queue_urls })
    }
}

async fn start_dynamodb(
    data_dir: Option<&Path>,
    stop: CancellationToken,
) -> Result<(aws_sdk_dynamodb::Client, String)> {
    let database = match data_dir.map(|dir| data_dir::private_file(dir, DATABASE_FILE)).transpose()? {
        None => dynoxide::Database::memory().map_err(|error| anyhow!("cannot create a database: {error}"))?,
        Some(path) => dynoxide::Database::new(&path.to_string_lossy()).map_err(|error| {
            tracing::debug!(%error, "database not opened");
            anyhow!("cannot open the database {}: it is not a database, or it cannot be written. Remove it or correct its permissions", path.display())
        })?,
    };
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        let served = dynoxide::server::serve_with_shutdown(listener, database, stop.cancelled_owned()).await;
        if let Err(error) = served {
            tracing::error!(error, "the embedded DynamoDB has stopped");
        }
    });
    let http = aws_smithy_http_client::Builder::new().build_http();
    Ok((aws_sdk_dynamodb::Client::new(&config(http, Some(endpoint.clone()))), endpoint))
}

/// SDK configuration that ignores the user's AWS environment variables and files.
fn config(http: SharedHttpClient, endpoint: Option<String>) -> SdkConfig {
    let credentials = Credentials::new("local", "local", None, None, "local runner");
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http);
    config.set_endpoint_url(endpoint);
    config.build()
}

/// Creates the table as the template defines it. Does nothing if the table exists.
pub async fn create_table(template: &Template, client: &aws_sdk_dynamodb::Client) -> Result<()> {
    if client.describe_table().table_name(TABLE).send().await.is_ok() {
        return Ok(());
    }
    let list = |value: &Value| value.as_sequence().cloned().unwrap_or_default();
    let field = |value: &Value, name: &str| text(value.get(name)).with_context(|| format!("the table has no {name}"));
    let attributes = list(template.property("Table", "AttributeDefinitions")?)
        .iter()
        .map(|attribute| {
            Ok(AttributeDefinition::builder()
                .attribute_name(field(attribute, "AttributeName")?)
                .attribute_type(field(attribute, "AttributeType")?.as_str().into())
                .build()?)
        })
        .collect::<Result<Vec<_>>>()?;
    let schema = |value: &Value| {
        list(value)
            .iter()
            .map(|key| {
                Ok(KeySchemaElement::builder()
                    .attribute_name(field(key, "AttributeName")?)
                    .key_type(field(key, "KeyType")?.as_str().into())
                    .build()?)
            })
            .collect::<Result<Vec<_>>>()
    };
    let indexes = list(template.property("Table", "GlobalSecondaryIndexes")?)
        .iter()
        .map(|index| {
            let projection = index.get("Projection").context("an index has no Projection")?;
            Ok(GlobalSecondaryIndex::builder()
                .index_name(field(index, "IndexName")?)
                .set_key_schema(Some(schema(index.get("KeySchema").context("an index has no KeySchema")?)?))
                .projection(
                    Projection::builder().projection_type(field(projection, "ProjectionType")?.as_str().into()).build(),
                )
                .build()?)
        })
        .collect::<Result<Vec<_>>>()?;
    client
        .create_table()
        .table_name(TABLE)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(attributes))
        .set_key_schema(Some(schema(template.property("Table", "KeySchema")?)?))
        .set_global_secondary_indexes(Some(indexes))
        .send()
        .await
        .context("cannot create the table")?;
    Ok(())
}

fn start_sqs(clock: Option<Clock>) -> aws_sdk_sqs::Client {
    let mock = MockAws::builder().with_service(SqsService::new()).build();
    let mut config = aws_sdk_sqs::config::Builder::from(&config(mock.http_client(), None));
    if let Some(clock) = clock {
        config = config.interceptor(TurnedDelay(clock));
    }
    aws_sdk_sqs::Client::from_conf(config.build())
}

/// Creates the queues as the template defines them and returns their URLs by logical id.
pub async fn create_queues(template: &Template, client: &aws_sdk_sqs::Client) -> Result<HashMap<String, String>> {
    const DEAD: &str = "DeadLetterQueue";
    const JOBS: &str = "JobQueue";
    let visibility = |queue: &str| {
        text(template.property(queue, "VisibilityTimeout").ok())
            .with_context(|| format!("{queue} has no VisibilityTimeout"))
    };
    let dead = client
        .create_queue()
        .queue_name(DEAD)
        .attributes(QueueAttributeName::VisibilityTimeout, visibility(DEAD)?)
        .send()
        .await?
        .queue_url
        .context("a queue without a URL")?;
    let arn = client
        .get_queue_attributes()
        .queue_url(&dead)
        .attribute_names(QueueAttributeName::QueueArn)
        .send()
        .await?
        .attributes
        .and_then(|attributes| attributes.get(&QueueAttributeName::QueueArn).cloned())
        .context("a queue without an ARN")?;
    let receives =
        text(template.property(JOBS, "RedrivePolicy")?.get("maxReceiveCount")).context("no maxReceiveCount")?;
    let redrive = serde_json::json!({"deadLetterTargetArn": arn, "maxReceiveCount": receives});
    let jobs = client
        .create_queue()
        .queue_name(JOBS)
        .attributes(QueueAttributeName::VisibilityTimeout, visibility(JOBS)?)
        .attributes(QueueAttributeName::RedrivePolicy, redrive.to_string())
        .send()
        .await?
        .queue_url
        .context("a queue without a URL")?;
    Ok([(JOBS.to_owned(), jobs), (DEAD.to_owned(), dead)].into())
}
