//! Gets the answer from Claude.

use std::time::Duration;

use claude::{AnswerBuilder, AnswerStream, Auth, ClaudeError, Final, Verdict, request};
use domain::{
    causes::Causes,
    draft::{self, Draft, Stop, Unusable},
    failure::{Failure, NO_API_KEY},
    ids::UserId,
    job::Phase,
    problem::ProblemCode,
    prompt::Prompt,
    result::Usage,
};
use serde_json::Value;

use crate::{
    State,
    attempt::{Stopped, Teller},
    key::KeyError,
    prefix::Ahead,
};

/// Quick retries within one attempt.
const QUICK_RETRIES: u32 = 2;
/// A longer wait than this is left to the queue: no invocation sleeps for minutes.
const LONGEST_QUICK_WAIT: Duration = Duration::from_secs(8);

/// Has Claude write, with up to two quick retries. What the calls cost is added to `spent`.
pub(crate) async fn write(
    state: &State,
    user: &UserId,
    prompt: &Prompt,
    spent: &mut Usage,
    teller: &Teller,
) -> Result<Draft, Stopped> {
    let mut auth = state.key.get().await.map_err(|error| key_unread(&error))?.ok_or_else(|| {
        tracing::error!("{NO_API_KEY}");
        Stopped::Fail(Failure::no_api_key())
    })?;
    // Without documents there is nothing worth a place in the cache, or a wait for it.
    let ahead = match prompt.documents.is_empty() {
        true => None,
        false => state.prefixes.turn(prompt.prefix(user)).await,
    };
    let call = Call { prompt, body: request::body(&state.config.claude, prompt), ahead: ahead.as_ref() };
    let mut auth_renewed = false;
    let mut retry = 0;
    loop {
        teller.step(Phase::Thinking, 10, &reading(prompt));
        let stopped = match ask(state, &call, &auth, spent, teller).await {
            Ok(draft) => return Ok(draft),
            Err(Trouble::Claude(error, request_id)) => {
                state.metrics.claude_called(&error.status());
                tracing::warn!(
                    error = %Causes(&error),
                    claude_request_id = error.request_id().or(request_id.as_deref()),
                    retry,
                    "call to Claude failed"
                );
                if error.verdict() == Verdict::Final(Final::Key) && !auth_renewed {
                    auth_renewed = true;
                    if let Some(renewed) = state.key.renewed(&auth).await.map_err(|error| key_unread(&error))? {
                        auth = renewed;
                        continue;
                    }
                }
                stopped(&error)
            }
            Err(Trouble::Unusable(error)) => {
                tracing::warn!(error = %Causes(&error), retry, "answer not usable");
                match unusable(&error) {
                    // Every answer costs money: no further attempt brings a better one.
                    Stopped::Later { detail: Some(detail), .. } if retry == QUICK_RETRIES => {
                        Stopped::Fail(Failure::retries_exhausted(Some(detail)))
                    }
                    stopped => stopped,
                }
            }
        };
        let Stopped::Later { wait, .. } = &stopped else { return Err(stopped) };
        let wait = wait.unwrap_or_else(|| jittered(state.config.quick_backoff * 2_u32.pow(retry)));
        if retry == QUICK_RETRIES || wait > LONGEST_QUICK_WAIT {
            return Err(stopped);
        }
        retry += 1;
        tokio::time::sleep(wait).await;
    }
}

/// What is the same for all tries of an attempt.
struct Call<'a> {
    prompt: &'a Prompt,
    body: Value,
    ahead: Option<&'a Ahead<'a>>,
}

/// What a call costs, told when it ends, also if it is given up in the middle.
struct Bill<'a> {
    metrics: &'a runtime::Metrics,
    usage: Usage,
}

impl Drop for Bill<'_> {
    fn drop(&mut self) {
        if self.usage != Usage::default() {
            self.metrics.spent(self.usage);
        }
    }
}

enum Trouble {
    /// With Claude's name for the request, if it began to answer.
    Claude(ClaudeError, Option<String>),
    Unusable(Unusable),
}

/// One call, from request to draft. What it cost is added to `spent` and told, however it ends.
async fn ask(
    state: &State,
    call: &Call<'_>,
    auth: &Auth,
    spent: &mut Usage,
    teller: &Teller,
) -> Result<Draft, Trouble> {
    let before = *spent;
    let mut bill = Bill { metrics: &state.metrics, usage: Usage::default() };
    let mut stream = state.claude.stream(auth, &call.body).await.map_err(|error| Trouble::Claude(error, None))?;
    let mut answer = AnswerBuilder::default();
    let received = receive(state, call, &mut stream, &mut answer, teller, |usage| {
        bill.usage = usage;
        *spent = before + usage;
        teller.usage(*spent);
    });
    let answer = match received.await.and_then(|()| answer.finish()) {
        Ok(answer) => answer,
        Err(error) => return Err(Trouble::Claude(error, stream.request_id.clone())),
    };
    state.metrics.claude_called("200");
    tracing::info!(claude_request_id = stream.request_id, model = answer.model, "answer received");
    if let Stop::Other(reason) = &answer.stop {
        tracing::warn!(
            reason = reason.get(..40).unwrap_or(reason),
            "answer taken although its stop reason is not known"
        );
    }
    let draft = draft::draft(call.prompt, &answer).map_err(Trouble::Unusable)?;
    if draft.dropped_references > 0 {
        tracing::warn!(dropped = draft.dropped_references, "references that point nowhere were dropped");
    }
    Ok(draft)
}

async fn receive(
    state: &State,
    call: &Call<'_>,
    stream: &mut AnswerStream,
    answer: &mut AnswerBuilder,
    teller: &Teller,
    mut spend: impl FnMut(Usage),
) -> Result<(), ClaudeError> {
    let drafting = drafting(call.prompt);
    while let Some(event) = stream.next().await? {
        if let Some(ahead) = call.ahead {
            ahead.begun();
        }
        let text = answer.push(event)?;
        if !text.is_empty() {
            teller.text(text, &drafting);
        }
        spend(state.config.prices.usage(&state.config.claude.model, answer.tokens()));
        if answer.is_complete() {
            break;
        }
    }
    teller.step(Phase::Saving, 95, "Saving");
    Ok(())
}

/// In a user's words: what an answer that cannot be used means for the job.
fn unusable(error: &Unusable) -> Stopped {
    match error {
        Unusable::Refused => Stopped::Fail(Failure::refused()),
        Unusable::OutputLimit => Stopped::Fail(Failure::output_limit()),
        Unusable::Empty => Stopped::Later { wait: None, detail: Some("Claude answered without text.") },
        Unusable::Malformed { .. } => Stopped::Later { wait: None, detail: Some("Claude's answer was not readable.") },
    }
}

fn reading(prompt: &Prompt) -> String {
    format!("Reading {}", pieces(prompt.sources.evidence))
}

fn drafting(prompt: &Prompt) -> String {
    format!("Drafting from {}", pieces(prompt.sources.evidence))
}

fn pieces(evidence: usize) -> String {
    match evidence {
        1 => "1 piece of evidence".to_owned(),
        n => format!("{n} pieces of evidence"),
    }
}

fn jittered(wait: Duration) -> Duration {
    wait.mul_f64(1.0 - 0.25 * rand::random::<f64>())
}

fn key_unread(error: &KeyError) -> Stopped {
    tracing::error!(%error, "API key not read");
    Stopped::Later { wait: None, detail: Some("The service's API key could not be read.") }
}

/// In a user's words: what a failed call means for the job.
fn stopped(error: &ClaudeError) -> Stopped {
    let reason = match error.verdict() {
        Verdict::Later(wait) => return Stopped::Later { wait, detail: Some(passing(error)) },
        Verdict::Final(reason) => reason,
    };
    let (code, detail) = match reason {
        Final::Key => {
            (ProblemCode::ModelKeyRejected, "Claude did not accept the service's API key. Tell your administrator.")
        }
        Final::Billing => (
            ProblemCode::ModelBilling,
            "The service's spend limit at Claude is reached, or a payment is missing. Tell your administrator.",
        ),
        Final::Model => {
            (ProblemCode::ModelNotFound, "The configured Claude model is not available. Tell your administrator.")
        }
        Final::TooLarge => (
            ProblemCode::PromptTooLarge,
            "The evidence is too much for one request. Choose a shorter period or a smaller maxEvidence.",
        ),
        Final::NotAgain => return Stopped::Fail(Failure::unavailable(passing(error))),
        Final::Request => (ProblemCode::ModelRequestRejected, "Claude rejected the request. Tell your administrator."),
    };
    Stopped::Fail(Failure::invalid(code, detail))
}

fn passing(error: &ClaudeError) -> &'static str {
    match error {
        ClaudeError::Answered(answer) if answer.status == 429 || answer.kind == "rate_limit_error" => {
            "Claude is limiting the service's requests."
        }
        ClaudeError::Answered(_) => "Claude is overloaded or has a fault.",
        ClaudeError::Connection(_) | ClaudeError::Credentials(_) => "Claude could not be reached.",
        ClaudeError::Stalled(_) => "Claude stopped answering.",
        ClaudeError::Cut => "Claude's answer broke off.",
        ClaudeError::Malformed(_) | ClaudeError::Endless => "Claude's answer was not readable.",
    }
}
