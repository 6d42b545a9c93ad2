//! Errors of the table: what DynamoDB, a stored item or a lifecycle rule can reject.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use domain::{
    error_chain::ErrorChain,
    job::{Job, lifecycle::TransitionError},
};

/// A read or write that failed. `Display` leaves out the cause, which is in `source`.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// DynamoDB is busy, throttles or cannot be reached. A retry may succeed.
    #[error("the table is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// DynamoDB rejected the call, for example for a missing permission or a wrong table name. A retry fails, too.
    #[error("the table rejected the call")]
    InvalidCall(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Every retry met a conflict with another writer, or DynamoDB kept leaving items of a batch unprocessed. A later
    /// retry may succeed.
    #[error("the item kept changing")]
    Contended,
    /// The item is larger than [`MAX_ITEM_BYTES`]. It was not sent.
    #[error("the item has {bytes} bytes, {MAX_ITEM_BYTES} are allowed")]
    TooLarge { bytes: usize },
    /// What was read refers to an item that is not there, because both are being deleted. A new read finds neither.
    #[error("it is being deleted")]
    DeletedMeanwhile,
    /// The attributes of an item do not fit the type that is read or written.
    #[error("the item is not of the expected form")]
    Form(#[from] serde_dynamo::Error),
    /// The item of a text has no content.
    #[error("the text has no content")]
    NoText,
    /// A newer release has written the item, in this format. This release leaves it alone.
    #[error("the item has format {0}, which only a newer release reads")]
    NewerFormat(u32),
    /// A stored text cannot be deflated or inflated.
    #[error("the text cannot be inflated")]
    Inflate(#[from] std::io::Error),
    /// Another request with the same idempotency key was written first. Nothing was written. The caller reads the
    /// record of that request.
    #[error("the idempotency key was used meanwhile")]
    Repeated,
    /// The stored attributes of a job contradict each other, such as a PROCESSING job without a lease.
    #[error("the job is stored in an impossible state: {0}")]
    ImpossibleJob(&'static str),
}

/// Largest item that is written, in bytes. The limit of DynamoDB is 400 KB.
pub const MAX_ITEM_BYTES: usize = 300 * 1024;

impl StoreError {
    /// A copy for each item of a batch call that failed as a whole: the error itself cannot be cloned.
    pub(crate) fn of_batch(error: &Self) -> Self {
        let source = ErrorChain(error).to_string().into();
        if error.is_retryable() { Self::Unavailable(source) } else { Self::InvalidCall(source) }
    }

    /// True if the same call may succeed later.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Contended | Self::DeletedMeanwhile)
    }
}

/// Why a transition of a job was not written.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The job does not exist, or it belongs to another user.
    #[error("no such job")]
    NotFound,
    /// The rules in [`domain::job::lifecycle`] forbid it for the job as it is now.
    #[error(transparent)]
    TransitionRejected(Box<TransitionRejected>),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The rule that was broken, with the job that broke it.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct TransitionRejected {
    #[source]
    pub error: TransitionError,
    /// The job as this call last read it.
    pub job: Job,
}

/// Sorts an SDK error by whether a retry may succeed. Errors without a response, such as a timeout, may pass. A request
/// that cannot be built fails every time.
pub(crate) fn sdk<E, R>(error: SdkError<E, R>) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let answered_for_good = match &error {
        SdkError::ServiceError(service) => !is_passing(service.err().code().unwrap_or_default()),
        SdkError::ConstructionFailure(_) => true,
        _ => false,
    };
    let source = Box::new(error);
    if answered_for_good { StoreError::InvalidCall(source) } else { StoreError::Unavailable(source) }
}

/// Error codes of DynamoDB that a retry may outlast (DynamoDB developer guide, "Error messages and codes").
fn is_passing(code: &str) -> bool {
    matches!(
        code,
        "ProvisionedThroughputExceededException"
            | "ThrottlingException"
            | "RequestLimitExceeded"
            | "LimitExceededException"
            | "TransactionConflictException"
            | "TransactionInProgressException"
            | "TransactionCanceledException"
            | "ItemCollectionSizeLimitExceededException"
            | "ReplicatedWriteConflictException"
            | "InternalServerError"
            | "ServiceUnavailable"
    )
}
