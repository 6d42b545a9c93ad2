//! `DELETE /jobs/{jobId}`: ends a job at once and for good.

use api::{Call, JobBody, Problem, Reply, job_body};
use domain::{problem::ProblemCode, time::Clock};
use lambda_http::{Body, Request, Response, http::StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use store::{ChangeError, Store};

/// What the function works with.
#[derive(Clone, Debug)]
pub struct State {
    /// The table.
    pub store: Store,
    /// The time.
    pub clock: Clock,
}

/// The answer.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CancelledJob")]
pub struct Cancelled {
    success: bool,
    message: &'static str,
    #[serde(flatten)]
    job: JobBody,
}

/// Answers a request.
pub async fn handle(state: &State, request: Request) -> Response<Body> {
    api::answer(request, |call| cancel(state, call)).await
}

async fn cancel(state: &State, call: Call) -> Result<Reply, Problem> {
    let now = state.clock.now();
    let id = call.path("jobId").and_then(|id| id.parse().ok()).ok_or_else(Problem::job_not_found)?;
    let job = state.store.cancel(&call.user, id, now).await.map_err(|error| match error {
        ChangeError::NotFound => Problem::job_not_found(),
        ChangeError::Refused(refused) => Problem::new(
            ProblemCode::JobFinished,
            format!("The job is {} and can no longer be cancelled.", refused.job.status()),
        ),
        ChangeError::Store(error) => error.into(),
    })?;
    tracing::info!(job_id = %job.id, "job cancelled");
    let body = Cancelled { success: true, message: "Job cancelled", job: job_body(&job, now) };
    Ok(Reply::json(StatusCode::OK, &body))
}
