//! The sweeper Lambda.

use lambda_runtime::{Error, LambdaEvent};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    runtime::serve(sweeper::State::from_environment(), |state, _: LambdaEvent<Value>| async move {
        Ok(sweeper::handle(state).await?)
    })
    .await
}
