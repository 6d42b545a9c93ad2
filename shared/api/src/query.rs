//! Reads query parameters and collects everything that is wrong with them.

use std::{fmt::Display, str::FromStr};

use domain::fields::{FieldError, one_of};
use strum::VariantNames;

use crate::{Call, Cursors, Problem};

/// Entries of a page, if nothing is said.
pub const DEFAULT_LIMIT: usize = 50;
/// Entries of a page, at most.
pub const MAX_LIMIT: usize = 100;

/// The query of a request, and what is wrong with it.
#[derive(Debug)]
pub struct Query<'a> {
    call: &'a Call,
    errors: Vec<FieldError>,
}

impl<'a> Query<'a> {
    /// The query of `call`.
    pub const fn of(call: &'a Call) -> Self {
        Self { call, errors: Vec::new() }
    }

    /// Says what is wrong with a parameter.
    pub fn wrong(&mut self, name: &str, detail: impl Into<String>) {
        self.errors.push(FieldError { pointer: format!("?{name}"), detail: detail.into() });
    }

    /// The one value of a parameter.
    fn one(&mut self, name: &str) -> Option<String> {
        let mut values = self.call.query(name);
        if values.len() > 1 {
            self.wrong(name, "must be given once");
            return None;
        }
        values.pop()
    }

    /// A text with a form of its own; `expected` says which.
    pub fn parsed<T: FromStr>(&mut self, name: &str, expected: impl Display) -> Option<T> {
        let parsed = self.one(name)?.parse().ok();
        if parsed.is_none() {
            self.wrong(name, format!("must be {expected}"));
        }
        parsed
    }

    /// `limit`, 1 to 100.
    pub fn limit(&mut self) -> usize {
        let limit: Option<usize> = self.parsed("limit", format_args!("a number from 1 to {MAX_LIMIT}"));
        if limit.is_some_and(|limit| !(1..=MAX_LIMIT).contains(&limit)) {
            self.wrong("limit", format!("must be a number from 1 to {MAX_LIMIT}"));
        }
        limit.unwrap_or(DEFAULT_LIMIT)
    }

    /// One or more names of an enum, separated by commas or given several times; in the order of
    /// their names, each once. Missing means none.
    pub fn list<T: FromStr + VariantNames + Display>(&mut self, name: &str) -> Vec<T> {
        let values = self.call.query(name);
        if values.is_empty() {
            return Vec::new();
        }
        let parsed: Option<Vec<T>> =
            values.iter().flat_map(|text| text.split(',')).map(|value| value.trim().parse().ok()).collect();
        let mut list = parsed.unwrap_or_else(|| {
            self.wrong(name, format!("must be one or more, separated by commas: {}", one_of::<T>()));
            Vec::new()
        });
        list.sort_by_cached_key(ToString::to_string);
        list.dedup_by_key(|value| value.to_string());
        list
    }

    /// The place where the page begins. An empty one means the first page.
    pub fn cursor(&mut self, cursors: &Cursors) -> Option<String> {
        let text = self.one("cursor").filter(|text| !text.is_empty())?;
        let place = cursors.read(&text);
        if place.is_none() {
            self.wrong("cursor", "must be the nextCursor of this list with the same filters");
        }
        place
    }

    /// What was read, if nothing was wrong.
    pub fn finish<T>(self, value: T) -> Result<T, Problem> {
        if self.errors.is_empty() { Ok(value) } else { Err(Problem::invalid(self.errors)) }
    }
}
