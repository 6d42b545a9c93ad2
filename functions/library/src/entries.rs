//! Routes of a single entry: show, change, delete.

use api::{Call, Problem, Reply, StoreState};
use domain::{
    ids::SourceId,
    library::{Entry, EntryFields},
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use store::{
    cited::UsedIn,
    library::StoredEntry,
    table::{conflict_retry::ConflictRetry, transaction::Saved},
};

/// An entry as clients see it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "{F}")]
pub struct EntryBody<F> {
    pub(crate) id: SourceId,
    #[serde(flatten)]
    pub(crate) fields: F,
    /// The blocks that cite the evidence, of the 20 documents that changed last. Only in lists of evidence with `include=usedIn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) used_in: Option<Vec<UsedIn>>,
    #[schemars(with = "domain::time::DateTime")]
    pub(crate) created_at: Timestamp,
}

pub(crate) fn body<F: StoredEntry>(entry: Entry<F>) -> EntryBody<F> {
    EntryBody { id: entry.id, fields: entry.fields, used_in: None, created_at: entry.created_at }
}

pub(crate) async fn show<F: StoredEntry>(state: &StoreState, call: &Call) -> Result<Reply, Problem> {
    let entry = state.store.entry::<F>(&call.user, id::<F>(call)?).await?;
    Ok(Reply::json(StatusCode::OK, &body(entry.ok_or_else(not_found::<F>)?)))
}

pub(crate) async fn change<F: StoredEntry>(state: &StoreState, call: &Call) -> Result<Reply, Problem> {
    let (id, patch) = (id::<F>(call)?, call.json()?);
    let mut retry = ConflictRetry::default();
    loop {
        let before = state.store.entry::<F>(&call.user, id).await?.ok_or_else(not_found::<F>)?;
        let entry = before.patched(&patch)?;
        if state.store.save_entry(&call.user, &entry, Some(before.version)).await? == Saved::Written {
            return Ok(Reply::json(StatusCode::OK, &body(entry)));
        }
        retry.backoff().await?;
    }
}

/// Returns the entry as it was before the deletion.
pub(crate) async fn delete<F: StoredEntry>(state: &StoreState, call: &Call) -> Result<Reply, Problem> {
    let entry = state.store.delete_entry::<F>(&call.user, id::<F>(call)?, state.clock.now()).await?;
    Ok(Reply::json(StatusCode::OK, &body(entry.ok_or_else(not_found::<F>)?)))
}

fn id<F: StoredEntry>(call: &Call) -> Result<SourceId, Problem> {
    call.path("id").and_then(|id| id.parse().ok()).ok_or_else(not_found::<F>)
}

fn not_found<F: EntryFields>() -> Problem {
    let mut name = F::KIND.to_owned();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Problem::not_found(&name)
}
