//! `POST /jobs/{jobId}/retry`: creates a job with the input of a failed job. The failed job does not change.

use api::{Call, Idempotency, JobInput, JobOptions, Problem, Reply};
use domain::{
    input::Fields,
    job::{Job, lifecycle::NewJob, status::JobStatus},
    problem::ProblemCode,
};

use crate::{state::State, submit::submit};

pub(crate) async fn retry(state: &State, call: &Call, idempotency: &Idempotency) -> Result<Reply, Problem> {
    let id = call.job_id()?;
    let options = options(call)?;
    let on_conflict = options.on_conflict;
    let job = state.store.job(&call.user, id).await?.ok_or_else(Problem::job_not_found)?;
    if job.status() != JobStatus::Failed {
        let detail = format!("Only a failed job can be tried again; this one is {}.", job.status());
        return Err(Problem::new(ProblemCode::JobNotFailed, detail));
    }
    if job.erased {
        // It may have been tried again before.
        return idempotency.replay(&state.store, call).await?.ok_or_else(erased);
    }
    let inline = match job.document_id {
        Some(_) => None,
        None => {
            options.refuse_for_inline_input()?;
            // It expires with the job. It is missing before that if an erasure was interrupted.
            Some(state.store.inline_input(&call.user, id).await?.ok_or_else(erased)?)
        }
    };
    submit(state, call, idempotency, JobInput { new: repeat(job, options), on_conflict, inline }).await
}

fn erased() -> Problem {
    let detail = "The texts of this job were erased, so it cannot be tried again. Create a new job.";
    Problem::new(ProblemCode::Erased, detail)
}

/// A new job with the input of `job`, except for what the request names.
fn repeat(job: Job, options: JobOptions) -> NewJob {
    NewJob {
        retry_of: Some(job.id),
        request: None,
        prompt: options.prompt.or(job.prompt),
        apply_mode: options.apply_mode.unwrap_or(job.apply_mode),
        user: job.user,
        job_type: job.job_type,
        document_id: job.document_id,
        block_id: job.block_id,
    }
}

/// A request without a body names nothing.
fn options(call: &Call) -> Result<JobOptions, Problem> {
    let Some(body) = call.optional_json()? else { return Ok(JobOptions::default()) };
    let mut fields = Fields::new(&body, "")?;
    let options = JobOptions::read(&mut fields);
    Ok(fields.finish(Some(options))?)
}
