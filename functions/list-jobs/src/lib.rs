//! `GET /jobs`: lists a user's jobs, newest first.

mod query;

use api::{Call, JobBody, Problem, Reply, listed_job_body};
use domain::time::Clock;
use lambda_http::{Body, Request, Response, http::StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use store::Store;

use query::ListQuery;

/// A page ends early at so many bytes: Lambda answers at most 6 MB, and the body is escaped
/// once more on its way.
const MAX_PAGE_BYTES: usize = 2 * 1024 * 1024;

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
#[serde(rename_all = "camelCase")]
pub struct JobPage {
    jobs: Vec<JobBody>,
    next_cursor: Option<String>,
}

/// Answers a request.
pub async fn handle(state: &State, request: Request) -> Response<Body> {
    api::answer(request, |call| list(state, call)).await
}

async fn list(state: &State, call: Call) -> Result<Reply, Problem> {
    let ListQuery { filter, limit, after, cursors } = ListQuery::of(&state.store, &call).await?;
    let page = state.store.jobs(&call.user, &filter, limit, after).await?;
    let now = state.clock.now();
    let (mut jobs, mut next, mut bytes) = (Vec::new(), page.next, 0);
    for (index, job) in page.jobs.iter().enumerate() {
        let body = listed_job_body(job, now);
        bytes += serde_json::to_string(&body).map_or(0, |text| text.len());
        if bytes > MAX_PAGE_BYTES && index > 0 {
            next = Some(page.jobs[index - 1].id);
            break;
        }
        jobs.push(body);
    }
    let next = next.map(|id| cursors.write(&id.to_string()));
    Ok(Reply::json(StatusCode::OK, &JobPage { jobs, next_cursor: next }))
}
