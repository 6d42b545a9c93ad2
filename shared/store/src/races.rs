//! Trying again when somebody else was faster.

use std::time::Duration;

use crate::StoreError;

/// Times that a change is tried again.
const MAX_RACES: u32 = 60;

/// How often a change was tried.
#[derive(Debug, Default)]
pub struct Races {
    lost: u32,
}

impl Races {
    /// Waits a moment (full jitter: who met once must not meet again), unless it was tried too
    /// often.
    pub async fn again(&mut self) -> Result<(), StoreError> {
        if self.lost == MAX_RACES {
            return Err(StoreError::Contended);
        }
        let most = Duration::from_millis(2 << self.lost.min(6));
        self.lost += 1;
        tokio::time::sleep(most.mul_f64(rand::random())).await;
        Ok(())
    }
}
