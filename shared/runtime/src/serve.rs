//! Runs an event handler as a Lambda function.

use std::future::Future;

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde::{Serialize, de::DeserializeOwned};

use crate::{SettingsError, telemetry};

/// Starts the log, waits for `state`, and passes each event to `handle`. A wrong setting is logged and ends the
/// process. The state lives as long as the process.
pub async fn serve<S, E, R, F, Fut>(
    state: impl Future<Output = Result<S, SettingsError>>,
    handle: F,
) -> Result<(), Error>
where
    S: Sync + 'static,
    E: DeserializeOwned,
    R: Serialize,
    F: Fn(&'static S, LambdaEvent<E>) -> Fut,
    Fut: Future<Output = Result<R, Error>>,
{
    telemetry::start();
    let state: &'static S = Box::leak(Box::new(state.await?));
    run(service_fn(async |event| handle(state, event).await)).await
}
