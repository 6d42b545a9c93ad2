//! Lists of entries, newest first, page by page.

use api::{Call, Cursors, Problem, Query, Reply, StoreState, fitting};
use domain::{
    library::{
        Entry,
        date_range::{DateRange, InvalidMoment},
    },
    zone::Zone,
};
use lambda_http::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use store::{
    library::{EvidenceFilter, StoredEntry},
    table::page::Page,
};

use crate::entries::{EntryBody, body};

/// A page of entries, newest first.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "{F}Page")]
pub struct EntryPage<F> {
    items: Vec<EntryBody<F>>,
    next_cursor: Option<String>,
}

/// Evidence by `occurredAt`, with filters. A cursor is valid only with the same filters.
pub(crate) async fn evidence(state: &StoreState, call: &Call) -> Result<Reply, Problem> {
    let mut query = Query::new(call);
    let limit = query.limit();
    let (types, categories) = (query.list("type"), query.list("category"));
    let start = query.parsed("start", InvalidMoment::EXPECTED);
    let end = query.parsed("end", InvalidMoment::EXPECTED);
    let range = DateRange { start, end };
    if range.is_backwards() {
        query.wrong("end", "must not be before start");
    }
    let bounds = range.bounds(&Zone::default());
    let filter = EvidenceFilter { types, categories, bounds };
    let cursors = Cursors::new(call, &format!("evidence {filter:?}"));
    let after = query.cursor(&cursors);
    let after = query.finish(after)?;
    let page = state.store.list_evidence(&call.user, &filter, limit, after).await?;
    Ok(reply(&cursors, page))
}

/// Goals by `createdAt`. There are no filters.
pub(crate) async fn goals(state: &StoreState, call: &Call) -> Result<Reply, Problem> {
    let cursors = Cursors::new(call, "goals");
    let (limit, after) = plain(call, &cursors)?;
    Ok(reply(&cursors, state.store.list_goals(&call.user, limit, after).await?))
}

/// Reviews by year, then by `createdAt`. There are no filters.
pub(crate) async fn reviews(state: &StoreState, call: &Call) -> Result<Reply, Problem> {
    let cursors = Cursors::new(call, "reviews");
    let (limit, after) = plain(call, &cursors)?;
    Ok(reply(&cursors, state.store.list_reviews(&call.user, limit, after).await?))
}

fn plain(call: &Call, cursors: &Cursors) -> Result<(usize, Option<String>), Problem> {
    let mut query = Query::new(call);
    let (limit, after) = (query.limit(), query.cursor(cursors));
    query.finish((limit, after))
}

fn reply<F: StoredEntry>(cursors: &Cursors, page: Page<Entry<F>>) -> Reply {
    let page = fitting(page, F::sort_value, body);
    let next_cursor = page.next.map(|next| cursors.write(&next));
    Reply::json(StatusCode::OK, &EntryPage { items: page.items, next_cursor })
}
