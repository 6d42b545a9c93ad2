//! `GET /jobs`: lists a user's jobs, newest first.

mod query;

use api::{Call, Problem, Reply, listed_job_body};
use domain::time::Clock;
use lambda_http::{Body, Request, Response, http::StatusCode};
use serde_json::json;
use store::Store;

use query::ListQuery;

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
    api::answer(request, |call| list(state, call)).await
}

async fn list(state: &State, call: Call) -> Result<Reply, Problem> {
    let ListQuery { filter, limit, after } = ListQuery::of(&call)?;
    let page = state.store.jobs(&call.user, &filter, limit, after).await?;
    let now = state.clock.now();
    let jobs: Vec<_> = page.jobs.iter().map(|job| listed_job_body(job, now)).collect();
    let next = page.next.map(|id| query::cursor(&call.user, &filter, id));
    Ok(Reply::json(StatusCode::OK, &json!({"jobs": jobs, "nextCursor": next})))
}
