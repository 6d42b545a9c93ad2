//! `GET /jobs`: lists the jobs of a user, newest first, without their texts.

mod query;

use api::{Call, JobBody, Problem, Reply, StoreState, bytes_in_response, listed_job_body};
use lambda_http::{Body, Request, Response, http::StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use store::table::page::MAX_PAGE_BYTES;

use query::ListQuery;

/// One page of the jobs of a user, newest first.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobPage {
    jobs: Vec<JobBody>,
    next_cursor: Option<String>,
}

pub async fn handle(state: &StoreState, request: Request) -> Response<Body> {
    api::answer(request, |call| list(state, call)).await
}

async fn list(state: &StoreState, call: Call) -> Result<Reply, Problem> {
    let ListQuery { filter, limit, after, cursors } = ListQuery::from_request(&call)?;
    let page = state.store.jobs(&call.user, &filter, limit, after).await?;
    let now = state.clock.now();
    let (mut jobs, mut next, mut bytes) = (Vec::new(), page.next, 0);
    for (index, job) in page.items.iter().enumerate() {
        let body = listed_job_body(job, now);
        bytes += bytes_in_response(&body);
        if bytes > MAX_PAGE_BYTES && index > 0 {
            next = Some(page.items[index - 1].id.to_string());
            break;
        }
        jobs.push(body);
    }
    let next = next.map(|id| cursors.write(&id));
    Ok(Reply::json(StatusCode::OK, &JobPage { jobs, next_cursor: next }))
}
