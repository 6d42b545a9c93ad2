//! Reads the fields of a JSON object and collects all errors, so that a client gets them in one response.
//!
//! Nothing is ignored silently: a field that nobody has asked for is an error, which names the nearest field that
//! somebody has asked for.

use std::{fmt::Display, ops::RangeInclusive, str::FromStr};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{nearest_name::nearest, sanitize::invisible::without_invisible};

/// Unknown names of one object or query for which the nearest known name is looked up.
const MAX_SUGGESTIONS: usize = 20;
/// Longest unknown name that an error repeats, in Unicode code points.
const MAX_REPEATED_CHARS: usize = 60;

/// An error in one field, query parameter or header of the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FieldError {
    /// JSON Pointer (RFC 6901) into the body, `?name` of a query parameter, or the name of a header.
    pub pointer: String,
    /// What is wrong and what is expected, for example `must be true or false`.
    pub detail: String,
}

/// The fields of a JSON object, and the errors found so far. `null` counts as missing unless a method says otherwise. A
/// method that reads a value returns `None` if the field is missing. If the field is wrong, it also records an error.
#[derive(Debug)]
pub struct Fields<'a> {
    object: &'a Map<String, Value>,
    at: String,
    errors: Vec<FieldError>,
    /// The names that were asked for.
    known: Vec<&'static str>,
    /// Names with an error of their own.
    refused: Vec<&'static str>,
    /// Whether other names are allowed.
    is_open: bool,
}

impl<'a> Fields<'a> {
    /// Starts to read the fields of `value`. `at` is the JSON Pointer to `value`, which is empty for a whole body.
    /// Fails if `value` is not an object.
    pub fn new(value: &'a Value, at: impl Into<String>) -> Result<Self, Vec<FieldError>> {
        let at = at.into();
        match value.as_object() {
            Some(object) => {
                Ok(Self { object, at, errors: Vec::new(), known: Vec::new(), refused: Vec::new(), is_open: false })
            }
            None => Err(vec![FieldError { pointer: at, detail: "must be a JSON object".to_owned() }]),
        }
    }

    /// Records an error for the field `name`.
    pub fn wrong(&mut self, name: &str, detail: impl Into<String>) {
        self.errors.push(FieldError { pointer: format!("{}/{name}", self.at), detail: detail.into() });
    }

    /// Records an error if the field is present. For a name that other programs send, where `detail` says more than that
    /// it is unknown.
    pub fn refuse(&mut self, name: &'static str, detail: &str) {
        if self.object.contains_key(name) {
            self.wrong(name, detail);
        }
        self.refused.push(name);
    }

    /// Whether the field is present, even as `null`.
    pub fn has(&mut self, name: &'static str) -> bool {
        self.known.push(name);
        self.object.contains_key(name)
    }

    /// Whether the field is present and not `null`.
    pub fn is_given(&mut self, name: &'static str) -> bool {
        self.value(name).is_some()
    }

    fn value(&mut self, name: &'static str) -> Option<&'a Value> {
        self.known.push(name);
        self.object.get(name).filter(|value| !value.is_null())
    }

    fn read<T>(&mut self, name: &'static str, expected: &str, read: impl FnOnce(&'a Value) -> Option<T>) -> Option<T> {
        let value = self.value(name)?;
        let read = read(value);
        if read.is_none() {
            self.wrong(name, format!("must be {expected}"));
        }
        read
    }

    fn must_be_given(&mut self, name: &'static str, expected: impl Display) -> bool {
        let given = self.is_given(name);
        if !given {
            self.wrong(name, format!("is required: {expected}"));
        }
        given
    }

    /// A string of at most `max` Unicode code points. The characters that cannot be seen count, and are taken out.
    pub fn text(&mut self, name: &'static str, max: usize) -> Option<String> {
        let text = self.read(name, "a string", Value::as_str)?;
        let length = text.chars().count();
        if length > max {
            self.wrong(name, format!("has {length} characters; {max} are allowed"));
            return None;
        }
        Some(without_invisible(text).into_owned())
    }

    /// Like [`Self::text`], but a text of nothing but whitespace counts as missing.
    pub fn non_blank_text(&mut self, name: &'static str, max: usize) -> Option<String> {
        self.text(name, max).filter(|text| !text.trim().is_empty())
    }

    /// A text that must be present but may be empty.
    pub fn required_text(&mut self, name: &'static str, max: usize) -> Option<String> {
        self.must_be_given(name, "a string").then(|| self.text(name, max)).flatten()
    }

    /// A text that must be present and hold more than whitespace.
    pub fn required_non_blank_text(&mut self, name: &'static str, max: usize) -> Option<String> {
        let text = self.required_text(name, max)?;
        if text.trim().is_empty() {
            self.wrong(name, "must not be empty");
            return None;
        }
        Some(text)
    }

    /// A text in a PATCH. `None` leaves the stored text as it is, because the field is absent. `Some(None)` removes the
    /// stored text, because the field is `null`.
    pub fn changed_text(&mut self, name: &'static str, max: usize) -> Option<Option<String>> {
        if !self.has(name) {
            return None;
        }
        let text = self.text(name, max);
        Some(text)
    }

    /// A string that `T` parses. `expected` completes the error `must be …`.
    pub fn parsed<T: FromStr>(&mut self, name: &'static str, expected: impl Display) -> Option<T> {
        self.read(name, &expected.to_string(), |value| value.as_str()?.parse().ok())
    }

    /// Like [`Self::parsed`], but the field must be present.
    pub fn required<T: FromStr>(&mut self, name: &'static str, expected: impl Display) -> Option<T> {
        self.must_be_given(name, &expected).then(|| self.parsed(name, expected)).flatten()
    }

    /// A whole number within `range`. `7.0` is a whole number too, as in JSON Schema.
    pub fn number<T>(&mut self, name: &'static str, range: RangeInclusive<T>) -> Option<T>
    where
        T: TryFrom<i64> + PartialOrd + Display,
    {
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        self.read(name, &expected, |value| T::try_from(whole(value)?).ok().filter(|number| range.contains(number)))
    }

    /// Like [`Self::number`], but the field must be present.
    pub fn required_number<T>(&mut self, name: &'static str, range: RangeInclusive<T>) -> Option<T>
    where
        T: TryFrom<i64> + PartialOrd + Display,
    {
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        self.must_be_given(name, expected).then(|| self.number(name, range)).flatten()
    }

    /// A number within `range`. Zero is fine, but other numbers must be at least 1e-9 away from it, because DynamoDB
    /// rejects numbers that are very close to zero.
    pub fn decimal(&mut self, name: &'static str, range: RangeInclusive<f64>) -> Option<f64> {
        const LEAST: f64 = 1e-9;
        let expected = format!("a number from {} to {}", range.start(), range.end());
        let fits = |number: &f64| range.contains(number) && (*number == 0.0 || number.abs() >= LEAST);
        // Adding zero turns minus zero into zero.
        self.read(name, &expected, |value| value.as_f64().filter(fits).map(|number| number + 0.0))
    }

    /// A JSON boolean: `true` or `false`.
    pub fn flag(&mut self, name: &'static str) -> Option<bool> {
        self.read(name, "true or false", Value::as_bool)
    }

    /// A JSON object, whose fields are not checked.
    pub fn object(&mut self, name: &'static str) -> Option<&'a Map<String, Value>> {
        self.read(name, "a JSON object", Value::as_object)
    }

    /// A list of at most `max` strings, each of which `T` parses. A missing list is empty.
    pub fn parsed_list<T: FromStr>(&mut self, name: &'static str, max: usize, expected: impl Display) -> Vec<T> {
        let mut list = Vec::new();
        for (index, value) in self.list(name, max).iter().enumerate() {
            match value.as_str().and_then(|text| text.parse().ok()) {
                Some(parsed) => list.push(parsed),
                None => self.wrong(&format!("{name}/{index}"), format!("must be {expected}")),
            }
        }
        list
    }

    /// A list of at most `max` strings of at most `max_chars` code points each. The characters that cannot be seen
    /// count, and are taken out. A missing list is empty.
    pub fn texts(&mut self, name: &'static str, max: usize, max_chars: usize) -> Vec<String> {
        let mut list = Vec::new();
        for (index, value) in self.list(name, max).iter().enumerate() {
            match value.as_str().filter(|text| text.chars().count() <= max_chars) {
                Some(text) => list.push(without_invisible(text).into_owned()),
                None => {
                    self.wrong(
                        &format!("{name}/{index}"),
                        format!("must be a string of at most {max_chars} characters"),
                    );
                }
            }
        }
        list
    }

    /// A list of at most `max` objects, each of which `read` reads. A missing list is empty.
    pub fn objects<T>(
        &mut self,
        name: &'static str,
        max: usize,
        read: impl Fn(&mut Fields<'a>) -> Option<T>,
    ) -> Vec<T> {
        let mut list = Vec::new();
        for (index, value) in self.list(name, max).iter().enumerate() {
            list.extend(self.inside(value, &format!("{name}/{index}"), &read));
        }
        list
    }

    /// An object that `read` reads. Errors in it point to the inner fields.
    pub fn nested<T>(&mut self, name: &'static str, read: impl FnOnce(&mut Fields<'a>) -> Option<T>) -> Option<T> {
        let value = self.value(name)?;
        self.inside(value, name, read)
    }

    fn inside<T>(
        &mut self,
        value: &'a Value,
        name: &str,
        read: impl FnOnce(&mut Fields<'a>) -> Option<T>,
    ) -> Option<T> {
        let mut fields = match Fields::new(value, format!("{}/{name}", self.at)) {
            Ok(fields) => fields,
            Err(errors) => {
                self.errors.extend(errors);
                return None;
            }
        };
        let value = read(&mut fields);
        fields.report_unknown();
        self.errors.append(&mut fields.errors);
        value
    }

    fn list(&mut self, name: &'static str, max: usize) -> &'a [Value] {
        let Some(list) = self.read(name, "a list", Value::as_array) else { return &[] };
        if list.len() > max {
            self.wrong(name, format!("has {} entries; {max} are allowed", list.len()));
            return &[];
        }
        list
    }

    /// All fields that were not asked for so far. They are no errors.
    pub fn rest(&mut self) -> Map<String, Value> {
        self.is_open = true;
        let others = self.object.iter().filter(|(name, _)| !self.known.contains(&name.as_str()));
        others.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    fn report_unknown(&mut self) {
        if self.is_open {
            return;
        }
        let names = self.object.keys().map(String::as_str);
        let unknown = names.filter(|name| !self.refused.contains(name) && !self.known.contains(name));
        let errors = unknown_names(unknown, &self.known, "field");
        self.errors.extend(errors.into_iter().map(|(name, detail)| {
            let name = name.replace('~', "~0").replace('/', "~1");
            FieldError { pointer: format!("{}/{name}", self.at), detail }
        }));
    }

    /// Returns `value`, or all errors. A `value` of `None` without any error is reported as incomplete.
    pub fn finish<T>(mut self, value: Option<T>) -> Result<T, Vec<FieldError>> {
        self.report_unknown();
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            None if self.errors.is_empty() => {
                Err(vec![FieldError { pointer: self.at, detail: "is incomplete".to_owned() }])
            }
            _ => Err(self.errors),
        }
    }
}

/// What is wrong with names that are not among `known`. Returns each name, shortened, with its error. `what` is what has
/// the names: `field` or `query parameter`.
pub fn unknown_names<'n>(
    names: impl Iterator<Item = &'n str>,
    known: &[&'static str],
    what: &str,
) -> Vec<(String, String)> {
    let detail = |number: usize, name: &str| {
        let nearest = (number < MAX_SUGGESTIONS).then(|| nearest(name, known.iter().copied())).flatten();
        match nearest {
            Some(nearest) => format!("is not a {what} here; did you mean {nearest}?"),
            None if known.is_empty() => format!("is not a {what} here; there are none"),
            None => format!("is not a {what} here; there are {}", listed(known)),
        }
    };
    let errors = names.enumerate().map(|(number, name)| (shortened(name), detail(number, name)));
    errors.collect()
}

/// The names, each once, in their order.
fn listed(names: &[&'static str]) -> String {
    let mut once: Vec<&str> = Vec::with_capacity(names.len());
    for name in names {
        if !once.contains(name) {
            once.push(name);
        }
    }
    once.join(", ")
}

fn shortened(name: &str) -> String {
    match name.char_indices().nth(MAX_REPEATED_CHARS) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

/// A whole number, written as an integer or as a float.
#[allow(clippy::cast_possible_truncation, reason = "whole, and small enough to be exact")]
fn whole(value: &Value) -> Option<i64> {
    /// 2^53. Up to this number, a float distinguishes every whole number from the next.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let float = || value.as_f64().filter(|number| number.fract() == 0.0 && number.abs() <= EXACT);
    value.as_i64().or_else(|| float().map(|number| number as i64))
}

/// The text `one of A, B, C` with the names of an enum, for errors.
pub fn one_of<T: strum::VariantNames>() -> String {
    format!("one of {}", T::VARIANTS.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{FieldError, Fields};

    fn errors(body: &Value) -> Vec<(String, String)> {
        let read = || -> Result<(), Vec<FieldError>> {
            let mut fields = Fields::new(body, "")?;
            fields.text("title", 10);
            fields.nested("metrics", |fields| fields.number("additions", 0..=9_i64));
            fields.nested("settings", |fields| Some((fields.flag("isOn"), fields.rest())));
            fields.refuse("owner", "is the caller");
            fields.finish(Some(()))
        };
        let errors = read().err().into_iter().flatten();
        errors.map(|error| (error.pointer, error.detail)).collect()
    }

    #[test]
    fn a_field_that_nobody_asks_for_is_an_error_with_the_nearest_name() {
        let known = json!({"title": "A", "metrics": {"additions": 1}, "settings": {"isOn": true, "any": 1}});
        assert_eq!(errors(&known), []);
        for (body, pointer, detail) in [
            (json!({"titel": "A"}), "/titel", "is not a field here; did you mean title?"),
            (json!({"TITLE": null}), "/TITLE", "is not a field here; did you mean title?"),
            (json!({"colour": 1}), "/colour", "is not a field here; there are title, metrics, settings"),
            (json!({"metrics": {"addition": 1}}), "/metrics/addition", "is not a field here; did you mean additions?"),
            (json!({"a/b~c": 1}), "/a~1b~0c", "is not a field here; there are title, metrics, settings"),
            (json!({"owner": "bob"}), "/owner", "is the caller"),
        ] {
            assert_eq!(errors(&body), [(pointer.to_owned(), detail.to_owned())], "{body}");
        }
        let too_long = json!({"title": format!("seen{}", "\u{200b}".repeat(7))});
        assert_eq!(errors(&too_long)[0].1, "has 11 characters; 10 are allowed", "what cannot be seen counts");
        let long = errors(&json!({"x".repeat(100_000): 1}));
        assert_eq!(long[0].0, format!("/{}…", "x".repeat(60)));
    }
}
