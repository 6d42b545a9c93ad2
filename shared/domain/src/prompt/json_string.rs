//! Text that is not trusted, as a JSON string: it cannot end its string and begin another.

/// With the quotes around it.
pub(super) fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
