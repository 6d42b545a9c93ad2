//! Documents.

use api::{Call, Cursors, Once, Problem, Query, Reply};
use domain::{
    document::{Document, DocumentStatus},
    ids::DocumentId,
};
use lambda_http::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use store::{
    documents::{Edit, Saved},
    races::Races,
};

use crate::{
    State,
    body::{self, DocumentBody},
    document_id, document_not_found, finish_removal,
    input::{DocumentPatch, NewDocument},
};

/// Name of the list, for its cursors.
const LIST: &str = "documents";

/// A page of documents, newest first.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DocumentPage {
    documents: Vec<DocumentBody>,
    next_cursor: Option<String>,
}

pub(crate) async fn list(state: &State, call: &Call) -> Result<Reply, Problem> {
    let cursors = Cursors::of(&state.store, call, LIST).await?;
    let mut query = Query::of(call);
    let (limit, after) = (query.limit(), query.cursor(&cursors));
    let (limit, after) = query.finish((limit, after))?;
    let page = state.store.documents(&call.user, limit, after).await?;
    let next_cursor = page.next.map(|place| cursors.write(&place));
    let documents = page.items.iter().map(body::listed_document).collect();
    Ok(Reply::json(StatusCode::OK, &DocumentPage { documents, next_cursor }))
}

pub(crate) async fn create(state: &State, call: &Call, once: &Once) -> Result<Reply, Problem> {
    let NewDocument { name, description, context_config } = NewDocument::of(call)?;
    let now = state.clock.now();
    let document = Document {
        id: DocumentId::new(),
        name,
        description,
        status: DocumentStatus::default(),
        context_config,
        blocks: Vec::new(),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let reply = Reply::json(StatusCode::CREATED, &body::document(&document, &[]))
        .header("location", &format!("/api/report-builder/{}", document.id));
    let edit = Edit { document: Some((document, None)), once: once.keep_with(&reply), ..Edit::default() };
    // The id is random: only a repeat of this very call finds it taken.
    state.store.save(&call.user, &edit).await?;
    Ok(reply)
}

pub(crate) async fn show(state: &State, call: &Call) -> Result<Reply, Problem> {
    let found = state.store.document(&call.user, document_id(call)?).await?;
    let (document, blocks) = found.ok_or_else(document_not_found)?;
    Ok(Reply::json(StatusCode::OK, &body::document(&document, &blocks)))
}

pub(crate) async fn change(state: &State, call: &Call) -> Result<Reply, Problem> {
    let id = document_id(call)?;
    let patch = DocumentPatch::of(call)?;
    let mut races = Races::default();
    loop {
        let found = state.store.document(&call.user, id).await?;
        let (before, blocks) = found.ok_or_else(document_not_found)?;
        let mut document = before.changed(state.clock.now());
        document.name = patch.name.clone().unwrap_or(document.name);
        document.description = patch.description.clone().unwrap_or(document.description);
        document.status = patch.status.unwrap_or(document.status);
        document.context_config = patch.context_config.clone().unwrap_or(document.context_config);
        let edit = Edit { document: Some((document.clone(), Some(before.version))), ..Edit::default() };
        if state.store.save(&call.user, &edit).await? == Saved::Yes {
            return Ok(Reply::json(StatusCode::OK, &body::document(&document, &blocks)));
        }
        races.again().await?;
    }
}

/// Answers with the document as it was.
pub(crate) async fn delete(state: &State, call: &Call) -> Result<Reply, Problem> {
    let id = document_id(call)?;
    let mut races = Races::default();
    loop {
        let found = state.store.document(&call.user, id).await?;
        let (document, blocks) = found.ok_or_else(document_not_found)?;
        let (saved, removal) = state.store.delete_document(&call.user, &document, state.clock.now()).await?;
        if saved == Saved::Yes {
            tracing::info!(document_id = %id, blocks = blocks.len(), "document deleted");
            finish_removal(state, call, removal).await;
            return Ok(Reply::json(StatusCode::OK, &body::document(&document, &blocks)));
        }
        races.again().await?;
    }
}
