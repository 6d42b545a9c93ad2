//! `If-Match` (RFC 9110, section 13.1.1): the change is made only to a version that the client has seen.

use domain::problem::ProblemCode;

use crate::{Call, Problem};

/// The versions that a change may be made to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// The client accepts any version.
    Any,
    /// The current version must be in this list.
    Versions(Vec<u64>),
}

impl IfMatch {
    /// Reads the header of a request. Without the header, any version is accepted.
    pub fn from_request(call: &Call) -> Self {
        match call.header_text("if-match") {
            None => Self::Any,
            Some(text) => Self::read(&text.unwrap_or_default()),
        }
    }

    /// The tag of a block is its version, with or without its position: `"3"` or `"3-0"`. Other tags never match.
    fn read(text: &str) -> Self {
        if text.trim() == "*" {
            return Self::Any;
        }
        // A weak tag never matches in a strong comparison. A number without quotes is accepted.
        let tags = text.split(',').map(str::trim);
        let number = |tag: &str| -> Option<u64> {
            let tag = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).unwrap_or(tag);
            // What follows the version does not count: a move is no conflict, and neither is the deletion of a source.
            let version = match tag.split_once('-') {
                Some((version, rest)) => {
                    rest.split('-').all(|number| number.parse::<usize>().is_ok()).then_some(version)?
                }
                None => tag,
            };
            version.parse().ok()
        };
        Self::Versions(tags.filter_map(number).collect())
    }

    /// Fails with 412 if `version`, the current version, is not accepted.
    pub fn check(&self, version: u64) -> Result<(), Problem> {
        match self {
            Self::Versions(versions) if !versions.contains(&version) => Err(Problem::new(
                ProblemCode::PreconditionFailed,
                format!(
                    "This was changed meanwhile: its version is \"{version}\" now, and If-Match has another version. \
                     Read it again, then change it."
                ),
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
            ("*", IfMatch::Any),
            ("\"3\"", IfMatch::Versions(vec![3])),
            ("3", IfMatch::Versions(vec![3])),
            ("\"3-12\"", IfMatch::Versions(vec![3])),
            ("\"3-x\", \"-1\", \"3-\"", IfMatch::Versions(Vec::new())),
            ("\"3\", \"4\"", IfMatch::Versions(vec![3, 4])),
            ("\"abc\", \"4\"", IfMatch::Versions(vec![4])),
            ("W/\"3\"", IfMatch::Versions(Vec::new())),
            ("", IfMatch::Versions(Vec::new())),
            ("\"3", IfMatch::Versions(Vec::new())),
            ("-1", IfMatch::Versions(Vec::new())),
        ];
        for (text, expected) in cases {
            assert_eq!(IfMatch::read(text), expected, "{text}");
        }
        assert!(IfMatch::Any.check(7).is_ok() && IfMatch::Versions(vec![7]).check(7).is_ok());
        assert!(IfMatch::Versions(Vec::new()).check(7).is_err());
    }
}
