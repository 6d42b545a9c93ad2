//! The create-job Lambda.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    api::serve(create_job::State::from_environment(), create_job::handle).await
}
