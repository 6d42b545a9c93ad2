//! `GET /jobs/{jobId}`: returns a job. With `If-None-Match` an unchanged job is answered with 304.

use api::{Call, IfNoneMatch, JobBody, Problem, Reply, StoreState, job_body};
use domain::job::Job;
use lambda_http::{Body, Request, Response, http::StatusCode};

pub async fn handle(state: &StoreState, request: Request) -> Response<Body> {
    api::answer(request, |call| show(state, call)).await
}

async fn show(state: &StoreState, call: Call) -> Result<Reply, Problem> {
    let id = call.job_id()?;
    let seen = IfNoneMatch::from_request(&call);
    // Strongly consistent, so that a client sees its own create or cancel immediately.
    let job = state.store.job_with_text(&call.user, id).await?.ok_or_else(Problem::job_not_found)?;
    let tag = etag(&job, state);
    let body = job_body(&job, state.clock.now());
    let reply = match seen.names(&tag) {
        true => Reply::not_modified(),
        false => Reply::json(StatusCode::OK, &body),
    };
    Ok(headers(reply, &tag, &body))
}

fn headers(reply: Reply, etag: &str, body: &JobBody) -> Reply {
    let reply = reply.header("etag", etag);
    match body.poll_after_ms {
        Some(ms) => reply.header("retry-after", &ms.div_ceil(1_000).to_string()),
        None => reply,
    }
}

/// The `ETag` names everything that the body depends on: the revision of the job, and `pollAfterMs`.
fn etag(job: &Job, state: &StoreState) -> String {
    format!("\"{}-{}\"", job.revision, job.poll_after_ms(state.clock.now()).unwrap_or_default())
}
