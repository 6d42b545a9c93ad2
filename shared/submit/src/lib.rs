//! Takes a new job into the service: one job at a time on a block, no more jobs than a user may
//! have, one job however often the same request is sent. Shared by the routes that make jobs.

mod conflict;
mod limits;

use std::sync::Arc;

use api::{Call, JobBody, Once, Problem, Reply, job_body};
use domain::{
    causes::Causes,
    failure::{BLOCK_NOT_FOUND, DOCUMENT_NOT_FOUND},
    job::Job,
    life::{self, NewJob, Terms},
    problem::ProblemCode,
    time::Clock,
};
use jiff::Timestamp;
use lambda_http::http::StatusCode;
use queue::{JobMessage, Queue};
use runtime::Settings;
use schemars::JsonSchema;
use serde::Serialize;
use store::{
    Store,
    commit::{Created, Launch},
    limits::{Admission, Limits},
    races::Races,
};

use conflict::Decision;
pub use conflict::OnConflict;

/// What new jobs are taken in with.
#[derive(Clone, Debug)]
pub struct Desk {
    /// The table.
    pub store: Store,
    /// The queue.
    pub queue: Queue,
    /// How long jobs live.
    pub terms: Arc<Terms>,
    /// What a user may do.
    pub limits: Limits,
    /// The time.
    pub clock: Clock,
}

/// A job that was under way already.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "JoinedJob")]
pub struct Joined {
    #[serde(flatten)]
    job: JobBody,
    deduplicated: bool,
}

impl Desk {
    /// With settings that the functions share: `settings` names what is wrong with them.
    pub fn terms_and_limits(settings: &mut Settings) -> (Arc<Terms>, Limits) {
        (Arc::new(settings.terms()), limits::read(settings))
    }
}

/// Answers with a new job (202), or with the one that is under way on the same block (200).
pub async fn submit(
    desk: &Desk,
    call: &Call,
    once: &Once,
    new: NewJob,
    on_conflict: OnConflict,
) -> Result<Reply, Problem> {
    let now = desk.clock.now();
    let job = life::create(new.clone(), &desk.terms, now);
    let mut was_refused = false;
    let mut races = Races::default();
    loop {
        let flight = match new.block_id.filter(|_| new.job_type.writes_block()) {
            Some(block) => desk.store.flight(&new.user, new.document_id, block).await?,
            None => None,
        };
        let superseded = match conflict::decide(flight.as_ref(), &new, on_conflict, desk.clock.now()) {
            Decision::Create => None,
            Decision::Join(standing) => return once.keep(&desk.store, call, joined(standing, now)).await,
            Decision::Reject(standing) => return Err(conflict::busy(standing)),
            Decision::Replace { before, after } => Some((before, after)),
        };
        let allowance = match desk.store.admission(&new.user, desk.limits, superseded.is_some(), now).await? {
            Admission::Yes(allowance) => allowance,
            // The last place may have gone to this very request, sent twice, or to one that it would join:
            // then that is the answer. Whatever took it was stored in the same write.
            refused if was_refused => return Err(limits::refused(refused, desk.limits, now)),
            _ => {
                if let Some(reply) = once.replay(&desk.store, call).await? {
                    return Ok(reply);
                }
                was_refused = true;
                continue;
            }
        };
        let reply = accepted(&job, now);
        let kept = once.keep_with(&reply);
        let launch = Launch {
            job: &job,
            flight: flight.as_ref().map(|job| job.id),
            superseded: superseded.as_ref().map(|(before, after)| (*before, after.as_ref())),
            once: kept.as_ref(),
            allowance,
        };
        match desk.store.launch(&launch).await? {
            Created::Yes => {
                if let Some((before, _)) = superseded {
                    tracing::info!(job_id = %before.id, by = %job.id, "job superseded");
                }
                send(desk, call, &job).await;
                return Ok(limits::headers(reply, desk.limits, allowance.creates_left, now));
            }
            Created::NoDocument => return Err(Problem::new(ProblemCode::DocumentNotFound, DOCUMENT_NOT_FOUND)),
            Created::NoBlock => return Err(Problem::new(ProblemCode::BlockNotFound, BLOCK_NOT_FOUND)),
            Created::Changed => races.again().await?,
        }
    }
}

/// The job is stored, so it will run: if this fails, the sweeper sends it.
async fn send(desk: &Desk, call: &Call, job: &Job) {
    tracing::info!(job_id = %job.id, job_type = %job.job_type, "job created");
    let message = JobMessage::new(job.user.clone(), job.id, call.traceparent());
    if let Err(error) = desk.queue.send(&message, call.xray_trace().as_deref()).await {
        tracing::warn!(job_id = %job.id, error = %Causes(&error), "job not sent; the sweeper will send it");
    }
}

fn accepted(job: &Job, now: Timestamp) -> Reply {
    Reply::json(StatusCode::ACCEPTED, &job_body(job, now)).header("location", &place(job)).header("retry-after", "1")
}

fn joined(job: &Job, now: Timestamp) -> Reply {
    Reply::json(StatusCode::OK, &Joined { job: job_body(job, now), deduplicated: true })
        .header("location", &place(job))
        .header("retry-after", "1")
}

fn place(job: &Job) -> String {
    format!("/api/report-builder/jobs/{}", job.id)
}
