//! `GET /jobs/{jobId}`: returns a job. With `If-None-Match` an unchanged job is answered with 304.

use api::{Call, IfNoneMatch, Problem, Reply, StoreState, job_body};
use lambda_http::{Body, Request, Response, http::StatusCode};

pub async fn handle(state: &StoreState, request: Request) -> Response<Body> {
    api::answer(request, |call| show(state, call)).await
}

async fn show(state: &StoreState, call: Call) -> Result<Reply, Problem> {
    let id = call.job_id()?;
    // Strongly consistent, so that a client sees its own create or cancel immediately.
    let job = state.store.job_with_text(&call.user, id).await?.ok_or_else(Problem::job_not_found)?;
    let body = job_body(&job, state.clock.now());
    let reply = Reply::json(StatusCode::OK, &body).unless_seen(&IfNoneMatch::from_header(call.header("if-none-match")));
    Ok(match body.poll_after_ms {
        Some(ms) => reply.header("retry-after", &ms.div_ceil(1_000).to_string()),
        None => reply,
    })
}
