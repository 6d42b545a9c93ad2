//! Stores a new job and sends it to the queue.
//!
//! One job at a time writes a block, a user has no more jobs than the limits allow, and one idempotency key creates one
//! job. All three are read first. The transaction that stores the job checks them again. If one of them has changed in
//! between, the loop in [`submit`] reads again.

use api::{Call, Idempotency, JobBody, Problem, Reply, job_body, routes};
use domain::{
    error_chain::ErrorChain,
    job::{
        Job,
        lifecycle::{self, NewJob},
        status::JobType,
    },
    problem::ProblemCode,
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use queue::JobMessage;
use schemars::JsonSchema;
use serde::Serialize;
use store::{
    jobs::{
        create::{Created, NewJobWrite},
        limits::Admission,
    },
    table::conflict_retry::ConflictRetry,
};

use crate::{
    conflict::{self, Decision, OnConflict},
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
    new: NewJob,
    on_conflict: OnConflict,
) -> Result<Reply, Problem> {
    let State { store, clock, .. } = state;
    let NewJobSettings { policy, limits, .. } = &*state.new_jobs;
    let now = clock.now();
    let job = lifecycle::create(new.clone(), policy, now);
    check_length(state, &new).await?;
    let mut was_limited = false;
    let mut retry = ConflictRetry::default();
    loop {
        let in_flight = match new.block_id.filter(|_| new.job_type.writes_block()) {
            Some(block) => store.in_flight_job(&new.user, new.document_id, block).await?,
            None => None,
        };
        let superseded = match conflict::decide(in_flight.as_ref(), &new, on_conflict, clock.now()) {
            Decision::Create => None,
            Decision::Join(current) => return idempotency.store_reply(store, call, joined(current, now)).await,
            Decision::Reject(current) => return Err(conflict::block_busy(current)),
            Decision::Replace { before, after } => Some((before, after)),
        };
        let allowance = match store.admission(&new.user, *limits, superseded.is_some(), now).await? {
            Admission::Granted(allowance) => allowance,
            denied if was_limited => return Err(limits::rate_limited(denied, *limits, now)),
            // A concurrent duplicate of this request may have taken the last slot, or a job that this request would
            // join. Such a job was stored in the transaction that took the slot. So look for it once before answering
            // 429.
            _ => {
                if let Some(reply) = idempotency.replay(store, call).await? {
                    return Ok(reply);
                }
                was_limited = true;
                continue;
            }
        };
        let reply = accepted(&job, now);
        let record = idempotency.record(&reply);
        let write = NewJobWrite {
            job: &job,
            previous_job: in_flight.as_ref().map(|job| job.id),
            superseded: superseded.as_ref().map(|(before, after)| (*before, after.as_ref())),
            idempotency: record.as_ref(),
            allowance,
        };
        match store.create_job(&write).await? {
            Created::Written => {
                if let Some((before, _)) = superseded {
                    tracing::info!(job_id = %before.id, by = %job.id, "job superseded");
                }
                send(state, call, &job).await;
                return Ok(limits::headers(reply, *limits, allowance.creates_left, now));
            }
            Created::DocumentNotFound => return Err(Problem::document_not_found()),
            Created::BlockNotFound => return Err(Problem::block_not_found()),
            Created::Conflict => retry.backoff().await?,
        }
    }
}

/// Rejects REFINE on a text that Claude cannot write again in full: the output limit would cut it.
async fn check_length(state: &State, new: &NewJob) -> Result<(), Problem> {
    /// English has about four bytes per token, and other scripts have fewer. So only a text that is too long for
    /// certain is rejected.
    const BYTES_PER_TOKEN: usize = 4;
    let Some(block_id) = new.block_id.filter(|_| new.job_type == JobType::Refine) else { return Ok(()) };
    let block = state.store.block(&new.user, new.document_id, block_id).await?;
    let content = block.and_then(|block| block.content).unwrap_or_default();
    let (tokens, most) = (content.len() / BYTES_PER_TOKEN, state.new_jobs.max_output_tokens);
    if tokens <= most as usize {
        return Ok(());
    }
    let detail = format!(
        "The text has {} characters, about {tokens} tokens, and Claude may write {most}. Split the block, and refine the \
         parts.",
        content.chars().count()
    );
    Err(Problem::new(ProblemCode::TextTooLong, detail))
}

/// Sends the job to the queue. The job is stored already, so a failure is only logged: the sweeper sends the job later.
async fn send(state: &State, call: &Call, job: &Job) {
    tracing::info!(job_id = %job.id, job_type = %job.job_type, "job created");
    let message = JobMessage::new(job.user.clone(), job.id, call.traceparent());
    if let Err(error) = state.queue.send(&message, call.xray_trace().as_deref()).await {
        tracing::warn!(job_id = %job.id, error = %ErrorChain(&error), "job was not sent, so the sweeper will send it");
    }
}

fn accepted(job: &Job, now: Timestamp) -> Reply {
    with_location(Reply::json(StatusCode::ACCEPTED, &job_body(job, now)), job)
}

fn joined(job: &Job, now: Timestamp) -> Reply {
    with_location(Reply::json(StatusCode::OK, &Joined { job: job_body(job, now), deduplicated: true }), job)
}

fn with_location(reply: Reply, job: &Job) -> Reply {
    reply.header("location", &routes::job_path(job.id)).header("retry-after", "1")
}
