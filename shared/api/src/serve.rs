//! Runs an HTTP function as a Lambda.

use std::future::Future;

use lambda_http::{Body, Error, Request, Response, run, service_fn};
use runtime::{SettingsError, telemetry};

/// Starts the log, waits for `state`, and answers every request with `handle`. A wrong setting is logged and ends the
/// process. The state lives as long as the process.
pub async fn serve<S, F, Fut>(state: impl Future<Output = Result<S, SettingsError>>, handle: F) -> Result<(), Error>
where
    S: Sync + 'static,
    F: Fn(&'static S, Request) -> Fut + Sync,
    Fut: Future<Output = Response<Body>> + Send,
{
    telemetry::start();
    let state: &'static S = Box::leak(Box::new(state.await?));
    run(service_fn(async |request| Ok::<_, Error>(handle(state, request).await))).await
}
