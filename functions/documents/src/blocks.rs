//! Routes of blocks: list, move several, create, show, change, delete.

use std::collections::HashSet;

use api::{Call, Idempotency, IfMatch, IfNoneMatch, Problem, Query, Reply, StoreState, routes};
use domain::{
    annotation::Annotations,
    ids::{BlockId, DocumentId, JobId},
    input::FieldError,
    job::{Job, result::JobResult},
    problem::ProblemCode,
    report::{
        applied,
        block::{Block, BlockType, ContentLength, MAX_METADATA_BYTES},
        document::{Document, MAX_BLOCKS},
    },
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use store::{
    documents::Edit,
    table::{conflict_retry::ConflictRetry, transaction::Saved},
};
use strum::{EnumString, VariantNames};

use crate::{
    body::{self, BlockBody},
    deletion,
    input::{BlockPatch, BlockPositions, NewBlock},
};

/// The values of `content` in a list of blocks.
#[derive(EnumString, VariantNames)]
#[strum(serialize_all = "lowercase")]
pub enum ListedContent {
    /// Headings come with their contents, and other blocks without theirs.
    Headings,
}

/// The blocks of a document.
#[derive(Serialize, JsonSchema)]
pub struct BlockList {
    /// In the order of the document.
    blocks: Vec<BlockBody>,
}

/// The order of the blocks of a document after a move.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BlockOrder {
    /// All blocks of the document, in its order.
    block_positions: Vec<BlockPosition>,
}

/// A block and its place in the document.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct BlockPosition {
    block_id: BlockId,
    /// Place of the block, counted from 0.
    position: usize,
}

pub(crate) async fn list(state: &StoreState, call: &Call) -> Result<Reply, Problem> {
    let mut query = Query::new(call);
    let content: Option<ListedContent> = query.parsed("content", ListedContent::VARIANTS.join(" or "));
    let has_text: fn(&Block) -> bool = match query.finish(content)? {
        Some(ListedContent::Headings) => |block| block.block_type == BlockType::Heading,
        None => |_| true,
    };
    let found = state.store.document_with_texts_of(&call.user, call.document_id()?, has_text).await?;
    let (document, blocks) = found.ok_or_else(Problem::document_not_found)?;
    let seen = IfNoneMatch::from_header(call.header("if-none-match"));
    Ok(Reply::json(StatusCode::OK, &BlockList { blocks: body::blocks(&document, &blocks) }).unless_seen(&seen))
}

/// Moves several blocks, all of them or none. Only the document is written.
pub(crate) async fn arrange(state: &StoreState, call: &Call) -> Result<Reply, Problem> {
    let id = call.document_id()?;
    let BlockPositions(positions) = BlockPositions::from_request(call)?;
    let mut retry = ConflictRetry::default();
    loop {
        let (document, _) = state.store.document_and_block(&call.user, id, None).await?;
        let before = document.ok_or_else(Problem::document_not_found)?;
        let known: HashSet<&BlockId> = before.blocks.iter().collect();
        if positions.iter().any(|(block, _)| !known.contains(block)) {
            return Err(Problem::block_not_found());
        }
        let mut document = before.changed(state.clock.now());
        document.arrange(&positions);
        let order = document.blocks.iter().enumerate();
        let order = order.map(|(position, block)| BlockPosition { block_id: *block, position });
        let reply = Reply::json(StatusCode::OK, &BlockOrder { block_positions: order.collect() });
        let is_same = document.blocks == before.blocks;
        let edit = Edit { document: (!is_same).then_some((document, Some(before.version))), ..Edit::default() };
        if state.store.save(&call.user, &edit).await? == Saved::Written {
            return Ok(reply);
        }
        retry.backoff().await?;
    }
}

pub(crate) async fn create(state: &StoreState, call: &Call, idempotency: &Idempotency) -> Result<Reply, Problem> {
    let id = call.document_id()?;
    let new = NewBlock::from_request(call)?;
    let now = state.clock.now();
    let mut block = Block {
        id: BlockId::new(),
        document_id: id,
        block_type: new.block_type,
        prompt: new.prompt,
        content: None,
        content_by: None,
        max_characters: new.max_characters,
        annotations: Annotations::default(),
        metadata: new.metadata.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        version: 1,
        content_revision: 0,
        text: None,
        content_length: ContentLength::default(),
        created_at: now,
        updated_at: now,
    };
    check_metadata(&block)?;
    let first = new.content.map(|content| block.edit(Some(content)));
    let mut retry = ConflictRetry::default();
    loop {
        let (document, _) = state.store.document_and_block(&call.user, id, None).await?;
        let before = document.ok_or_else(Problem::document_not_found)?;
        if before.blocks.len() >= MAX_BLOCKS {
            let detail = format!("A document has at most {MAX_BLOCKS} blocks. Delete some, or begin another document.");
            return Err(Problem::new(ProblemCode::DocumentFull, detail));
        }
        let mut document = before.changed(now);
        document.move_to(block.id, new.position);
        let location = routes::block_path(id, block.id);
        let reply = reply(StatusCode::CREATED, &document, &block).header("location", &location);
        let edit = Edit {
            document: Some((document, Some(before.version))),
            block: Some((block.clone(), None)),
            revision: first.clone(),
            idempotency: idempotency.record(&reply),
        };
        if state.store.save(&call.user, &edit).await? == Saved::Written {
            return Ok(reply);
        }
        retry.backoff().await?;
    }
}

pub(crate) async fn show(state: &StoreState, call: &Call) -> Result<Reply, Problem> {
    let (document, block) = read(state, call, call.document_id()?, call.block_id()?).await?;
    let seen = IfNoneMatch::from_header(call.header("if-none-match"));
    Ok(Reply::json(StatusCode::OK, &body::block(&document, &block)).tagged(&body::etag(&document, &block), &seen))
}

pub(crate) async fn change(state: &StoreState, call: &Call) -> Result<Reply, Problem> {
    let (document_id, block_id) = (call.document_id()?, call.block_id()?);
    let (seen, patch) = (IfMatch::from_request(call), BlockPatch::from_request(call)?);
    let answered = match patch.from_job {
        Some(id) => Some(answered(state, call, id, block_id).await?),
        None => None,
    };
    let mut retry = ConflictRetry::default();
    loop {
        let (document, block) = read(state, call, document_id, block_id).await?;
        seen.check(block.version)?;
        let edit = patched(&document, &block, &patch, answered.as_ref(), state.clock.now())?;
        if state.store.save(&call.user, &edit).await? == Saved::Written {
            let document = edit.document.map_or(document, |(document, _)| document);
            let block = edit.block.map_or(block, |(block, _)| block);
            return Ok(reply(StatusCode::OK, &document, &block));
        }
        retry.backoff().await?;
    }
}

/// The job that `fromJob` names and its answer, if the answer is a text for this block. A job that failed after its answer
/// was stored has one, too.
async fn answered(state: &StoreState, call: &Call, id: JobId, block: BlockId) -> Result<(Job, JobResult), Problem> {
    let job = state.store.job(&call.user, id).await?;
    let job = job.filter(|job| job.is_finished() && job.block_id == Some(block)).ok_or_else(no_text)?;
    let answer = state.store.saved_answer(&job).await?.ok_or_else(no_text)?;
    Ok((job, answer.result))
}

/// The edit that a patch describes. It writes only what differs. The position of a block belongs to the document, so a
/// move does not change the version of the block and does not conflict with a job that writes the block.
fn patched(
    document: &Document,
    before: &Block,
    patch: &BlockPatch,
    answered: Option<&(Job, JobResult)>,
    now: Timestamp,
) -> Result<Edit, Problem> {
    let (mut block, taken) = match answered {
        Some((job, result)) => {
            // A copy of the text, because the job may be erased while this is written.
            let (block, revision) = applied::apply(job, result, None, before, now).ok_or_else(no_text)?;
            (block, Some(revision))
        }
        None => (before.changed(now), None),
    };
    block.block_type = patch.block_type.unwrap_or(block.block_type);
    block.prompt = patch.prompt.clone().unwrap_or(block.prompt);
    block.max_characters = patch.max_characters.unwrap_or(block.max_characters);
    for (name, value) in patch.metadata.iter().flatten() {
        if value.is_null() {
            block.metadata.remove(name);
        } else {
            block.metadata.insert(name.clone(), value.clone());
        }
    }
    if patch.metadata.is_some() {
        block.refresh_counts();
        check_metadata(&block)?;
    }
    // A form may send an empty text for no text. That is no edit.
    let text = |content: &Option<String>| content.clone().unwrap_or_default();
    let content = patch.content.clone().filter(|content| text(content) != text(&before.content));
    let revision = taken.or_else(|| content.map(|content| block.edit(content)));

    let is_same = Block { version: before.version, updated_at: before.updated_at, ..block.clone() } == *before;
    let mut moved = document.changed(now);
    if let Some(position) = patch.position {
        moved.move_to(before.id, Some(position));
    }
    Ok(Edit {
        document: (moved.blocks != document.blocks).then_some((moved, Some(document.version))),
        block: (!is_same).then_some((block, Some(before.version))),
        revision,
        idempotency: None,
    })
}

/// Rejects metadata that would make every response with the block large.
fn check_metadata(block: &Block) -> Result<(), Problem> {
    let bytes = serde_json::to_string(&block.metadata).map_or(0, |text| text.len());
    if bytes <= MAX_METADATA_BYTES {
        return Ok(());
    }
    let detail = format!("has {bytes} bytes as JSON; {MAX_METADATA_BYTES} are allowed");
    Err(Problem::invalid(vec![FieldError { pointer: "/metadata".to_owned(), detail }]))
}

/// The same answer for a job that does not exist and for a job of another user, so that ids of jobs are not revealed.
fn no_text() -> Problem {
    Problem::new(ProblemCode::NotFound, "fromJob names no ended job with a text for this block.")
}

/// Returns the block as it was before the deletion.
pub(crate) async fn delete(state: &StoreState, call: &Call) -> Result<Reply, Problem> {
    let (document_id, block_id) = (call.document_id()?, call.block_id()?);
    let seen = IfMatch::from_request(call);
    let mut retry = ConflictRetry::default();
    loop {
        let (document, block) = read(state, call, document_id, block_id).await?;
        seen.check(block.version)?;
        let (saved, deletion) = state.store.delete_block(&call.user, &document, &block, state.clock.now()).await?;
        if saved == Saved::Written {
            tracing::info!(%document_id, %block_id, "block deleted");
            deletion::finish(state, call, deletion).await;
            return Ok(reply(StatusCode::OK, &document, &block));
        }
        retry.backoff().await?;
    }
}

/// Reads a block with its document. 404 if either does not exist.
pub(crate) async fn read(
    state: &StoreState,
    call: &Call,
    document: DocumentId,
    block: BlockId,
) -> Result<(Document, Block), Problem> {
    let (document, block) = state.store.document_and_block(&call.user, document, Some(block)).await?;
    Ok((document.ok_or_else(Problem::document_not_found)?, block.ok_or_else(Problem::block_not_found)?))
}

fn reply(status: StatusCode, document: &Document, block: &Block) -> Reply {
    Reply::json(status, &body::block(document, block)).header("etag", &body::etag(document, block))
}
