//! What can go wrong in a call, and whether a retry can help.

use std::time::Duration;

use serde::Deserialize;

/// A call that brought no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClaudeError {
    /// Claude responded with a status other than 2xx, or sent an `error` event in a stream.
    #[error("Claude answered with an error: {0}")]
    ErrorResponse(Box<ApiErrorResponse>),
    /// The connection could not be opened, or it broke.
    #[error("the connection to Claude failed")]
    Connection(#[source] reqwest::Error),
    /// The stream ended before the answer was complete.
    #[error("Claude's stream ended early")]
    UnexpectedEof,
    /// No response, or no event, within the idle timeout. Contains the timeout.
    #[error("Claude was silent for {0:?}")]
    Stalled(Duration),
    /// The stream contains bytes or JSON of an unexpected form.
    #[error("Claude's stream is malformed: {0}")]
    Malformed(String),
    /// The stream has more bytes than any answer can have.
    #[error("Claude's stream is endless")]
    StreamTooLong,
    /// The request could not be signed, for example because the AWS credentials could not be read.
    #[error("the request could not be signed")]
    Credentials(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// An error as the API reports it, in a response or in an `error` event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiErrorResponse {
    /// HTTP status. 200 for an `error` event in a stream.
    pub status: u16,
    /// `error.type`. Empty if the body is no error of the API, for example because a proxy sent it.
    pub kind: String,
    /// `error.details.error_code`. It distinguishes a spend limit from a rate limit.
    pub error_code: Option<String>,
    /// `error.message`. It may quote the prompt, so it is neither logged nor shown, and it decides nothing.
    pub message: String,
    /// Claude's id of the request, from the header `request-id` or from the body.
    pub request_id: Option<String>,
    /// The wait that `retry-after-ms` or `retry-after` asks for.
    pub retry_after: Option<Duration>,
    /// `x-should-retry`. It overrides the decision by status and type.
    pub should_retry: Option<bool>,
}

impl std::fmt::Display for ApiErrorResponse {
    /// Omits the message, because it may quote the prompt.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "status {} type {:?}", self.status, self.kind)?;
        if let Some(code) = &self.error_code {
            write!(f, " code {code:?}")?;
        }
        if let Some(id) = &self.request_id {
            write!(f, " request {id}")?;
        }
        Ok(())
    }
}

/// Whether a retry can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retryability {
    /// The same request would fail again, or Claude asks for no retry.
    Permanent(PermanentReason),
    /// A retry may succeed. Contains the shortest wait before it, if Claude asked for a wait.
    Retryable(Option<Duration>),
}

/// Why a retry would not help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermanentReason {
    /// The API key is wrong or revoked, or it lacks a permission.
    Key,
    /// The account cannot pay, or a spend limit is reached.
    Billing,
    /// The model does not exist, for example because it was retired.
    Model,
    /// The prompt is too large for one request.
    TooLarge,
    /// The error may be temporary, but Claude asks for no retry (`x-should-retry: false`).
    NoRetryAsked,
    /// Claude rejects the request for any other reason.
    Request,
}

impl ClaudeError {
    /// Decides whether a retry can help, by the error table of the API's documentation. Errors that did not come from
    /// Claude are always retryable.
    pub fn retryability(&self) -> Retryability {
        match self {
            Self::ErrorResponse(answer) => answer.retryability(),
            Self::Connection(_)
            | Self::UnexpectedEof
            | Self::Stalled(_)
            | Self::Malformed(_)
            | Self::StreamTooLong
            | Self::Credentials(_) => Retryability::Retryable(None),
        }
    }

    /// A short name of the error for metrics: the HTTP status, the type of an `error` event, or for example `stalled`.
    pub fn status(&self) -> String {
        match self {
            Self::ErrorResponse(answer) if answer.status == 200 => answer.kind.clone(),
            Self::ErrorResponse(answer) => answer.status.to_string(),
            Self::Connection(_) => "connection".to_owned(),
            Self::UnexpectedEof => "unexpected_eof".to_owned(),
            Self::Stalled(_) => "stalled".to_owned(),
            Self::Malformed(_) => "malformed".to_owned(),
            Self::StreamTooLong => "stream_too_long".to_owned(),
            Self::Credentials(_) => "credentials".to_owned(),
        }
    }

    /// Claude's id of the request, if the error came from Claude.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::ErrorResponse(answer) => answer.request_id.as_deref(),
            _ => None,
        }
    }
}

impl ApiErrorResponse {
    fn retryability(&self) -> Retryability {
        let spend_limit =
            matches!(self.error_code.as_deref(), Some("enforced_spend_limit_reached" | "contract_spend_limit_reached"));
        let by_table = match (self.status, self.kind.as_str()) {
            (_, "rate_limit_error") | (429, _) if spend_limit => Retryability::Permanent(PermanentReason::Billing),
            (401 | 403, _) | (200, "authentication_error" | "permission_error") => {
                Retryability::Permanent(PermanentReason::Key)
            }
            (402, _) | (200, "billing_error") => Retryability::Permanent(PermanentReason::Billing),
            (404, _) | (200, "not_found_error") => Retryability::Permanent(PermanentReason::Model),
            (413, _) | (200, "request_too_large") => Retryability::Permanent(PermanentReason::TooLarge),
            (408 | 409 | 429 | 500.., _) => Retryability::Retryable(self.retry_after),
            (200, "invalid_request_error") | (400..=499, _) => Retryability::Permanent(PermanentReason::Request),
            // A redirect, or an `error` event of an unknown type. It may be temporary.
            _ => Retryability::Retryable(self.retry_after),
        };
        match (self.should_retry, by_table) {
            (Some(true), _) => Retryability::Retryable(self.retry_after),
            (Some(false), Retryability::Retryable(_)) => Retryability::Permanent(PermanentReason::NoRetryAsked),
            (_, retryability) => retryability,
        }
    }
}

/// The JSON of an error, both as a response body and as an `error` event.
#[derive(Debug, Deserialize)]
pub struct ErrorBody {
    error: ErrorFields,
    request_id: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ErrorFields {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    message: String,
    details: Option<ErrorDetails>,
}

#[derive(Debug, Deserialize)]
struct ErrorDetails {
    error_code: Option<String>,
}

impl ErrorBody {
    pub(crate) fn put_into(self, answer: &mut ApiErrorResponse) {
        answer.kind = self.error.kind;
        answer.message = self.error.message;
        answer.error_code = self.error.details.and_then(|details| details.error_code);
        answer.request_id = answer.request_id.take().or(self.request_id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retryability(status: u16, kind: &str, code: Option<&str>, should_retry: Option<bool>) -> Retryability {
        let answer = ApiErrorResponse {
            status,
            kind: kind.to_owned(),
            error_code: code.map(str::to_owned),
            should_retry,
            ..ApiErrorResponse::default()
        };
        ClaudeError::ErrorResponse(Box::new(answer)).retryability()
    }

    #[test]
    fn retryability_follows_the_documented_table() {
        let later = Retryability::Retryable(None);
        let cases = [
            (400, "invalid_request_error", Retryability::Permanent(PermanentReason::Request)),
            (401, "authentication_error", Retryability::Permanent(PermanentReason::Key)),
            (402, "billing_error", Retryability::Permanent(PermanentReason::Billing)),
            (403, "permission_error", Retryability::Permanent(PermanentReason::Key)),
            (404, "not_found_error", Retryability::Permanent(PermanentReason::Model)),
            (408, "", later),
            (409, "conflict_error", later),
            (413, "", Retryability::Permanent(PermanentReason::TooLarge)),
            (429, "rate_limit_error", later),
            (500, "api_error", later),
            (503, "", later),
            (504, "timeout_error", later),
            (529, "overloaded_error", later),
            (200, "overloaded_error", later),
            (200, "something_new", later),
            (200, "invalid_request_error", Retryability::Permanent(PermanentReason::Request)),
        ];
        for (status, kind, expected) in cases {
            assert_eq!(retryability(status, kind, None, None), expected, "{status} {kind}");
        }
    }

    #[test]
    fn spend_limits_are_permanent_and_x_should_retry_overrides_the_table() {
        for code in ["enforced_spend_limit_reached", "contract_spend_limit_reached"] {
            assert_eq!(
                retryability(429, "rate_limit_error", Some(code), None),
                Retryability::Permanent(PermanentReason::Billing)
            );
        }
        assert_eq!(retryability(400, "invalid_request_error", None, Some(true)), Retryability::Retryable(None));
        assert_eq!(
            retryability(529, "overloaded_error", None, Some(false)),
            Retryability::Permanent(PermanentReason::NoRetryAsked)
        );
        assert_eq!(
            retryability(401, "authentication_error", None, Some(false)),
            Retryability::Permanent(PermanentReason::Key)
        );
    }
}
