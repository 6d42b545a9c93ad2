//! The dead-letter Lambda.

// The futures of the SDK nest deeper than the default limit of the compiler.
#![recursion_limit = "256"]

use aws_lambda_events::event::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    runtime::serve(dead_letter::State::from_environment(), |state, event: LambdaEvent<SqsEvent>| async move {
        Ok(dead_letter::handle(state, event.payload).await)
    })
    .await
}
