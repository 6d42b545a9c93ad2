//! `GET /jobs/{jobId}`: shows a job.

use api::{Call, Problem, Reply, job_body};
use domain::time::Clock;
use lambda_http::{Body, Request, Response, http::StatusCode};
use store::Store;

/// What the function works with.
#[derive(Clone, Debug)]
pub struct State {
    /// The table.
    pub store: Store,
    /// The time.
    pub clock: Clock,
}

/// Answers a request.
pub async fn handle(state: &State, request: Request) -> Response<Body> {
    api::answer(request, |call| show(state, call)).await
}

async fn show(state: &State, call: Call) -> Result<Reply, Problem> {
    let id = call.path("jobId").and_then(|id| id.parse().ok()).ok_or_else(Problem::job_not_found)?;
    let job = state.store.job(&call.user, id).await?.ok_or_else(Problem::job_not_found)?;
    let body = job_body(&job, state.clock.now());
    let reply = Reply::json(StatusCode::OK, &body);
    Ok(match body.poll_after_ms {
        Some(ms) => reply.header("retry-after", &ms.div_ceil(1_000).to_string()),
        None => reply,
    })
}
