//! The header of clients that poll: `If-None-Match`, which asks for changes only.

/// `If-None-Match` (RFC 9110, section 13.1.2): the entity tags of the versions that the client has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IfNoneMatch(Vec<String>);

impl IfNoneMatch {
    /// Reads the header of a request. Without the header, the client has no version.
    pub fn from_header(header: Option<&str>) -> Self {
        let tags = header.unwrap_or_default().split(',').map(|tag| tag.trim().trim_start_matches("W/").to_owned());
        Self(tags.filter(|tag| !tag.is_empty()).collect())
    }

    /// Whether the client has the version with the entity tag `etag`. Weak tags and `*` match too.
    pub fn names(&self, etag: &str) -> bool {
        self.0.iter().any(|tag| tag == "*" || tag == etag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_weakly() {
        let tags = IfNoneMatch::from_header(Some("\"a\", W/\"b\""));
        assert!(tags.names("\"a\"") && tags.names("\"b\"") && !tags.names("\"c\""));
        assert!(IfNoneMatch::from_header(Some("*")).names("\"c\""));
        assert!(!IfNoneMatch::from_header(None).names("\"\""));
    }
}
