//! The worker Lambda.

use std::{sync::Arc, time::SystemTime};

use aws_lambda_events::event::sqs::SqsEvent;
use claude::Client;
use domain::time::Clock;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use queue::Queue;
use runtime::{Aws, Settings, telemetry};
use store::Store;
use worker::{Config, State, key::KeySource};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let config = Config::read(Settings::from_environment())?;
    let aws = Aws::from_environment();
    let key = match (&config.key_secret, &config.key) {
        (Some(id), _) => KeySource::secret(aws_sdk_secretsmanager::Client::new(aws.config()), id.clone()),
        (None, Some(key)) => KeySource::Fixed(key.clone().into()),
        (None, None) => KeySource::Missing,
    };
    let store = Store::new(aws.dynamodb(), &config.table);
    store.open_connection().await;
    let state = State {
        store,
        queue: Queue::new(aws.sqs(), &config.queue_url),
        claude: Client::new(&config.base_url, config.timeouts)?,
        key: Arc::new(key),
        config: Arc::new(config),
        clock: Clock::system(),
    };
    run(service_fn(async |event: LambdaEvent<SqsEvent>| {
        let time_left = worker::time_left(event.context.deadline(), SystemTime::now());
        Ok::<_, Error>(worker::handle(&state, event.payload, time_left).await)
    }))
    .await
}
