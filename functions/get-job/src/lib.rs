//! `GET /jobs/{jobId}`: shows a job, at once or when it changes.

use std::time::Duration;

use api::{Call, IfNoneMatch, JobBody, Problem, Reply, job_body, preferred_wait};
use domain::{ids::JobId, job::Job, time::Clock};
use lambda_http::{Body, Request, Response, http::StatusCode};
use store::Store;
use tokio::time::{Instant, sleep};

/// A request that waits looks again after so long: a change is told within 300 ms, and a wait of
/// 20 s costs 100 reads at most.
pub const LOOK_EVERY: Duration = Duration::from_millis(200);

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
    let id: JobId = call.path("jobId").and_then(|id| id.parse().ok()).ok_or_else(Problem::job_not_found)?;
    let seen = IfNoneMatch::of(&call);
    // Consistent: a client that asks right after its 202 or its cancel must find it done.
    let mut job = state.store.job(&call.user, id).await?.ok_or_else(Problem::job_not_found)?;
    let wait = preferred_wait(&call);
    if let Some(wait) = wait {
        let known = job.revision;
        let until = Instant::now() + wait;
        // Somebody who shows an older version is answered at once.
        let news = !seen.is_empty() && !seen.names(&etag(&job, state));
        while !news && !job.is_finished() && job.revision <= known && Instant::now() < until {
            sleep(LOOK_EVERY.min(until - Instant::now())).await;
            job = state.store.glance_at_job(&call.user, id).await?.ok_or_else(Problem::job_not_found)?;
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

/// Names all that the answer is made of: the job's revision, and how long to wait.
fn etag(job: &Job, state: &State) -> String {
    format!("\"{}-{}\"", job.revision, job.poll_after_ms(state.clock.now()).unwrap_or_default())
}
