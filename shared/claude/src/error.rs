//! What can go wrong with a call, and whether it passes.

use std::time::Duration;

/// A call that brought no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClaudeError {
    /// Claude answered with an error status, or sent an error event in a stream.
    #[error("Claude answered with an error: {0}")]
    Answered(Box<ErrorAnswer>),
    /// No connection, or it broke.
    #[error("the connection to Claude failed")]
    Connection(#[source] reqwest::Error),
    /// The stream ended before it was complete.
    #[error("Claude's stream ended early")]
    Cut,
    /// Nothing came for too long.
    #[error("Claude was silent for {0:?}")]
    Stalled(Duration),
    /// The stream holds something that is not the API's.
    #[error("Claude's stream is malformed: {0}")]
    Malformed(String),
    /// More than any answer has.
    #[error("Claude's stream is endless")]
    Endless,
    /// The request could not be signed.
    #[error("the request could not be signed")]
    Credentials(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// An error of the API, as it says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorAnswer {
    /// HTTP status; 200 for an event in a stream.
    pub status: u16,
    /// `error.type`; empty if the body is not the API's.
    pub kind: String,
    /// `error.details.error_code`.
    pub error_code: Option<String>,
    /// `error.message`. For the log, never for users and never to branch on.
    pub message: String,
    /// Claude's name for the request.
    pub request_id: Option<String>,
    /// What `retry-after-ms` or `retry-after` asks for.
    pub retry_after: Option<Duration>,
    /// `x-should-retry`, which wins over everything else.
    pub should_retry: Option<bool>,
}

impl std::fmt::Display for ErrorAnswer {
    /// Leaves the message out: it may quote what was sent.
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

/// Whether to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Never works as it is.
    Final(Final),
    /// May pass; not before so long, if Claude said so.
    Later(Option<Duration>),
}

/// Why trying again is no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Final {
    /// The API key is wrong or revoked, or lacks a permission.
    Key,
    /// Nobody pays, or a spend limit is reached.
    Billing,
    /// The model does not exist (any more).
    Model,
    /// The prompt is too large.
    TooLarge,
    /// It would pass, but Claude asks not to try again (`x-should-retry: false`).
    NotAgain,
    /// Everything else that Claude rejects.
    Request,
}

impl ClaudeError {
    /// Whether to try again: the table of the API's documentation.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Answered(answer) => answer.verdict(),
            Self::Connection(_)
            | Self::Cut
            | Self::Stalled(_)
            | Self::Malformed(_)
            | Self::Endless
            | Self::Credentials(_) => Verdict::Later(None),
        }
    }

    /// The HTTP status, or what happened instead, in a word; for metrics.
    pub fn status(&self) -> String {
        match self {
            Self::Answered(answer) if answer.status == 200 => answer.kind.clone(),
            Self::Answered(answer) => answer.status.to_string(),
            Self::Connection(_) => "connection".to_owned(),
            Self::Cut => "cut".to_owned(),
            Self::Stalled(_) => "stalled".to_owned(),
            Self::Malformed(_) => "malformed".to_owned(),
            Self::Endless => "endless".to_owned(),
            Self::Credentials(_) => "credentials".to_owned(),
        }
    }

    /// Claude's name for the request, if it told one.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Answered(answer) => answer.request_id.as_deref(),
            _ => None,
        }
    }
}

impl ErrorAnswer {
    fn verdict(&self) -> Verdict {
        let spend_limit =
            matches!(self.error_code.as_deref(), Some("enforced_spend_limit_reached" | "contract_spend_limit_reached"));
        let by_table = match (self.status, self.kind.as_str()) {
            (_, "rate_limit_error") | (429, _) if spend_limit => Verdict::Final(Final::Billing),
            (401 | 403, _) | (200, "authentication_error" | "permission_error") => Verdict::Final(Final::Key),
            (402, _) | (200, "billing_error") => Verdict::Final(Final::Billing),
            (404, _) | (200, "not_found_error") => Verdict::Final(Final::Model),
            (413, _) | (200, "request_too_large") => Verdict::Final(Final::TooLarge),
            (408 | 409 | 429 | 500.., _) => Verdict::Later(self.retry_after),
            (200, "invalid_request_error") | (400..=499, _) => Verdict::Final(Final::Request),
            // An error event of a type that we do not know, or a redirect: it may pass.
            _ => Verdict::Later(self.retry_after),
        };
        match (self.should_retry, by_table) {
            (Some(true), _) => Verdict::Later(self.retry_after),
            (Some(false), Verdict::Later(_)) => Verdict::Final(Final::NotAgain),
            (_, verdict) => verdict,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(status: u16, kind: &str, code: Option<&str>, should_retry: Option<bool>) -> Verdict {
        let answer = ErrorAnswer {
            status,
            kind: kind.to_owned(),
            error_code: code.map(str::to_owned),
            should_retry,
            ..ErrorAnswer::default()
        };
        ClaudeError::Answered(Box::new(answer)).verdict()
    }

    #[test]
    fn the_table_of_the_documentation() {
        let later = Verdict::Later(None);
        let cases = [
            (400, "invalid_request_error", Verdict::Final(Final::Request)),
            (401, "authentication_error", Verdict::Final(Final::Key)),
            (402, "billing_error", Verdict::Final(Final::Billing)),
            (403, "permission_error", Verdict::Final(Final::Key)),
            (404, "not_found_error", Verdict::Final(Final::Model)),
            (408, "", later),
            (409, "conflict_error", later),
            (413, "", Verdict::Final(Final::TooLarge)),
            (429, "rate_limit_error", later),
            (500, "api_error", later),
            (503, "", later),
            (504, "timeout_error", later),
            (529, "overloaded_error", later),
            (200, "overloaded_error", later),
            (200, "something_new", later),
            (200, "invalid_request_error", Verdict::Final(Final::Request)),
        ];
        for (status, kind, expected) in cases {
            assert_eq!(verdict(status, kind, None, None), expected, "{status} {kind}");
        }
    }

    #[test]
    fn spend_limits_are_final_and_x_should_retry_wins() {
        for code in ["enforced_spend_limit_reached", "contract_spend_limit_reached"] {
            assert_eq!(verdict(429, "rate_limit_error", Some(code), None), Verdict::Final(Final::Billing));
        }
        assert_eq!(verdict(400, "invalid_request_error", None, Some(true)), Verdict::Later(None));
        assert_eq!(verdict(529, "overloaded_error", None, Some(false)), Verdict::Final(Final::NotAgain));
        assert_eq!(verdict(401, "authentication_error", None, Some(false)), Verdict::Final(Final::Key));
    }
}
