//! The bodies of requests for jobs. One function creates the jobs, another says before what they would read and cost.

use std::collections::HashSet;

use domain::{
    ids::{BlockId, DocumentId},
    input::{FieldError, Fields, one_of},
    job::{MAX_PROMPT_CHARS, apply_mode::ApplyMode, inline_input::InlineInput, lifecycle::NewJob, status::JobType},
    report::document::Document,
};
use store::Store;

use crate::{Call, Problem};

/// Blocks that one request may generate.
pub const MAX_JOBS_OF_DOCUMENT: usize = 50;

/// Why a request for a job with inline input may not name a document, a block, or what happens to them.
const NOT_WITH_INPUT: &str = "does not go with input: such a job has no document and writes no block";

/// What to do if a job is in flight on the block already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, strum::EnumString, strum::VariantNames)]
#[strum(serialize_all = "lowercase")]
pub enum OnConflict {
    /// Not sent. A job with the same input is joined, any other job leads to 409.
    #[default]
    #[strum(disabled)]
    Unset,
    /// Return the job in flight, even if its input is different.
    Join,
    /// Always answer 409, even if the input is the same.
    Reject,
    /// Fail the job in flight as `SUPERSEDED` and create the new job.
    Replace,
}

impl OnConflict {
    const EXPECTED: &str = "one of join, reject, replace";
}

/// The fields that all requests for jobs have.
#[derive(Clone, Debug, Default)]
pub struct JobOptions {
    /// The user's instruction.
    pub prompt: Option<String>,
    /// What the jobs do with their texts. `None`: not sent.
    pub apply_mode: Option<ApplyMode>,
    /// What to do with a job in flight.
    pub on_conflict: OnConflict,
}

impl JobOptions {
    /// Reads the fields. Errors are recorded in `fields`.
    pub fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            prompt: fields.non_blank_text("prompt", MAX_PROMPT_CHARS),
            apply_mode: fields.parsed("applyMode", one_of::<ApplyMode>()),
            on_conflict: fields.parsed("onConflict", OnConflict::EXPECTED).unwrap_or_default(),
        }
    }

    /// Rejects what has no meaning for a job with inline input.
    pub fn refuse_for_inline_input(&self) -> Result<(), Problem> {
        let given = [("applyMode", self.apply_mode.is_some()), ("onConflict", self.on_conflict != OnConflict::Unset)];
        let error = |(name, _)| FieldError { pointer: format!("/{name}"), detail: NOT_WITH_INPUT.to_owned() };
        let errors: Vec<_> = given.into_iter().filter(|(_, is_given)| *is_given).map(error).collect();
        if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
    }
}

/// The body of `POST /jobs`.
#[derive(Clone, Debug)]
pub struct JobInput {
    /// The job to create.
    pub new: NewJob,
    /// What to do with a job in flight on its block.
    pub on_conflict: OnConflict,
    /// What the job is written from, in place of a stored document.
    pub inline: Option<InlineInput>,
}

impl JobInput {
    /// Reads and checks the body. Errors of all fields are reported together.
    pub fn from_request(call: &Call) -> Result<Self, Problem> {
        let body = call.json()?;
        let mut fields = Fields::new(&body, "")?;
        let job_type: Option<JobType> = fields.required("type", one_of::<JobType>());
        if fields.is_given("input") {
            return Self::inline(call, fields, job_type);
        }
        let document_id = fields.required("documentId", "a document's id, a UUID");
        let block_id = fields.parsed("blockId", "a block's id, a UUID");
        let JobOptions { prompt, apply_mode, on_conflict } = JobOptions::read(&mut fields);
        if let Some(job_type) = job_type.filter(|job_type| job_type.writes_block())
            && !fields.is_given("blockId")
        {
            fields.wrong("blockId", format!("is required for {job_type}: a block's id, a UUID"));
        }
        let new = job_type.zip(document_id).map(|(job_type, document_id)| NewJob {
            user: call.user.clone(),
            job_type,
            document_id: Some(document_id),
            block_id,
            prompt,
            apply_mode: apply_mode.unwrap_or_default(),
            retry_of: None,
            request: None,
        });
        Ok(Self { new: fields.finish(new)?, on_conflict, inline: None })
    }

    /// Reads a request with `input`.
    fn inline(call: &Call, mut fields: Fields<'_>, job_type: Option<JobType>) -> Result<Self, Problem> {
        let prompt = fields.non_blank_text("prompt", MAX_PROMPT_CHARS);
        for name in ["documentId", "blockId", "applyMode", "onConflict"] {
            fields.refuse(name, NOT_WITH_INPUT);
        }
        let input = fields.nested("input", |fields| InlineInput::read(fields, job_type));
        let read = job_type.zip(input);
        let (job_type, input) = fields.finish(read)?;
        let new = NewJob {
            user: call.user.clone(),
            job_type,
            document_id: None,
            block_id: None,
            prompt,
            apply_mode: ApplyMode::default(),
            retry_of: None,
            request: None,
        };
        Ok(Self { new, on_conflict: OnConflict::Unset, inline: Some(input) })
    }
}

/// Which blocks a request generates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, strum::EnumString, strum::VariantNames)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Only {
    /// Blocks without content.
    #[default]
    Empty,
    /// Blocks with content too.
    All,
}

/// The path and the body of `POST /{id}/jobs`.
#[derive(Clone, Debug)]
pub struct DocumentJobsInput {
    /// The document whose blocks are generated.
    pub document: DocumentId,
    /// Without duplicates. `None`: all blocks of the type `PROMPT_RESPONSE`.
    pub block_ids: Option<Vec<BlockId>>,
    /// Which of them.
    pub only: Only,
    /// The instruction for every job. `None`: each block has its own.
    pub prompt: Option<String>,
    /// What the jobs do with their texts.
    pub apply_mode: ApplyMode,
    /// What to do with jobs in flight. They are joined only if the request asks for it.
    pub on_conflict: OnConflict,
}

impl DocumentJobsInput {
    /// Reads and checks the body. Errors of all fields are reported together.
    pub fn from_request(call: &Call) -> Result<Self, Problem> {
        let document = call.document_id()?;
        let body = call.json()?;
        let mut fields = Fields::new(&body, "")?;
        let job_type: Option<JobType> = fields.required("type", JobType::Generate);
        if job_type.is_some_and(|job_type| job_type != JobType::Generate) {
            fields.wrong("type", format!("must be {}", JobType::Generate));
        }
        let mut block_ids = None;
        if fields.is_given("blockIds") {
            let mut ids: Vec<BlockId> = fields.parsed_list("blockIds", MAX_JOBS_OF_DOCUMENT, "a block's id, a UUID");
            let mut seen = HashSet::new();
            ids.retain(|id| seen.insert(*id));
            block_ids = Some(ids);
        }
        let only = fields.parsed("only", one_of::<Only>()).unwrap_or_default();
        let JobOptions { prompt, apply_mode, on_conflict } = JobOptions::read(&mut fields);
        let on_conflict = if on_conflict == OnConflict::Unset { OnConflict::Reject } else { on_conflict };
        let apply_mode = apply_mode.unwrap_or_default();
        Ok(fields.finish(Some(Self { document, block_ids, only, prompt, apply_mode, on_conflict }))?)
    }

    /// The blocks that the request names. Without names, those that hold an answer to a prompt, in the order of the
    /// document. Of these, blocks that would be skipped because they have content do not count against
    /// [`MAX_JOBS_OF_DOCUMENT`].
    pub async fn wanted_blocks(
        &self,
        store: &Store,
        call: &Call,
        document: &Document,
    ) -> Result<Vec<BlockId>, Problem> {
        if let Some(ids) = &self.block_ids {
            return Ok(ids.clone());
        }
        let prompts = store.prompt_blocks(&call.user, document).await?;
        let wanted = prompts.iter().filter(|(_, length)| self.only == Only::All || length.chars == 0).count();
        if wanted > MAX_JOBS_OF_DOCUMENT {
            let detail = format!(
                "is required, because the document has {wanted} such blocks: name at most {MAX_JOBS_OF_DOCUMENT}"
            );
            return Err(Problem::invalid(vec![FieldError { pointer: "/blockIds".to_owned(), detail }]));
        }
        Ok(prompts.into_iter().map(|(id, _)| id).collect())
    }

    /// The job of one of the blocks.
    pub fn job_of(&self, call: &Call, block: BlockId, request: Option<String>) -> NewJob {
        NewJob {
            user: call.user.clone(),
            job_type: JobType::Generate,
            document_id: Some(self.document),
            block_id: Some(block),
            prompt: self.prompt.clone(),
            apply_mode: self.apply_mode,
            retry_of: None,
            request,
        }
    }
}
