//! Problems as answers: `application/problem+json`, RFC 9457.

use std::fmt::Display;

use domain::{causes::Causes, failure::Failure, fields::FieldError, ids::JobId, problem::ProblemCode};
use lambda_http::{Body, Response, http::StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use store::StoreError;

use crate::{Reply, routes};

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
    /// The job that stands in the way.
    existing_job_id: Option<JobId>,
    /// Further headers.
    headers: Vec<(&'static str, String)>,
    /// The same request was answered meanwhile: its answer is kept.
    pub(crate) is_repeat: bool,
}

impl Problem {
    /// A problem with words for the user.
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            cause: None,
            existing_job_id: None,
            headers: Vec::new(),
            is_repeat: false,
        }
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Display) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    /// Naming the job that stands in the way, as `existingJobId`.
    #[must_use]
    pub fn because_of(self, job: JobId) -> Self {
        Self { existing_job_id: Some(job), ..self }
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

    /// No route for this method and path: 405 with the methods that there are, or 404.
    pub fn no_route(path: &str) -> Self {
        match routes::methods_of(path) {
            Some(methods) => Self::new(ProblemCode::MethodNotAllowed, "This path does not take that method.")
                .header("allow", methods.join(", ")),
            None => Self::new(ProblemCode::NotFound, "There is no such path."),
        }
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
            existing_job_id: self.existing_job_id,
        };
        let mut reply = Reply::problem(status, &body);
        if status == StatusCode::UNAUTHORIZED {
            reply = reply.header("www-authenticate", "Bearer");
        }
        self.headers.iter().fold(reply, |reply, (name, value)| reply.header(name, value))
    }
}

/// A problem answer, as RFC 9457 has it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Problem")]
pub struct ProblemBody<'a> {
    #[serde(flatten)]
    kind: KindBody,
    instance: &'a str,
    error: &'a str,
    request_id: &'a str,
    errors: &'a [FieldError],
    #[serde(skip_serializing_if = "Option::is_none")]
    existing_job_id: Option<JobId>,
}

/// What a problem answer and a failed job's `problem` share.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "JobProblem")]
pub struct KindBody {
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
            StoreError::Repeated => {
                let detail = "The same request is being answered. Try again in a moment.";
                Self { is_repeat: true, ..Self::new(ProblemCode::Unavailable, detail).header("retry-after", 1) }
            }
            error if error.is_retryable() => {
                Self::new(ProblemCode::Unavailable, "The service is busy. Try again in a moment.")
                    .header("retry-after", 2)
            }
            _ => Self::new(ProblemCode::InternalError, "Something went wrong on our side. Try again later."),
        };
        problem.cause = Some(Causes(&error).to_string());
        problem
    }
}
