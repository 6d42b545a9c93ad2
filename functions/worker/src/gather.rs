//! Reads what a job is written from, all of it under the owner's key.

use domain::{
    causes::Causes,
    document::{Block, Document},
    failure::Failure,
    job::{Job, JobType},
    prompt::{self, Prompt},
    selection::{self, Context},
};
use store::StoreError;

use crate::{State, attempt::Stopped};

/// What an attempt works on.
#[derive(Debug)]
pub(crate) struct Gathered {
    /// The block as this attempt read it.
    pub(crate) block: Option<Block>,
    /// What Claude is asked.
    pub(crate) prompt: Prompt,
    document: Document,
    context: Context,
}

impl Gathered {
    /// With half of the evidence, if there is any to leave out: Claude did not take all of it.
    pub(crate) fn halved(mut self, job: &Job) -> Option<Self> {
        let budget = self.prompt.halved_budget()?;
        self.prompt = prompt::build(job, &self.document, self.block.as_ref(), &self.context, budget);
        Some(self)
    }
}

pub(crate) async fn gather(state: &State, job: &Job) -> Result<Gathered, Stopped> {
    let (store, meter) = state.store.metered();
    let read = store.document_and_block(&job.user, job.document_id, job.block_id).await;
    let (document, block) = read.map_err(|error| unread(&error))?;
    let document = document.ok_or_else(|| Stopped::Fail(Failure::document_not_found()))?;
    if job.block_id.is_some() && block.is_none() {
        return Err(Stopped::Fail(Failure::block_not_found()));
    }
    let content = block.as_ref().and_then(|block| block.content.as_deref()).unwrap_or_default();
    if job.job_type == JobType::Refine && content.trim().is_empty() {
        return Err(Stopped::Fail(Failure::nothing_to_refine()));
    }

    let config = &document.context_config;
    let goals = async { if config.include_goals { store.active_goals(&job.user).await } else { Ok(Vec::new()) } };
    let reviews = async { if config.include_reviews { store.newest_reviews(&job.user).await } else { Ok(Vec::new()) } };
    let (evidence, goals, reviews) =
        tokio::try_join!(store.evidence(&job.user, config), goals, reviews).map_err(|error| unread(&error))?;
    let context = selection::select(config, evidence, goals, reviews);
    let prompt = prompt::build(job, &document, block.as_ref(), &context, state.config.context_tokens);
    tracing::info!(
        evidence = prompt.sources.evidence,
        evidence_omitted = prompt.sources.evidence_omitted,
        goals = prompt.sources.goals,
        reviews = prompt.sources.reviews,
        read_units = meter.read_units(),
        "context read"
    );
    Ok(Gathered { block, prompt, document, context })
}

fn unread(error: &StoreError) -> Stopped {
    tracing::error!(error = %Causes(error), "context not read");
    Stopped::Later { wait: None, detail: Some("Your evidence could not be read.") }
}
