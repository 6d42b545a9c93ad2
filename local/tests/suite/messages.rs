//! SQS messages as Lambda hands them to a function.

use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};

pub fn record(id: &str, body: String) -> SqsMessage {
    let mut record = SqsMessage::default();
    record.message_id = Some(id.to_owned());
    record.receipt_handle = Some(id.to_owned());
    record.body = Some(body);
    record
}

pub fn event(records: Vec<SqsMessage>) -> SqsEvent {
    let mut event = SqsEvent::default();
    event.records = records;
    event
}
