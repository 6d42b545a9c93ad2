//! Settings: environment variables, read once at start. All problems are reported together, in one error.

use std::{fmt::Display, str::FromStr};

use domain::{
    budget::Budgets,
    job::policy::{JobPolicy, MAX_ATTEMPTS, MAX_DEADLINE_SECONDS},
    price::Prices,
};
use jiff::SignedDuration;

/// Returns the value of a setting by its name.
type Lookup = Box<dyn Fn(&str) -> Option<String>>;

/// Reads settings and collects problems. A reader with a problem returns a default, so that reading goes on.
/// [`Settings::finish`] reports all problems.
pub struct Settings {
    lookup: Lookup,
    problems: Vec<String>,
}

/// All problems of the settings in one line.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid configuration: {0}")]
pub struct SettingsError(String);

impl SettingsError {
    /// For a setting that is well formed but cannot be used, such as a URL that no client accepts. Logs the error.
    pub fn from_error(error: impl Display) -> Self {
        let error = Self(error.to_string());
        tracing::error!("{error}");
        error
    }
}

impl Settings {
    pub fn from_environment() -> Self {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// Reads settings from a function instead of the environment, for tests and the local runner.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String> + 'static) -> Self {
        Self { lookup: Box::new(lookup), problems: Vec::new() }
    }

    /// A text without surrounding white space. `None` if it is missing, empty or blank.
    pub fn optional(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// A required text. If it is missing, empty or blank, that is a problem.
    pub fn text(&mut self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.problems.push(format!("{name} is not set"));
            String::new()
        })
    }

    /// A number within `range`. Returns `default` if it is not set. Any other text is a problem.
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

    /// A value that `read` accepts. Returns `default` if it is not set. The problem names `expected`, such as `low,
    /// high`.
    pub fn parsed<T>(&mut self, name: &str, default: T, expected: &str, read: impl FnOnce(&str) -> Option<T>) -> T {
        let Some(text) = self.optional(name) else { return default };
        read(&text).unwrap_or_else(|| {
            self.problems.push(format!("{name} is {text:?}, expected {expected}"));
            default
        })
    }

    /// Adds a problem of several settings, such as a contradiction between two of them.
    pub fn problem(&mut self, problem: impl Into<String>) {
        self.problems.push(problem.into());
    }

    /// `CLAUDE_MAX_TOKENS`: output tokens of one answer, thinking included. Default: 16,000.
    pub fn max_output_tokens(&mut self) -> u32 {
        self.number("CLAUDE_MAX_TOKENS", 16_000, 1_024..=128_000)
    }

    /// `CONTEXT_TOKENS`: the most input tokens of a prompt, estimated.
    pub fn context_tokens(&mut self) -> usize {
        self.number("CONTEXT_TOKENS", 150_000, 1_000..=900_000)
    }

    /// `CLAUDE_MODEL` and `CLAUDE_PRICES`. A model without a price is a problem.
    pub fn model_and_prices(&mut self) -> (String, Prices) {
        let model = self.text("CLAUDE_MODEL");
        let expected = "a JSON object of prices by model id";
        let prices = self.parsed("CLAUDE_PRICES", Prices::default(), expected, |text| serde_json::from_str(text).ok());
        if !model.is_empty() && !prices.0.contains_key(&model) {
            self.problem(format!("CLAUDE_PRICES has no price for CLAUDE_MODEL {model:?}"));
        }
        (model, prices)
    }

    /// `MAX_SPEND_PER_USER_PER_DAY` and `MAX_SPEND_PER_DAY`, in US dollars. 0 means no budget.
    pub fn budgets(&mut self) -> Budgets {
        let mut micro_usd = |name: &str, default| match self.number::<u32>(name, default, 0..=1_000_000) {
            0 => None,
            dollars => Some(u64::from(dollars) * 1_000_000),
        };
        Budgets { user: micro_usd("MAX_SPEND_PER_USER_PER_DAY", 25), service: micro_usd("MAX_SPEND_PER_DAY", 250) }
    }

    /// The policy of the lifecycle of jobs. All functions that change jobs must have the same values. The longest
    /// deadline is 840 s, a minute less than the timeout of the worker.
    pub fn job_policy(&mut self) -> JobPolicy {
        let default = JobPolicy::default();
        let mut seconds = |name: &str, default: SignedDuration, range| {
            SignedDuration::from_secs(self.number(name, default.as_secs(), range))
        };
        JobPolicy {
            deadline: seconds("JOB_DEADLINE_SECONDS", default.deadline, 30..=MAX_DEADLINE_SECONDS),
            lease: seconds("JOB_LEASE_SECONDS", default.lease, 5..=900),
            resend_after: seconds("JOB_RESEND_SECONDS", default.resend_after, 5..=900),
            backoff: seconds("JOB_BACKOFF_SECONDS", default.backoff, 0..=300),
            max_attempts: self.number("JOB_MAX_ATTEMPTS", default.max_attempts, 1..=MAX_ATTEMPTS),
        }
    }

    /// Returns `value` if there are no problems. Otherwise logs them and returns them as one error.
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
        let _ = settings.job_policy();
        let error = settings.finish(()).expect_err("two problems");
        assert_eq!(
            error.to_string(),
            "invalid configuration: TABLE_NAME is not set; JOB_MAX_ATTEMPTS is \"many\", expected a number from 1 to 3"
        );
    }
}
