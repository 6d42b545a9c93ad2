//! What can go wrong in a call, and whether a retry can help.

use std::time::Duration;

use serde_json::Value;

/// A call that brought no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClaudeError {
    /// Claude responded with a status other than 2xx, or sent an `error` event in a stream.
    #[error("Claude answered with an error: {0}")]
    ErrorResponse(Box<ApiErrorResponse>),
    /// The server at the configured address is not the Messages API.
    #[error("{address} is not the Messages API: {found}")]
    WrongAddress {
        /// The base URL, without credentials.
        address: String,
        /// What the server did instead.
        found: String,
    },
    /// The connection could not be opened, or it broke.
    #[error("the connection to Claude failed")]
    Connection(#[source] reqwest::Error),
    /// The stream ended before the answer was complete.
    #[error("Claude's stream ended early")]
    UnexpectedEof,
    /// No response, or no bytes, within the idle timeout. Contains the timeout.
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
    /// `error.message`. It may quote the prompt, so it is neither logged nor shown. It decides only where status and
    /// type do not, see [`WORDINGS`].
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
    /// The network in front of the API rejects where the request comes from. The key may be right.
    Forbidden,
    /// The account cannot pay, or a spend limit is reached.
    Billing,
    /// The model does not exist, for example because it was retired.
    Model,
    /// The server at the configured address is not the Messages API.
    Address,
    /// The prompt is too large for one request.
    TooLarge,
    /// A content filter stopped the answer.
    Filtered,
    /// The error may be temporary, but Claude asks for no retry (`x-should-retry: false`).
    NoRetryAsked,
    /// Claude rejects the request for any other reason.
    Request,
}

/// Parts of `error.message`, in lower case, that distinguish errors of equal status and type. They are compared last.
pub const WORDINGS: [(&str, PermanentReason); 6] = [
    ("prompt is too long", PermanentReason::TooLarge),
    ("exceed context limit", PermanentReason::TooLarge),
    ("credit balance is too low", PermanentReason::Billing),
    ("reached your specified api usage limits", PermanentReason::Billing),
    ("blocked by content filtering policy", PermanentReason::Filtered),
    ("request not allowed", PermanentReason::Forbidden),
];

impl ClaudeError {
    /// Whether a call that brought no response was surely not billed: Claude rejected it, or the request was never sent.
    pub fn is_surely_free(&self) -> bool {
        match self {
            Self::ErrorResponse(_) | Self::WrongAddress { .. } | Self::Credentials(_) => true,
            Self::Connection(error) => error.is_connect(),
            Self::UnexpectedEof | Self::Stalled(_) | Self::Malformed(_) | Self::StreamTooLong => false,
        }
    }

    /// Decides whether a retry can help, by the error table of the API's documentation. Errors that did not come from
    /// Claude are always retryable.
    pub fn retryability(&self) -> Retryability {
        match self {
            Self::ErrorResponse(answer) => answer.retryability(),
            Self::WrongAddress { .. } => Retryability::Permanent(PermanentReason::Address),
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
            Self::WrongAddress { .. } => "wrong_address".to_owned(),
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
    /// Reads the JSON of an error, which is the same in a response body and in an `error` event. Fields of another form
    /// are left empty.
    pub(crate) fn from_body(status: u16, body: &Value) -> Self {
        let error = &body["error"];
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Self {
            status,
            kind: text(&error["type"]).unwrap_or_default(),
            error_code: text(&error["details"]["error_code"]),
            message: text(&error["message"]).unwrap_or_default(),
            request_id: text(&body["request_id"]),
            ..Self::default()
        }
    }

    fn retryability(&self) -> Retryability {
        let decided = self.reason().map_or(Retryability::Retryable(self.retry_after), Retryability::Permanent);
        match (self.should_retry, decided) {
            (Some(true), _) => Retryability::Retryable(self.retry_after),
            (Some(false), Retryability::Retryable(_)) => Retryability::Permanent(PermanentReason::NoRetryAsked),
            (_, retryability) => retryability,
        }
    }

    /// Why a retry would not help, by status and type, and then by the wording. `None`: a retry may help.
    fn reason(&self) -> Option<PermanentReason> {
        let spend_limit =
            matches!(self.error_code.as_deref(), Some("enforced_spend_limit_reached" | "contract_spend_limit_reached"));
        let reason = match (self.status, self.kind.as_str()) {
            (_, "rate_limit_error") | (429, _) if spend_limit => PermanentReason::Billing,
            (408 | 409 | 429 | 500.., _) | (_, "rate_limit_error" | "overloaded_error" | "timeout_error") => {
                return None;
            }
            (_, "billing_error") | (402, _) => PermanentReason::Billing,
            (_, "request_too_large") | (413, _) => PermanentReason::TooLarge,
            // The API describes all its errors. A 403 without a description comes from a proxy.
            (403, "") => PermanentReason::Forbidden,
            (_, "authentication_error" | "permission_error") | (401 | 403, _) => PermanentReason::Key,
            (_, "not_found_error") | (404, _) => PermanentReason::Model,
            // It may be temporary, unless its wording says otherwise.
            (_, "api_error") => return self.reason_by_wording(),
            (_, "invalid_request_error") | (400..=499, _) => PermanentReason::Request,
            // An `error` event of an unknown type, likewise.
            _ => return self.reason_by_wording(),
        };
        match reason {
            PermanentReason::Request | PermanentReason::Key => Some(self.reason_by_wording().unwrap_or(reason)),
            reason => Some(reason),
        }
    }

    fn reason_by_wording(&self) -> Option<PermanentReason> {
        let message = self.message.to_lowercase();
        WORDINGS.iter().find(|(wording, _)| message.contains(wording)).map(|(_, reason)| *reason)
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
            (400, "overloaded_error", later),
            (400, "billing_error", Retryability::Permanent(PermanentReason::Billing)),
            (400, "request_too_large", Retryability::Permanent(PermanentReason::TooLarge)),
            (400, "authentication_error", Retryability::Permanent(PermanentReason::Key)),
            (403, "", Retryability::Permanent(PermanentReason::Forbidden)),
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

    #[test]
    fn the_wording_distinguishes_errors_of_equal_status_and_type() {
        let cases = [
            (
                400,
                "invalid_request_error",
                "prompt is too long: 210118 tokens > 200000 maximum",
                PermanentReason::TooLarge,
            ),
            (
                400,
                "invalid_request_error",
                "input length and `max_tokens` exceed context limit: 187254 + 20000 > 204798, decrease input length",
                PermanentReason::TooLarge,
            ),
            (
                400,
                "invalid_request_error",
                "Your credit balance is too low to access the API.",
                PermanentReason::Billing,
            ),
            (
                400,
                "invalid_request_error",
                "You have reached your specified API usage limits. You will regain access on 2026-12-01.",
                PermanentReason::Billing,
            ),
            (400, "invalid_request_error", "Output blocked by content filtering policy", PermanentReason::Filtered),
            (200, "invalid_request_error", "Output blocked by content filtering policy", PermanentReason::Filtered),
            (200, "api_error", "Output blocked by content filtering policy", PermanentReason::Filtered),
            (403, "forbidden", "Request not allowed", PermanentReason::Forbidden),
            (403, "permission_error", "Your API key does not have permission", PermanentReason::Key),
            (400, "invalid_request_error", "max_tokens: must be at least 1", PermanentReason::Request),
        ];
        for (status, kind, message, reason) in cases {
            let response = ApiErrorResponse {
                status,
                kind: kind.to_owned(),
                message: message.to_owned(),
                ..ApiErrorResponse::default()
            };
            let error = ClaudeError::ErrorResponse(Box::new(response));
            assert_eq!(error.retryability(), Retryability::Permanent(reason), "{status} {message}");
        }
        for (wording, _) in WORDINGS {
            assert!(cases.iter().any(|(_, _, message, _)| message.to_lowercase().contains(wording)), "{wording}");
            assert_eq!(wording, wording.to_lowercase(), "messages are compared in lower case");
        }
    }
}
