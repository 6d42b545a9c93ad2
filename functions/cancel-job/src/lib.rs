//! `DELETE /jobs/{jobId}`: cancels a job, or erases its texts. A second cancel returns the same job. `DELETE /{id}/jobs`: cancels the jobs of a
//! document that are in flight.
//!
//! A worker that holds the job finds out at its next heartbeat and stops its call to Claude.

use api::{Call, JobBody, Problem, Query, Reply, StoreState, bytes_in_response, job_body};
use domain::{job::Job, problem::ProblemCode};
use lambda_http::{Body, Request, Response, http::StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use store::{ChangeError, table::page::MAX_PAGE_BYTES};

/// The cancelled or erased job, with a message for the user.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CancelledJob")]
pub struct Cancelled {
    success: bool,
    message: &'static str,
    #[serde(flatten)]
    job: JobBody,
}

/// The jobs of a document that were cancelled, without their prompts. Several thousand jobs are not all listed.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CancelledJobs")]
pub struct CancelledJobs {
    jobs: Vec<JobBody>,
}

pub async fn handle(state: &StoreState, request: Request) -> Response<Body> {
    api::answer(request, |call| route(state, call)).await
}

async fn route(state: &StoreState, call: Call) -> Result<Reply, Problem> {
    match call.route() {
        "DELETE /api/report-builder/jobs/{jobId}" => cancel(state, &call).await,
        "DELETE /api/report-builder/{id}/jobs" => cancel_all(state, &call).await,
        _ => Err(Problem::not_found("Path")),
    }
}

async fn cancel_all(state: &StoreState, call: &Call) -> Result<Reply, Problem> {
    let (store, user) = (&state.store, &call.user);
    let document = call.document_id()?;
    if store.document_and_block(user, document, None).await?.0.is_none() {
        return Err(Problem::document_not_found());
    }
    let (mut jobs, mut bytes) = (Vec::new(), 0);
    for job in store.jobs_in_flight(user, document).await? {
        let now = state.clock.now();
        match store.cancel(user, job.id, now).await {
            Ok(job) => {
                tracing::info!(job_id = %job.id, "job cancelled");
                // Many long prompts would not fit into a response.
                let body = job_body(&Job { prompt: None, ..job }, now);
                bytes += bytes_in_response(&body);
                if bytes <= MAX_PAGE_BYTES {
                    jobs.push(body);
                }
            }
            // The job has ended meanwhile.
            Err(ChangeError::NotFound | ChangeError::TransitionRejected(_)) => {}
            Err(ChangeError::Store(error)) => return Err(error.into()),
        }
    }
    Ok(Reply::json(StatusCode::OK, &CancelledJobs { jobs }))
}

async fn cancel(state: &StoreState, call: &Call) -> Result<Reply, Problem> {
    let now = state.clock.now();
    let id = call.job_id()?;
    let mut query = Query::new(call);
    let erase: Option<bool> = query.parsed("erase", "true or false");
    let (job, message) = if query.finish(erase)? == Some(true) {
        (Box::pin(state.store.erase_job(&call.user, id, now)).await, "Job erased")
    } else {
        (state.store.cancel(&call.user, id, now).await, "Job cancelled")
    };
    let job = job.map_err(|error| match error {
        ChangeError::NotFound => Problem::job_not_found(),
        ChangeError::TransitionRejected(rejected) => Problem::new(
            ProblemCode::JobFinished,
            format!("The job is {} and can no longer be cancelled.", rejected.job.status()),
        ),
        ChangeError::Store(error) => error.into(),
    })?;
    tracing::info!(job_id = %job.id, "{}", message.to_lowercase());
    let body = Cancelled { success: true, message, job: job_body(&job, now) };
    Ok(Reply::json(StatusCode::OK, &body))
}
