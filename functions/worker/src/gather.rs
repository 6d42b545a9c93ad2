//! Reads the context of a job and builds its prompt.
//!
//! Every read is under the key of the job's owner, so a prompt never holds data of another user.

use domain::{
    error_chain::ErrorChain,
    ids::DocumentId,
    job::{Job, failure::Failure, status::JobType},
    library::selection::Context,
    prompt::{self, Prompt, PromptLimits, ReportParts},
    report::{block::Block, document::Document},
};
use store::{Store, StoreError, context::JobContext};

use crate::{outcome::AttemptError, state::State};

/// The input of an attempt.
#[derive(Debug)]
pub(crate) struct Gathered {
    /// The block as this attempt read it. `None` only if neither the job nor its inline input has a block.
    pub(crate) block: Option<Block>,
    pub(crate) prompt: Prompt,
    document: Document,
    others: Vec<Block>,
    context: Context,
}

impl Gathered {
    /// The most characters that the block allows.
    pub(crate) fn max_characters(&self) -> Option<usize> {
        self.block.as_ref().and_then(|block| block.max_characters).and_then(|max| max.try_into().ok())
    }

    /// The same input with half of its evidence, for a prompt that Claude found too large. `None` if there are fewer than
    /// two pieces of evidence.
    pub(crate) fn halved(mut self, job: &Job, tokens: usize) -> Option<Self> {
        let evidence = self.prompt.sources.evidence / 2;
        if evidence == 0 {
            return None;
        }
        let limits = PromptLimits { tokens, evidence };
        let report = ReportParts { document: &self.document, block: self.block.as_ref(), others: &self.others };
        self.prompt = prompt::build(job, &report, &self.context, limits);
        Some(self)
    }
}

/// What a job is written from.
struct Parts {
    document: Document,
    block: Option<Block>,
    others: Vec<Block>,
    context: Context,
}

/// Reads document, block, evidence, goals and reviews. The job fails if its document or block does not exist, if there
/// is no content to refine, or if the content was edited so that no answer could be written. An error of the table is retryable.
pub(crate) async fn gather(state: &State, job: &Job) -> Result<Gathered, AttemptError> {
    let (store, meter) = state.store.metered();
    let Parts { document, block, others, context } = match job.document_id {
        Some(document) => stored(&store, job, document, state.config.context_tokens).await?,
        None => inline(&store, job).await?,
    };
    let limits = PromptLimits { tokens: state.config.context_tokens, evidence: context.evidence.len() };
    let report = ReportParts { document: &document, block: block.as_ref(), others: &others };
    let prompt = prompt::build(job, &report, &context, limits);
    tracing::info!(
        evidence = prompt.sources.evidence,
        evidence_matched = prompt.sources.evidence_matched,
        evidence_omitted = prompt.sources.evidence_omitted(),
        goals = prompt.sources.goals,
        reviews = prompt.sources.reviews,
        read_units = meter.read_units(),
        "context read"
    );
    Ok(Gathered { block, prompt, document, others, context })
}

async fn stored(store: &Store, job: &Job, document: DocumentId, tokens: usize) -> Result<Parts, AttemptError> {
    let read = store.document_and_block(&job.user, document, job.block_id).await;
    let (document, block) = read.map_err(|error| unread(&error))?;
    let document = document.ok_or_else(|| AttemptError::Permanent(Failure::document_not_found()))?;
    if job.block_id.is_some() && block.is_none() {
        return Err(AttemptError::Permanent(Failure::block_not_found()));
    }
    if let (Some(accepted), Some(block)) = (job.content_revision, &block)
        && job.apply_mode.is_outdated(accepted, block.content_revision)
    {
        return Err(AttemptError::Permanent(Failure::not_applied()));
    }
    let content = block.as_ref().and_then(|block| block.content.as_deref()).unwrap_or_default();
    if job.job_type == JobType::Refine && content.trim().is_empty() {
        return Err(AttemptError::Permanent(Failure::nothing_to_refine()));
    }
    let read = store.job_context(&job.user, &document, job.block_id, tokens).await;
    let JobContext { context, others } = read.map_err(|error| unread(&error))?;
    Ok(Parts { document, block, others, context })
}

async fn inline(store: &Store, job: &Job) -> Result<Parts, AttemptError> {
    let read = store.inline_input(&job.user, job.id).await.map_err(|error| unread(&error))?;
    let input = read.ok_or_else(|| AttemptError::Permanent(Failure::document_not_found()))?;
    let (document, block, context) = input.into_parts(job.created_at);
    Ok(Parts { document, block, others: Vec::new(), context })
}

fn unread(error: &StoreError) -> AttemptError {
    tracing::error!(error = %ErrorChain(error), "context was not read");
    AttemptError::Retryable { wait: None, detail: Some("Your evidence could not be read.") }
}
