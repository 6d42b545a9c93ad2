//! The second turn of a conversation about a text that is too long.

/// What follows the task in the second call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortening {
    /// The answer to the task.
    pub draft: String,
    /// What is to be done with it.
    pub task: String,
}
