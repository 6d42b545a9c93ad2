//! `POST /jobs/{jobId}/retry`: creates a job with the input of a failed job. The failed job does not change.

use crate::{conflict::OnConflict, state::State, submit::submit};
use api::{Call, Idempotency, Problem, Reply};
use domain::{
    input::Fields,
    job::{Job, MAX_PROMPT_CHARS, lifecycle::NewJob, status::JobStatus},
    problem::ProblemCode,
};

pub(crate) async fn retry(state: &State, call: &Call, idempotency: &Idempotency) -> Result<Reply, Problem> {
    let id = call.job_id()?;
    let (prompt, on_conflict) = input(call)?;
    let job = state.store.job(&call.user, id).await?.ok_or_else(Problem::job_not_found)?;
    if job.status() != JobStatus::Failed {
        let detail = format!("Only a failed job can be tried again; this one is {}.", job.status());
        return Err(Problem::new(ProblemCode::JobNotFailed, detail));
    }
    submit(state, call, idempotency, repeat(job, prompt), on_conflict).await
}

/// A new job with the input of `job`. A `prompt` in the request replaces the prompt of `job`.
fn repeat(job: Job, prompt: Option<String>) -> NewJob {
    NewJob {
        retry_of: Some(job.id),
        request: None,
        prompt: prompt.or(job.prompt),
        user: job.user,
        job_type: job.job_type,
        document_id: job.document_id,
        block_id: job.block_id,
    }
}

/// Prompt and conflict choice of the request. A request without a body has neither.
fn input(call: &Call) -> Result<(Option<String>, OnConflict), Problem> {
    let Some(body) = call.optional_json()? else { return Ok((None, OnConflict::default())) };
    let mut fields = Fields::new(&body, "")?;
    let prompt = fields.non_blank_text("prompt", MAX_PROMPT_CHARS);
    let on_conflict = fields.parsed("onConflict", OnConflict::EXPECTED).unwrap_or_default();
    Ok(fields.finish(Some((prompt, on_conflict)))?)
}
