//! Headers of clients that poll: `If-None-Match`, which asks for changes only, and `Prefer: wait`, which asks for a
//! late response.

use std::time::Duration;

use crate::Call;

/// Longest time that a request waits for a change, in seconds.
pub const MAX_WAIT_SECONDS: u64 = 20;

/// `If-None-Match` (RFC 9110, section 13.1.2): the entity tags of the versions that the client has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IfNoneMatch(Vec<String>);

impl IfNoneMatch {
    /// Reads the header of a request. Without the header, the client has no version.
    pub fn from_request(call: &Call) -> Self {
        Self::read(call.header("if-none-match").unwrap_or_default())
    }

    fn read(text: &str) -> Self {
        let tags = text.split(',').map(|tag| tag.trim().trim_start_matches("W/").to_owned());
        Self(tags.filter(|tag| !tag.is_empty()).collect())
    }

    /// Whether the client sent no entity tag.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the client has the version with the entity tag `etag`. Weak tags and `*` match too.
    pub fn names(&self, etag: &str) -> bool {
        self.0.iter().any(|tag| tag == "*" || tag == etag)
    }
}

/// How long the client wants to wait for a change: `Prefer: wait=N` in seconds (RFC 7240, section 4.3), at most
/// [`MAX_WAIT_SECONDS`].
pub fn preferred_wait(call: &Call) -> Option<Duration> {
    read_wait(call.header("prefer")?)
}

fn read_wait(text: &str) -> Option<Duration> {
    let preferences = text.split(',').filter_map(|preference| preference.split(';').next()?.split_once('='));
    let (_, seconds) = preferences.into_iter().find(|(name, _)| name.trim().eq_ignore_ascii_case("wait"))?;
    let seconds = seconds.trim().trim_matches('"');
    // A number with more digits than `u64` holds still means a long wait.
    let is_number = !seconds.is_empty() && seconds.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| Duration::from_secs(seconds.parse().unwrap_or(u64::MAX).min(MAX_WAIT_SECONDS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_read_and_capped() {
        let cases = [
            ("wait=5", Some(5)),
            ("respond-async, WAIT=7; foo", Some(7)),
            ("wait = 3", Some(3)),
            ("wait=\"4\"", Some(4)),
            ("wait=0", Some(0)),
            ("wait=600", Some(20)),
            ("wait=99999999999999999999999", Some(20)),
            ("wait=-1", None),
            ("wait=", None),
            ("wait", None),
            ("waiting=3", None),
            ("", None),
        ];
        for (text, seconds) in cases {
            assert_eq!(read_wait(text), seconds.map(Duration::from_secs), "{text}");
        }
    }

    #[test]
    fn tags_are_compared_weakly() {
        let tags = IfNoneMatch::read("\"a\", W/\"b\"");
        assert!(tags.names("\"a\"") && tags.names("\"b\"") && !tags.names("\"c\""));
        assert!(IfNoneMatch::read("*").names("\"c\""));
        assert!(!IfNoneMatch::read("").names("\"\""));
    }
}
