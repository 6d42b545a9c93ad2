//! The trace context of a client: the header `traceparent` of W3C Trace Context, section 3.2.

/// Whether `value` has the form `version-traceid-parentid-flags`. A version after 00 may have more fields behind.
pub(crate) fn is_traceparent(value: &str) -> bool {
    let fields: Vec<&str> = value.split('-').collect();
    let [version, trace_id, parent_id, flags, more @ ..] = fields.as_slice() else { return false };
    is_hex(version, 2)
        && *version != "ff"
        && (more.is_empty() || *version != "00")
        && is_id(trace_id, 32)
        && is_id(parent_id, 16)
        && is_hex(flags, 2)
}

fn is_id(field: &str, length: usize) -> bool {
    is_hex(field, length) && field.bytes().any(|digit| digit != b'0')
}

fn is_hex(field: &str, length: usize) -> bool {
    field.len() == length && field.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_follows_the_grammar_is_a_traceparent() {
        let valid = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert!(is_traceparent(valid));
        assert!(is_traceparent(&valid.replacen("00-", "cc-", 1)));
        assert!(is_traceparent(&format!("{}-what-the-future-will-be-like", valid.replacen("00-", "cc-", 1))));
        let zeros = |count: usize| "0".repeat(count);
        for invalid in [
            String::new(),
            "00".to_owned(),
            format!("{valid}-more"),
            format!("{valid} "),
            valid.to_uppercase(),
            valid.replacen("00-", "ff-", 1),
            valid.replace("0af7651916cd43dd8448eb211c80319c", &zeros(32)),
            valid.replace("b7ad6b7169203331", &zeros(16)),
            valid.replace("b7ad6b7169203331", "b7ad6b716920333"),
            valid.replace("0af7", "0ag7"),
            "{\"injected\": true}".to_owned(),
        ] {
            assert!(!is_traceparent(&invalid), "{invalid}");
        }
    }
}
