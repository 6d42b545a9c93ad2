//! `POST`: one entry, or up to 500.

use std::collections::HashMap;

use api::{Call, MAX_BODY_BYTES, Once, Problem, Reply};
use domain::{
    fields::FieldError,
    ids::SourceId,
    library::{Entry, new_id},
    problem::ProblemCode,
};
use lambda_http::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use store::library::Kind;

use crate::{State, entries::body};

/// Entries of one request, at most.
const MAX_ITEMS: usize = 500;
/// Largest body of a request with many entries, in bytes.
const MAX_BULK_BYTES: usize = 5 * 1024 * 1024;

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It is new.
    Created,
    /// It took the place of the one with the same `externalId`.
    Updated,
    /// It was not stored.
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
pub struct Report {
    created: usize,
    updated: usize,
    rejected: usize,
    results: Vec<ItemResult>,
}

/// Stores one entry (201, or 200 if it replaced one), or many (200, with a result for each).
pub(crate) async fn store<F: Kind>(state: &State, call: &Call) -> Result<Reply, Problem> {
    let work = async |once: &Once| {
        let reply = store_once::<F>(state, call, once).await?;
        // Entries have the same ids when this request comes again: doing it twice changes nothing.
        once.keep(&state.store, call, reply).await
    };
    Once::run(&state.store, call, state.clock.now(), work).await
}

async fn store_once<F: Kind>(state: &State, call: &Call, once: &Once) -> Result<Reply, Problem> {
    let request = call.json_of(MAX_BULK_BYTES)?;
    let Some(items) = request.get("items") else {
        if call.body_bytes() > MAX_BODY_BYTES {
            return Err(Problem::too_large(call.body_bytes(), MAX_BODY_BYTES));
        }
        return one::<F>(state, call, once, &request).await;
    };
    let items = items.as_array().ok_or_else(|| wrong_items("must be a list"))?;
    if items.len() > MAX_ITEMS {
        return Err(wrong_items(&format!("has {} items; {MAX_ITEMS} are allowed in one request", items.len())));
    }
    let facts = items.iter().enumerate().map(|(index, item)| F::of(item, &format!("/items/{index}"))).collect();
    let stored = store_all::<F>(state, call, once, facts).await?;

    let results: Vec<ItemResult> =
        stored.into_iter().enumerate().map(|(index, stored)| item_result(index, stored)).collect();
    let count = |outcome| results.iter().filter(|result| result.status == outcome).count();
    let (created, updated, rejected) = (count(Outcome::Created), count(Outcome::Updated), count(Outcome::Rejected));
    tracing::info!(kind = F::KIND, created, updated, rejected, "entries stored");
    Ok(Reply::json(StatusCode::OK, &Report { created, updated, rejected, results }))
}

async fn one<F: Kind>(state: &State, call: &Call, once: &Once, request: &Value) -> Result<Reply, Problem> {
    let facts = F::of(request, "")?;
    let stored = store_all::<F>(state, call, once, vec![Ok(facts)]).await?;
    let Some(stored) = stored.into_iter().next() else { return Err(Problem::contended()) };
    let Stored { entry, is_new } = stored?;
    let list = call.route().trim_start_matches("POST ").to_owned();
    let place = format!("{list}/{}", entry.id);
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok(Reply::json(status, &body(entry)).header("location", &place))
}

/// An entry that was stored.
struct Stored<F> {
    entry: Entry<F>,
    is_new: bool,
}

/// Stores what is valid, in a few batched calls; for each, what became of it. An entry that is
/// named twice is stored as it was named last.
async fn store_all<F: Kind>(
    state: &State,
    call: &Call,
    once: &Once,
    facts: Vec<Result<F, Vec<FieldError>>>,
) -> Result<Vec<Result<Stored<F>, Problem>>, Problem> {
    let now = state.clock.now();
    let id = |index: usize, facts: &F| {
        let repeated = once.id(index).filter(|_| facts.external_id().is_none());
        repeated.unwrap_or_else(|| new_id(&call.user, facts))
    };
    let ids: Vec<Option<SourceId>> =
        facts.iter().enumerate().map(|(index, facts)| facts.as_ref().ok().map(|facts| id(index, facts))).collect();
    let mut named: Vec<SourceId> = ids
        .iter()
        .zip(&facts)
        .filter_map(|(id, facts)| facts.as_ref().ok().and_then(|facts| facts.external_id()).and(*id))
        .collect();
    named.sort_unstable();
    named.dedup();
    let known = state.store.entries::<F>(&call.user, &named).await?;
    let mut present: HashMap<SourceId, (jiff::Timestamp, u64)> =
        known.into_iter().map(|entry| (entry.id, (entry.created_at, entry.version))).collect();

    let mut stored: Vec<Result<Stored<F>, Problem>> = Vec::with_capacity(facts.len());
    let mut last: HashMap<SourceId, usize> = HashMap::new();
    for (place, (facts, id)) in facts.into_iter().zip(ids).enumerate() {
        stored.push(match (facts, id) {
            (Ok(facts), Some(id)) => {
                let before = present.get(&id).copied();
                let (created_at, version) = before.map_or((now, 1), |(at, version)| (at, version + 1));
                present.insert(id, (created_at, version));
                last.insert(id, place);
                Ok(Stored { entry: Entry { id, facts, created_at, version }, is_new: before.is_none() })
            }
            (Ok(_), None) => Err(Problem::contended()),
            (Err(errors), _) => Err(errors.into()),
        });
    }

    let mut places: Vec<usize> = last.values().copied().collect();
    places.sort_unstable();
    let entries: Vec<Entry<F>> =
        places.iter().filter_map(|place| stored[*place].as_ref().ok().map(|stored| stored.entry.clone())).collect();
    let written = state.store.put_entries(&call.user, &entries).await;
    for (entry, written) in entries.iter().zip(written) {
        let Err(error) = written else { continue };
        let problem = Problem::from(error);
        if let Some(cause) = &problem.cause {
            tracing::warn!(kind = F::KIND, cause, "entry not stored");
        }
        // All that name it, for none of them is stored.
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
