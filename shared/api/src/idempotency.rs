//! `Idempotency-Key`: a repeated POST gets the response to the first request and changes nothing.

use domain::{ids::SourceId, input::FieldError, problem::ProblemCode};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use store::{Store, idempotency::StoredResponse};

use crate::{Call, Problem, Reply};

/// Longest key, in ASCII characters.
const MAX_KEY_CHARS: usize = 255;
/// The header as a regular expression, for openapi.json.
pub const IDEMPOTENCY_KEY_PATTERN: &str =
    r#"^([!#-+.-~-]([ -+.-~-]{0,253}[!-+.-~-])?|"([ !#-\[\]-~]|\\["\\]){1,255}")$"#;
/// Response header that marks a response as a replay.
const REPLAYED: &str = "idempotency-replayed";

/// The idempotency key of a request. Without a key, nothing is stored and nothing is replayed.
#[derive(Debug)]
pub struct Idempotency {
    key: Option<Key>,
    now: Timestamp,
}

#[derive(Debug)]
struct Key {
    /// Hash of route and key. It names the stored record.
    digest: String,
    /// Hash of path and body. It reveals a different request with the same key.
    fingerprint: String,
}

impl Idempotency {
    /// Runs `work`, or returns the stored response to an earlier request with the same key. `work` stores its response
    /// itself: with [`Self::record`] in the transaction that makes the change, or with [`Self::store_reply`] after a
    /// change that is safe to repeat.
    pub async fn run<F>(store: &Store, call: &Call, now: Timestamp, work: F) -> Result<Reply, Problem>
    where
        F: AsyncFnOnce(&Self) -> Result<Reply, Problem>,
    {
        let idempotency = Self::from_request(call, now)?;
        if let Some(reply) = idempotency.replay(store, call).await? {
            return Ok(reply);
        }
        idempotency.finish(store, call, work(&idempotency).await).await
    }

    /// Like [`Self::run`], but `work` looks for the stored response itself: it reads the record of [`Self::digest`]
    /// together with what else it needs, and answers with [`Self::replayed`].
    pub async fn run_with_own_read<F>(store: &Store, call: &Call, now: Timestamp, work: F) -> Result<Reply, Problem>
    where
        F: AsyncFnOnce(&Self) -> Result<Reply, Problem>,
    {
        let idempotency = Self::from_request(call, now)?;
        idempotency.finish(store, call, work(&idempotency).await).await
    }

    async fn finish(&self, store: &Store, call: &Call, answered: Result<Reply, Problem>) -> Result<Reply, Problem> {
        match answered {
            // A concurrent duplicate of this request was faster and has stored its response.
            Err(problem) if problem.is_repeat => self.replay(store, call).await?.ok_or_else(Problem::contended),
            answered => answered,
        }
    }

    fn from_request(call: &Call, now: Timestamp) -> Result<Self, Problem> {
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

    /// The stored response to an earlier request with the same key, if there is one. Fails with 422 if the earlier
    /// request was different.
    pub async fn replay(&self, store: &Store, call: &Call) -> Result<Option<Reply>, Problem> {
        let Some(key) = &self.key else { return Ok(None) };
        let Some(stored) = store.get_idempotency_record(&call.user, &key.digest, self.now).await? else {
            return Ok(None);
        };
        self.replayed(stored).map(Some)
    }

    /// Names the stored record. `None` without a key.
    pub fn digest(&self) -> Option<&str> {
        self.key.as_ref().map(|key| key.digest.as_str())
    }

    /// The reply that repeats a stored response. Fails with 422 if the earlier request was different.
    pub fn replayed(&self, stored: StoredResponse) -> Result<Reply, Problem> {
        if self.key.as_ref().is_some_and(|key| key.fingerprint != stored.fingerprint) {
            let detail = "This Idempotency-Key was used for another request. Send a new key with a new request.";
            return Err(Problem::new(ProblemCode::IdempotencyKeyReused, detail));
        }
        if stored.erased {
            let detail = "What this request has created was deleted or erased. Send a new key with a new request.";
            return Err(Problem::new(ProblemCode::Erased, detail));
        }
        Ok(Reply::from_stored(stored).header(REPLAYED, "true"))
    }

    /// The record to write in the transaction that makes the change. `None` without a key.
    pub fn record(&self, reply: &Reply) -> Option<store::idempotency::IdempotencyRecord> {
        let key = self.key.as_ref()?;
        let response = StoredResponse { fingerprint: key.fingerprint.clone(), ..reply.to_stored() };
        Some(store::idempotency::IdempotencyRecord { digest: key.digest.clone(), response, now: self.now })
    }

    /// Stores the response after a change that is safe to repeat. If a concurrent duplicate of the request was faster,
    /// returns the response to the duplicate.
    pub async fn store_reply(&self, store: &Store, call: &Call, reply: Reply) -> Result<Reply, Problem> {
        let Some(record) = self.record(&reply) else { return Ok(reply) };
        if store.put_idempotency_record(&call.user, &record).await? {
            return Ok(reply);
        }
        Ok(self.replay(store, call).await?.unwrap_or(reply))
    }

    /// An id that is the same whenever this request is repeated (UUIDv5, RFC 9562). `index` distinguishes the ids that
    /// one request makes. `None` without a key.
    pub fn id(&self, index: usize) -> Option<SourceId> {
        let key = self.key.as_ref()?;
        Some(SourceId::named(&format!("idempotency\n{}\n{}\n{index}", key.digest, key.fingerprint)))
    }
}

/// Reads a string of Structured Fields (RFC 9651, section 3.3.3), or a key without quotes.
fn read_key(header: &str) -> Option<String> {
    let header = header.trim();
    let key = match header.strip_prefix('"') {
        // Two headers arrive as one value with a comma.
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
