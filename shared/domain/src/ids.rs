//! Ids: an opaque text for a user, and UUIDs for everything else.

use std::{borrow::Cow, fmt, str::FromStr};

use arrayvec::ArrayString;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::random;

/// The owner of everything that is stored. Opaque, and compared byte by byte. The API makes it of a verified token.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(String);

/// Longest accepted id, in bytes. DynamoDB allows 2,048 bytes for a partition key, and escaping can triple the
/// length.
pub const MAX_USER_ID_BYTES: usize = 512;

/// The id is empty or longer than [`MAX_USER_ID_BYTES`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a user id has 1 to {MAX_USER_ID_BYTES} bytes")]
pub struct InvalidUserId;

impl UserId {
    /// Accepts a subject exactly as the identity provider wrote it.
    pub fn new(subject: impl Into<String>) -> Result<Self, InvalidUserId> {
        let subject = subject.into();
        if subject.is_empty() || subject.len() > MAX_USER_ID_BYTES {
            return Err(InvalidUserId);
        }
        Ok(Self(subject))
    }

    /// The subject as the identity provider wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserId({})", self.0)
    }
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new UUIDv7. It sorts after the ids that the same clock made earlier.
            #[allow(clippy::new_without_default, reason = "an id is made on purpose, never by default")]
            pub fn new() -> Self {
                Self(random::uuid_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            /// Accepts only the hyphenated form, not the other forms of a UUID (simple, braced, URN).
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                uuid::fmt::Hyphenated::from_str(text).map(|id| Self(id.into_uuid()))
            }
        }
    };
}

uuid_id!(/// Id of a job: a UUIDv7, so ids sort by time of creation.
    JobId);
uuid_id!(/// Id of a document: a UUIDv7, so ids sort by time of creation.
    DocumentId);
uuid_id!(/// Id of a block: a UUIDv7, unique across all documents.
    BlockId);
uuid_id!(/// Id of a revision: a UUIDv7 that ends in the number of the revision.
    RevisionId);
uuid_id!(/// Id of a stored text. It is the id of the revision or of the job that wrote the text.
    TextId);
uuid_id!(/// Proves that a worker holds a job. Every claim makes a new token.
    LeaseToken);

impl JobId {
    /// A lower bound for range queries: it sorts before every job id that was made at `at` or later.
    pub fn first_of(at: Timestamp) -> Self {
        let millis = u64::try_from(at.as_millisecond()).unwrap_or_default();
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid())
    }

    /// A new id for a job that is created at `at`. Ids that one process makes in one millisecond sort in the order in which
    /// they were made. For that, the 12 bits after the time are a counter (RFC 9562, section 6.2).
    pub fn made_at(at: Timestamp) -> Self {
        let [high, low] = random::counter().to_be_bytes();
        let mut bytes = [0; 10];
        bytes.copy_from_slice(&random::bytes()[6..]);
        (bytes[0], bytes[1]) = (high & 0x0f, low);
        let millis = u64::try_from(at.as_millisecond()).unwrap_or_default();
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid())
    }

    /// When the job was created, by the clock of the function that made the id.
    pub fn created_at(self) -> Timestamp {
        let millis = i64::try_from(self.0.as_u128() >> 80).unwrap_or_default();
        Timestamp::from_millisecond(millis).unwrap_or_default()
    }
}

impl TextId {
    /// The text that a revision brings along. A revision can also refer to an older text.
    pub const fn of_revision(id: RevisionId) -> Self {
        Self(id.0)
    }

    /// The answer of a job.
    pub const fn of_job(id: JobId) -> Self {
        Self(id.0)
    }
}

/// Longest id of a source, in bytes. A UUID has 36.
pub const MAX_SOURCE_ID_BYTES: usize = 64;

/// Id of a piece of evidence, a goal or a review. In the library it is a UUID, and the same `externalId` always gives the
/// same id. In the inline input of a job it is an id of the caller's.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceId(ArrayString<MAX_SOURCE_ID_BYTES>);

/// A source id of the caller's: 1 to [`MAX_SOURCE_ID_BYTES`] printable ASCII characters without spaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallersId(SourceId);

/// The text is no [`CallersId`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be {}", Self::EXPECTED)]
pub struct InvalidCallersId;

impl InvalidCallersId {
    /// Completes the error `must be …`.
    pub const EXPECTED: &str = "an id of yours: 1 to 64 printable ASCII characters without spaces";
}

impl FromStr for CallersId {
    type Err = InvalidCallersId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_valid = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        let id = ArrayString::from(text).ok().filter(|_| is_valid).ok_or(InvalidCallersId)?;
        Ok(Self(SourceId(id)))
    }
}

impl From<CallersId> for SourceId {
    fn from(id: CallersId) -> Self {
        id.0
    }
}

impl From<Uuid> for SourceId {
    fn from(id: Uuid) -> Self {
        let mut text = ArrayString::new();
        text.push_str(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
        Self(text)
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SourceId({})", self.0)
    }
}

impl FromStr for SourceId {
    type Err = uuid::Error;

    /// Accepts only the hyphenated form of a UUID, as the library gives it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        uuid::fmt::Hyphenated::from_str(text).map(|id| Self::from(id.into_uuid()))
    }
}

impl JsonSchema for SourceId {
    fn schema_name() -> Cow<'static, str> {
        "SourceId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "minLength": 1, "maxLength": MAX_SOURCE_ID_BYTES})
    }
}

impl SourceId {
    /// A new UUIDv7. It sorts after the ids that the same clock made earlier.
    #[allow(clippy::new_without_default, reason = "an id is made on purpose, never by default")]
    pub fn new() -> Self {
        Self::from(random::uuid_v7())
    }

    /// The id that belongs to a name: a UUIDv5 (RFC 9562). The same name always gives the same id.
    pub fn named(name: &str) -> Self {
        /// Chosen once, at random. Another namespace would change all ids.
        const NAMESPACE: Uuid = Uuid::from_u128(0x7e0b_91c4_5d3a_4c52_9f6e_2b8d_41a7_c360);
        Self::from(Uuid::new_v5(&NAMESPACE, name.as_bytes()))
    }
}

impl RevisionId {
    /// A UUIDv7 that ends in the number of the revision, so that the id alone leads to the key of the item. The number
    /// has the last 48 bits, where RFC 9562 allows a counter.
    pub fn numbered(at: Timestamp, number: u64) -> Self {
        let mut bytes = [0; 10];
        bytes[..4].copy_from_slice(&random::bytes()[..4]);
        bytes[4..].copy_from_slice(&number.to_be_bytes()[2..]);
        let millis = u64::try_from(at.as_millisecond()).unwrap_or_default();
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid())
    }

    /// The number that [`Self::numbered`] put into the id. Meaningless for any other UUID.
    pub fn number(self) -> u64 {
        let low = u64::try_from(self.0.as_u128() & 0xffff_ffff_ffff);
        low.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_id_is_a_uuid_v7_that_contains_its_number() {
        let at: Timestamp = "2026-11-24T10:00:00Z".parse().expect("valid");
        for number in [0, 1, 301, 0xffff_ffff_ffff] {
            let id = RevisionId::numbered(at, number);
            assert_eq!((id.number(), id.0.get_version_num()), (number, 7));
            assert_eq!(id.0.get_timestamp().expect("a time").to_unix().0, at.as_second().unsigned_abs());
        }
        assert_ne!(RevisionId::numbered(at, 1), RevisionId::numbered(at, 1));
    }

    #[test]
    fn the_id_of_a_job_holds_its_time_and_sorts_in_the_order_of_creation() {
        let at: Timestamp = "2026-11-24T10:00:00.123Z".parse().expect("valid");
        let ids: Vec<JobId> = (0..100).map(|_| JobId::made_at(at)).collect();
        assert!(ids.iter().all(|id| id.created_at() == at && *id > JobId::first_of(at) && id.0.get_version_num() == 7));
        assert!(ids.is_sorted());
    }

    #[test]
    fn an_id_of_the_caller_is_short_and_printable() {
        for text in ["1", "PAY-311", "clx0z3k9v0000", "slack:C1/1699.22", &"x".repeat(MAX_SOURCE_ID_BYTES)] {
            let id: CallersId = text.parse().expect("valid");
            assert_eq!(SourceId::from(id).to_string(), text);
        }
        for text in ["", "a b", "a\n", "é", &"x".repeat(MAX_SOURCE_ID_BYTES + 1)] {
            assert!(text.parse::<CallersId>().is_err(), "{text:?}");
        }
        assert!("PAY-311".parse::<SourceId>().is_err(), "the library has UUIDs only");
    }

    #[test]
    fn the_same_name_gives_the_same_id() {
        assert_eq!(SourceId::named("a"), SourceId::named("a"));
        assert_ne!(SourceId::named("a"), SourceId::named("b"));
    }
}
