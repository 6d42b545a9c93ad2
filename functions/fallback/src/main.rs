//! The fallback Lambda.

use lambda_http::{Error, run, service_fn};
use runtime::telemetry;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start();
    run(service_fn(async |request| Ok::<_, Error>(fallback::handle(&request)))).await
}
