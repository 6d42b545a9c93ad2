//! Lists of entries, newest first, page by page.

use api::{Call, Cursors, Problem, Query, Reply, StoreState, fitting};
use domain::{
    library::{
        Entry,
        date_range::{DateRange, InvalidMoment},
        search::{MAX_SEARCH_CHARS, Search},
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

/// What a list may have beside its entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display, strum::EnumString, strum::VariantNames)]
#[strum(serialize_all = "camelCase")]
pub enum Include {
    /// The blocks that cite each piece of evidence.
    UsedIn,
}

/// Which evidence a request asks for.
pub(crate) struct EvidenceQuery {
    pub(crate) filter: EvidenceFilter,
    pub(crate) search: Search,
}

impl EvidenceQuery {
    pub(crate) fn read(query: &mut Query<'_>) -> Self {
        let (types, categories) = (query.list("type"), query.list("category"));
        let start = query.parsed("start", InvalidMoment::EXPECTED);
        let end = query.parsed("end", InvalidMoment::EXPECTED);
        let range = DateRange { start, end };
        if range.is_backwards() {
            query.wrong("end", "must not be before start");
        }
        let bounds = range.bounds(&Zone::default());
        let search =
            query.parsed("q", format_args!("a text of at most {MAX_SEARCH_CHARS} characters")).unwrap_or_default();
        Self { filter: EvidenceFilter { types, categories, bounds }, search }
    }
}

/// Evidence by `occurredAt`, with filters. A cursor is valid only with the same filters.
pub(crate) async fn evidence(state: &StoreState, call: &Call) -> Result<Reply, Problem> {
    let mut query = Query::new(call);
    let limit = query.limit();
    let EvidenceQuery { filter, search } = EvidenceQuery::read(&mut query);
    let include: Vec<Include> = query.list("include");
    let cursors = Cursors::new(call, &format!("evidence {filter:?} {search:?}"));
    let after = query.cursor(&cursors);
    let after = query.finish(after)?;
    let page = state.store.search_evidence(&call.user, &filter, &search, (limit, after)).await?;
    if !include.contains(&Include::UsedIn) {
        return Ok(reply(&cursors, page));
    }
    let used = state.store.used_evidence(&call.user).await?;
    Ok(reply_with(&cursors, page, |entry| {
        let used_in = Some(used.get(&entry.id).cloned().unwrap_or_default());
        EntryBody { used_in, ..body(entry) }
    }))
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
    reply_with(cursors, page, body)
}

fn reply_with<F: StoredEntry>(
    cursors: &Cursors,
    page: Page<Entry<F>>,
    body: impl Fn(Entry<F>) -> EntryBody<F>,
) -> Reply {
    let page = fitting(page, F::sort_value, body);
    let next_cursor = page.next.map(|next| cursors.write(&next));
    Reply::json(StatusCode::OK, &EntryPage { items: page.items, next_cursor })
}
