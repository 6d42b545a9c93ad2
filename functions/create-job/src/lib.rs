//! New jobs: `POST /jobs`, `POST /jobs/{jobId}/retry`, which creates a job that repeats a failed job, and `POST /{id}/jobs`,
//! which creates the jobs of a document.
//!
//! `create` and `retry` read their request. Both call `submit`, which decides what happens when a job is in flight on
//! the block (`conflict`) and whether the user may create one more job (`limits`).

mod conflict;
mod create;
pub mod document_jobs;
mod limits;
mod retry;
mod state;
mod submit;

use api::{Call, Idempotency, Problem, Reply};
use lambda_http::{Body, Request, Response};

pub use state::{NewJobSettings, State};
pub use submit::Joined;

pub async fn handle(state: &State, request: Request) -> Response<Body> {
    api::answer(request, |call| route(state, call)).await
}

async fn route(state: &State, call: Call) -> Result<Reply, Problem> {
    let now = state.clock.now();
    Idempotency::run_with_own_read(&state.store, &call, now, async |idempotency| match call.route() {
        "POST /api/report-builder/jobs" => create::create(state, &call, idempotency).await,
        "POST /api/report-builder/jobs/{jobId}/retry" => retry::retry(state, &call, idempotency).await,
        "POST /api/report-builder/{id}/jobs" => document_jobs::create(state, &call, idempotency).await,
        _ => Err(Problem::not_found("Path")),
    })
    .await
}
