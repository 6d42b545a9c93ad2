//! Single entries.

use api::{Call, Problem, Reply};
use domain::{
    ids::SourceId,
    library::{Entry, Facts},
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use store::{documents::Saved, library::Kind, races::Races};

use crate::State;

/// An entry as clients see it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "{F}")]
pub struct EntryBody<F> {
    id: SourceId,
    #[serde(flatten)]
    facts: F,
    #[schemars(with = "domain::time::DateTime")]
    created_at: Timestamp,
}

pub(crate) fn body<F: Kind>(entry: Entry<F>) -> EntryBody<F> {
    EntryBody { id: entry.id, facts: entry.facts, created_at: entry.created_at }
}

pub(crate) async fn show<F: Kind>(state: &State, call: &Call) -> Result<Reply, Problem> {
    let entry = state.store.entry::<F>(&call.user, id::<F>(call)?).await?;
    Ok(Reply::json(StatusCode::OK, &body(entry.ok_or_else(not_found::<F>)?)))
}

pub(crate) async fn change<F: Kind>(state: &State, call: &Call) -> Result<Reply, Problem> {
    let (id, patch) = (id::<F>(call)?, call.json()?);
    let mut races = Races::default();
    loop {
        let before = state.store.entry::<F>(&call.user, id).await?.ok_or_else(not_found::<F>)?;
        let facts = before.facts.patched(&patch)?;
        let entry = Entry { facts, version: before.version + 1, ..before };
        if state.store.save_entry(&call.user, &entry, before.version).await? == Saved::Yes {
            return Ok(Reply::json(StatusCode::OK, &body(entry)));
        }
        races.again().await?;
    }
}

/// Answers with the entry as it was.
pub(crate) async fn delete<F: Kind>(state: &State, call: &Call) -> Result<Reply, Problem> {
    let entry = state.store.delete_entry::<F>(&call.user, id::<F>(call)?).await?;
    Ok(Reply::json(StatusCode::OK, &body(entry.ok_or_else(not_found::<F>)?)))
}

fn id<F: Kind>(call: &Call) -> Result<SourceId, Problem> {
    call.path("id").and_then(|id| id.parse().ok()).ok_or_else(not_found::<F>)
}

fn not_found<F: Facts>() -> Problem {
    let mut name = F::KIND.to_owned();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Problem::not_found(&name)
}
