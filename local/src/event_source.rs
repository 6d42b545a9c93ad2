//! Stand-in for Lambda's event source mapping of a queue. It receives batches, invokes the function, and deletes every
//! message that the response does not report as failed.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, Result};
use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use aws_sdk_sqs::{
    Client,
    operation::change_message_visibility::ChangeMessageVisibilityError,
    types::{Message, MessageSystemAttributeName},
};
use domain::time::Clock;
use jiff::{SignedDuration, Timestamp};
use tokio::{sync::Semaphore, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{functions::Functions, template::Template, turned_delay};

/// Concurrent invocations if the template sets no `MaximumConcurrency`.
const DEFAULT_CONCURRENCY: usize = 2;

/// A queue and the function that it feeds.
#[derive(Clone, Debug)]
pub struct EventSource {
    client: Client,
    queue_url: String,
    function: String,
    batch_size: i32,
    concurrency: usize,
    timeout: Duration,
    functions: Functions,
    clock: Clock,
    /// Receipt handles of failed messages. They become visible again when the visibility timeout ends, or at once when
    /// `drain` asks for it.
    failed: Arc<Mutex<Vec<String>>>,
    /// Messages that are not due yet by `clock`, see [`crate::turned_delay`].
    delayed: Arc<Mutex<Vec<(Timestamp, Message)>>>,
}

impl EventSource {
    /// Creates the event source of `function`, with the queue, batch size and concurrency of the template.
    pub fn new(
        template: &Template,
        function: &str,
        functions: &Functions,
        (embedded, references): (&crate::aws::Embedded, &BTreeMap<String, String>),
        clock: Clock,
    ) -> Result<Self> {
        let source = template.queue_source(function, references)?;
        let queue_url = embedded.queue_urls.get(&source.queue).with_context(|| format!("no queue {}", source.queue))?;
        Ok(Self {
            client: embedded.sqs.clone(),
            queue_url: queue_url.clone(),
            function: function.to_owned(),
            batch_size: source.batch_size,
            concurrency: source.concurrency.unwrap_or(DEFAULT_CONCURRENCY),
            timeout: template.timeout(function)?,
            functions: functions.clone(),
            clock,
            failed: Arc::default(),
            delayed: Arc::default(),
        })
    }

    /// Delivers messages until `stop` is cancelled, then waits for the running invocations.
    pub async fn run(self, stop: CancellationToken) {
        /// Long-poll wait of one receive, in seconds.
        const LONG_POLL_SECONDS: i32 = 1;
        let permits = Arc::new(Semaphore::new(self.concurrency));
        let mut invocations = JoinSet::new();
        while !stop.is_cancelled() {
            while invocations.try_join_next().is_some() {}
            let permit = tokio::select! {
                permit = Arc::clone(&permits).acquire_owned() => permit,
                () = stop.cancelled() => break,
            };
            let received = tokio::select! {
                received = self.receive(LONG_POLL_SECONDS) => received,
                () = stop.cancelled() => break,
            };
            match received {
                Ok(messages) if messages.is_empty() => {}
                Ok(messages) => {
                    let source = self.clone();
                    invocations.spawn(async move {
                        if let Err(error) = source.invoke(messages).await {
                            tracing::error!(
                                function = source.function,
                                error = format!("{error:#}"),
                                "invocation failed"
                            );
                        }
                        drop(permit);
                    });
                }
                Err(error) => {
                    tracing::error!(function = self.function, error = format!("{error:#}"), "cannot receive messages");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
        while invocations.join_next().await.is_some() {}
    }

    /// Delivers every message in the queue and returns the number of deliveries. As many invocations run at once as the
    /// template allows. Retries need no waiting: failed messages become visible at once, and when only delayed messages are
    /// left, the clock is turned to the next of them.
    pub async fn drain(&self) -> Result<usize> {
        let mut delivered = 0;
        loop {
            let mut invocations = JoinSet::new();
            while invocations.len() < self.concurrency {
                let messages = self.receive(0).await?;
                if messages.is_empty() {
                    break;
                }
                delivered += messages.len();
                let source = self.clone();
                invocations.spawn(async move { source.invoke(messages).await });
            }
            let is_idle = invocations.is_empty();
            while let Some(invoked) = invocations.join_next().await {
                invoked??;
            }
            if is_idle && !self.redeliver().await? && !self.turn_clock() {
                return Ok(delivered);
            }
        }
    }

    /// Turns the clock to the next delayed message. Returns false if there is none.
    fn turn_clock(&self) -> bool {
        let due = self.delayed().iter().map(|(due, _)| *due).min();
        if let Some(due) = due {
            self.clock.advance(due.duration_since(self.clock.now()).max(SignedDuration::ZERO));
        }
        due.is_some()
    }

    fn delayed(&self) -> MutexGuard<'_, Vec<(Timestamp, Message)>> {
        self.delayed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes failed messages visible at once. Returns whether there were any.
    async fn redeliver(&self) -> Result<bool> {
        let failed = std::mem::take(&mut *self.failed.lock().unwrap_or_else(PoisonError::into_inner));
        let mut any = false;
        for receipt in failed {
            let change = self.client.change_message_visibility().queue_url(&self.queue_url).receipt_handle(receipt);
            match change.visibility_timeout(0).send().await {
                Ok(_) => any = true,
                // The visibility timeout ended first, and a later delivery deleted the message.
                Err(error)
                    if error
                        .as_service_error()
                        .is_some_and(ChangeMessageVisibilityError::is_receipt_handle_is_invalid) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(any)
    }

    /// Receives one batch, at most 10 messages. Waits up to `wait_seconds` for the first message.
    pub async fn receive(&self, wait_seconds: i32) -> Result<Vec<Message>> {
        loop {
            let now = self.clock.now();
            if let Some(due) = self.delayed().extract_if(.., |(due, _)| *due <= now).next() {
                return Ok(vec![due.1]);
            }
            let received = self
                .client
                .receive_message()
                .queue_url(&self.queue_url)
                .max_number_of_messages(self.batch_size.min(10))
                .wait_time_seconds(wait_seconds)
                .message_system_attribute_names(MessageSystemAttributeName::All)
                .message_attribute_names("All")
                .send()
                .await?;
            let received = received.messages.unwrap_or_default();
            if received.is_empty() {
                return Ok(received);
            }
            let (later, due): (Vec<_>, Vec<_>) = received
                .into_iter()
                .map(|message| (turned_delay::due_at(&message).unwrap_or(now), message))
                .partition(|(due, _)| *due > now);
            self.delayed().extend(later);
            if !due.is_empty() {
                return Ok(due.into_iter().map(|(_, message)| message).collect());
            }
        }
    }

    /// Invokes the function with a batch and deletes the messages that succeeded. If the function exceeds its timeout,
    /// all messages of the batch count as failed.
    pub async fn invoke(&self, messages: Vec<Message>) -> Result<()> {
        let mut event = SqsEvent::default();
        event.records = messages.iter().map(record).collect();
        let answer = self.functions.batch(&self.function, event, self.timeout);
        let failed: Vec<String> = match tokio::time::timeout(self.timeout, answer).await {
            Ok(answer) => answer?.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect(),
            Err(_) => {
                tracing::error!(function = self.function, timeout_s = self.timeout.as_secs(), "function timed out");
                messages.iter().filter_map(|message| message.message_id.clone()).collect()
            }
        };
        for message in messages {
            let receipt = message.receipt_handle.context("a message without a receipt")?;
            if message.message_id.is_some_and(|id| failed.contains(&id)) {
                self.failed.lock().unwrap_or_else(PoisonError::into_inner).push(receipt);
            } else {
                self.client.delete_message().queue_url(&self.queue_url).receipt_handle(receipt).send().await?;
            }
        }
        Ok(())
    }
}

fn record(message: &Message) -> SqsMessage {
    let mut record = SqsMessage::default();
    record.message_id.clone_from(&message.message_id);
    record.receipt_handle.clone_from(&message.receipt_handle);
    record.body.clone_from(&message.body);
    record.event_source = Some("aws:sqs".to_owned());
    record.attributes =
        message.attributes.iter().flatten().map(|(name, value)| (name.as_str().to_owned(), value.clone())).collect();
    record
}
