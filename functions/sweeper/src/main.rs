//! The sweeper Lambda.

use std::sync::Arc;

use domain::time::Clock;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use queue::Queue;
use runtime::{Aws, Metrics, Settings, telemetry};
use serde_json::Value;
use store::Store;
use sweeper::State;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let mut settings = Settings::from_environment();
    let (table, queue_url, terms) = (settings.text("TABLE_NAME"), settings.text("QUEUE_URL"), settings.terms());
    let metrics = Metrics::printed(settings.optional("METRICS_NAMESPACE").as_deref());
    settings.finish(())?;

    let aws = Aws::from_environment();
    let store = Store::new(aws.dynamodb(), table);
    let (queue, terms) = (Queue::new(aws.sqs(), queue_url), Arc::new(terms));
    let state = State { store, queue, terms, clock: Clock::system(), metrics };
    run(service_fn(async |_: LambdaEvent<Value>| sweeper::handle(&state).await.map_err(Error::from))).await
}
