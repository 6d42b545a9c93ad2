//! Gets a draft from Claude, with quick retries.
//!
//! There are two levels of retries. A quick retry happens within the attempt, after a short wait. If it is not enough,
//! the attempt ends as retryable, and the job waits in the queue for its next attempt.

use std::time::Duration;

use claude::{PermanentReason, Retryability, request};
use domain::{
    error_chain::ErrorChain,
    job::{
        Job,
        failure::{Failure, NO_API_KEY},
        progress::Phase,
    },
    prompt::{Prompt, draft::Draft},
    random,
};

use crate::{
    call::{Call, CallError, call_claude, pieces_of_evidence},
    credentials::CredentialError,
    failure_map::{failure_for, failure_for_answer, hint_for},
    outcome::AttemptError,
    progress::ProgressReporter,
    spending::Spending,
    state::State,
};

/// Quick retries within one attempt.
const QUICK_RETRIES: u32 = 2;
/// The longest wait before a quick retry. A longer wait is left to the queue: no invocation sleeps for minutes.
const MAX_QUICK_WAIT: Duration = Duration::from_secs(8);

/// Calls Claude, with up to two quick retries, as long as `spending` allows one more call. A shortening is tried once. The
/// cost of all calls is added to `spending`.
pub(crate) async fn generate(
    state: &State,
    job: &Job,
    prompt: &Prompt,
    spending: &mut Spending,
    reporter: &ProgressReporter,
) -> Result<Draft, AttemptError> {
    let mut auth = state.credentials.get().await.map_err(|error| credentials_unread(&error))?.ok_or_else(|| {
        tracing::error!("{NO_API_KEY}");
        AttemptError::Permanent(Failure::no_api_key())
    })?;
    // A prompt without documents is too short for the cache.
    let leader = match prompt.documents.is_empty() {
        true => None,
        false => state.cache_gate.acquire(prompt.prefix(&job.user)).await,
    };
    let call = Call { prompt, body: request::body(&state.config.model, prompt), leader: leader.as_ref(), reporter };
    let most = state.config.most_micro_usd(prompt.tokens());
    let quick_retries = if prompt.shortening.is_some() { 0 } else { QUICK_RETRIES };
    let mut credentials_refreshed = false;
    let mut retries = 0;
    // Earlier attempts may have used up all paid calls, if their workers died.
    let mut failed = AttemptError::Retryable { wait: Some(Duration::ZERO), detail: None };
    loop {
        if !spending.may_pay() {
            return Err(match failed {
                AttemptError::Retryable { detail, .. } => AttemptError::Permanent(Failure::retries_exhausted(detail)),
                failed => failed,
            });
        }
        spending.open_call(state, job, most).await?;
        reporter.set_phase(
            Phase::Thinking,
            10,
            &match prompt.shortening {
                None => format!("Reading {}", pieces_of_evidence(prompt)),
                Some(_) => "Shortening the draft".to_owned(),
            },
        );
        failed = match call_claude(state, &call, &auth, spending).await {
            Ok(draft) => return Ok(draft),
            Err(CallError::Claude { error, request_id }) => {
                state.metrics.claude_called(&error.status());
                tracing::warn!(
                    error = %ErrorChain(&error),
                    claude_request_id = error.request_id().or(request_id.as_deref()),
                    hint = hint_for(&error),
                    retries,
                    "call to Claude failed"
                );
                if error.retryability() == Retryability::Permanent(PermanentReason::Key) && !credentials_refreshed {
                    credentials_refreshed = true;
                    let refreshed = state.credentials.refresh(&auth).await;
                    if let Some(refreshed) = refreshed.map_err(|error| credentials_unread(&error))? {
                        auth = refreshed;
                        continue;
                    }
                }
                failure_for(&error)
            }
            Err(CallError::Unusable(error)) => {
                tracing::warn!(error = %ErrorChain(&error), retries, "answer not usable");
                failure_for_answer(&error)
            }
        };
        let AttemptError::Retryable { wait, .. } = &failed else { return Err(failed) };
        let wait = wait.unwrap_or_else(|| jittered(state.config.quick_backoff * 2_u32.pow(retries)));
        if !spending.may_pay() {
            continue;
        }
        if retries == quick_retries || wait > MAX_QUICK_WAIT {
            return Err(failed);
        }
        retries += 1;
        tokio::time::sleep(wait).await;
    }
}

/// Shortens a wait by a random part of at most a quarter.
fn jittered(wait: Duration) -> Duration {
    wait.mul_f64(1.0 - 0.25 * random::fraction())
}

fn credentials_unread(error: &CredentialError) -> AttemptError {
    tracing::error!(%error, "API key was not read");
    AttemptError::Retryable { wait: None, detail: Some("The service's API key could not be read.") }
}
