//! The error codes of the API and of failed jobs.

wire_enum! { "SCREAMING_SNAKE_CASE"
    /// The `code` of an error response or of a failed job. Expect codes that are not listed here.
    #[schemars(transform = crate::open_set)]
    pub enum ProblemCode {
        /// The body is not valid JSON.
        MalformedJson,
        /// Fields, parameters or headers are wrong or missing. `errors` lists all of them.
        InvalidRequest,
        /// The request has no valid token.
        Unauthorized,
        /// The resource does not exist, or it belongs to another user.
        NotFound,
        /// The block does not exist, or it belongs to another user.
        BlockNotFound,
        /// The document does not exist, or it belongs to another user.
        DocumentNotFound,
        /// The path does not support the method. The header `Allow` lists the methods that it supports.
        MethodNotAllowed,
        /// The job is COMPLETED or FAILED and cannot be cancelled any more.
        JobFinished,
        /// Only a FAILED job can be retried.
        JobNotFailed,
        /// Another job is in flight on the block. `existingJobId` names that job.
        BlockBusy,
        /// The document already has the highest number of blocks.
        DocumentFull,
        /// Everything that the user has is being deleted. Until that has ended, nothing new is stored.
        DeletionRunning,
        /// What the request repeats or needs has been erased.
        Erased,
        /// The block had no content before the revision.
        NothingToRestore,
        /// `If-Match` does not name the current version.
        PreconditionFailed,
        /// The body, or the item to be stored, is too large.
        PayloadTooLarge,
        /// The body was not sent with the content type `application/json`.
        UnsupportedMediaType,
        /// The `Idempotency-Key` was used for a different request within the last 24 hours.
        IdempotencyKeyReused,
        /// The user has as many jobs in flight as the limit allows.
        TooManyActiveJobs,
        /// The user has created as many jobs in this minute as the limit allows.
        TooManyRequests,
        /// The budget of the day is spent. `resetAt` says when the next one begins.
        BudgetExceeded,
        /// The service has a fault. Report the `requestId` to the operator.
        InternalError,
        /// The service is busy. Retry after the time in `Retry-After`.
        Unavailable,
        /// On a job: the user cancelled it.
        JobCancelled,
        /// On a job: a newer job on the same block replaced it.
        JobSuperseded,
        /// On a job: its deadline passed after its first attempt had started.
        JobTimedOut,
        /// On a job: its deadline passed before a worker could start it.
        JobExpired,
        /// On a job: it failed, and no further attempt is possible. `detail` describes the last failure.
        RetriesExhausted,
        /// On a job: Claude declined to write the text.
        ModelRefused,
        /// On a job: the operator has not configured an Anthropic API key.
        NoApiKey,
        /// On a job: Claude rejected the API key of the service.
        ModelKeyRejected,
        /// On a job: the account of the service cannot pay, or it has reached a spend limit.
        ModelBilling,
        /// On a job: the configured model does not exist.
        ModelNotFound,
        /// The server at the configured address is not the Messages API.
        ModelAddressWrong,
        /// On a job: Claude rejected the request as invalid, which is a fault of the service.
        ModelRequestRejected,
        /// On a job: the prompt with its evidence is larger than Claude accepts.
        PromptTooLarge,
        /// On a job: Claude reached its output limit before it had written anything useful.
        OutputLimit,
        /// On a job: REFINE needs a block with content, and the block has none.
        NothingToRefine,
        /// On a job: the content was edited before Claude was called, so no answer could be written.
        NotApplied,
        /// REFINE on a text that is longer than Claude may write.
        TextTooLong,
        /// On a job: the text is too large to be stored.
        ResultTooLarge,
    }
}

impl ProblemCode {
    /// Whether the same request, or a retry of the failed job, may succeed later.
    pub const fn is_retryable(self) -> bool {
        matches!(
            self,
            Self::InternalError
                | Self::Unavailable
                | Self::BlockBusy
                | Self::DeletionRunning
                | Self::TooManyActiveJobs
                | Self::TooManyRequests
                | Self::BudgetExceeded
                | Self::JobTimedOut
                | Self::JobExpired
                | Self::RetriesExhausted
                | Self::NotApplied
        )
    }
}
