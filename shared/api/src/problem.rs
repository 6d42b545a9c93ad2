//! Problems as answers: `application/problem+json`, RFC 9457.

use domain::{failure::Failure, fields::FieldError, problem::ProblemCode};
use lambda_http::{Body, Response, http::StatusCode};
use serde::Serialize;
use store::StoreError;

use crate::Reply;

/// An answer that says what went wrong and what to do.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Which kind.
    pub code: ProblemCode,
    /// For the user.
    pub detail: String,
    /// One for each wrong field.
    pub errors: Vec<FieldError>,
    /// For the log only.
    pub cause: Option<String>,
    /// Seconds, for `Retry-After`.
    retry_after: Option<u32>,
}

impl Problem {
    /// A problem with words for the user.
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), errors: Vec::new(), cause: None, retry_after: None }
    }

    /// Wrong or missing fields, all of them.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [FieldError { pointer, detail }] if pointer.is_empty() => format!("The body {detail}."),
            [only] => format!("{} {}", only.pointer, only.detail),
            [] => "The request is not valid.".to_owned(),
            all => format!("{} fields are wrong; see errors.", all.len()),
        };
        Self { errors, ..Self::new(ProblemCode::InvalidRequest, detail) }
    }

    /// No such job. The same words for a job that is someone else's.
    pub fn job_not_found() -> Self {
        Self::new(ProblemCode::NotFound, "Job not found")
    }

    /// No such thing. The same words for a thing that is someone else's.
    pub fn not_found(what: &str) -> Self {
        Self::new(ProblemCode::NotFound, format!("{what} not found"))
    }

    /// A body that is larger than the route takes, in bytes.
    pub fn too_large(bytes: usize, max: usize) -> Self {
        Self::new(ProblemCode::PayloadTooLarge, format!("The body has {bytes} bytes; {max} are allowed."))
    }

    /// Others kept changing the same thing.
    pub fn contended() -> Self {
        StoreError::Contended.into()
    }

    /// The answer, for whoever answers without a [`crate::Call`].
    pub fn into_response(self, instance: &str, request_id: &str) -> Response<Body> {
        self.into_reply(instance, request_id).into_response(request_id)
    }

    pub(crate) fn into_reply(self, instance: &str, request_id: &str) -> Reply {
        let status = StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = ProblemBody {
            kind: KindBody::of(self.code, &self.detail),
            instance,
            error: &self.detail,
            request_id,
            errors: &self.errors,
        };
        let reply = Reply::problem(status, &body);
        match self.retry_after {
            Some(seconds) => reply.header("retry-after", &seconds.to_string()),
            None => reply,
        }
    }
}

/// A problem answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProblemBody<'a> {
    #[serde(flatten)]
    kind: KindBody,
    instance: &'a str,
    error: &'a str,
    request_id: &'a str,
    errors: &'a [FieldError],
}

/// What a problem answer and a failed job's `problem` share.
#[derive(Debug, Serialize)]
pub(crate) struct KindBody {
    #[serde(rename = "type")]
    type_uri: String,
    title: &'static str,
    status: u16,
    detail: String,
    code: ProblemCode,
    retryable: bool,
}

impl KindBody {
    fn of(code: ProblemCode, detail: &str) -> Self {
        Self {
            type_uri: code.type_uri(),
            title: code.title(),
            status: code.status(),
            detail: detail.to_owned(),
            code,
            retryable: code.is_retryable(),
        }
    }

    /// A failed job's `problem`.
    pub(crate) fn of_failure(failure: &Failure) -> Self {
        Self::of(failure.code, &failure.detail)
    }
}

impl From<Vec<FieldError>> for Problem {
    fn from(errors: Vec<FieldError>) -> Self {
        Self::invalid(errors)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let mut problem = match &error {
            StoreError::TooLarge { .. } => Self::new(
                ProblemCode::PayloadTooLarge,
                format!("This is larger than can be stored ({} KB). Shorten it.", store::error::MAX_ITEM_BYTES / 1024),
            ),
            error if error.is_retryable() => Self {
                retry_after: Some(2),
                ..Self::new(ProblemCode::Unavailable, "The service is busy. Try again in a moment.")
            },
            _ => Self::new(ProblemCode::InternalError, "Something went wrong on our side. Try again later."),
        };
        problem.cause = Some(causes(&error));
        problem
    }
}

/// An error with all that caused it, in one line.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
