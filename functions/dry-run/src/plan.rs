//! Which jobs a request would create.

use std::collections::HashMap;

use api::{Call, DocumentJobsInput, OnConflict, Only, Problem};
use domain::{
    budget::Committed,
    ids::{BlockId, DocumentId},
    job::{Job, inline_input::InlineInput, lifecycle::NewJob},
    library::selection::Context,
    report::{block::Block, document::Document},
};

use crate::state::State;

/// What a request would create.
pub(crate) struct Plan {
    pub(crate) document: Document,
    /// What is spent and reserved today.
    pub(crate) committed: Committed,
    pub(crate) jobs: Vec<PlannedJob>,
    /// What an inline input holds. `None`: the library is to be read.
    pub(crate) inline_context: Option<Context>,
    /// Whether another job is in flight on a block, so that the block would get none.
    pub(crate) is_busy: bool,
    /// Whether a block would get no job because nothing says what to write.
    pub(crate) lacks_prompt: bool,
}

pub(crate) struct PlannedJob {
    pub(crate) new: NewJob,
    /// The block that the job would write, with its text.
    pub(crate) block: Option<Block>,
}

pub(crate) async fn of_job(state: &State, call: &Call, new: NewJob, on_conflict: OnConflict) -> Result<Plan, Problem> {
    let id = new.document_id.ok_or_else(Problem::document_not_found)?;
    let (document, committed) = document(state, call, id).await?;
    let block = match new.block_id {
        Some(block) => {
            let blocks = state.store.blocks_with_texts(&call.user, id, &[block], usize::MAX).await?;
            Some(blocks.into_iter().next().ok_or_else(Problem::block_not_found)?)
        }
        None => None,
    };
    let ids: Vec<BlockId> = new.written_block().into_iter().collect();
    let is_busy = on_conflict != OnConflict::Replace && !busy(state, call, id, &ids).await?.is_empty();
    let jobs = vec![PlannedJob { new, block }];
    Ok(Plan { document, committed, jobs, inline_context: None, is_busy, lacks_prompt: false })
}

pub(crate) async fn of_inline_job(state: &State, new: NewJob, input: InlineInput) -> Result<Plan, Problem> {
    let now = state.clock.now();
    let committed = state.store.committed(&new.user, now).await?;
    let (document, block, context) = input.into_parts(now);
    let jobs = vec![PlannedJob { new, block }];
    Ok(Plan { document, committed, jobs, inline_context: Some(context), is_busy: false, lacks_prompt: false })
}

pub(crate) async fn of_document(state: &State, call: &Call, asked: DocumentJobsInput) -> Result<Plan, Problem> {
    let (document, committed) = document(state, call, asked.document).await?;
    let wanted = asked.wanted_blocks(&state.store, call, &document).await?;
    let busy = busy(state, call, asked.document, &wanted).await?;
    let blocks = state.store.blocks(&call.user, asked.document, &wanted).await?;
    let mut plan =
        Plan { document, committed, jobs: Vec::new(), inline_context: None, is_busy: false, lacks_prompt: false };
    for block in blocks.into_iter().filter(|block| asked.only == Only::All || block.content_length.chars == 0) {
        let has_prompt =
            asked.prompt.is_some() || block.prompt.as_ref().is_some_and(|prompt| !prompt.trim().is_empty());
        if !has_prompt {
            plan.lacks_prompt = true;
        } else if asked.on_conflict != OnConflict::Replace && busy.contains_key(&block.id) {
            plan.is_busy = true;
        } else {
            plan.jobs.push(PlannedJob { new: asked.job_of(call, block.id, None), block: Some(block) });
        }
    }
    Ok(plan)
}

async fn document(state: &State, call: &Call, id: DocumentId) -> Result<(Document, Committed), Problem> {
    let read = state.store.document_reads(&call.user, id, state.clock.now()).await?;
    read.ok_or_else(Problem::document_not_found)
}

/// The jobs in flight on these blocks.
async fn busy(
    state: &State,
    call: &Call,
    document: DocumentId,
    blocks: &[BlockId],
) -> Result<HashMap<BlockId, Job>, Problem> {
    let newest = state.store.newest_jobs(&call.user, document, blocks).await?;
    let jobs = newest.into_iter().filter_map(|(block, (_, job))| Some((block, job?)));
    Ok(jobs.filter(|(_, job)| !job.is_finished()).collect())
}
