//! Routes of documents: list, create, show, change, delete.

use api::{Call, Cursors, Idempotency, IfNoneMatch, Problem, Query, Reply, StoreState, fitting, routes};
use lambda_http::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use store::{
    documents::{Edit, list::DocumentFilter},
    table::{conflict_retry::ConflictRetry, page::Page, transaction::Saved},
};

use crate::{
    body::{self, DocumentBody},
    deletion,
    input::{DocumentPatch, new_document},
};

/// Highest `offset` of a list.
pub const MAX_OFFSET: usize = 1_000;

/// A page of documents, the one that changed last first.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DocumentPage {
    documents: Vec<DocumentBody>,
    next_cursor: Option<String>,
    /// Whether there is a next page.
    has_more: bool,
}

pub(crate) async fn list(state: &StoreState, call: &Call) -> Result<Reply, Problem> {
    let mut query = Query::new(call);
    let (limit, statuses) = (query.limit(), query.list("status"));
    let cursors = Cursors::new(call, &format!("documents by change {statuses:?}"));
    let after: Option<String> = query.cursor(&cursors);
    let expected = format!("a number from 0 to {MAX_OFFSET}");
    let offset: Option<usize> = query.parsed("offset", &expected);
    if offset.is_some_and(|offset| offset > MAX_OFFSET) {
        query.wrong("offset", format!("must be {expected}"));
    }
    if offset.is_some() && after.is_some() {
        query.wrong("offset", "cannot be given together with cursor");
    }
    let filter = query.finish(DocumentFilter { statuses, skip: offset.unwrap_or_default() })?;

    let Page { items, next } = state.store.documents(&call.user, &filter, limit, after).await?;
    let counts = state.store.block_counts(&call.user, &items).await?;
    let page = Page { items: items.into_iter().zip(counts).collect(), next };
    let page = fitting(
        page,
        |(listed, _)| listed.position.clone(),
        |(listed, counts)| body::listed_document(&listed.document, counts),
    );
    let next_cursor = page.next.map(|next| cursors.write(&next));
    let has_more = next_cursor.is_some();
    Ok(Reply::json(StatusCode::OK, &DocumentPage { documents: page.items, next_cursor, has_more }))
}

pub(crate) async fn create(state: &StoreState, call: &Call, idempotency: &Idempotency) -> Result<Reply, Problem> {
    let document = new_document(call)?.into_document(state.clock.now());
    state.check_deletion(call).await?;
    let reply = Reply::json(StatusCode::CREATED, &body::document(&document, &[]))
        .header("location", &routes::document_path(document.id));
    let edit = Edit { document: Some((document, None)), idempotency: idempotency.record(&reply), ..Edit::default() };
    // A conflict needs no retry. The id is random, so an earlier try of this call has written the document.
    state.store.save(&call.user, &edit).await?;
    Ok(reply)
}

pub(crate) async fn show(state: &StoreState, call: &Call) -> Result<Reply, Problem> {
    let found = state.store.document(&call.user, call.document_id()?).await?;
    let (document, blocks) = found.ok_or_else(Problem::document_not_found)?;
    let seen = IfNoneMatch::from_header(call.header("if-none-match"));
    Ok(Reply::json(StatusCode::OK, &body::document(&document, &blocks)).unless_seen(&seen))
}

pub(crate) async fn change(state: &StoreState, call: &Call) -> Result<Reply, Problem> {
    let id = call.document_id()?;
    let patch = DocumentPatch::from_request(call)?;
    let mut retry = ConflictRetry::default();
    loop {
        let found = state.store.document(&call.user, id).await?;
        let (before, blocks) = found.ok_or_else(Problem::document_not_found)?;
        let mut document = before.changed(state.clock.now());
        document.name = patch.name.clone().unwrap_or(document.name);
        document.description = patch.description.clone().unwrap_or(document.description);
        document.perspective = patch.perspective.unwrap_or(document.perspective);
        document.person_name = patch.person_name.clone().unwrap_or(document.person_name);
        document.time_zone = patch.time_zone.clone().unwrap_or(document.time_zone);
        document.status = patch.status.unwrap_or(document.status);
        document.context_config = patch.context_config.clone().unwrap_or(document.context_config);
        // Only a change moves the document to the front of the list.
        if document == before.changed(document.updated_at) {
            return Ok(Reply::json(StatusCode::OK, &body::document(&before, &blocks)));
        }
        let edit = Edit { document: Some((document.clone(), Some(before.version))), ..Edit::default() };
        if state.store.save(&call.user, &edit).await? == Saved::Written {
            return Ok(Reply::json(StatusCode::OK, &body::document(&document, &blocks)));
        }
        retry.backoff().await?;
    }
}

/// Returns the document as it was before the deletion.
pub(crate) async fn delete(state: &StoreState, call: &Call) -> Result<Reply, Problem> {
    let id = call.document_id()?;
    let mut retry = ConflictRetry::default();
    loop {
        let found = state.store.document(&call.user, id).await?;
        let (document, blocks) = found.ok_or_else(Problem::document_not_found)?;
        let (saved, deletion) = state.store.delete_document(&call.user, &document, state.clock.now()).await?;
        if saved == Saved::Written {
            tracing::info!(document_id = %id, blocks = blocks.len(), "document deleted");
            deletion::finish(state, call, deletion).await;
            return Ok(Reply::json(StatusCode::OK, &body::document(&document, &blocks)));
        }
        retry.backoff().await?;
    }
}
