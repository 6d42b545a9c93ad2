//! What a citation can point to.

wire_enum! { "SCREAMING_SNAKE_CASE"
    /// The kind of source that a citation points to.
    pub enum SourceType {
        /// The source is a piece of evidence.
        Evidence,
        /// The source is a goal.
        Goal,
        /// The source is a review.
        Review,
    }
}

wire_enum! { "lowercase"
    /// A field of a source that can be quoted.
    pub enum SourceField {
        /// The title of evidence or of a goal, if there is no longer text.
        Title,
        /// The summary of a piece of evidence.
        Summary,
        /// The description of a goal.
        Description,
        /// The text of a review.
        Content,
    }
}
