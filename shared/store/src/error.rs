//! What can go wrong between this service and DynamoDB.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use domain::{job::Job, life::Refusal};

/// A read or write that did not work.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// DynamoDB is busy, throttles or cannot be reached. Trying again may help.
    #[error("the table is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// DynamoDB refused the call: a missing permission, a wrong table. Trying again is no use.
    #[error("the table refused the call")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Others kept changing the same item.
    #[error("the item kept changing")]
    Contended,
    /// An item that is larger than may be stored.
    #[error("the item has {bytes} bytes, {MAX_ITEM_BYTES} are allowed")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// An item that this code cannot read or write.
    #[error("the item is not of the expected form")]
    Form(#[from] serde_dynamo::Error),
    /// A stored text that cannot be inflated.
    #[error("the text cannot be inflated")]
    Inflate(#[from] std::io::Error),
    /// The item with the service's key holds none.
    #[error("the item SERVICE holds no key of 64 bytes; remove it, and a new one is made")]
    NoServiceKey,
    /// The idempotency key was used meanwhile: nothing was written.
    #[error("the idempotency key was used meanwhile")]
    Repeated,
    /// A job's stored attributes contradict each other.
    #[error("the job is stored in an impossible state: {0}")]
    ImpossibleJob(&'static str),
}

/// Largest item that is written, in bytes. DynamoDB takes 400 KB.
pub const MAX_ITEM_BYTES: usize = 300 * 1024;

impl StoreError {
    /// The error of a call that failed for several items, for each of them.
    pub(crate) fn of_batch(error: &Self) -> Self {
        let source = error.to_string().into();
        if error.is_retryable() { Self::Unavailable(source) } else { Self::Refused(source) }
    }

    /// Whether the same call may work later.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Contended)
    }
}

/// A transition that was not written.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The user has no such job.
    #[error("no such job")]
    NotFound,
    /// The rules of a job's life forbid it.
    #[error(transparent)]
    Refused(Box<Refused>),
    /// The table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The refusal, and the job as it is.
#[derive(Debug, thiserror::Error)]
#[error("{refusal}")]
pub struct Refused {
    /// Why.
    #[source]
    pub refusal: Refusal,
    /// The job as it stands in the table.
    pub job: Job,
}

/// Sorts an SDK error by whether trying again may help.
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
    if answered_for_good { StoreError::Refused(source) } else { StoreError::Unavailable(source) }
}

/// Error codes of DynamoDB that pass by themselves (its developer guide, "Error messages and codes").
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
