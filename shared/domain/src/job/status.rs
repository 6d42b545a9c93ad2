//! The type of a job, its status, and the reason for its status.

wire_enum! { "SCREAMING_SNAKE_CASE"
    /// The kind of work that a job does.
    pub enum JobType {
        /// Writes new content for a block, from the prompt of the job or of the block.
        Generate,
        /// Improves the current content of a block.
        Refine,
        /// Finds insights in the evidence. Changes no block.
        Analyze,
    }
}

impl JobType {
    /// Every job type once, in order of declaration.
    pub const ALL: [Self; 3] = [Self::Generate, Self::Refine, Self::Analyze];

    /// Whether a job of this type writes a block, and so needs a block id.
    pub const fn writes_block(self) -> bool {
        matches!(self, Self::Generate | Self::Refine)
    }
}

wire_enum! { "SCREAMING_SNAKE_CASE"
    /// The status of a job. There are only these four: poll until the job is COMPLETED or FAILED.
    pub enum JobStatus {
        /// The job is stored and waits for a worker.
        Pending,
        /// A worker holds the job.
        Processing,
        /// The job ended with a result. Final.
        Completed,
        /// The job ended without a result. Final.
        Failed,
    }
}

wire_enum! { "SCREAMING_SNAKE_CASE"
    /// Why a job has its status. Expect values that are not listed here.
    #[schemars(transform = crate::open_set)]
    pub enum StatusReason {
        /// FAILED: the user cancelled the job.
        Cancelled,
        /// FAILED: a newer job on the same block replaced the job.
        Superseded,
        /// FAILED: the deadline passed after the first attempt had started.
        TimedOut,
        /// FAILED: the deadline passed before a worker could start the job.
        Expired,
        /// FAILED: no further attempt was possible.
        RetriesExhausted,
        /// FAILED: the model declined to write the text.
        Refused,
        /// FAILED: the budget of the day does not hold the cost of this job.
        BudgetExceeded,
        /// FAILED: the same job would fail again, for example because its block is gone. `problem.code` says why.
        Invalid,
        /// COMPLETED: Claude reached a token limit, so the text is cut.
        Truncated,
        /// COMPLETED: the text is longer than the `maxCharacters` of its block, also after Claude has shortened it.
        TooLong,
        /// COMPLETED: the text is in the result only. It is a proposal, by the `applyMode` of the job.
        Proposed,
        /// COMPLETED: the text is in the result only, because the content was edited in the meantime, or because the text is
        /// cut and the block has a text already. FAILED: the content was edited before the first call to Claude, so nothing
        /// was written and nothing is billed.
        NotApplied,
    }
}
