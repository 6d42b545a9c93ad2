//! An error with all that caused it, for the log.

use std::{error::Error, fmt};

/// Shows an error and its causes in one line: `Display` of our errors leaves the cause to `source`.
#[derive(Debug)]
pub struct Causes<'a>(pub &'a (dyn Error + 'static));

impl fmt::Display for Causes<'_> {
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
    struct Refused(#[source] fmt::Error);

    #[test]
    fn the_cause_is_told_with_the_error() {
        let told = Causes(&Refused(fmt::Error)).to_string();
        assert_eq!(told, format!("the table refused the call: {}", fmt::Error));
    }
}
