//! One call to Claude, from the request to the draft.

use claude::{AnswerBuilder, AnswerStream, Auth, ClaudeError, Update};
use domain::{
    job::{progress::Phase, result::Usage},
    price::TokenCounts,
    prompt::{
        Prompt,
        answer::Stop,
        draft::{self, Draft, UnusableAnswer},
    },
};
use runtime::Metrics;
use serde_json::Value;

use crate::{progress::ProgressReporter, prompt_cache_gate::LeaderGuard, spending::Spending, state::State};

/// What all calls of one attempt share.
pub(crate) struct Call<'a> {
    pub(crate) prompt: &'a Prompt,
    pub(crate) body: Value,
    /// Held if other jobs of this worker wait until this stream starts.
    pub(crate) leader: Option<&'a LeaderGuard<'a>>,
    pub(crate) reporter: &'a ProgressReporter,
}

/// Why a call brought no draft.
pub(crate) enum CallError {
    Claude {
        error: ClaudeError,
        /// Claude's id of the request, if the stream had started.
        request_id: Option<String>,
    },
    Unusable(UnusableAnswer),
}

/// Writes what a call has cost as metrics when it is dropped, so that a call that is dropped half-way is counted too.
struct UsageRecorder<'a> {
    metrics: &'a Metrics,
    usage: Usage,
}

impl Drop for UsageRecorder<'_> {
    fn drop(&mut self) {
        if self.usage != Usage::default() {
            self.metrics.spent(self.usage);
        }
    }
}

/// Makes one call that `spending` has opened. Its cost is added to it and to the progress, even if the call fails or is
/// dropped.
pub(crate) async fn call_claude(
    state: &State,
    call: &Call<'_>,
    auth: &Auth,
    spending: &mut Spending,
) -> Result<Draft, CallError> {
    let before = spending.spent;
    let mut recorder = UsageRecorder { metrics: &state.metrics, usage: Usage::default() };
    let opened = state.claude.stream(auth, &call.body).await;
    if let Err(error) = &opened
        && error.is_surely_free()
    {
        spending.close_call();
    } else {
        // From here on the call is billed, even if it breaks before it reports any tokens.
        spending.spent = before + Usage { paid_calls: 1, ..Usage::default() };
        call.reporter.set_usage(spending.spent);
    }
    let mut stream = opened.map_err(|error| {
        spending.close_uncounted_call();
        CallError::Claude { error, request_id: None }
    })?;
    let mut answer = AnswerBuilder::default();
    let received = receive(state, call, &mut stream, &mut answer, |usage| {
        recorder.usage = usage;
        spending.spent = before + usage;
        call.reporter.set_usage(spending.spent);
    })
    .await;
    match &received {
        _ if answer.is_counted() => spending.close_call(),
        // An error event in place of a message.
        Err(ClaudeError::ErrorResponse(_)) if answer.tokens() == TokenCounts::default() => spending.close_call(),
        _ => spending.close_uncounted_call(),
    }
    let mut answer = received
        .and_then(|()| answer.finish())
        .map_err(|error| CallError::Claude { error, request_id: stream.request_id.clone() })?;
    // Some gateways leave it out.
    if answer.model.is_empty() {
        answer.model.clone_from(&state.config.model.model);
    }
    state.metrics.claude_called("200");
    tracing::info!(claude_request_id = stream.request_id, model = answer.model, "answer received");
    if let Stop::Other(reason) = &answer.stop {
        tracing::warn!(reason = reason.get(..40).unwrap_or(reason), "answer accepted with an unknown stop reason");
    }
    let draft = draft::draft(call.prompt, &answer).map_err(CallError::Unusable)?;
    if draft.dropped_references > 0 {
        tracing::warn!(dropped = draft.dropped_references, "references to unknown sources were dropped");
    }
    Ok(draft)
}

/// Reads the stream to its end and reports text and cost after each event.
async fn receive(
    state: &State,
    call: &Call<'_>,
    stream: &mut AnswerStream,
    answer: &mut AnswerBuilder,
    mut set_usage: impl FnMut(Usage),
) -> Result<(), ClaudeError> {
    let message = format!("Drafting from {}", pieces_of_evidence(call.prompt));
    while let Some(event) = stream.next().await? {
        if let Some(leader) = call.leader {
            leader.mark_started();
        }
        match answer.push(event) {
            Update::Nothing => {}
            Update::Text(text) => call.reporter.append_text(text, &message),
            Update::Restarted => call.reporter.set_phase(Phase::Generating, 20, &message),
        }
        // A gateway may have another model answer, at another price.
        let prices = &state.config.prices;
        let paid = Usage { paid_calls: 1, ..Usage::default() };
        set_usage(answer.billed().fold(paid, |sum, (model, tokens)| {
            let model = if prices.0.contains_key(model) { model } else { &state.config.model.model };
            sum + prices.usage(model, tokens)
        }));
        if answer.is_complete() {
            break;
        }
    }
    call.reporter.set_phase(Phase::Saving, 95, "Saving");
    Ok(())
}

/// `1 piece of evidence`, `23 pieces of evidence`.
pub(crate) fn pieces_of_evidence(prompt: &Prompt) -> String {
    match prompt.sources.evidence {
        1 => "1 piece of evidence".to_owned(),
        n => format!("{n} pieces of evidence"),
    }
}
