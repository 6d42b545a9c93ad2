//! The library Lambda.

use domain::time::Clock;
use lambda_http::{Error, run, service_fn};
use library::State;
use runtime::{Aws, Settings, telemetry};
use store::Store;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    let mut settings = Settings::from_environment();
    let table = settings.text("TABLE_NAME");
    settings.finish(())?;

    let store = Store::new(Aws::from_environment().dynamodb(), table);
    store.open_connection().await;
    let state = State { store, clock: Clock::system() };
    run(service_fn(async |request| Ok::<_, Error>(library::handle(&state, request).await))).await
}
