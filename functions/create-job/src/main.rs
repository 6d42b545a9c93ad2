//! The create-job Lambda.

use domain::time::Clock;
use lambda_http::{Error, run, service_fn};
use queue::Queue;
use runtime::{Aws, Settings, telemetry};
use store::Store;
use submit::Desk;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let mut settings = Settings::from_environment();
    let (table, queue_url) = (settings.text("TABLE_NAME"), settings.text("QUEUE_URL"));
    let (terms, limits) = Desk::terms_and_limits(&mut settings);
    settings.finish(())?;

    let aws = Aws::from_environment();
    let store = Store::new(aws.dynamodb(), table);
    store.open_connection().await;
    let desk = Desk { store, queue: Queue::new(aws.sqs(), queue_url), terms, limits, clock: Clock::system() };
    run(service_fn(async |request| Ok::<_, Error>(create_job::handle(&desk, request).await))).await
}
