//! `DELETE /jobs/{jobId}`: cancels a job. A second cancel returns the same job.
//!
//! A worker that holds the job finds out at its next heartbeat and stops its call to Claude.

use api::{Call, JobBody, Problem, Reply, StoreState, job_body};
use domain::problem::ProblemCode;
use lambda_http::{Body, Request, Response, http::StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use store::ChangeError;

/// The cancelled job, with a message for the user.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CancelledJob")]
pub struct Cancelled {
    success: bool,
    message: &'static str,
    #[serde(flatten)]
    job: JobBody,
}

pub async fn handle(state: &StoreState, request: Request) -> Response<Body> {
    api::answer(request, |call| cancel(state, call)).await
}

async fn cancel(state: &StoreState, call: Call) -> Result<Reply, Problem> {
    let now = state.clock.now();
    let id = call.job_id()?;
    let job = state.store.cancel(&call.user, id, now).await.map_err(|error| match error {
        ChangeError::NotFound => Problem::job_not_found(),
        ChangeError::TransitionRejected(rejected) => Problem::new(
            ProblemCode::JobFinished,
            format!("The job is {} and can no longer be cancelled.", rejected.job.status()),
        ),
        ChangeError::Store(error) => error.into(),
    })?;
    tracing::info!(job_id = %job.id, "job cancelled");
    let body = Cancelled { success: true, message: "Job cancelled", job: job_body(&job, now) };
    Ok(Reply::json(StatusCode::OK, &body))
}
