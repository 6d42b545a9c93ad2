//! Routes of documents: list, create, show, change, delete.

use api::{Call, Cursors, Idempotency, Problem, Query, Reply, StoreState, fitting, routes};
use lambda_http::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use store::{
    documents::{Edit, sort_value},
    table::{conflict_retry::ConflictRetry, transaction::Saved},
};

use crate::{
    body::{self, DocumentBody},
    deletion,
    input::{DocumentPatch, new_document},
};

/// The list that a cursor belongs to. A cursor of another list is rejected.
const LIST: &str = "documents";

/// A page of documents, newest first.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DocumentPage {
    documents: Vec<DocumentBody>,
    next_cursor: Option<String>,
}

pub(crate) async fn list(state: &StoreState, call: &Call) -> Result<Reply, Problem> {
    let cursors = Cursors::new(call, LIST);
    let mut query = Query::new(call);
    let (limit, after) = (query.limit(), query.cursor(&cursors));
    let (limit, after) = query.finish((limit, after))?;
    let page = state.store.documents(&call.user, limit, after).await?;
    let page = fitting(page, sort_value, |document| body::listed_document(&document));
    let next_cursor = page.next.map(|next| cursors.write(&next));
    Ok(Reply::json(StatusCode::OK, &DocumentPage { documents: page.items, next_cursor }))
}

pub(crate) async fn create(state: &StoreState, call: &Call, idempotency: &Idempotency) -> Result<Reply, Problem> {
    let document = new_document(call)?.into_document(state.clock.now());
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
    Ok(Reply::json(StatusCode::OK, &body::document(&document, &blocks)))
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
