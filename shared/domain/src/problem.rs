//! The catalogue of problems: every code that an answer or a failed job can carry.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A kind of problem. Its text form is the `code` of problem+json bodies.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::Display,
    strum::IntoStaticStr,
    strum::VariantArray,
    JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[schemars(transform = crate::open_set)]
pub enum ProblemCode {
    /// The body is not JSON.
    MalformedJson,
    /// Fields are wrong or missing; each has an entry in `errors`.
    InvalidRequest,
    /// No verified identity came with the request.
    Unauthorized,
    /// No such thing, or not the caller's.
    NotFound,
    /// No such block, or not the caller's.
    BlockNotFound,
    /// No such document, or not the caller's.
    DocumentNotFound,
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// The job has ended and cannot change.
    JobFinished,
    /// Only a FAILED job can be tried again.
    JobNotFailed,
    /// Another job is under way on the block.
    BlockBusy,
    /// The document has as many blocks as it may have.
    DocumentFull,
    /// `If-Match` names a version that is not the present one.
    PreconditionFailed,
    /// The body is larger than the route takes.
    PayloadTooLarge,
    /// The body is not `application/json`.
    UnsupportedMediaType,
    /// The `Idempotency-Key` was used for another request.
    IdempotencyKeyReused,
    /// The user has as many jobs under way as one may have.
    TooManyActiveJobs,
    /// The user creates jobs faster than one may.
    TooManyRequests,
    /// Something broke here.
    InternalError,
    /// A part that we depend on is busy; try again.
    Unavailable,
    /// The user cancelled the job.
    JobCancelled,
    /// A newer job took the job's place.
    JobSuperseded,
    /// The job ran past its deadline.
    JobTimedOut,
    /// The job was not started before its deadline.
    JobExpired,
    /// Every attempt failed.
    RetriesExhausted,
    /// The model declined to write.
    ModelRefused,
    /// No Anthropic API key is configured.
    NoApiKey,
    /// The API key was not accepted.
    ModelKeyRejected,
    /// The account behind the API key cannot pay or has reached its spend limit.
    ModelBilling,
    /// The configured model does not exist (any more).
    ModelNotFound,
    /// Claude rejected the request.
    ModelRequestRejected,
    /// The prompt with its evidence is larger than Claude takes.
    PromptTooLarge,
    /// Claude used up its output tokens before it had written anything of use.
    OutputLimit,
    /// REFINE on a block without content.
    NothingToRefine,
    /// The text is larger than can be stored.
    ResultTooLarge,
}

impl ProblemCode {
    /// The HTTP status of an answer with this code. On a failed job it classifies the
    /// failure the way an answer would have.
    pub const fn status(self) -> u16 {
        match self {
            Self::MalformedJson | Self::InvalidRequest => 400,
            Self::Unauthorized => 401,
            Self::NotFound | Self::BlockNotFound | Self::DocumentNotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::JobFinished
            | Self::JobNotFailed
            | Self::BlockBusy
            | Self::JobCancelled
            | Self::JobSuperseded
            | Self::DocumentFull => 409,
            Self::PreconditionFailed => 412,
            Self::PayloadTooLarge | Self::PromptTooLarge | Self::ResultTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::IdempotencyKeyReused | Self::ModelRefused | Self::OutputLimit | Self::NothingToRefine => 422,
            Self::TooManyActiveJobs | Self::TooManyRequests => 429,
            Self::InternalError | Self::NoApiKey => 500,
            Self::ModelKeyRejected | Self::ModelBilling | Self::ModelNotFound | Self::ModelRequestRejected => 502,
            Self::Unavailable | Self::RetriesExhausted => 503,
            Self::JobTimedOut | Self::JobExpired => 504,
        }
    }

    /// A short name for people; the same for every occurrence.
    pub const fn title(self) -> &'static str {
        match self {
            Self::MalformedJson => "Malformed JSON",
            Self::InvalidRequest => "Invalid request",
            Self::Unauthorized => "Unauthorized",
            Self::NotFound => "Not found",
            Self::BlockNotFound => "Block not found",
            Self::DocumentNotFound => "Document not found",
            Self::MethodNotAllowed => "Method not allowed",
            Self::JobFinished => "Job has finished",
            Self::JobNotFailed => "Job has not failed",
            Self::BlockBusy => "Block is busy",
            Self::DocumentFull => "Document is full",
            Self::PreconditionFailed => "Precondition failed",
            Self::PayloadTooLarge => "Payload too large",
            Self::UnsupportedMediaType => "Unsupported media type",
            Self::IdempotencyKeyReused => "Idempotency key reused",
            Self::TooManyActiveJobs => "Too many active jobs",
            Self::TooManyRequests => "Too many requests",
            Self::InternalError => "Internal error",
            Self::Unavailable => "Temporarily unavailable",
            Self::JobCancelled => "Job cancelled",
            Self::JobSuperseded => "Job superseded",
            Self::JobTimedOut => "Job timed out",
            Self::JobExpired => "Job expired",
            Self::RetriesExhausted => "Retries exhausted",
            Self::ModelRefused => "Claude declined",
            Self::NoApiKey => "No API key",
            Self::ModelKeyRejected => "API key rejected",
            Self::ModelBilling => "Spend limit reached",
            Self::ModelNotFound => "Model not found",
            Self::ModelRequestRejected => "Request rejected by Claude",
            Self::PromptTooLarge => "Prompt too large",
            Self::OutputLimit => "Output limit reached",
            Self::NothingToRefine => "Nothing to refine",
            Self::ResultTooLarge => "Result too large",
        }
    }

    /// Whether the same request may work later.
    pub const fn is_retryable(self) -> bool {
        matches!(
            self,
            Self::InternalError
                | Self::Unavailable
                | Self::BlockBusy
                | Self::TooManyActiveJobs
                | Self::TooManyRequests
                | Self::JobTimedOut
                | Self::JobExpired
                | Self::RetriesExhausted
        )
    }

    /// The `type` URI of problem+json, stable across deployments.
    pub fn type_uri(self) -> String {
        format!("urn:report-builder:problem:{}", self.to_string().to_lowercase().replace('_', "-"))
    }
}
