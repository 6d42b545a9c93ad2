//! Stores a new job and sends it to the queue.
//!
//! One job at a time writes a block, and one idempotency key creates one job. Both are read first, and the transaction that
//! stores the job checks them again. If one of them has changed in between, the loop in [`submit`] reads again. The
//! limits of the user are derived from the jobs, and only read.

use api::{Call, Idempotency, JobBody, JobInput, Problem, Reply, job_body, routes};
use domain::{
    error_chain::ErrorChain,
    job::{
        Job,
        lifecycle::{self, NewJob},
        status::JobType,
    },
    problem::ProblemCode,
    report::block::ContentLength,
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use queue::JobMessage;
use schemars::JsonSchema;
use serde::Serialize;
use store::{
    jobs::{
        create::{Created, NewJobReads, NewJobWrite},
        limits::{Admission, NewJobCount},
    },
    table::conflict_retry::ConflictRetry,
};

use crate::{
    conflict::{self, Decision},
    limits,
    state::{NewJobSettings, State},
};

/// A job that was in flight already.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "JoinedJob")]
pub struct Joined {
    #[serde(flatten)]
    job: JobBody,
    deduplicated: bool,
}

/// Returns a new job (202), or the job that is in flight on the same block (200).
pub(crate) async fn submit(
    state: &State,
    call: &Call,
    idempotency: &Idempotency,
    input: JobInput,
) -> Result<Reply, Problem> {
    let JobInput { new, on_conflict, inline } = input;
    let State { store, clock, .. } = state;
    let NewJobSettings { policy, limits, budgets, .. } = &*state.new_jobs;
    let now = clock.now();
    let mut job = lifecycle::create(new.clone(), policy, now);
    let mut was_limited = false;
    let mut retry = ConflictRetry::default();
    loop {
        let reads = store.new_job_reads(&new, idempotency.digest(), now).await?;
        if let Some(response) = reads.response {
            return idempotency.replayed(response);
        }
        if let Some(deletion) = reads.deletion {
            return Err(Problem::deletion_running(deletion));
        }
        match &inline {
            Some(input) => check_length(state, new.job_type, input.content_length())?,
            None => check(state, &new, &reads)?,
        }
        if new.job_type == JobType::Generate {
            job.content_revision = reads.block.as_ref().map(|block| block.content_revision);
        }
        let superseded = match conflict::decide(reads.previous_job.as_ref(), &new, on_conflict, clock.now()) {
            Decision::Create => None,
            Decision::Join(current) => return idempotency.store_reply(store, call, joined(current, now)).await,
            Decision::Reject(current) => return Err(conflict::block_busy(current)),
            Decision::Replace { before, after } => Some((before, after)),
        };
        limits::check_budget(*budgets, reads.committed, 0, now)?;
        let count = NewJobCount { created: 1, replaced: superseded.is_some().into() };
        let allowance = match store.admission(&new.user, *limits, count, now).await? {
            Admission::Granted(allowance) => allowance,
            denied if was_limited => return Err(limits::rate_limited(denied, *limits)),
            // A concurrent duplicate of this request may have taken the last slot, or a job that this request would
            // join. So look for it once before answering 429.
            _ => {
                was_limited = true;
                continue;
            }
        };
        let reply = accepted(&job, now);
        let record = idempotency.record(&reply);
        let write = NewJobWrite {
            job: &job,
            previous_job: reads.pointer,
            superseded: superseded.as_ref().map(|(before, after)| (*before, after.as_ref())),
            idempotency: record.as_ref(),
            inline_input: inline.as_ref(),
        };
        match store.create_jobs(&[write]).await? {
            Created::Written => {
                if let Some((before, _)) = superseded {
                    tracing::info!(job_id = %before.id, by = %job.id, "job superseded");
                }
                send(state, call, std::slice::from_ref(&job)).await;
                return Ok(limits::headers(reply, *limits, allowance));
            }
            Created::Conflict => retry.backoff().await?,
        }
    }
}

/// Checks document, block and the length of the text.
fn check(state: &State, new: &NewJob, reads: &NewJobReads) -> Result<(), Problem> {
    match &reads.block {
        Some(block) => check_length(state, new.job_type, block.content_length),
        None if !reads.has_document => Err(Problem::document_not_found()),
        None if new.block_id.is_some() => Err(Problem::block_not_found()),
        None => Ok(()),
    }
}

/// Rejects REFINE on a text that Claude cannot write again in full: the output limit would cut it.
fn check_length(state: &State, job_type: JobType, length: ContentLength) -> Result<(), Problem> {
    /// English has about four bytes per token, and other scripts have fewer. So only a text that is too long for
    /// certain is rejected.
    const BYTES_PER_TOKEN: usize = 4;
    let (tokens, most) = (length.bytes / BYTES_PER_TOKEN, state.new_jobs.max_output_tokens);
    if job_type != JobType::Refine || tokens <= most as usize {
        return Ok(());
    }
    let detail = format!(
        "The text has {} characters, about {tokens} tokens, and Claude may write {most}. Split the block, and refine the \
         parts.",
        length.chars
    );
    Err(Problem::new(ProblemCode::TextTooLong, detail))
}

/// Sends jobs of one document to the queue in one message. They are stored already, so a failure is only logged: the
/// sweeper sends them later.
pub(crate) async fn send(state: &State, call: &Call, jobs: &[Job]) {
    for job in jobs {
        tracing::info!(job_id = %job.id, job_type = %job.job_type, "job created");
    }
    let ids = jobs.iter().map(|job| job.id);
    let message = JobMessage::new(call.user.clone(), ids, call.traceparent());
    match call.in_time_left(state.queue.send(&message, call.xray_trace().as_deref())).await {
        Some(Ok(())) => {}
        Some(Err(error)) => {
            let ids = &message.job_ids;
            tracing::warn!(?ids, error = %ErrorChain(&error), "jobs were not sent, so the sweeper will send them");
        }
        None => {
            let ids = &message.job_ids;
            tracing::warn!(?ids, "jobs were not sent in time, so the sweeper will send them");
        }
    }
}

fn accepted(job: &Job, now: Timestamp) -> Reply {
    with_location(Reply::json(StatusCode::ACCEPTED, &job_body(job, now)), job)
}

fn joined(job: &Job, now: Timestamp) -> Reply {
    with_location(Reply::json(StatusCode::OK, &Joined { job: job_body(job, now), deduplicated: true }), job)
}

fn with_location(reply: Reply, job: &Job) -> Reply {
    let reply = reply.header("location", &routes::job_path(job.id));
    match job.poll_after_ms(job.created_at) {
        Some(ms) => reply.header("retry-after", &ms.div_ceil(1_000).to_string()),
        None => reply,
    }
}
