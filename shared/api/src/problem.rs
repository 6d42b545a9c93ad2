//! Errors as responses: `application/problem+json`, RFC 9457.

use std::fmt::Display;

use domain::{
    budget,
    error_chain::ErrorChain,
    ids::JobId,
    input::FieldError,
    job::failure::{BLOCK_NOT_FOUND, DOCUMENT_NOT_FOUND, Failure},
    problem::ProblemCode,
    time::DateTime,
};
use jiff::{Timestamp, civil::Date};
use lambda_http::{Body, Response, http::StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use store::{StoreError, documents::deletion::DeletionTask};

use crate::{Reply, problem_code, routes};

/// Entries at most in the `errors` of a response.
const MOST_ERRORS: usize = 20;
/// Wrong fields at most that the `detail` of a response names.
const MOST_NAMED: usize = 5;

/// An error response that says what went wrong and what to do.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The kind of problem, for programs.
    pub code: ProblemCode,
    /// What went wrong, in words for the user.
    pub detail: String,
    /// One entry for each wrong field, see [`Self::invalid`].
    pub errors: Vec<FieldError>,
    /// The underlying error. Only for the log, never for the client.
    pub cause: Option<String>,
    /// What the body says besides.
    obstacle: Option<Obstacle>,
    /// Further response headers, for example `retry-after`.
    headers: Vec<(&'static str, String)>,
    /// A concurrent duplicate of this request has stored its response.
    pub(crate) is_repeat: bool,
}

/// What stands in the way of a request.
#[derive(Clone, Copy, Debug)]
enum Obstacle {
    /// The job that is in flight on the block.
    Job(JobId),
    /// The budget of this day.
    Budget(Date),
}

impl Problem {
    /// Creates a problem. `detail` is shown to the user.
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            cause: None,
            obstacle: None,
            headers: Vec::new(),
            is_repeat: false,
        }
    }

    /// Adds a header to the response.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Display) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    /// Names the job that is in the way, as `existingJobId`.
    #[must_use]
    pub fn because_of(self, job: JobId) -> Self {
        Self { obstacle: Some(Obstacle::Job(job)), ..self }
    }

    /// 429, because the budget of the day is spent, or its rest does not hold the request.
    pub fn budget_exceeded(now: Timestamp) -> Self {
        let day = budget::day_of(now);
        let wait = budget::reset_at(day).duration_since(now).as_secs().max(1);
        let detail = "Today's budget for Claude does not hold this. Running jobs keep a part of it until they end. A new budget begins at midnight UTC.";
        let problem = Self::new(ProblemCode::BudgetExceeded, detail).header("retry-after", wait);
        Self { obstacle: Some(Obstacle::Budget(day)), ..problem }
    }

    /// 400 with an entry for each wrong or missing field, at most 20. A last entry counts the others.
    pub fn invalid(mut errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [FieldError { pointer, detail }] if pointer.is_empty() => format!("The body {detail}."),
            [only] => format!("{} {}", only.pointer, only.detail),
            [] => "The request is not valid.".to_owned(),
            all => {
                let named: Vec<String> = all
                    .iter()
                    .take(MOST_NAMED)
                    .map(|FieldError { pointer, detail }| {
                        format!("{} {detail}", if pointer.is_empty() { "the body" } else { pointer })
                    })
                    .collect();
                let more = all.len() - named.len();
                let more = if more > 0 { format!("; and {more} more") } else { String::new() };
                format!("{} fields are wrong: {}{more}", all.len(), named.join("; "))
            }
        };
        if let Some(more) = errors.len().checked_sub(MOST_ERRORS).filter(|more| *more > 0) {
            errors.truncate(MOST_ERRORS);
            errors.push(FieldError { pointer: String::new(), detail: format!("and {more} more") });
        }
        Self { errors, ..Self::new(ProblemCode::InvalidRequest, detail) }
    }

    /// 503 for a table that does not answer in time.
    pub(crate) fn busy() -> Self {
        Self::new(ProblemCode::Unavailable, "The service is busy. Try again in a moment.").header("retry-after", 2)
    }

    /// 409 for new data of a user whose data is being deleted.
    pub fn deletion_running(deletion: DeletionTask) -> Self {
        let detail = format!("Your data is being deleted. You can store new data after {}.", deletion.ends_at());
        Self::new(ProblemCode::DeletionRunning, detail)
    }

    /// 404 for a job that does not exist or belongs to another user. The two cases look the same.
    pub fn job_not_found() -> Self {
        Self::new(ProblemCode::NotFound, "Job not found")
    }

    /// 404 for a document that does not exist or belongs to another user. The two cases look the same.
    pub fn document_not_found() -> Self {
        Self::new(ProblemCode::DocumentNotFound, DOCUMENT_NOT_FOUND)
    }

    /// 404 for a block that does not exist or belongs to another user. The two cases look the same.
    pub fn block_not_found() -> Self {
        Self::new(ProblemCode::BlockNotFound, BLOCK_NOT_FOUND)
    }

    /// 404 for a resource that does not exist or belongs to another user. `what` is its kind, for example `Revision`.
    pub fn not_found(what: &str) -> Self {
        Self::new(ProblemCode::NotFound, format!("{what} not found"))
    }

    /// 405 with the methods of the path if the path exists, otherwise 404.
    pub fn no_route(path: &str) -> Self {
        match routes::allow(path) {
            Some(allow) => {
                Self::new(ProblemCode::MethodNotAllowed, "This path does not take that method.").header("allow", allow)
            }
            None => Self::new(ProblemCode::NotFound, "There is no such path."),
        }
    }

    /// 413 for a body of `bytes` bytes, where `max` bytes are allowed.
    pub fn too_large(bytes: usize, max: usize) -> Self {
        Self::new(ProblemCode::PayloadTooLarge, format!("The body has {bytes} bytes; {max} are allowed."))
    }

    /// 503, because concurrent requests kept changing the same item.
    pub fn contended() -> Self {
        StoreError::Contended.into()
    }

    /// The response, for functions that have no [`crate::Call`]. `instance` is the path of the request.
    pub fn into_response(self, instance: &str, request_id: &str) -> Response<Body> {
        self.into_reply(instance, request_id).into_response(request_id)
    }

    pub(crate) fn into_reply(self, instance: &str, request_id: &str) -> Reply {
        let status = StatusCode::from_u16(problem_code::status(self.code)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = ProblemBody {
            kind: KindBody::new(self.code, &self.detail),
            instance,
            error: &self.detail,
            request_id,
            errors: &self.errors,
            existing_job_id: match self.obstacle {
                Some(Obstacle::Job(job)) => Some(job),
                _ => None,
            },
            reset_at: match self.obstacle {
                Some(Obstacle::Budget(day)) => Some(budget::reset_at(day)),
                _ => None,
            },
        };
        let mut reply = Reply::problem(status, &body);
        if status == StatusCode::UNAUTHORIZED {
            reply = reply.header("www-authenticate", "Bearer");
        }
        self.headers.iter().fold(reply, |reply, (name, value)| reply.header(name, value))
    }
}

/// An error response, as RFC 9457 defines it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Problem")]
pub struct ProblemBody<'a> {
    #[serde(flatten)]
    kind: KindBody,
    /// The path of the request.
    instance: &'a str,
    /// The same text as `detail`.
    error: &'a str,
    /// Id of the request in the log, also in the header `X-Request-Id`.
    request_id: &'a str,
    /// One entry for each wrong field, at most 20. A last entry with an empty `pointer` counts the others. Empty for other
    /// problems.
    errors: &'a [FieldError],
    /// The job that is in flight on the block. Only with the code BLOCK_BUSY.
    #[serde(skip_serializing_if = "Option::is_none")]
    existing_job_id: Option<JobId>,
    /// When a new budget begins. Only with the code BUDGET_EXCEEDED.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "DateTime")]
    reset_at: Option<Timestamp>,
}

/// What went wrong, in the same form in error responses and on failed jobs.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "JobProblem")]
pub struct KindBody {
    /// URI of the kind of problem, the same in every deployment.
    #[serde(rename = "type")]
    type_uri: String,
    /// Short name of the kind of problem.
    title: &'static str,
    /// HTTP status. On a failed job, the status that a response would have.
    status: u16,
    /// What went wrong, in words for the user.
    detail: String,
    /// The kind of problem, for programs. Expect codes that are not listed here.
    code: ProblemCode,
    /// Whether the same request may succeed later.
    retryable: bool,
}

impl KindBody {
    fn new(code: ProblemCode, detail: &str) -> Self {
        Self {
            type_uri: problem_code::type_uri(code),
            title: problem_code::title(code),
            status: problem_code::status(code),
            detail: detail.to_owned(),
            code,
            retryable: code.is_retryable(),
        }
    }

    /// The `problem` of a failed job.
    pub(crate) fn from_failure(failure: &Failure) -> Self {
        Self::new(failure.code, &failure.detail)
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
            error if error.is_retryable() => Self::busy(),
            _ => Self::new(ProblemCode::InternalError, "Something went wrong on our side. Try again later."),
        };
        problem.cause = Some(ErrorChain(&error).to_string());
        problem
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_detail_names_the_wrong_fields() {
        let error = |pointer: &str| FieldError { pointer: pointer.to_owned(), detail: "must be a number".to_owned() };
        let detail = |pointers: &[&str]| Problem::invalid(pointers.iter().map(|at| error(at)).collect()).detail;
        assert_eq!(detail(&["?limit"]), "?limit must be a number");
        assert_eq!(detail(&[""]), "The body must be a number.");
        assert_eq!(detail(&["?limit", "/a"]), "2 fields are wrong: ?limit must be a number; /a must be a number");
        let many = detail(&["/1", "/2", "/3", "/4", "/5", "/6", "/7"]);
        assert!(many.ends_with("/5 must be a number; and 2 more") && !many.contains("/6"), "{many}");
    }

    #[test]
    fn a_long_list_of_errors_ends_with_their_number() {
        let error = |number: usize| FieldError { pointer: format!("/{number}"), detail: "is wrong".to_owned() };
        for (count, listed, last) in
            [(1, 1, "is wrong"), (20, 20, "is wrong"), (21, 21, "and 1 more"), (500, 21, "and 480 more")]
        {
            let problem = Problem::invalid((0..count).map(error).collect());
            assert_eq!(problem.errors.len(), listed);
            assert_eq!(problem.errors.last().map(|error| error.detail.as_str()), Some(last));
        }
    }
}
