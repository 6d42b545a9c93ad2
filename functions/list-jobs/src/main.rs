//! The list-jobs Lambda.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    api::serve(list_jobs::State::from_environment(), list_jobs::handle).await
}
