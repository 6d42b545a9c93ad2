//! Settings: environment variables, read once at start. All that is wrong is told at once.

use std::{fmt::Display, str::FromStr};

use domain::life::Terms;
use jiff::SignedDuration;

/// Maps names to values.
type Lookup = Box<dyn Fn(&str) -> Option<String>>;

/// Reads settings and collects what is wrong with them.
pub struct Settings {
    lookup: Lookup,
    problems: Vec<String>,
}

/// What is wrong with the settings, in one line.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid configuration: {0}")]
pub struct SettingsError(String);

impl Settings {
    /// From the environment.
    pub fn from_environment() -> Self {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// From anything that maps names to values.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String> + 'static) -> Self {
        Self { lookup: Box::new(lookup), problems: Vec::new() }
    }

    /// A text that may be missing; empty counts as missing.
    pub fn optional(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// A text that must be there.
    pub fn text(&mut self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.problems.push(format!("{name} is not set"));
            String::new()
        })
    }

    /// A value with a default, within bounds.
    pub fn number<T>(&mut self, name: &str, default: T, range: std::ops::RangeInclusive<T>) -> T
    where
        T: FromStr + PartialOrd + Display + Copy,
    {
        let Some(text) = self.optional(name) else { return default };
        match text.parse() {
            Ok(value) if range.contains(&value) => value,
            _ => {
                self.problems.push(format!(
                    "{name} is {text:?}, expected a number from {} to {}",
                    range.start(),
                    range.end()
                ));
                default
            }
        }
    }

    /// A value that `read` understands; `expected` says what would be understood.
    pub fn parsed<T>(&mut self, name: &str, default: T, expected: &str, read: impl FnOnce(&str) -> Option<T>) -> T {
        let Some(text) = self.optional(name) else { return default };
        read(&text).unwrap_or_else(|| {
            self.problems.push(format!("{name} is {text:?}, expected {expected}"));
            default
        })
    }

    /// Says that settings contradict each other.
    pub fn problem(&mut self, problem: impl Into<String>) {
        self.problems.push(problem.into());
    }

    /// The terms of a job's life, which several functions share.
    pub fn terms(&mut self) -> Terms {
        let default = Terms::default();
        let mut seconds = |name: &str, default: SignedDuration, range| {
            SignedDuration::from_secs(self.number(name, default.as_secs(), range))
        };
        Terms {
            deadline: seconds("JOB_DEADLINE_SECONDS", default.deadline, 30..=840),
            lease: seconds("JOB_LEASE_SECONDS", default.lease, 5..=900),
            resend_after: seconds("JOB_RESEND_SECONDS", default.resend_after, 5..=900),
            backoff: seconds("JOB_BACKOFF_SECONDS", default.backoff, 0..=300),
            max_attempts: self.number("JOB_MAX_ATTEMPTS", default.max_attempts, 1..=10),
        }
    }

    /// `value`, if nothing was wrong.
    pub fn finish<T>(self, value: T) -> Result<T, SettingsError> {
        if self.problems.is_empty() {
            return Ok(value);
        }
        let error = SettingsError(self.problems.join("; "));
        tracing::error!("{error}");
        Err(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_wrong_is_named_in_one_line() {
        let mut settings = Settings::from_lookup(|name| match name {
            "JOB_MAX_ATTEMPTS" => Some("many".to_owned()),
            "TABLE_NAME" => Some(" ".to_owned()),
            _ => None,
        });
        let _ = settings.text("TABLE_NAME");
        let _ = settings.terms();
        let error = settings.finish(()).expect_err("two problems");
        assert_eq!(
            error.to_string(),
            "invalid configuration: TABLE_NAME is not set; JOB_MAX_ATTEMPTS is \"many\", expected a number from 1 to 10"
        );
    }
}
