//! `POST /jobs`: checks the request, stores the job, sends it to the queue.

use std::sync::Arc;

use api::{Call, Problem, Reply, job_body};
use domain::{
    failure::{BLOCK_NOT_FOUND, DOCUMENT_NOT_FOUND},
    fields::{Fields, one_of},
    job::{JobType, MAX_PROMPT_CHARS},
    life::{self, NewJob, Terms},
    problem::ProblemCode,
    time::Clock,
};
use lambda_http::{Body, Request, Response, http::StatusCode};
use queue::{JobMessage, Queue};
use store::{Store, commit::Created};

/// What the function works with.
#[derive(Clone, Debug)]
pub struct State {
    /// The table.
    pub store: Store,
    /// The queue.
    pub queue: Queue,
    /// How long jobs live.
    pub terms: Arc<Terms>,
    /// The time.
    pub clock: Clock,
}

/// Answers a request.
pub async fn handle(state: &State, request: Request) -> Response<Body> {
    api::answer(request, |call| create(state, call)).await
}

async fn create(state: &State, call: Call) -> Result<Reply, Problem> {
    let now = state.clock.now();
    let job = life::create(new_job(&call)?, &state.terms, now);
    match state.store.create(&job).await? {
        Created::Yes => {}
        Created::NoDocument => return Err(Problem::new(ProblemCode::DocumentNotFound, DOCUMENT_NOT_FOUND)),
        Created::NoBlock => return Err(Problem::new(ProblemCode::BlockNotFound, BLOCK_NOT_FOUND)),
    }
    tracing::info!(job_id = %job.id, job_type = %job.job_type, "job created");

    // The job is stored, so it will run: if this send fails, the sweeper sends it.
    let message = JobMessage::new(job.user.clone(), job.id, call.traceparent());
    if let Err(error) = state.queue.send(&message).await {
        tracing::warn!(job_id = %job.id, %error, "job not sent; the sweeper will send it");
    }
    Ok(Reply::json(StatusCode::ACCEPTED, &job_body(&job, now))
        .header("location", &format!("/api/report-builder/jobs/{}", job.id))
        .header("retry-after", "1"))
}

fn new_job(call: &Call) -> Result<NewJob, Problem> {
    let body = call.json()?;
    let mut fields = Fields::of(&body, "")?;
    let job_type: Option<JobType> = fields.required("type", one_of::<JobType>());
    let document_id = fields.required("documentId", "a document's id, a UUID");
    let block_id = fields.parsed("blockId", "a block's id, a UUID");
    let prompt = fields.text("prompt", MAX_PROMPT_CHARS).filter(|prompt| !prompt.trim().is_empty());
    if let Some(job_type) = job_type.filter(|job_type| job_type.writes_block())
        && !fields.is_given("blockId")
    {
        fields.wrong("blockId", format!("is required for {job_type}: a block's id, a UUID"));
    }
    let new = job_type.zip(document_id).map(|(job_type, document_id)| NewJob {
        user: call.user.clone(),
        job_type,
        document_id,
        block_id,
        prompt,
    });
    Ok(fields.finish(new)?)
}
