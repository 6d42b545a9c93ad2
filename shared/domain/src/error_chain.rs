//! An error and its causes in one line, for the log.

use std::{error::Error, fmt};

/// Displays an error and then each of its causes, separated by a colon. The errors of this project keep their cause in
/// `source` and leave it out of `Display`.
#[derive(Debug)]
pub struct ErrorChain<'a>(pub &'a (dyn Error + 'static));

impl fmt::Display for ErrorChain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut next = self.0.source();
        while let Some(cause) = next {
            write!(f, ": {cause}")?;
            next = cause.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the table refused the call")]
    struct Rejected(#[source] fmt::Error);

    #[test]
    fn the_cause_is_shown_after_the_error() {
        let shown = ErrorChain(&Rejected(fmt::Error)).to_string();
        assert_eq!(shown, format!("the table refused the call: {}", fmt::Error));
    }
}
