//! Retries after a conflict: of a call that DynamoDB refused because another write of the item was under way, or of a change
//! whose item was changed since it was read (optimistic locking).

use std::time::Duration;

use domain::random;

use crate::StoreError;

/// Most retries of one call, or of one change. Their waits add up to at most about 7 s.
const MAX_RETRIES: u32 = 60;

/// Counts the conflicts of one call, or of one change. A caller calls [`Self::backoff`] after every conflict, before it
/// tries or reads again.
#[derive(Debug, Default)]
pub struct ConflictRetry {
    retries: u32,
}

impl ConflictRetry {
    /// Waits before the next try: a random time of at most 2 ms, then 4 ms, doubling up to 128 ms. Full jitter keeps
    /// two writers that collided from colliding again. Returns [`StoreError::Contended`] when no retry is left.
    pub async fn backoff(&mut self) -> Result<(), StoreError> {
        if self.retries == MAX_RETRIES {
            return Err(StoreError::Contended);
        }
        let most = Duration::from_millis(2 << self.retries.min(6));
        self.retries += 1;
        tokio::time::sleep(most.mul_f64(random::fraction())).await;
        Ok(())
    }
}
