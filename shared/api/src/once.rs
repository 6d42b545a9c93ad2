//! `Idempotency-Key`: a repeated POST gets the first answer and changes nothing.

use domain::{fields::FieldError, ids::SourceId, problem::ProblemCode};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use store::{Store, once::KeptAnswer};

use crate::{Call, Problem, Reply};

/// Longest key, in characters.
const MAX_KEY_CHARS: usize = 255;
/// The header as a regular expression, for those who describe it.
pub const IDEMPOTENCY_KEY_PATTERN: &str =
    r#"^([!#-+.-~-]([ -+.-~-]{0,253}[!-+.-~-])?|"([ !#-\[\]-~]|\\["\\]){1,255}")$"#;
/// Tells that an answer was given before.
const REPLAYED: &str = "idempotency-replayed";

/// The key of a request, if it has one.
#[derive(Debug)]
pub struct Once {
    key: Option<Key>,
    now: Timestamp,
}

#[derive(Debug)]
struct Key {
    digest: String,
    fingerprint: String,
}

impl Once {
    /// Answers by `work`, or with what was answered to the same request before. What `work` does,
    /// it does together with [`Self::keep_with`], or before [`Self::keep`].
    pub async fn run<F>(store: &Store, call: &Call, now: Timestamp, work: F) -> Result<Reply, Problem>
    where
        F: AsyncFnOnce(&Self) -> Result<Reply, Problem>,
    {
        let once = Self::of(call, now)?;
        if let Some(reply) = once.replay(store, call).await? {
            return Ok(reply);
        }
        match work(&once).await {
            // The same request was quicker; it has kept its answer.
            Err(problem) if problem.is_repeat => once.replay(store, call).await?.ok_or_else(Problem::contended),
            answered => answered,
        }
    }

    fn of(call: &Call, now: Timestamp) -> Result<Self, Problem> {
        let Some(header) = call.header_text("idempotency-key") else { return Ok(Self { key: None, now }) };
        let key = header.as_deref().and_then(read_key).ok_or_else(|| {
            let detail = format!("must be one key: 1 to {MAX_KEY_CHARS} printable ASCII characters, in quotes, or bare and without a comma");
            Problem::invalid(vec![FieldError { pointer: "Idempotency-Key".to_owned(), detail }])
        })?;
        let key = Key {
            digest: hex(&[call.route().as_bytes(), key.as_bytes()]),
            fingerprint: hex(&[call.uri_path().as_bytes(), call.bytes()]),
        };
        Ok(Self { key: Some(key), now })
    }

    /// What was answered to the same request before, if it was.
    pub async fn replay(&self, store: &Store, call: &Call) -> Result<Option<Reply>, Problem> {
        let Some(key) = &self.key else { return Ok(None) };
        let Some(kept) = store.kept_answer(&call.user, &key.digest, self.now).await? else { return Ok(None) };
        if kept.fingerprint != key.fingerprint {
            let detail = "This Idempotency-Key was used for another request. Send a new key with a new request.";
            return Err(Problem::new(ProblemCode::IdempotencyKeyReused, detail));
        }
        Ok(Some(Reply::kept(kept).header(REPLAYED, "true")))
    }

    /// The answer as it is to be kept, for the transaction that does what it tells of.
    pub fn keep_with(&self, reply: &Reply) -> Option<store::once::Once> {
        let key = self.key.as_ref()?;
        let answer = KeptAnswer { fingerprint: key.fingerprint.clone(), ..reply.to_keep() };
        Some(store::once::Once { digest: key.digest.clone(), answer, now: self.now })
    }

    /// Keeps the answer to something that is done, and that doing it again would not change.
    pub async fn keep(&self, store: &Store, call: &Call, reply: Reply) -> Result<Reply, Problem> {
        let Some(once) = self.keep_with(&reply) else { return Ok(reply) };
        if store.keep_answer(&call.user, &once).await? {
            return Ok(reply);
        }
        Ok(self.replay(store, call).await?.unwrap_or(reply))
    }

    /// An id that is the same whenever this request is repeated (UUIDv5, RFC 9562). Nothing
    /// without a key.
    pub fn id(&self, index: usize) -> Option<SourceId> {
        let key = self.key.as_ref()?;
        Some(SourceId::named(&format!("once\n{}\n{}\n{index}", key.digest, key.fingerprint)))
    }
}

/// A string of Structured Fields (RFC 9651, section 3.3.3), or a bare token.
fn read_key(header: &str) -> Option<String> {
    let header = header.trim();
    let key = match header.strip_prefix('"') {
        // Two headers arrive as one, with a comma between them.
        None if header.contains(',') => return None,
        None => header.to_owned(),
        Some(rest) => {
            let mut key = String::new();
            let mut chars = rest.strip_suffix('"')?.chars();
            while let Some(c) = chars.next() {
                key.push(match c {
                    '\\' => chars.next().filter(|c| matches!(c, '"' | '\\'))?,
                    '"' => return None,
                    c => c,
                });
            }
            key
        }
    };
    let is_printable = key.chars().all(|c| matches!(c, ' '..='~'));
    ((1..=MAX_KEY_CHARS).contains(&key.len()) && is_printable).then_some(key)
}

fn hex(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_strings_or_bare_tokens() {
        let cases = [
            ("\"8e03978e\"", Some("8e03978e")),
            ("8e03978e-40d5", Some("8e03978e-40d5")),
            (r#""a \"b\" \\c""#, Some(r#"a "b" \c"#)),
            ("\"\"", None),
            ("", None),
            ("\"open", None),
            ("\"a\"b\"", None),
            (r#""a\x""#, None),
            ("one, two", None),
            ("\"one\", \"two\"", None),
            ("Schlüssel", None),
        ];
        for (header, key) in cases {
            assert_eq!(read_key(header).as_deref(), key, "{header}");
        }
        assert!(read_key(&"k".repeat(255)).is_some() && read_key(&"k".repeat(256)).is_none());
    }
}
