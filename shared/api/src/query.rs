//! Reads query parameters and collects all errors, so that a client gets them in one response.

use std::{fmt::Display, str::FromStr};

use domain::{input::FieldError, rfc3339};
use jiff::civil::Date;
use strum::VariantNames;

use crate::{Call, Cursors, Problem};

/// Entries on a page if the request has no `limit`.
pub const DEFAULT_LIMIT: usize = 50;
/// Highest number of entries on a page.
pub const MAX_LIMIT: usize = 100;

/// The query of a request, and the errors found so far.
#[derive(Debug)]
pub struct Query<'a> {
    call: &'a Call,
    errors: Vec<FieldError>,
}

impl<'a> Query<'a> {
    /// Starts to read the query of `call`. Parameters that the route does not take are errors.
    pub fn new(call: &'a Call) -> Self {
        Self { call, errors: call.unknown_parameters() }
    }

    /// Records an error for the parameter `name`.
    pub fn wrong(&mut self, name: &str, detail: impl Into<String>) {
        self.errors.push(FieldError { pointer: format!("?{name}"), detail: detail.into() });
    }

    /// All values of a parameter. Empty if the parameter is missing.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.call.query(name)
    }

    /// The value of a parameter that may be given only once.
    fn one(&mut self, name: &str) -> Option<String> {
        let mut values = self.call.query(name);
        if values.len() > 1 {
            self.wrong(name, "must be given once");
            return None;
        }
        values.pop()
    }

    /// A parameter that `T` parses. `expected` completes the error `must be …`.
    pub fn parsed<T: FromStr>(&mut self, name: &str, expected: impl Display) -> Option<T> {
        let parsed = self.one(name)?.parse().ok();
        if parsed.is_none() {
            self.wrong(name, format!("must be {expected}"));
        }
        parsed
    }

    /// A day.
    pub fn day(&mut self, name: &str) -> Option<Date> {
        let day = rfc3339::day(&self.one(name)?);
        if day.is_none() {
            self.wrong(name, "must be a day, YYYY-MM-DD");
        }
        day
    }

    /// `limit`, from 1 to [`MAX_LIMIT`]. If it is missing, [`DEFAULT_LIMIT`].
    pub fn limit(&mut self) -> usize {
        let limit: Option<usize> = self.parsed("limit", format_args!("a number from 1 to {MAX_LIMIT}"));
        if limit.is_some_and(|limit| !(1..=MAX_LIMIT).contains(&limit)) {
            self.wrong("limit", format!("must be a number from 1 to {MAX_LIMIT}"));
        }
        limit.unwrap_or(DEFAULT_LIMIT)
    }

    /// Names of an enum, separated by commas or given several times. Returned without duplicates, in alphabetical
    /// order. A missing parameter is an empty list.
    pub fn list<T: FromStr + VariantNames + Display>(&mut self, name: &str) -> Vec<T> {
        let values = self.call.query(name);
        if values.is_empty() {
            return Vec::new();
        }
        let parsed: Option<Vec<T>> =
            values.iter().flat_map(|text| text.split(',')).map(|value| value.trim().parse().ok()).collect();
        let mut list = parsed.unwrap_or_else(|| {
            self.wrong(name, format!("must be one or more of these, separated by commas: {}", T::VARIANTS.join(", ")));
            Vec::new()
        });
        list.sort_by_cached_key(ToString::to_string);
        list.dedup_by_key(|value| value.to_string());
        list
    }

    /// The position where the page begins, as the list wrote it into its cursor. An empty cursor means the first page.
    pub fn cursor<T: FromStr>(&mut self, cursors: &Cursors) -> Option<T> {
        let text = self.one("cursor").filter(|text| !text.is_empty())?;
        let position = cursors.read(&text).and_then(|position| position.parse().ok());
        if position.is_none() {
            self.wrong("cursor", "must be the nextCursor of this list with the same filters");
        }
        position
    }

    /// Returns `value`, or a 400 with all errors.
    pub fn finish<T>(self, value: T) -> Result<T, Problem> {
        if self.errors.is_empty() { Ok(value) } else { Err(Problem::invalid(self.errors)) }
    }
}
