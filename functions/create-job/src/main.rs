//! The create-job Lambda.

use std::sync::Arc;

use create_job::State;
use domain::time::Clock;
use lambda_http::{Error, run, service_fn};
use queue::Queue;
use runtime::{Aws, Settings, telemetry};
use store::Store;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let mut settings = Settings::from_environment();
    let (table, queue_url, terms) = (settings.text("TABLE_NAME"), settings.text("QUEUE_URL"), settings.terms());
    settings.finish(())?;

    let aws = Aws::from_environment();
    let store = Store::new(aws.dynamodb(), table);
    store.open_connection().await;
    let state =
        State { store, queue: Queue::new(aws.sqs(), queue_url), terms: Arc::new(terms), clock: Clock::system() };
    run(service_fn(async |request| Ok::<_, Error>(create_job::handle(&state, request).await))).await
}
