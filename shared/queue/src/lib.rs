//! The SQS queue between the API and the worker.

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

/// Longest visibility timeout of SQS.
const MAX_VISIBILITY: SignedDuration = SignedDuration::from_hours(12);

/// A call to SQS that did not work.
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

/// The queue, through a ready client.
#[derive(Clone, Debug)]
pub struct Queue {
    client: Client,
    url: String,
}

impl Queue {
    /// The queue at `url`.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self { client, url: url.into() }
    }

    /// Sends the name of a job. Delivered at least once; the claim of the job makes it one.
    /// `trace` is the X-Ray trace header of the request, which the worker's trace continues.
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

    /// Hides a received message for so long, then it is delivered again.
    pub async fn put_back(&self, receipt_handle: &str, hidden_for: SignedDuration) -> Result<(), QueueError> {
        let hidden_for = hidden_for.clamp(SignedDuration::ZERO, MAX_VISIBILITY);
        // Up to the next full second, so that the message is not early.
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

/// One message group for each user, so that a user with many jobs does not hold up others
/// (fair queues). SQS takes 128 characters of a small alphabet; a hash always fits and names nobody.
fn group(user: &UserId) -> String {
    Sha256::digest(user.as_str()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
