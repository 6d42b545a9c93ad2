//! `POST /jobs`: checks the request and takes the job in.

use api::{Call, Once, Problem, Reply};
use domain::{
    fields::{Fields, one_of},
    job::{JobType, MAX_PROMPT_CHARS},
    life::NewJob,
};
use lambda_http::{Body, Request, Response};
use submit::{Desk, OnConflict, submit};

/// Answers a request.
pub async fn handle(desk: &Desk, request: Request) -> Response<Body> {
    api::answer(request, |call| create(desk, call)).await
}

async fn create(desk: &Desk, call: Call) -> Result<Reply, Problem> {
    let now = desk.clock.now();
    Once::run(&desk.store, &call, now, async |once| {
        let (new, on_conflict) = new_job(&call)?;
        submit(desk, &call, once, new, on_conflict).await
    })
    .await
}

fn new_job(call: &Call) -> Result<(NewJob, OnConflict), Problem> {
    let body = call.json()?;
    let mut fields = Fields::of(&body, "")?;
    let job_type: Option<JobType> = fields.required("type", one_of::<JobType>());
    let document_id = fields.required("documentId", "a document's id, a UUID");
    let block_id = fields.parsed("blockId", "a block's id, a UUID");
    let prompt = fields.words("prompt", MAX_PROMPT_CHARS);
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
    });
    Ok((fields.finish(new)?, on_conflict))
}
