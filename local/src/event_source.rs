//! What stands between a queue and its function on AWS: receives batches, invokes, and
//! deletes what the answer does not name.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, Result};
use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use aws_sdk_sqs::{
    Client,
    operation::change_message_visibility::ChangeMessageVisibilityError,
    types::{Message, MessageSystemAttributeName},
};
use tokio::{sync::Semaphore, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{functions::Functions, template::Template};

/// Invocations at once where the template sets no limit.
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
    /// Receipts of messages whose records failed: on AWS they come back in time.
    failed: Arc<Mutex<Vec<String>>>,
}

impl EventSource {
    /// The source of `function`, as the template has it.
    pub fn new(
        template: &Template,
        function: &str,
        functions: Functions,
        embedded: &crate::aws::Embedded,
    ) -> Result<Self> {
        let source = template.queue_source(function)?;
        let queue_url = embedded.queue_urls.get(&source.queue).with_context(|| format!("no queue {}", source.queue))?;
        Ok(Self {
            client: embedded.sqs.clone(),
            queue_url: queue_url.clone(),
            function: function.to_owned(),
            batch_size: source.batch_size,
            concurrency: source.concurrency.unwrap_or(DEFAULT_CONCURRENCY),
            timeout: template.timeout(function)?,
            functions,
            failed: Arc::default(),
        })
    }

    /// Feeds the function until `stop`, then waits for what runs.
    pub async fn run(self, stop: CancellationToken) {
        /// How long a receive waits for a message.
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

    /// Works through everything that the queue holds, as if time flew: messages whose records
    /// failed come back at once. Returns how many records were delivered.
    pub async fn drain(&self) -> Result<usize> {
        let mut delivered = 0;
        loop {
            let messages = self.receive(0).await?;
            if !messages.is_empty() {
                delivered += messages.len();
                self.invoke(messages).await?;
            } else if !self.redeliver().await? {
                return Ok(delivered);
            }
        }
    }

    /// Makes failed messages visible again; whether there were any.
    async fn redeliver(&self) -> Result<bool> {
        let failed = std::mem::take(&mut *self.failed.lock().unwrap_or_else(PoisonError::into_inner));
        let mut any = false;
        for receipt in failed {
            let change = self.client.change_message_visibility().queue_url(&self.queue_url).receipt_handle(receipt);
            match change.visibility_timeout(0).send().await {
                Ok(_) => any = true,
                // It came back by itself and was deleted since.
                Err(error)
                    if error
                        .as_service_error()
                        .is_some_and(ChangeMessageVisibilityError::is_receipt_handle_is_invalid) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(any)
    }

    /// Receives a batch.
    pub async fn receive(&self, wait_seconds: i32) -> Result<Vec<Message>> {
        let received = self
            .client
            .receive_message()
            .queue_url(&self.queue_url)
            .max_number_of_messages(self.batch_size.min(10))
            .wait_time_seconds(wait_seconds)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .send()
            .await?;
        Ok(received.messages.unwrap_or_default())
    }

    /// Invokes the function with a batch, under its timeout, and deletes what succeeded.
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
