//! `GET /jobs/{jobId}`: returns a job.
//!
//! With `Prefer: wait=N` the request waits until the job changes, at most N seconds (long polling). With
//! `If-None-Match` an unchanged job is answered with 304.

use std::time::Duration;

use api::{Call, IfNoneMatch, JobBody, Problem, Reply, StoreState, job_body, preferred_wait};
use domain::job::Job;
use lambda_http::{Body, Request, Response, http::StatusCode};
use tokio::time::{Instant, sleep};

/// Interval between two reads of a waiting request. A change is reported within about 300 ms, and a wait of 20 s costs
/// at most 100 reads.
pub const LOOK_EVERY: Duration = Duration::from_millis(200);

pub async fn handle(state: &StoreState, request: Request) -> Response<Body> {
    api::answer(request, |call| show(state, call)).await
}

async fn show(state: &StoreState, call: Call) -> Result<Reply, Problem> {
    let id = call.job_id()?;
    let seen = IfNoneMatch::from_request(&call);
    // Strongly consistent, so that a client sees its own create or cancel immediately.
    let mut job = state.store.job(&call.user, id).await?.ok_or_else(Problem::job_not_found)?;
    let wait = preferred_wait(&call);
    if let Some(wait) = wait {
        let known = job.revision;
        let until = Instant::now() + wait;
        // A client that shows an older version gets the newer version at once.
        let is_outdated = !seen.is_empty() && !seen.names(&etag(&job, state));
        while !is_outdated && !job.is_finished() && job.revision <= known && Instant::now() < until {
            sleep(LOOK_EVERY.min(until - Instant::now())).await;
            job = state.store.job_eventually_consistent(&call.user, id).await?.ok_or_else(Problem::job_not_found)?;
        }
    }
    let tag = etag(&job, state);
    let body = job_body(&job, state.clock.now());
    let reply = match seen.names(&tag) {
        true => Reply::not_modified(),
        false => Reply::json(StatusCode::OK, &body),
    };
    let reply = headers(reply, &tag, &body);
    Ok(match wait {
        Some(wait) => reply.header("preference-applied", &format!("wait={}", wait.as_secs())),
        None => reply,
    })
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
