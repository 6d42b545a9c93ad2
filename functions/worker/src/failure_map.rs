//! Maps failed calls and unusable answers to the end of the attempt. The texts are shown to the user.

use claude::{ClaudeError, PermanentReason, Retryability};
use domain::{job::failure::Failure, problem::ProblemCode, prompt::draft::UnusableAnswer};

use crate::outcome::AttemptError;

/// What a failed call means for the job.
pub(crate) fn failure_for(error: &ClaudeError) -> AttemptError {
    let reason = match error.retryability() {
        Retryability::Retryable(wait) => {
            return AttemptError::Retryable { wait, detail: Some(transient_detail(error)) };
        }
        Retryability::Permanent(reason) => reason,
    };
    let (code, detail) = match reason {
        PermanentReason::Key => {
            (ProblemCode::ModelKeyRejected, "Claude did not accept the service's API key. Tell your administrator.")
        }
        PermanentReason::Forbidden => (
            ProblemCode::ModelRequestRejected,
            "Claude does not accept requests from where the service runs. Tell your administrator.",
        ),
        PermanentReason::Billing => (
            ProblemCode::ModelBilling,
            "The service's spend limit at Claude is reached, or a payment is missing. Tell your administrator.",
        ),
        PermanentReason::Model => {
            (ProblemCode::ModelNotFound, "The configured Claude model is not available. Tell your administrator.")
        }
        PermanentReason::Address => (
            ProblemCode::ModelAddressWrong,
            "The configured address of Claude is not the Messages API. Tell your administrator.",
        ),
        PermanentReason::TooLarge => (
            ProblemCode::PromptTooLarge,
            "The evidence is too much for one request. Choose a shorter period or a smaller maxEvidence.",
        ),
        PermanentReason::Filtered => return AttemptError::Permanent(Failure::refused(None)),
        PermanentReason::NoRetryAsked => {
            return AttemptError::Permanent(Failure::unavailable(transient_detail(error)));
        }
        PermanentReason::Request => {
            (ProblemCode::ModelRequestRejected, "Claude rejected the request. Tell your administrator.")
        }
    };
    AttemptError::Permanent(Failure::invalid(code, detail))
}

/// What an operator can do about a failed call, for the log. `None`: it passes by itself.
pub(crate) fn hint_for(error: &ClaudeError) -> Option<&'static str> {
    let Retryability::Permanent(reason) = error.retryability() else { return None };
    Some(match reason {
        PermanentReason::Key => "store a valid API key in the secret, or check its permissions",
        PermanentReason::Forbidden => {
            "check from which network and region the worker calls Claude, because the key may be right"
        }
        PermanentReason::Billing => "buy credits, or raise the spend limit in the Claude Console",
        PermanentReason::Model => "set ClaudeModel to a model that is available",
        PermanentReason::Address => "set ClaudeBaseUrl to the Messages API, without /v1",
        PermanentReason::TooLarge => "lower ContextTokens",
        PermanentReason::Filtered => "a content filter stopped the answer, because of the prompt or the evidence",
        PermanentReason::NoRetryAsked => "Claude asked for no retry, so see its status page",
        PermanentReason::Request => "look up the request in the Claude Console by its id",
    })
}

/// What an answer means that no draft can be made of.
pub(crate) fn failure_for_answer(error: &UnusableAnswer) -> AttemptError {
    let retryable = |detail| AttemptError::Retryable { wait: None, detail: Some(detail) };
    match error {
        UnusableAnswer::ModelRefused { category } => AttemptError::Permanent(Failure::refused(category.as_deref())),
        UnusableAnswer::OutputLimit => AttemptError::Permanent(Failure::output_limit()),
        UnusableAnswer::Empty => retryable("Claude answered without text."),
        UnusableAnswer::Malformed(_) => retryable("Claude's answer was not readable."),
    }
}

/// What went wrong in a call that may work later.
fn transient_detail(error: &ClaudeError) -> &'static str {
    match error {
        ClaudeError::ErrorResponse(response) if response.status == 429 || response.kind == "rate_limit_error" => {
            "Claude is limiting the service's requests."
        }
        ClaudeError::ErrorResponse(_) => "Claude is overloaded or has a fault.",
        ClaudeError::Connection(_) | ClaudeError::Credentials(_) | ClaudeError::WrongAddress { .. } => {
            "Claude could not be reached."
        }
        ClaudeError::Stalled(_) => "Claude stopped answering.",
        ClaudeError::UnexpectedEof => "Claude's answer broke off.",
        ClaudeError::Malformed(_) | ClaudeError::StreamTooLong => "Claude's answer was not readable.",
    }
}
