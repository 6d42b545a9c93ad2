//! Runs an HTTP function as a Lambda.

use std::future::Future;

use lambda_http::{
    Body, Error, Request, Response,
    lambda_runtime::{LambdaEvent, run},
    service_fn,
};
use runtime::{SettingsError, telemetry};
use serde_json::value::RawValue;

use crate::event::{event_of_response, request_of_event};

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
    let handle = &handle;
    run(service_fn(async |event: LambdaEvent<Box<RawValue>>| {
        let response = match request_of_event(event.payload.get()) {
            Ok(request) => handle(state, request).await,
            Err(refusal) => refusal,
        };
        Ok::<_, Error>(event_of_response(response))
    }))
    .await
}
