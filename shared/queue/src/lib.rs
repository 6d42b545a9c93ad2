//! The SQS queue between the API and the worker.
//!
//! A message only names jobs. The jobs themselves are in the table, which decides whether a delivery leads to work. So a
//! message may be lost, delayed or delivered twice.

mod message;

use aws_sdk_sqs::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    types::{MessageSystemAttributeNameForSends, MessageSystemAttributeValue, QueueAttributeName},
};
use domain::ids::UserId;
use jiff::SignedDuration;
use sha2::{Digest, Sha256};

pub use message::{InvalidMessage, JobMessage, MAX_JOBS};

/// The longest delay of a message that SQS accepts. No job waits longer, because its deadline comes first.
const MAX_DELAY: SignedDuration = SignedDuration::from_mins(15);

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

    /// Sends a message. Delivery is at least once. Claiming a job makes its work happen once. `trace` is the X-Ray trace
    /// header of the request, which the trace of the worker continues.
    pub async fn send(&self, message: &JobMessage, trace: Option<&str>) -> Result<(), QueueError> {
        self.send_delayed(message, SignedDuration::ZERO, trace).await
    }

    /// Sends a message that SQS delivers after `delay`, which is limited to 0 to 15 minutes and rounded up to full
    /// seconds.
    pub async fn send_delayed(
        &self,
        message: &JobMessage,
        delay: SignedDuration,
        trace: Option<&str>,
    ) -> Result<(), QueueError> {
        let delay = delay.clamp(SignedDuration::ZERO, MAX_DELAY);
        let mut send = self
            .client
            .send_message()
            .queue_url(&self.url)
            .message_body(message.to_body())
            .message_group_id(group(&message.user))
            .set_delay_seconds(Some(whole_seconds(delay)).filter(|seconds| *seconds > 0));
        if let Some(trace) = trace {
            let header = MessageSystemAttributeValue::builder().data_type("String").string_value(trace).build();
            let header =
                header.map_err(|error| QueueError { call: "SendMessage", code: None, source: Box::new(error) })?;
            send = send.message_system_attributes(MessageSystemAttributeNameForSends::AwsTraceHeader, header);
        }
        send.send().await.map_err(failed("SendMessage"))?;
        Ok(())
    }

    /// Hides a received message for this long, rounded up to full seconds. Then SQS delivers it again.
    pub async fn hide(&self, receipt_handle: &str, hidden_for: SignedDuration) -> Result<(), QueueError> {
        self.client
            .change_message_visibility()
            .queue_url(&self.url)
            .receipt_handle(receipt_handle)
            .visibility_timeout(whole_seconds(hidden_for))
            .send()
            .await
            .map_err(failed("ChangeMessageVisibility"))?;
        Ok(())
    }

    /// Whether no message waits for a worker. SQS counts approximately.
    pub async fn is_empty(&self) -> Result<bool, QueueError> {
        let name = QueueAttributeName::ApproximateNumberOfMessages;
        let answer = self
            .client
            .get_queue_attributes()
            .queue_url(&self.url)
            .attribute_names(name.clone())
            .send()
            .await
            .map_err(failed("GetQueueAttributes"))?;
        let waiting = answer.attributes.and_then(|attributes| attributes.get(&name).cloned());
        Ok(waiting.is_some_and(|waiting| waiting == "0"))
    }
}

/// Rounded up, so that nothing arrives before it is due.
fn whole_seconds(duration: SignedDuration) -> i32 {
    i32::try_from(duration.as_secs() + i64::from(duration.subsec_nanos() > 0)).unwrap_or(i32::MAX)
}

/// The message group of a user. With a group for each user, SQS keeps a user with many jobs from delaying the others
/// (fair queues). A group name has at most 128 characters of a small alphabet. A hash always fits and does not reveal
/// the user.
fn group(user: &UserId) -> String {
    Sha256::digest(user.as_str()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
