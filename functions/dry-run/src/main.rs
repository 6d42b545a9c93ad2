//! The dry-run Lambda.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    api::serve(dry_run::State::from_environment(), dry_run::handle).await
}
