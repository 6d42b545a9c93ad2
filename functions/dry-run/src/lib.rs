//! `POST /jobs/dry-run` and `POST /{id}/jobs/dry-run`: what the jobs of a request would read and cost. Nothing is created.
//!
//! `plan` finds the blocks that would get a job. Then the context is read and the prompts are built, as the worker does
//! it. `warnings` says what the user should know before the click. This is a function of its own, so that the function
//! that creates jobs starts without the prompts.

mod plan;
mod state;
mod warnings;

use api::{Call, DocumentJobsInput, JobInput, Problem, Reply};
use domain::{
    estimate::{Estimate, PlannedCall},
    job::{lifecycle, policy::JobPolicy},
    prompt::{self, Prompt, PromptLimits, ReportParts},
};
use lambda_http::{Body, Request, Response, http::StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use store::context::JobContext;

use plan::Plan;
pub use state::{Settings, State};
use warnings::Warning;

/// What the jobs of a request would read and cost. The costs are an estimate.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DryRun {
    /// Number of jobs that would be created.
    jobs: usize,
    /// Number of pieces of evidence that match the `contextConfig` of the document, with the pinned ones. At most 2,000.
    evidence_matched: usize,
    /// Whether even more pieces match.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    evidence_matched_is_lower_bound: bool,
    /// Number of pieces that each job would read.
    evidence_read: usize,
    /// Number of matching pieces that it would not read.
    evidence_omitted: usize,
    /// Number of goals that each job would read.
    goals_read: usize,
    /// Number of reviews that each job would read.
    reviews_read: usize,
    /// Input tokens of all jobs.
    estimated_input_tokens: u64,
    /// Output tokens of all jobs, thinking included.
    estimated_output_tokens: u64,
    /// Cost of all jobs, in millionths of a US dollar.
    estimated_cost_micro_usd: u64,
    /// Seconds until the last job ends, if the service is idle.
    estimated_seconds: u64,
    /// What the user should know before.
    warnings: Vec<Warning>,
}

pub async fn handle(state: &State, request: Request) -> Response<Body> {
    api::answer(request, |call| route(state, call)).await
}

async fn route(state: &State, call: Call) -> Result<Reply, Problem> {
    let plan = match call.route() {
        "POST /api/report-builder/jobs/dry-run" => {
            let JobInput { new, on_conflict, inline } = JobInput::from_request(&call)?;
            match inline {
                Some(input) => plan::of_inline_job(state, new, input).await?,
                None => plan::of_job(state, &call, new, on_conflict).await?,
            }
        }
        "POST /api/report-builder/{id}/jobs/dry-run" => {
            plan::of_document(state, &call, DocumentJobsInput::from_request(&call)?).await?
        }
        _ => return Err(Problem::not_found("Path")),
    };
    Ok(Reply::json(StatusCode::OK, &estimate(state, &call, plan).await?))
}

async fn estimate(state: &State, call: &Call, mut plan: Plan) -> Result<DryRun, Problem> {
    let Settings { context_tokens, max_output_tokens, price, .. } = &*state.settings;
    let JobContext { context, others } = match plan.inline_context.take() {
        Some(context) => JobContext { context, others: Vec::new() },
        None => {
            // All jobs read the same documents. What the first of them knows of its neighbours stands for all.
            let first = plan.jobs.first().and_then(|job| job.new.block_id);
            state.store.job_context(&call.user, &plan.document, first, *context_tokens).await?
        }
    };
    let limits = PromptLimits { tokens: *context_tokens, evidence: context.evidence.len() };
    let mut calls = Vec::new();
    let mut shown: Option<Prompt> = None;
    for planned in &plan.jobs {
        let job = lifecycle::create(planned.new.clone(), &JobPolicy::default(), state.clock.now());
        let report = ReportParts { document: &plan.document, block: planned.block.as_ref(), others: &others };
        let prompt = prompt::build(&job, &report, &context, limits);
        calls.push(PlannedCall::new(job.job_type, &prompt, planned.block.as_ref(), *max_output_tokens));
        shown.get_or_insert(prompt);
    }
    let sources = shown.as_ref().map(|prompt| prompt.sources).unwrap_or_default();
    let estimate = Estimate::of(&calls, price);
    Ok(DryRun {
        jobs: plan.jobs.len(),
        evidence_matched: context.evidence_matched,
        evidence_matched_is_lower_bound: context.evidence_matched_is_lower_bound,
        evidence_read: sources.evidence,
        evidence_omitted: sources.evidence_omitted(),
        goals_read: sources.goals,
        reviews_read: sources.reviews,
        estimated_input_tokens: estimate.input_tokens,
        estimated_output_tokens: estimate.output_tokens,
        estimated_cost_micro_usd: estimate.cost_micro_usd,
        estimated_seconds: estimate.seconds,
        warnings: warnings::of(&plan, &context, sources, estimate, state.settings.budgets),
    })
}
