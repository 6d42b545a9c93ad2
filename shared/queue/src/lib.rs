//! The SQS queue between the API and the worker.
//!
//! A message only names a job. The job itself is in the table, which decides whether a delivery leads to work. So a
//! message may be lost, delayed or delivered twice.

mod message;

use aws_sdk_sqs::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    types::{MessageSystemAttributeNameForSends, MessageSystemAttributeValue},
};
use domain::ids::UserId;
use jiff::SignedDuration;
use sha2::{Digest, Sha256};

pub use message::{InvalidMessage, JobMessage};

/// The longest visibility timeout that SQS accepts.
const MAX_VISIBILITY: SignedDuration = SignedDuration::from_hours(12);

/// A call to SQS that failed. `Display` shows the call and the error code of SQS.
#[derive(Debug, thiserror::Error)]
#[error("SQS {call} failed{}", code.as_ref().map(|code| format!(": {code}")).unwrap_or_default())]
pub struct QueueError {
    call: &'static str,
    code: Option<String>,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

fn failed<E, R>(call: &'static str) -> impl FnOnce(SdkError<E, R>) -> QueueError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    move |error| QueueError { call, code: error.code().map(str::to_owned), source: Box::new(error) }
}

#[derive(Clone, Debug)]
pub struct Queue {
    client: Client,
    url: String,
}

impl Queue {
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self { client, url: url.into() }
    }

    /// Sends a message. Delivery is at least once. Claiming the job makes the work happen once. `trace` is the X-Ray
    /// trace header of the request, which the trace of the worker continues.
    pub async fn send(&self, message: &JobMessage, trace: Option<&str>) -> Result<(), QueueError> {
        let mut send = self
            .client
            .send_message()
            .queue_url(&self.url)
            .message_body(message.to_body())
            .message_group_id(group(&message.user));
        if let Some(trace) = trace {
            let header = MessageSystemAttributeValue::builder().data_type("String").string_value(trace).build();
            let header =
                header.map_err(|error| QueueError { call: "SendMessage", code: None, source: Box::new(error) })?;
            send = send.message_system_attributes(MessageSystemAttributeNameForSends::AwsTraceHeader, header);
        }
        send.send().await.map_err(failed("SendMessage"))?;
        Ok(())
    }

    /// Sets the visibility timeout of a received message to `hidden_for`. SQS delivers the message again when it ends.
    /// `hidden_for` is limited to 0 to 12 hours and rounded up to full seconds.
    pub async fn delay_redelivery(&self, receipt_handle: &str, hidden_for: SignedDuration) -> Result<(), QueueError> {
        let hidden_for = hidden_for.clamp(SignedDuration::ZERO, MAX_VISIBILITY);
        // Rounded up, so that the message does not arrive before the retry is due.
        let seconds = hidden_for.as_secs() + i64::from(hidden_for.subsec_nanos() > 0);
        self.client
            .change_message_visibility()
            .queue_url(&self.url)
            .receipt_handle(receipt_handle)
            .visibility_timeout(i32::try_from(seconds).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(failed("ChangeMessageVisibility"))?;
        Ok(())
    }
}

/// The message group of a user. With a group for each user, SQS keeps a user with many jobs from delaying the others
/// (fair queues). A group name has at most 128 characters of a small alphabet. A hash always fits and does not reveal
/// the user.
fn group(user: &UserId) -> String {
    Sha256::digest(user.as_str()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
