//! Runs an HTTP function as a Lambda.

use std::future::Future;

use lambda_http::{
    Body, Error, Request, Response,
    http::HeaderValue,
    lambda_runtime::{LambdaEvent, run},
    service_fn,
};
use runtime::{SettingsError, telemetry};
use serde_json::value::RawValue;

use crate::{
    access::Access,
    call::TRACE_HEADER,
    event::{event_of_response, request_of_event},
};

/// Starts the log, waits for `state`, and answers every request with `handle`. A wrong setting is logged and ends the
/// process. The state lives as long as the process.
pub async fn serve<S, F, Fut>(state: impl Future<Output = Result<S, SettingsError>>, handle: F) -> Result<(), Error>
where
    S: Sync + 'static,
    F: Fn(&'static S, Request) -> Fut + Sync,
    Fut: Future<Output = Response<Body>> + Send,
{
    telemetry::start();
    let access = Access::from_environment()?;
    let state: &'static S = Box::leak(Box::new(state.await?));
    let (access, handle) = (&access, &handle);
    run(service_fn(async |event: LambdaEvent<Box<RawValue>>| {
        let response = match request_of_event(event.payload.get()) {
            Ok(mut request) => {
                // Lambda names the trace of the invocation, which takes the place of the header of the client.
                let trace = event.context.xray_trace_id.as_deref();
                if let Some(trace) = trace.and_then(|trace| HeaderValue::from_str(trace).ok()) {
                    request.headers_mut().insert(TRACE_HEADER, trace);
                }
                request.extensions_mut().insert(access.clone());
                handle(state, request).await
            }
            Err(refusal) => refusal,
        };
        Ok::<_, Error>(event_of_response(response))
    }))
    .await
}
