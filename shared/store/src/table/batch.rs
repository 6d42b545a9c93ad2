//! Writes of many items in few calls, without conditions and without a transaction.

use std::time::Duration;

use aws_sdk_dynamodb::types::WriteRequest;
use domain::random;

use crate::{Store, StoreError, error::sdk};

impl Store {
    /// Sends writes of different items, 25 in each call. Returns one result for each write, in the same order. Some
    /// writes can succeed while others fail.
    pub(crate) async fn write_all(&self, writes: Vec<WriteRequest>) -> Vec<Result<(), StoreError>> {
        /// `BatchWriteItem` takes at most 25 writes.
        const BATCH: usize = 25;
        let mut outcomes = Vec::with_capacity(writes.len());
        for batch in writes.chunks(BATCH) {
            let left = self.write_batch(batch.to_vec()).await;
            outcomes.extend(batch.iter().map(|write| match &left {
                Ok(left) if left.contains(write) => Err(StoreError::Contended),
                Ok(_) => Ok(()),
                Err(error) => Err(StoreError::of_batch(error)),
            }));
        }
        outcomes
    }

    /// Sends one batch, with retries. Returns the writes that DynamoDB left unprocessed in every try.
    async fn write_batch(&self, mut rest: Vec<WriteRequest>) -> Result<Vec<WriteRequest>, StoreError> {
        /// Calls at most, the first call included. DynamoDB may leave writes unprocessed when it is busy.
        const TRIES: u32 = 6;
        for attempt in 0..TRIES {
            let wrote = self.client.batch_write_item().request_items(&self.table, rest).send().await.map_err(sdk)?;
            rest = wrote.unprocessed_items.unwrap_or_default().remove(&self.table).unwrap_or_default();
            if rest.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50 << attempt).mul_f64(random::fraction())).await;
        }
        Ok(rest)
    }
}
