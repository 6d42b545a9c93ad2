//! The rest of a deletion, which a request does before it answers: ends jobs, and removes blocks and revisions.

use std::time::Duration;

use api::{Call, StoreState};
use domain::error_chain::ErrorChain;
use store::documents::deletion::DeletionTask;
use tokio::time::Instant;

/// How long one request begins new steps of a deletion. The sweeper does the rest.
const DELETION_BUDGET: Duration = Duration::from_secs(8);

/// Removes everything that belongs to a deleted document or block. The deletion itself is written already. So an error
/// is only logged, and the client gets a success.
pub(crate) async fn finish(state: &StoreState, call: &Call, deletion: DeletionTask) {
    let stop_at = Instant::now() + DELETION_BUDGET;
    let work = state.store.finish_deletion(&call.user, deletion, state.clock.now(), stop_at);
    match call.in_time_left(work).await {
        Some(Ok(true)) => {}
        Some(Ok(false)) | None => tracing::info!("deletion not finished in time, so the sweeper will finish it"),
        Some(Err(error)) => {
            tracing::warn!(error = %ErrorChain(&error), "deletion was interrupted, so the sweeper will finish it");
        }
    }
}
