//! The worker Lambda.

use std::{sync::Arc, time::SystemTime};

use aws_lambda_events::event::sqs::SqsEvent;
use claude::{Client, SigV4};
use domain::time::Clock;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use queue::Queue;
use runtime::{Aws, Metrics, Settings, telemetry};
use store::Store;
use worker::{Config, State, key::KeySource};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let config = Config::read(Settings::from_environment())?;
    let aws = Aws::from_environment();
    let key = match (config.provider.service(), &config.key_secret, &config.key) {
        (Some(service), _, _) => KeySource::Aws(SigV4 {
            credentials: aws.credentials(),
            region: config.region.clone(),
            service,
            workspace: config.workspace.clone(),
        }),
        (None, Some(id), _) => KeySource::secret(aws_sdk_secretsmanager::Client::new(aws.config()), id.clone()),
        (None, None, Some(key)) => KeySource::Fixed(key.clone().into()),
        (None, None, None) => KeySource::Missing,
    };
    let store = Store::new(aws.dynamodb(), &config.table);
    let claude = Client::new(&config.base_url, config.timeouts)?;
    tokio::join!(store.open_connection(), claude.open_connection());
    let state = State {
        store,
        queue: Queue::new(aws.sqs(), &config.queue_url),
        claude,
        key: Arc::new(key),
        prefixes: Arc::default(),
        metrics: Metrics::printed(config.metrics_namespace.as_deref()),
        config: Arc::new(config),
        clock: Clock::system(),
    };
    run(service_fn(async |event: LambdaEvent<SqsEvent>| {
        let time_left = worker::time_left(event.context.deadline(), SystemTime::now());
        Ok::<_, Error>(worker::handle(&state, event.payload, time_left).await)
    }))
    .await
}
