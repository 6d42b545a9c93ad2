//! `If-Match` (RFC 9110, section 13.1.1): a change that is only made to what the client has seen.

use domain::{fields::FieldError, problem::ProblemCode};

use crate::{Call, Problem};

/// Which versions a change may be made to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// Any.
    Any,
    /// One of these.
    Versions(Vec<u64>),
}

impl IfMatch {
    /// Of a request. Without the header, any version will do.
    pub fn of(call: &Call) -> Result<Self, Problem> {
        match call.header("if-match") {
            None => Ok(Self::Any),
            Some(text) => Self::read(text).ok_or_else(|| {
                let detail = "must be a version in quotes, such as If-Match: \"3\"".to_owned();
                Problem::invalid(vec![FieldError { pointer: "If-Match".to_owned(), detail }])
            }),
        }
    }

    fn read(text: &str) -> Option<Self> {
        if text.trim() == "*" {
            return Some(Self::Any);
        }
        let mut versions = Vec::new();
        for tag in text.split(',').map(str::trim) {
            // A weak tag never matches strongly; a bare number is forgiven.
            let strong = tag.strip_prefix("W/").is_none();
            let number = tag.trim_start_matches("W/");
            let number = number.strip_prefix('"').and_then(|number| number.strip_suffix('"')).unwrap_or(number);
            let version: u64 = number.parse().ok()?;
            if strong {
                versions.push(version);
            }
        }
        Some(Self::Versions(versions))
    }

    /// A problem, unless `version` is one of those that the client has seen.
    pub fn check(&self, version: u64) -> Result<(), Problem> {
        match self {
            Self::Versions(versions) if !versions.contains(&version) => Err(Problem::new(
                ProblemCode::PreconditionFailed,
                format!("This was changed meanwhile; its version is {version} now. Read it again, then change it."),
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_compared_strongly() {
        let cases = [
            ("*", Some(IfMatch::Any)),
            ("\"3\"", Some(IfMatch::Versions(vec![3]))),
            ("3", Some(IfMatch::Versions(vec![3]))),
            ("\"3\", \"4\"", Some(IfMatch::Versions(vec![3, 4]))),
            ("W/\"3\"", Some(IfMatch::Versions(Vec::new()))),
            ("", None),
            ("\"abc\"", None),
            ("\"3", None),
            ("-1", None),
        ];
        for (text, expected) in cases {
            assert_eq!(IfMatch::read(text), expected, "{text}");
        }
        assert!(IfMatch::Any.check(7).is_ok() && IfMatch::Versions(vec![7]).check(7).is_ok());
        assert!(IfMatch::Versions(Vec::new()).check(7).is_err());
    }
}
