//! The worker Lambda.

use std::time::SystemTime;

use aws_lambda_events::event::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    runtime::serve(worker::State::from_environment(), |state, event: LambdaEvent<SqsEvent>| async move {
        let time_left = worker::time_left(event.context.deadline(), SystemTime::now());
        Ok(worker::handle(state, event.payload, time_left).await)
    })
    .await
}
