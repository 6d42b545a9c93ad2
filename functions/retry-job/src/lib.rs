//! `POST /jobs/{jobId}/retry`: does what a failed job was to do, as a new job.

use api::{Call, Once, Problem, Reply};
use domain::{
    fields::Fields,
    job::{Job, JobStatus, MAX_PROMPT_CHARS},
    life::NewJob,
    problem::ProblemCode,
};
use lambda_http::{Body, Request, Response};
use submit::{Desk, OnConflict, submit};

/// Answers a request.
pub async fn handle(desk: &Desk, request: Request) -> Response<Body> {
    api::answer(request, |call| retry(desk, call)).await
}

async fn retry(desk: &Desk, call: Call) -> Result<Reply, Problem> {
    let now = desk.clock.now();
    Once::run(&desk.store, &call, now, async |once| {
        let id = call.path("jobId").and_then(|id| id.parse().ok()).ok_or_else(Problem::job_not_found)?;
        let (prompt, on_conflict) = input(&call)?;
        let job = desk.store.job(&call.user, id).await?.ok_or_else(Problem::job_not_found)?;
        if job.status() != JobStatus::Failed {
            let detail = format!("Only a failed job can be tried again; this one is {}.", job.status());
            return Err(Problem::new(ProblemCode::JobNotFailed, detail));
        }
        submit(desk, &call, once, again(job, prompt), on_conflict).await
    })
    .await
}

/// What the job was to do, with other words if there are any.
fn again(job: Job, prompt: Option<String>) -> NewJob {
    NewJob {
        retry_of: Some(job.id),
        prompt: prompt.or(job.prompt),
        user: job.user,
        job_type: job.job_type,
        document_id: job.document_id,
        block_id: job.block_id,
    }
}

/// The body may be left out.
fn input(call: &Call) -> Result<(Option<String>, OnConflict), Problem> {
    let Some(body) = call.optional_json()? else { return Ok((None, OnConflict::default())) };
    let mut fields = Fields::of(&body, "")?;
    let prompt = fields.words("prompt", MAX_PROMPT_CHARS);
    let on_conflict = fields.parsed("onConflict", OnConflict::EXPECTED).unwrap_or_default();
    Ok(fields.finish(Some((prompt, on_conflict)))?)
}
