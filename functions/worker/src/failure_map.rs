//! Maps failed calls and unusable answers to the end of the attempt. The texts are shown to the user.

use claude::{ClaudeError, PermanentReason, Retryability};
use domain::{job::failure::Failure, problem::ProblemCode, prompt::draft::UnusableAnswer};

use crate::outcome::AttemptError;

/// Maps an error of a call. Retryable errors keep the wait that Claude asked for, if it did.
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
        PermanentReason::Billing => (
            ProblemCode::ModelBilling,
            "The service's spend limit at Claude is reached, or a payment is missing. Tell your administrator.",
        ),
        PermanentReason::Model => {
            (ProblemCode::ModelNotFound, "The configured Claude model is not available. Tell your administrator.")
        }
        PermanentReason::TooLarge => (
            ProblemCode::PromptTooLarge,
            "The evidence is too much for one request. Choose a shorter period or a smaller maxEvidence.",
        ),
        PermanentReason::NoRetryAsked => {
            return AttemptError::Permanent(Failure::unavailable(transient_detail(error)));
        }
        PermanentReason::Request => {
            (ProblemCode::ModelRequestRejected, "Claude rejected the request. Tell your administrator.")
        }
    };
    AttemptError::Permanent(Failure::invalid(code, detail))
}

/// Maps an answer from which no draft can be made.
pub(crate) fn failure_for_answer(error: &UnusableAnswer) -> AttemptError {
    let retryable = |detail| AttemptError::Retryable { wait: None, detail: Some(detail) };
    match error {
        UnusableAnswer::ModelRefused => AttemptError::Permanent(Failure::refused()),
        UnusableAnswer::OutputLimit => AttemptError::Permanent(Failure::output_limit()),
        UnusableAnswer::Empty => retryable("Claude answered without text."),
        UnusableAnswer::Malformed { .. } => retryable("Claude's answer was not readable."),
    }
}

/// The text for an error that may pass.
fn transient_detail(error: &ClaudeError) -> &'static str {
    match error {
        ClaudeError::ErrorResponse(response) if response.status == 429 || response.kind == "rate_limit_error" => {
            "Claude is limiting the service's requests."
        }
        ClaudeError::ErrorResponse(_) => "Claude is overloaded or has a fault.",
        ClaudeError::Connection(_) | ClaudeError::Credentials(_) => "Claude could not be reached.",
        ClaudeError::Stalled(_) => "Claude stopped answering.",
        ClaudeError::UnexpectedEof => "Claude's answer broke off.",
        ClaudeError::Malformed(_) | ClaudeError::StreamTooLong => "Claude's answer was not readable.",
    }
}
