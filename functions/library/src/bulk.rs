//! `POST` of one entry, or of up to 500 entries in `items`.
//!
//! Entries are written in batches without a transaction, so each entry succeeds or fails by itself. The id of
//! an entry is derived from its `externalId`, otherwise from the `Idempotency-Key`. A request that has either is
//! idempotent. Other entries get a new id each time.

use std::collections::HashMap;

use api::{Call, Idempotency, MAX_BODY_BYTES, Problem, Reply, StoreState};
use domain::{
    ids::SourceId,
    input::{FieldError, Fields},
    library::{Entry, new_id},
    problem::ProblemCode,
};
use lambda_http::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use store::library::StoredEntry;

use crate::entries::body;

/// The most entries in one request.
const MAX_ITEMS: usize = 500;
/// Largest body of a request with `items`, in bytes.
const MAX_BULK_BYTES: usize = 5 * 1024 * 1024;

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The entry did not exist before.
    Created,
    /// It replaced the entry with the same `externalId`.
    Updated,
    /// The entry was not stored. `errors` says why.
    Rejected,
}

/// What became of one item of the request.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StoredEntry")]
pub struct ItemResult {
    index: usize,
    status: Outcome,
    id: Option<SourceId>,
    /// Why it was rejected, in a sentence.
    error: Option<String>,
    code: Option<ProblemCode>,
    /// Whether the same item may be taken later.
    retryable: bool,
    errors: Vec<FieldError>,
}

/// What became of all of them, in the order of the request.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StoredEntries")]
pub struct BulkReport {
    created: usize,
    updated: usize,
    rejected: usize,
    results: Vec<ItemResult>,
}

/// Stores one entry (201, or 200 if it replaced an entry), or many entries (200 with a result for each entry, even if
/// some are rejected).
pub(crate) async fn store<F: StoredEntry>(state: &StoreState, call: &Call) -> Result<Reply, Problem> {
    state.check_deletion(call).await?;
    let work = async |idempotency: &Idempotency| {
        let reply = store_entries::<F>(state, call, idempotency).await?;
        // A repeated request writes the same ids again. So the response may be stored after the entries.
        idempotency.store_reply(&state.store, call, reply).await
    };
    Idempotency::run(&state.store, call, state.clock.now(), work).await
}

async fn store_entries<F: StoredEntry>(
    state: &StoreState,
    call: &Call,
    idempotency: &Idempotency,
) -> Result<Reply, Problem> {
    let request = call.json_of(MAX_BULK_BYTES)?;
    let Some(items) = request.get("items") else {
        if call.body_bytes() > MAX_BODY_BYTES {
            return Err(Problem::too_large(call.body_bytes(), MAX_BODY_BYTES));
        }
        return one::<F>(state, call, idempotency, &request).await;
    };
    let mut fields = Fields::new(&request, "")?;
    fields.has("items");
    fields.finish(Some(()))?;
    let items = items.as_array().ok_or_else(|| wrong_items("must be a list"))?;
    if items.len() > MAX_ITEMS {
        return Err(wrong_items(&format!("has {} items; {MAX_ITEMS} are allowed in one request", items.len())));
    }
    let fields = items.iter().enumerate().map(|(index, item)| F::parse(item, &format!("/items/{index}"))).collect();
    let stored = store_all::<F>(state, call, idempotency, fields).await?;

    let results: Vec<ItemResult> =
        stored.into_iter().enumerate().map(|(index, stored)| item_result(index, stored)).collect();
    let count = |outcome| results.iter().filter(|result| result.status == outcome).count();
    let (created, updated, rejected) = (count(Outcome::Created), count(Outcome::Updated), count(Outcome::Rejected));
    tracing::info!(kind = F::KIND, created, updated, rejected, "library entries stored");
    Ok(Reply::json(StatusCode::OK, &BulkReport { created, updated, rejected, results }))
}

async fn one<F: StoredEntry>(
    state: &StoreState,
    call: &Call,
    idempotency: &Idempotency,
    request: &Value,
) -> Result<Reply, Problem> {
    let fields = F::parse(request, "")?;
    let stored = store_all::<F>(state, call, idempotency, vec![Ok(fields)]).await?;
    let Some(stored) = stored.into_iter().next() else { return Err(Problem::contended()) };
    let Stored { entry, is_new } = stored?;
    let list = call.route().trim_start_matches("POST ").to_owned();
    let location = format!("{list}/{}", entry.id);
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(Reply::json(status, &body(entry)).header("location", &location))
}

struct Stored<F> {
    entry: Entry<F>,
    is_new: bool,
}

/// Stores the valid entries in a few batched calls. Returns one result for each entry, in the same order. If two
/// entries have the same id, the last entry is stored and both are reported as stored.
async fn store_all<F: StoredEntry>(
    state: &StoreState,
    call: &Call,
    idempotency: &Idempotency,
    fields: Vec<Result<F, Vec<FieldError>>>,
) -> Result<Vec<Result<Stored<F>, Problem>>, Problem> {
    let now = state.clock.now();
    let id = |index: usize, fields: &F| {
        let repeated = idempotency.id(index).filter(|_| fields.external_id().is_none());
        repeated.unwrap_or_else(|| new_id(&call.user, fields))
    };
    let ids: Vec<Option<SourceId>> =
        fields.iter().enumerate().map(|(index, fields)| fields.as_ref().ok().map(|fields| id(index, fields))).collect();
    let mut named: Vec<SourceId> = ids
        .iter()
        .zip(&fields)
        .filter_map(|(id, fields)| fields.as_ref().ok().and_then(|fields| fields.external_id()).and(*id))
        .collect();
    named.sort_unstable();
    named.dedup();
    let known = state.store.entries::<F>(&call.user, &named).await?;
    let mut present: HashMap<SourceId, (jiff::Timestamp, u64)> =
        known.into_iter().map(|entry| (entry.id, (entry.created_at, entry.version))).collect();

    let mut stored: Vec<Result<Stored<F>, Problem>> = Vec::with_capacity(fields.len());
    let mut last: HashMap<SourceId, usize> = HashMap::new();
    for (index, (fields, id)) in fields.into_iter().zip(ids).enumerate() {
        stored.push(match (fields, id) {
            (Ok(fields), Some(id)) => {
                let before = present.get(&id).copied();
                let (created_at, version) = before.map_or((now, 1), |(at, version)| (at, version + 1));
                present.insert(id, (created_at, version));
                last.insert(id, index);
                Ok(Stored {
                    entry: Entry { id, fields, created_at, edited: Vec::new(), version },
                    is_new: before.is_none(),
                })
            }
            (Ok(_), None) => Err(Problem::contended()),
            (Err(errors), _) => Err(errors.into()),
        });
    }

    let mut indexes: Vec<usize> = last.values().copied().collect();
    indexes.sort_unstable();
    let entries: Vec<Entry<F>> =
        indexes.iter().filter_map(|index| stored[*index].as_ref().ok().map(|stored| stored.entry.clone())).collect();
    let written = state.store.put_entries(&call.user, &entries).await;
    for (entry, written) in entries.iter().zip(written) {
        let Err(error) = written else { continue };
        let problem = Problem::from(error);
        if let Some(cause) = &problem.cause {
            tracing::warn!(kind = F::KIND, cause, "library entry was not stored");
        }
        // Every entry with this id is rejected, because none of them is stored.
        for stored in stored.iter_mut().filter(|stored| matches!(stored, Ok(stored) if stored.entry.id == entry.id)) {
            *stored = Err(problem.clone());
        }
    }
    Ok(stored)
}

fn item_result<F>(index: usize, stored: Result<Stored<F>, Problem>) -> ItemResult {
    match stored {
        Ok(Stored { entry, is_new }) => ItemResult {
            index,
            status: if is_new { Outcome::Created } else { Outcome::Updated },
            id: Some(entry.id),
            error: None,
            code: None,
            retryable: false,
            errors: Vec::new(),
        },
        Err(problem) => ItemResult {
            index,
            status: Outcome::Rejected,
            id: None,
            retryable: problem.code.is_retryable(),
            code: Some(problem.code),
            error: Some(problem.detail),
            errors: problem.errors,
        },
    }
}

fn wrong_items(detail: &str) -> Problem {
    Problem::invalid(vec![FieldError { pointer: "/items".to_owned(), detail: detail.to_owned() }])
}
