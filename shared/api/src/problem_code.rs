//! The HTTP side of a [`ProblemCode`]: its status, its title and its `type` URI.

use domain::problem::ProblemCode;

/// The HTTP status of a response with this code. A failed job has the status that a response would have.
pub const fn status(code: ProblemCode) -> u16 {
    match code {
        ProblemCode::MalformedJson | ProblemCode::InvalidRequest => 400,
        ProblemCode::Unauthorized => 401,
        ProblemCode::NotFound | ProblemCode::BlockNotFound | ProblemCode::DocumentNotFound => 404,
        ProblemCode::MethodNotAllowed => 405,
        ProblemCode::JobFinished
        | ProblemCode::JobNotFailed
        | ProblemCode::BlockBusy
        | ProblemCode::DeletionRunning
        | ProblemCode::Erased
        | ProblemCode::JobCancelled
        | ProblemCode::JobSuperseded
        | ProblemCode::NotApplied
        | ProblemCode::DocumentFull
        | ProblemCode::NothingToRestore => 409,
        ProblemCode::PreconditionFailed => 412,
        ProblemCode::PayloadTooLarge | ProblemCode::PromptTooLarge | ProblemCode::ResultTooLarge => 413,
        ProblemCode::UnsupportedMediaType => 415,
        ProblemCode::IdempotencyKeyReused
        | ProblemCode::ModelRefused
        | ProblemCode::OutputLimit
        | ProblemCode::NothingToRefine
        | ProblemCode::TextTooLong => 422,
        ProblemCode::TooManyActiveJobs | ProblemCode::TooManyRequests | ProblemCode::BudgetExceeded => 429,
        ProblemCode::InternalError | ProblemCode::NoApiKey => 500,
        ProblemCode::ModelKeyRejected
        | ProblemCode::ModelBilling
        | ProblemCode::ModelNotFound
        | ProblemCode::ModelAddressWrong
        | ProblemCode::ModelRequestRejected => 502,
        ProblemCode::Unavailable | ProblemCode::RetriesExhausted => 503,
        ProblemCode::JobTimedOut | ProblemCode::JobExpired => 504,
    }
}

/// A short name for people. It is the same for every occurrence of the code.
pub const fn title(code: ProblemCode) -> &'static str {
    match code {
        ProblemCode::MalformedJson => "Malformed JSON",
        ProblemCode::InvalidRequest => "Invalid request",
        ProblemCode::Unauthorized => "Unauthorized",
        ProblemCode::NotFound => "Not found",
        ProblemCode::BlockNotFound => "Block not found",
        ProblemCode::DocumentNotFound => "Document not found",
        ProblemCode::MethodNotAllowed => "Method not allowed",
        ProblemCode::JobFinished => "Job has finished",
        ProblemCode::JobNotFailed => "Job has not failed",
        ProblemCode::BlockBusy => "Block is busy",
        ProblemCode::DocumentFull => "Document is full",
        ProblemCode::DeletionRunning => "Deletion is running",
        ProblemCode::Erased => "Erased",
        ProblemCode::NothingToRestore => "Nothing to restore",
        ProblemCode::PreconditionFailed => "Precondition failed",
        ProblemCode::PayloadTooLarge => "Payload too large",
        ProblemCode::UnsupportedMediaType => "Unsupported media type",
        ProblemCode::IdempotencyKeyReused => "Idempotency key reused",
        ProblemCode::TooManyActiveJobs => "Too many active jobs",
        ProblemCode::TooManyRequests => "Too many requests",
        ProblemCode::BudgetExceeded => "Budget exceeded",
        ProblemCode::InternalError => "Internal error",
        ProblemCode::Unavailable => "Temporarily unavailable",
        ProblemCode::JobCancelled => "Job cancelled",
        ProblemCode::JobSuperseded => "Job superseded",
        ProblemCode::JobTimedOut => "Job timed out",
        ProblemCode::JobExpired => "Job expired",
        ProblemCode::RetriesExhausted => "Retries exhausted",
        ProblemCode::ModelRefused => "Claude declined",
        ProblemCode::NoApiKey => "No API key",
        ProblemCode::ModelKeyRejected => "API key rejected",
        ProblemCode::ModelBilling => "Spend limit reached",
        ProblemCode::ModelNotFound => "Model not found",
        ProblemCode::ModelAddressWrong => "Address of Claude is wrong",
        ProblemCode::ModelRequestRejected => "Request rejected by Claude",
        ProblemCode::PromptTooLarge => "Prompt too large",
        ProblemCode::OutputLimit => "Output limit reached",
        ProblemCode::NothingToRefine => "Nothing to refine",
        ProblemCode::TextTooLong => "Text too long",
        ProblemCode::ResultTooLarge => "Result too large",
        ProblemCode::NotApplied => "Not applied",
    }
}

/// The `type` URI of a problem body. It is the same in every deployment.
pub(crate) fn type_uri(code: ProblemCode) -> String {
    format!("urn:report-builder:problem:{}", code.to_string().to_lowercase().replace('_', "-"))
}
