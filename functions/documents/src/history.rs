//! The history of a block.

use api::{Call, Cursors, IfMatch, Once, Problem, Query, Reply};
use domain::document::{Change, ChangeType};
use lambda_http::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use store::{
    documents::{Edit, Saved},
    races::Races,
    revisions::PastRevision,
};

use crate::{
    State, block_id,
    blocks::read,
    body::{self, BlockBody, RevisionBody},
    document_id,
    input::revision_id,
};

/// A page of a block's history, newest first.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RevisionPage {
    revisions: Vec<RevisionBody>,
    next_cursor: Option<String>,
    current_content: Option<String>,
}

/// The block after it was restored, and what that left.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RestoredBlock")]
pub struct Restored {
    #[serde(flatten)]
    block: BlockBody,
    revision: RevisionBody,
}

pub(crate) async fn list(state: &State, call: &Call) -> Result<Reply, Problem> {
    let (document_id, block_id) = (document_id(call)?, block_id(call)?);
    let cursors = Cursors::of(&state.store, call, format!("history {block_id}")).await?;
    let mut query = Query::of(call);
    let (limit, below) = (query.limit(), query.cursor(&cursors).and_then(|place| place.parse().ok()));
    let (limit, below) = query.finish((limit, below))?;

    let (_, block) = read(state, call, document_id, block_id).await?;
    let page = state.store.revisions(&call.user, document_id, block_id, below, limit).await?;
    let next_cursor = page.next.map(|number| cursors.write(&number.to_string()));
    let revisions = page.revisions.into_iter().map(body::revision).collect();
    Ok(Reply::json(StatusCode::OK, &RevisionPage { revisions, next_cursor, current_content: block.content }))
}

/// Gives the block the content of an earlier revision, and its citations, as a new revision.
pub(crate) async fn restore(state: &State, call: &Call, once: &Once) -> Result<Reply, Problem> {
    let (document_id, block_id) = (document_id(call)?, block_id(call)?);
    let (seen, id) = (IfMatch::of(call), revision_id(call)?);
    let mut races = Races::default();
    loop {
        let (document, before) = read(state, call, document_id, block_id).await?;
        seen.check(before.version)?;
        let revision = state.store.revision(&call.user, document_id, block_id, id).await?;
        let past = revision.ok_or_else(|| Problem::not_found("Revision"))?;
        let mut block = before.changed(state.clock.now());
        let revision = block.rewrite(past.new_content, past.citations, Change::by_user(ChangeType::Restore));
        let past = PastRevision { revision: revision.clone(), previous_content: before.content };
        let body = Restored { block: body::block(&document, &block), revision: body::revision(past) };
        let reply = Reply::json(StatusCode::OK, &body).header("etag", &format!("\"{}\"", block.version));
        let edit = Edit {
            document: None,
            block: Some((block, Some(before.version))),
            revision: Some(revision),
            once: once.keep_with(&reply),
        };
        if state.store.save(&call.user, &edit).await? == Saved::Yes {
            return Ok(reply);
        }
        races.again().await?;
    }
}
