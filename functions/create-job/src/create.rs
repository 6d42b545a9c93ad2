//! `POST /jobs`: reads and checks the body. Errors of all fields are reported together.

use crate::{conflict::OnConflict, state::State, submit::submit};
use api::{Call, Idempotency, Problem, Reply};
use domain::{
    input::{Fields, one_of},
    job::{MAX_PROMPT_CHARS, lifecycle::NewJob, status::JobType},
};

pub(crate) async fn create(state: &State, call: &Call, idempotency: &Idempotency) -> Result<Reply, Problem> {
    let (new, on_conflict) = new_job(call)?;
    submit(state, call, idempotency, new, on_conflict).await
}

fn new_job(call: &Call) -> Result<(NewJob, OnConflict), Problem> {
    let body = call.json()?;
    let mut fields = Fields::new(&body, "")?;
    let job_type: Option<JobType> = fields.required("type", one_of::<JobType>());
    let document_id = fields.required("documentId", "a document's id, a UUID");
    let block_id = fields.parsed("blockId", "a block's id, a UUID");
    let prompt = fields.non_blank_text("prompt", MAX_PROMPT_CHARS);
    let on_conflict = fields.parsed("onConflict", OnConflict::EXPECTED).unwrap_or_default();
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
        retry_of: None,
        request: None,
    });
    Ok((fields.finish(new)?, on_conflict))
}
