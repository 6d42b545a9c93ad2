//! `POST /{id}/jobs`: GENERATE jobs for the blocks of a document.
//!
//! Limits and budgets are checked for all jobs before any of them is created. Then the jobs are stored ten at a time, each
//! ten in one transaction and one message. The last transaction stores the response, too. If the request is interrupted in
//! between, its repetition finds the jobs that it has created by their `request`, and creates the rest.

use std::{collections::HashMap, ops::Range};

use api::{Call, DocumentJobsInput, Idempotency, JobBody, OnConflict, Only, Problem, Reply, job_body};
use domain::{
    budget::Committed,
    ids::{BlockId, JobId},
    input::FieldError,
    job::{Job, lifecycle},
    problem::ProblemCode,
    report::block::Block,
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use queue::MAX_JOBS;
use schemars::JsonSchema;
use serde::Serialize;
use store::{
    jobs::{
        create::{Created, NewJobWrite},
        limits::{Admission, Allowance, NewJobCount},
    },
    table::conflict_retry::ConflictRetry,
};

use crate::{
    conflict::{self, Decision},
    limits,
    state::State,
    submit::send,
};

/// The jobs of a document, and the blocks that got none.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DocumentJobs")]
pub struct DocumentJobs {
    /// In the order of the document, or of `blockIds`, without their prompts.
    jobs: Vec<JobBody>,
    skipped: Vec<SkippedBlock>,
}

/// A block that got no job.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SkippedBlock {
    block_id: BlockId,
    /// Why. Expect values that are not listed here.
    reason: SkipReason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(transform = domain::open_set)]
enum SkipReason {
    /// The block has content, and the request asks for empty blocks.
    NotEmpty,
    /// Another job is in flight on the block.
    Busy,
    /// Neither the block nor the request has a prompt.
    NoPrompt,
    /// The document has no such block.
    NotFound,
}

struct Input<'a> {
    asked: DocumentJobsInput,
    /// Names the request, see [`Job::request`].
    request: Option<String>,
    idempotency: &'a Idempotency,
}

/// What happens to a block.
#[expect(clippy::large_enum_variant, reason = "at most fifty are in memory")]
enum Plan {
    Create {
        job: Job,
        previous: Option<JobId>,
        superseded: Option<(Job, Job)>,
    },
    /// A job of this request, or the job in flight that the request joins.
    Exists(Job),
    Skip(SkippedBlock),
}

pub(crate) async fn create(state: &State, call: &Call, idempotency: &Idempotency) -> Result<Reply, Problem> {
    let store = &state.store;
    if let Some(reply) = idempotency.replay(store, call).await? {
        return Ok(reply);
    }
    let asked = DocumentJobsInput::from_request(call)?;
    let request = idempotency.id(0).map(|id| id.to_string());
    let input = Input { asked, request, idempotency };
    let now = state.clock.now();
    let read = store.document_reads(&call.user, input.asked.document, now).await?;
    let (document, committed) = read.ok_or_else(Problem::document_not_found)?;
    let wanted = input.asked.wanted_blocks(store, call, &document).await?;
    let mut plans = plan(state, call, &input, &wanted).await?;
    let allowance = match admit(state, call, committed, &plans).await {
        // A concurrent duplicate of this request may have taken the slots. So look for it once before answering 429.
        Err(problem)
            if problem.code == ProblemCode::TooManyActiveJobs || problem.code == ProblemCode::TooManyRequests =>
        {
            if let Some(reply) = idempotency.replay(store, call).await? {
                return Ok(reply);
            }
            plans = plan(state, call, &input, &wanted).await?;
            admit(state, call, committed, &plans).await?
        }
        admitted => admitted?,
    };
    let mut stored = None;
    for start in (0..plans.len()).step_by(MAX_JOBS) {
        let range = start..plans.len().min(start + MAX_JOBS);
        stored = stored.or(store_and_send(state, call, &input, (&mut plans, &wanted), range).await?);
    }
    let reply = match stored {
        Some(reply) => reply,
        None => idempotency.store_reply(store, call, reply(&plans, now)).await?,
    };
    Ok(match allowance {
        Some(allowance) => limits::headers(reply, state.new_jobs.limits, allowance),
        None => reply,
    })
}

/// Checks limits and budgets for all jobs that are to be created. `None`: no job is to be created.
async fn admit(state: &State, call: &Call, committed: Committed, plans: &[Plan]) -> Result<Option<Allowance>, Problem> {
    let (store, new_jobs, now) = (&state.store, &state.new_jobs, state.clock.now());
    let created = plans.iter().filter(|plan| matches!(plan, Plan::Create { .. })).count();
    let replaced = plans.iter().filter(|plan| matches!(plan, Plan::Create { superseded: Some(_), .. })).count();
    if created == 0 {
        return Ok(None);
    }
    let count = |jobs: usize| u32::try_from(jobs).unwrap_or(u32::MAX);
    let new = NewJobCount { created: count(created), replaced: count(replaced) };
    // No wait would help.
    if let Some(most) = new_jobs.limits.most_at_once(new) {
        let detail = format!("must name at most {most} blocks: more jobs exceed a limit of the service");
        return Err(Problem::invalid(vec![FieldError { pointer: "/blockIds".to_owned(), detail }]));
    }
    // Of a new day nothing is taken yet. Without this exception, a request for more than a whole budget could never succeed.
    let others = if committed == Committed::default() { 0 } else { created as u64 - 1 };
    limits::check_budget(new_jobs.budgets, committed, new_jobs.output_micro_usd.saturating_mul(others), now)?;
    match store.admission(&call.user, new_jobs.limits, new, now).await? {
        Admission::Granted(allowance) => Ok(Some(allowance)),
        denied => Err(limits::rate_limited(denied, new_jobs.limits)),
    }
}

/// Decides about each of the blocks `wanted`, in their order.
async fn plan(state: &State, call: &Call, input: &Input<'_>, wanted: &[BlockId]) -> Result<Vec<Plan>, Problem> {
    let (store, user) = (&state.store, &call.user);
    let mut newest = store.newest_jobs(user, input.asked.document, wanted).await?;
    // The blocks are read after the jobs, so that the text of a job that has just ended is not taken for an edit.
    let blocks = store.blocks(user, input.asked.document, wanted).await?;
    let mut blocks: HashMap<BlockId, Block> = blocks.into_iter().map(|block| (block.id, block)).collect();
    let mut plans = Vec::with_capacity(wanted.len());
    for id in wanted {
        let previous = newest.remove(id);
        plans.push(match blocks.remove(id) {
            Some(block) => plan_block(state, call, input, (block, previous)).await?,
            None => skip(*id, SkipReason::NotFound),
        });
    }
    Ok(plans)
}

const fn skip(block_id: BlockId, reason: SkipReason) -> Plan {
    Plan::Skip(SkippedBlock { block_id, reason })
}

async fn plan_block(
    state: &State,
    call: &Call,
    input: &Input<'_>,
    (mut block, newest): (Block, Option<(JobId, Option<Job>)>),
) -> Result<Plan, Problem> {
    let store = &state.store;
    let (pointer, mut previous) = newest.map_or((None, None), |(id, job)| (Some(id), job));
    if let Some(job) = previous.as_ref().filter(|job| job.request.is_some() && job.request == input.request) {
        return Ok(Plan::Exists(job.clone()));
    }
    if let Some(job) =
        previous.as_ref().filter(|job| !job.is_finished() && input.asked.on_conflict == OnConflict::Replace)
    {
        // A job that is replaced brings along what it has cost.
        previous = store.job_with_answer(&call.user, job.id).await?;
        if previous.as_ref().is_none_or(Job::is_finished) {
            // Its text must not look like an edit.
            block = store.blocks(&call.user, input.asked.document, &[block.id]).await?.pop().unwrap_or(block);
        }
    }
    if input.asked.only == Only::Empty && block.content_length.chars > 0 {
        return Ok(skip(block.id, SkipReason::NotEmpty));
    }
    if input.asked.prompt.is_none() && block.prompt.as_deref().is_none_or(|prompt| prompt.trim().is_empty()) {
        return Ok(skip(block.id, SkipReason::NoPrompt));
    }
    let now = state.clock.now();
    let new = input.asked.job_of(call, block.id, input.request.clone());
    let superseded = match conflict::decide(previous.as_ref(), &new, input.asked.on_conflict, now) {
        Decision::Create => None,
        Decision::Join(current) => return Ok(Plan::Exists(current.clone())),
        Decision::Reject(_) => return Ok(skip(block.id, SkipReason::Busy)),
        Decision::Replace { before, after } => Some((before.clone(), *after)),
    };
    let mut job = lifecycle::create(new, &state.new_jobs.policy, now);
    job.content_revision = Some(block.content_revision);
    Ok(Plan::Create { job, previous: pointer, superseded })
}

fn reply(plans: &[Plan], now: Timestamp) -> Reply {
    let (mut jobs, mut skipped) = (Vec::new(), Vec::new());
    for plan in plans {
        match plan {
            // Fifty long prompts would not fit into a response, or into the record of the key.
            Plan::Create { job, .. } | Plan::Exists(job) => {
                jobs.push(job_body(&Job { prompt: None, ..job.clone() }, now));
            }
            Plan::Skip(block) => skipped.push(block.clone()),
        }
    }
    Reply::json(StatusCode::ACCEPTED, &DocumentJobs { jobs, skipped })
}

/// Stores the jobs of up to ten blocks, and sends them. If a block or its job has changed meanwhile, it is decided again.
/// The reply to the whole request is stored together with its last jobs, and returned.
async fn store_and_send(
    state: &State,
    call: &Call,
    input: &Input<'_>,
    (plans, wanted): (&mut [Plan], &[BlockId]),
    range: Range<usize>,
) -> Result<Option<Reply>, Problem> {
    let now = state.clock.now();
    let mut retry = ConflictRetry::default();
    loop {
        let is_last = !plans[range.end..].iter().any(|plan| matches!(plan, Plan::Create { .. }));
        let reply = is_last.then(|| reply(plans, now));
        let record = reply.as_ref().and_then(|reply| input.idempotency.record(reply));
        let mut writes: Vec<_> = plans[range.clone()]
            .iter()
            .filter_map(|plan| match plan {
                Plan::Create { job, previous, superseded } => Some(NewJobWrite {
                    job,
                    previous_job: *previous,
                    superseded: superseded.as_ref().map(|(before, after)| (before, after)),
                    idempotency: None,
                    inline_input: None,
                }),
                Plan::Exists(_) | Plan::Skip(_) => None,
            })
            .collect();
        let Some(first) = writes.first_mut() else { return Ok(None) };
        first.idempotency = record.as_ref();
        if state.store.create_jobs(&writes).await? == Created::Written {
            let jobs: Vec<Job> = writes.iter().map(|write| write.job.clone()).collect();
            send(state, call, &jobs).await;
            return Ok(reply);
        }
        retry.backoff().await?;
        // A block that was skipped stays so, because it was not counted.
        let again = plan(state, call, input, &wanted[range.clone()]).await?;
        for (old, new) in plans[range.clone()].iter_mut().zip(again) {
            if matches!(old, Plan::Create { .. }) {
                *old = new;
            }
        }
    }
}
