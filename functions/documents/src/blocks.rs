//! Blocks.

use api::{Call, IfMatch, Once, Problem, Reply};
use domain::{
    applied,
    document::{Block, Document, MAX_BLOCKS},
    ids::{BlockId, DocumentId},
    job::Job,
    problem::ProblemCode,
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use serde_json::Map;
use store::{
    documents::{Edit, Saved},
    races::Races,
};

use crate::{
    State, block_id, block_not_found, body, document_id, document_not_found, finish_removal,
    input::{BlockPatch, NewBlock},
};

pub(crate) async fn create(state: &State, call: &Call, once: &Once) -> Result<Reply, Problem> {
    let id = document_id(call)?;
    let new = NewBlock::of(call)?;
    let now = state.clock.now();
    let block = Block {
        id: BlockId::new(),
        document_id: id,
        block_type: new.block_type,
        prompt: new.prompt,
        content: new.content,
        citations: Vec::new(),
        metadata: Map::new(),
        version: 1,
        content_revision: 0,
        created_at: now,
        updated_at: now,
    };
    let mut races = Races::default();
    loop {
        let (document, _) = state.store.document_and_block(&call.user, id, None).await?;
        let before = document.ok_or_else(document_not_found)?;
        if before.blocks.len() >= MAX_BLOCKS {
            let detail = format!("A document has at most {MAX_BLOCKS} blocks. Delete some, or begin another document.");
            return Err(Problem::new(ProblemCode::DocumentFull, detail));
        }
        let mut document = before.changed(now);
        document.place(block.id, new.position);
        let place = format!("/api/report-builder/{id}/blocks/{}", block.id);
        let reply = reply(StatusCode::CREATED, &document, &block).header("location", &place);
        let edit = Edit {
            document: Some((document, Some(before.version))),
            block: Some((block.clone(), None)),
            revision: block.first_content(),
            once: once.keep_with(&reply),
        };
        if state.store.save(&call.user, &edit).await? == Saved::Yes {
            return Ok(reply);
        }
        races.again().await?;
    }
}

pub(crate) async fn show(state: &State, call: &Call) -> Result<Reply, Problem> {
    let (document, block) = read(state, call, document_id(call)?, block_id(call)?).await?;
    Ok(reply(StatusCode::OK, &document, &block))
}

pub(crate) async fn change(state: &State, call: &Call) -> Result<Reply, Problem> {
    let (document_id, block_id) = (document_id(call)?, block_id(call)?);
    let (seen, patch) = (IfMatch::of(call), BlockPatch::of(call)?);
    let job = match patch.from_job {
        Some(id) => Some(state.store.job(&call.user, id).await?.ok_or_else(no_text)?),
        None => None,
    };
    let mut races = Races::default();
    loop {
        let (document, block) = read(state, call, document_id, block_id).await?;
        seen.check(block.version)?;
        let edit = patched(&document, &block, &patch, job.as_ref(), state.clock.now())?;
        if state.store.save(&call.user, &edit).await? == Saved::Yes {
            let document = edit.document.map_or(document, |(document, _)| document);
            let block = edit.block.map_or(block, |(block, _)| block);
            return Ok(reply(StatusCode::OK, &document, &block));
        }
        races.again().await?;
    }
}

/// What a patch changes. Where a block stands is the document's affair: moving one changes no
/// version of a block, and does not meet a job that writes it.
fn patched(
    document: &Document,
    before: &Block,
    patch: &BlockPatch,
    job: Option<&Job>,
    now: Timestamp,
) -> Result<Edit, Problem> {
    let (mut block, taken) = match job {
        Some(job) => {
            let result = job.result().filter(|_| job.block_id == Some(before.id)).ok_or_else(no_text)?;
            let (block, revision) = applied::apply(job, result, before, now).ok_or_else(no_text)?;
            (block, Some(revision))
        }
        None => (before.changed(now), None),
    };
    block.block_type = patch.block_type.unwrap_or(block.block_type);
    block.prompt = patch.prompt.clone().unwrap_or(block.prompt);
    for (name, value) in patch.metadata.iter().flatten() {
        if value.is_null() {
            block.metadata.remove(name);
        } else {
            block.metadata.insert(name.clone(), value.clone());
        }
    }
    let content = patch.content.clone().filter(|content| *content != before.content);
    let revision = taken.or_else(|| content.map(|content| block.edit(content)));

    let is_same = Block { version: before.version, updated_at: before.updated_at, ..block.clone() } == *before;
    let mut moved = document.changed(now);
    if let Some(position) = patch.position {
        moved.place(before.id, Some(position));
    }
    Ok(Edit {
        document: (moved.blocks != document.blocks).then_some((moved, Some(document.version))),
        block: (!is_same).then_some((block, Some(before.version))),
        revision,
        once: None,
    })
}

/// In the same words for a job of somebody else and one that does not exist.
fn no_text() -> Problem {
    Problem::new(ProblemCode::NotFound, "fromJob names no completed job with a text for this block.")
}

/// Answers with the block as it was.
pub(crate) async fn delete(state: &State, call: &Call) -> Result<Reply, Problem> {
    let (document_id, block_id) = (document_id(call)?, block_id(call)?);
    let seen = IfMatch::of(call);
    let mut races = Races::default();
    loop {
        let (document, block) = read(state, call, document_id, block_id).await?;
        seen.check(block.version)?;
        let (saved, removal) = state.store.delete_block(&call.user, &document, &block, state.clock.now()).await?;
        if saved == Saved::Yes {
            tracing::info!(%document_id, %block_id, "block deleted");
            finish_removal(state, call, removal).await;
            return Ok(reply(StatusCode::OK, &document, &block));
        }
        races.again().await?;
    }
}

/// A block with its document.
pub(crate) async fn read(
    state: &State,
    call: &Call,
    document: DocumentId,
    block: BlockId,
) -> Result<(Document, Block), Problem> {
    let (document, block) = state.store.document_and_block(&call.user, document, Some(block)).await?;
    Ok((document.ok_or_else(document_not_found)?, block.ok_or_else(block_not_found)?))
}

fn reply(status: StatusCode, document: &Document, block: &Block) -> Reply {
    Reply::json(status, &body::block(document, block)).header("etag", &format!("\"{}\"", block.version))
}
