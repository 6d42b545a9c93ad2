//! The cost of reads, as DynamoDB reports it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use aws_sdk_dynamodb::types::ConsumedCapacity;

/// Counts the read units that a [`crate::Store`] consumes. Clones share the count. Queries of the sweeper and of
/// deletions are not counted, and neither are writes.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    thousandths: Arc<AtomicU64>,
}

impl Meter {
    /// Read units so far. One unit reads 4 KB with strong consistency, or 8 KB with eventual consistency.
    #[allow(clippy::cast_precision_loss, reason = "exact up to 2^53")]
    pub fn read_units(&self) -> f64 {
        self.thousandths.load(Ordering::Relaxed) as f64 / 1_000.0
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "units are small and positive")]
    pub(crate) fn add(&self, consumed: Option<&ConsumedCapacity>) {
        let units = consumed.and_then(|consumed| consumed.capacity_units).unwrap_or_default();
        self.thousandths.fetch_add((units * 1_000.0).round() as u64, Ordering::Relaxed);
    }
}
