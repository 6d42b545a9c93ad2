//! Lists, newest first.

use api::{Call, Cursors, Problem, Query, Reply};
use domain::{
    context_config::{DateRange, InvalidMoment},
    library::Entry,
};
use lambda_http::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use store::{
    documents::Page,
    library::{EvidenceFilter, Kind},
};

use crate::{
    State,
    entries::{EntryBody, body},
};

/// A page of entries, newest first.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "{F}Page")]
pub struct EntryPage<F> {
    items: Vec<EntryBody<F>>,
    next_cursor: Option<String>,
}

/// Evidence, by when it happened.
pub(crate) async fn evidence(state: &State, call: &Call) -> Result<Reply, Problem> {
    let mut query = Query::of(call);
    let limit = query.limit();
    let (types, categories) = (query.list("type"), query.list("category"));
    let start = query.parsed("start", InvalidMoment::EXPECTED);
    let end = query.parsed("end", InvalidMoment::EXPECTED);
    let range = DateRange { start, end };
    if range.is_backwards() {
        query.wrong("end", "must not be before start");
    }
    let filter = EvidenceFilter { types, categories, range };
    let cursors = Cursors::of(&state.store, call, format!("evidence {filter:?}")).await?;
    let after = query.cursor(&cursors);
    let after = query.finish(after)?;
    let page = state.store.list_evidence(&call.user, &filter, limit, after).await?;
    Ok(reply(&cursors, page))
}

/// Goals, by when they were stored.
pub(crate) async fn goals(state: &State, call: &Call) -> Result<Reply, Problem> {
    let cursors = Cursors::of(&state.store, call, "goals").await?;
    let (limit, after) = plain(call, &cursors)?;
    Ok(reply(&cursors, state.store.list_goals(&call.user, limit, after).await?))
}

/// Reviews, by year.
pub(crate) async fn reviews(state: &State, call: &Call) -> Result<Reply, Problem> {
    let cursors = Cursors::of(&state.store, call, "reviews").await?;
    let (limit, after) = plain(call, &cursors)?;
    Ok(reply(&cursors, state.store.list_reviews(&call.user, limit, after).await?))
}

fn plain(call: &Call, cursors: &Cursors) -> Result<(usize, Option<String>), Problem> {
    let mut query = Query::of(call);
    let (limit, after) = (query.limit(), query.cursor(cursors));
    query.finish((limit, after))
}

fn reply<F: Kind>(cursors: &Cursors, page: Page<Entry<F>>) -> Reply {
    let next_cursor = page.next.map(|place| cursors.write(&place));
    Reply::json(StatusCode::OK, &EntryPage { items: page.items.into_iter().map(body).collect(), next_cursor })
}
