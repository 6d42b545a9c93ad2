//! Words that a user looks for in the library.

use std::str::FromStr;

use crate::library::evidence::Evidence;

/// Longest text of a search, in Unicode code points.
pub const MAX_SEARCH_CHARS: usize = 200;

/// Words that must all occur, in any order and any case. The default finds everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search(Vec<String>);

/// The text is too long.
#[derive(Debug, thiserror::Error)]
#[error("a text of at most {MAX_SEARCH_CHARS} characters")]
pub struct SearchTooLong;

impl FromStr for Search {
    type Err = SearchTooLong;

    fn from_str(text: &str) -> Result<Self, SearchTooLong> {
        if text.chars().count() > MAX_SEARCH_CHARS {
            return Err(SearchTooLong);
        }
        Ok(Self(text.split_whitespace().map(str::to_lowercase).collect()))
    }
}

impl Search {
    /// Whether everything is found.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether title, summary, repository, number or address have all words.
    pub fn finds(&self, evidence: &Evidence) -> bool {
        let fields = &evidence.fields;
        let number = fields.number.map(|number| format!("#{number}")).unwrap_or_default();
        let optional = [&fields.repo, &fields.url].map(|text| text.as_deref().unwrap_or_default());
        let [repo, url] = optional;
        let text = [&fields.title, &*fields.summary, repo, url, &number].join("\n").to_lowercase();
        self.0.iter().all(|word| text.contains(word))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_words_are_found_in_any_order_and_case() {
        let evidence: Evidence = serde_json::from_value(json!({
            "id": "019a0000-0000-7000-8000-000000000001", "type": "PR_AUTHORED", "title": "Größere Belege",
            "summary": "Lost payments fell.", "repo": "example-corp/checkout", "number": 412,
            "occurredAt": "2026-09-14", "createdAt": "2026-09-14T00:00:00Z", "version": 1,
        }))
        .expect("evidence");
        for (text, found) in [
            ("", true),
            ("BELEGE größere", true),
            ("payments checkout", true),
            ("#412", true),
            ("payments refunds", false),
        ] {
            assert_eq!(text.parse::<Search>().expect("short").finds(&evidence), found, "{text}");
        }
        assert!("a".repeat(MAX_SEARCH_CHARS + 1).parse::<Search>().is_err());
    }
}
