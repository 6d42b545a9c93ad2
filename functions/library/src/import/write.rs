//! Writes merged entries, each on its own and on condition.

use std::{collections::HashMap, time::Duration};

use api::{Call, Problem, StoreState};
use domain::{
    ids::SourceId,
    library::{
        Entry,
        import::{Imported, ImportedFields},
    },
};
use futures_util::{StreamExt as _, stream};
use store::{
    library::StoredEntry,
    table::{conflict_retry::ConflictRetry, transaction::Saved},
};

/// Writes that are made side by side. A table takes about a thousand a second from one user.
const SIDE_BY_SIDE: usize = 10;
/// Retries of a throttled write, after 100, 200, 400 … ms.
const BUSY_RETRIES: u32 = 4;

/// An entry to write, and what it was merged from.
pub(super) struct Write<F> {
    /// The stored entry, if there is one.
    pub(super) before: Option<Entry<F>>,
    pub(super) entry: Entry<F>,
    /// The row of the file.
    pub(super) row: ImportedFields<F>,
}

/// Writes all of them. Returns the problems by id.
pub(super) async fn all<F: StoredEntry>(
    state: &StoreState,
    call: &Call,
    writes: Vec<Write<F>>,
) -> HashMap<SourceId, Problem> {
    let written = stream::iter(writes).map(|write| async move {
        let id = write.entry.id;
        one(state, call, write).await.err().map(|problem| (id, problem))
    });
    let failed: HashMap<SourceId, Problem> =
        written.buffer_unordered(SIDE_BY_SIDE).filter_map(|failed| async { failed }).collect().await;
    for problem in failed.values() {
        if let Some(cause) = &problem.cause {
            tracing::warn!(kind = F::KIND, cause, "library entry was not imported");
        }
    }
    failed
}

async fn one<F: StoredEntry>(state: &StoreState, call: &Call, write: Write<F>) -> Result<(), Problem> {
    let Write { mut before, mut entry, row } = write;
    let (mut conflicts, mut busy) = (ConflictRetry::default(), 0);
    loop {
        let version = before.as_ref().map(|before| before.version);
        match state.store.save_entry(&call.user, &entry, version).await {
            Ok(Saved::Written) => return Ok(()),
            // Somebody has changed or deleted it meanwhile.
            Ok(Saved::Conflict) => {
                conflicts.backoff().await?;
                before = state.store.entry::<F>(&call.user, entry.id).await?;
                match Entry::imported(before.as_ref(), entry.id, &row, state.clock.now())? {
                    Imported::Same => return Ok(()),
                    Imported::Changed { entry: merged, .. } => entry = *merged,
                }
            }
            Err(error) if error.is_retryable() && busy < BUSY_RETRIES => {
                tokio::time::sleep(Duration::from_millis(100 << busy)).await;
                busy += 1;
            }
            Err(error) => return Err(error.into()),
        }
    }
}
