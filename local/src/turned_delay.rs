//! Delays of messages by the clock of the service, which tests turn, and not by real time.
//!
//! The emulator of SQS knows only real time. So a message with a delay is sent without it, and an attribute says when it is
//! due. [`crate::event_source`] holds the message until then.

use aws_sdk_sqs::{
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeSerializationInterceptorContextMut},
    operation::send_message::SendMessageInput,
    types::{Message, MessageAttributeValue},
};
use aws_smithy_runtime_api::{box_error::BoxError, client::interceptors::dyn_dispatch_hint};
use domain::time::Clock;
use jiff::{SignedDuration, Timestamp};

/// Attribute of a message: when it is due, in RFC 3339.
const DUE_AT: &str = "dueAt";

/// Replaces the delay of every message that is sent.
#[derive(Debug)]
pub(crate) struct TurnedDelay(pub(crate) Clock);

#[dyn_dispatch_hint]
impl Intercept for TurnedDelay {
    fn name(&self) -> &'static str {
        "TurnedDelay"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(input) = context.input_mut().downcast_mut::<SendMessageInput>() else { return Ok(()) };
        let Some(seconds) = input.delay_seconds.take() else { return Ok(()) };
        let due = self.0.now().checked_add(SignedDuration::from_secs(seconds.into()))?;
        let value = MessageAttributeValue::builder().data_type("String").string_value(due.to_string()).build()?;
        input.message_attributes.get_or_insert_default().insert(DUE_AT.to_owned(), value);
        Ok(())
    }
}

/// When a received message is due. `None`: at once.
pub(crate) fn due_at(message: &Message) -> Option<Timestamp> {
    message.message_attributes()?.get(DUE_AT)?.string_value()?.parse().ok()
}
