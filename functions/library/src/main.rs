//! The library Lambda.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    api::serve(api::StoreState::from_environment(), library::handle).await
}
