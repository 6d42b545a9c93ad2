//! `GET /jobs`: lists the jobs of a user, newest first, without their texts. `GET /usage`: what the user has spent.

mod query;
mod state;
mod usage;

use api::{Call, JobBody, Problem, Reply, fitting, job_body, listed_job_body};
use lambda_http::{Body, Request, Response, http::StatusCode};
use schemars::JsonSchema;
use serde::Serialize;

pub use query::Include;
use query::ListQuery;
pub use state::State;
pub use usage::UsageReport;

/// One page of the jobs of a user, newest first.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobPage {
    jobs: Vec<JobBody>,
    next_cursor: Option<String>,
}

pub async fn handle(state: &State, request: Request) -> Response<Body> {
    api::answer(request, |call| route(state, call)).await
}

async fn route(state: &State, call: Call) -> Result<Reply, Problem> {
    match call.route() {
        "GET /api/report-builder/jobs" => list(state, &call).await,
        "GET /api/report-builder/usage" => usage::usage(state, &call).await,
        _ => Err(Problem::not_found("Path")),
    }
}

async fn list(state: &State, call: &Call) -> Result<Reply, Problem> {
    let ListQuery { filter, limit, after, cursors, include } = ListQuery::from_request(call)?;
    let page = state.store.jobs(&call.user, &filter, limit, after).await?;
    let now = state.clock.now();
    let page = fitting(
        page,
        |job| job.id.to_string(),
        |job| {
            if include.contains(&Include::Progress) { job_body(&job, now) } else { listed_job_body(&job, now) }
        },
    );
    let next_cursor = page.next.map(|id| cursors.write(&id));
    Ok(Reply::json(StatusCode::OK, &JobPage { jobs: page.items, next_cursor }))
}
