//! The fallback Lambda.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    api::serve(async { Ok(()) }, |_, request| async move { fallback::handle(&request) }).await
}
