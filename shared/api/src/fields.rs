//! Reads fields one by one and collects everything that is wrong with them.

use std::{fmt::Display, str::FromStr};

use serde_json::Value;

use crate::{FieldError, Problem};

/// The fields of a JSON object, and what is wrong with them.
#[derive(Debug)]
pub struct Fields<'a> {
    object: &'a Value,
    errors: Vec<FieldError>,
}

impl<'a> Fields<'a> {
    /// The fields of `body`, which must be an object.
    pub fn of(body: &'a Value) -> Result<Self, Problem> {
        if !body.is_object() {
            let detail = "must be a JSON object".to_owned();
            return Err(Problem::invalid(vec![FieldError { pointer: String::new(), detail }]));
        }
        Ok(Self { object: body, errors: Vec::new() })
    }

    /// Says what is wrong with a field.
    pub fn wrong(&mut self, name: &str, detail: impl Into<String>) {
        self.errors.push(FieldError { pointer: format!("/{name}"), detail: detail.into() });
    }

    /// A text; `null` counts as missing.
    pub fn text(&mut self, name: &str) -> Option<&'a str> {
        match self.object.get(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text),
            Some(_) => {
                self.wrong(name, "must be a string");
                None
            }
        }
    }

    /// A text of at most `max` characters.
    pub fn short_text(&mut self, name: &str, max: usize) -> Option<String> {
        let text = self.text(name)?;
        let length = text.chars().count();
        if length > max {
            self.wrong(name, format!("has {length} characters; {max} are allowed"));
            return None;
        }
        Some(text.to_owned())
    }

    /// A text with a form of its own; `expected` says which.
    pub fn parsed<T: FromStr>(&mut self, name: &str, expected: impl Display) -> Option<T> {
        let text = self.text(name)?;
        let parsed = text.parse().ok();
        if parsed.is_none() {
            self.wrong(name, format!("must be {expected}"));
        }
        parsed
    }

    /// As [`Self::parsed`], but it must be there.
    pub fn required<T: FromStr>(&mut self, name: &str, expected: impl Display) -> Option<T> {
        if self.object.get(name).is_none_or(Value::is_null) {
            self.wrong(name, format!("is required: {expected}"));
            return None;
        }
        self.parsed(name, expected)
    }

    /// Whether nothing was wrong.
    pub fn finish(self) -> Result<(), Problem> {
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::invalid(self.errors)) }
    }
}
