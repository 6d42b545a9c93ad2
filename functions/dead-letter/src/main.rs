//! The dead-letter Lambda.

// The SDK's futures nest deeper than the compiler follows by itself.
#![recursion_limit = "256"]

use aws_lambda_events::event::sqs::SqsEvent;
use dead_letter::State;
use domain::time::Clock;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use runtime::{Aws, Metrics, Settings, telemetry};
use store::Store;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let mut settings = Settings::from_environment();
    let table = settings.text("TABLE_NAME");
    let metrics = Metrics::printed(settings.optional("METRICS_NAMESPACE").as_deref());
    settings.finish(())?;

    let store = Store::new(Aws::from_environment().dynamodb(), table);
    let state = State { store, clock: Clock::system(), metrics };
    run(service_fn(async |event: LambdaEvent<SqsEvent>| {
        Ok::<_, Error>(dead_letter::handle(&state, event.payload).await)
    }))
    .await
}
