//! Routes of the history of a block: list its revisions, and restore one of them.

use api::{Call, Cursors, Idempotency, IfMatch, Problem, Query, Reply, StoreState, bytes_in_response, fitting};
use domain::{
    ids::RevisionId,
    problem::ProblemCode,
    report::{
        block::Block,
        revision::{Change, ChangeType, Revision},
    },
};
use lambda_http::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use store::{
    documents::{Edit, revisions::PastRevision},
    table::{conflict_retry::ConflictRetry, page::MAX_PAGE_BYTES, transaction::Saved},
};

use crate::{
    blocks::read,
    body::{self, BlockBody, RevisionBody},
    input::{Side, ToRestore},
};

/// A page of a block's history, newest first.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RevisionPage {
    revisions: Vec<RevisionBody>,
    next_cursor: Option<String>,
    /// `null` also if it takes more than 2 MB: read the block by itself.
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

pub(crate) async fn list(state: &StoreState, call: &Call) -> Result<Reply, Problem> {
    let (document_id, block_id) = (call.document_id()?, call.block_id()?);
    let cursors = Cursors::new(call, &format!("history {block_id}"));
    let mut query = Query::new(call);
    let (limit, below) = (query.limit(), query.cursor(&cursors));
    let (limit, below) = query.finish((limit, below))?;

    let (_, block) = read(state, call, document_id, block_id).await?;
    let is_first_page = below.is_none();
    let page = state.store.revisions(&call.user, &block, below, limit).await?;
    if page.items.is_empty() && is_first_page && block.content_revision > 0 {
        // Deleted after the block was read.
        return Err(Problem::block_not_found());
    }
    let page = fitting(page, |past| past.revision.number.to_string(), body::listed_revision);
    let next_cursor = page.next.map(|next| cursors.write(&next));
    let current_content = block.content.filter(|content| bytes_in_response(content) <= MAX_PAGE_BYTES);
    Ok(Reply::json(StatusCode::OK, &RevisionPage { revisions: page.items, next_cursor, current_content }))
}

/// Writes an earlier text, or the text of the request, to the block. This is a new revision: no history is lost. A block
/// that has the text already keeps its newest revision.
pub(crate) async fn restore(state: &StoreState, call: &Call, idempotency: &Idempotency) -> Result<Reply, Problem> {
    let (document_id, block_id) = (call.document_id()?, call.block_id()?);
    let (seen, wanted) = (IfMatch::from_request(call), ToRestore::from_request(call)?);
    let mut retry = ConflictRetry::default();
    loop {
        let (document, before) = read(state, call, document_id, block_id).await?;
        seen.check(before.version)?;
        let mut block = before.changed(state.clock.now());
        let revision = match &wanted {
            ToRestore::Text(text) => block.restore(text.clone()),
            ToRestore::Revision(id, side) => {
                let past = past(state, call, &before, (*id, *side)).await?;
                block.rewrite(past.new_content, past.annotations, past.text, Change::by_user(ChangeType::Restore))
            }
        };
        let is_same = block.content == before.content && block.annotations == before.annotations;
        let newest = if is_same { newest(state, call, &before).await? } else { None };
        let is_edit = newest.is_none();
        let (block, past) = match newest {
            Some(newest) => (before.clone(), newest),
            None => (block, PastRevision { revision: revision.clone(), previous_content: before.content }),
        };
        let body = Restored { block: body::block(&document, &block), revision: body::revision(past) };
        let reply = Reply::json(StatusCode::OK, &body).header("etag", &body::etag(&document, &block));
        let edit = Edit {
            document: None,
            block: is_edit.then_some((block, Some(before.version))),
            revision: is_edit.then_some(revision),
            idempotency: idempotency.record(&reply),
        };
        if state.store.save(&call.user, &edit).await? == Saved::Written {
            return Ok(reply);
        }
        retry.backoff().await?;
    }
}

async fn newest(state: &StoreState, call: &Call, block: &Block) -> Result<Option<PastRevision>, Problem> {
    Ok(state.store.revisions(&call.user, block, None, 1).await?.items.pop())
}

/// The revision whose text is restored. Text and annotations before a revision are those of the revision before it.
async fn past(
    state: &StoreState,
    call: &Call,
    block: &Block,
    (id, side): (RevisionId, Side),
) -> Result<Revision, Problem> {
    let named = state.store.revision(&call.user, block.document_id, block.id, id).await?;
    let named = named.ok_or_else(|| Problem::not_found("Revision"))?;
    if side == Side::After {
        return Ok(named);
    }
    let before = state.store.revision_before(&call.user, &named).await?;
    let has_text = |revision: &Revision| revision.new_content.as_ref().is_some_and(|text| !text.trim().is_empty());
    before.filter(has_text).ok_or_else(|| {
        let detail = "The block was empty before this revision. To restore the text after it, send \"to\": \"after\".";
        Problem::new(ProblemCode::NothingToRestore, detail)
    })
}
