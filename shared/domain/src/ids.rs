//! Names of things: who a user is, and UUIDv7 ids that sort by creation.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The `sub` claim of a verified token. Opaque; compared byte by byte.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(String);

/// Longest accepted `sub`, in bytes. DynamoDB allows 2,048 bytes for a partition key, and
/// every byte may grow threefold when the key is escaped.
pub const MAX_USER_ID_BYTES: usize = 512;

/// A `sub` that is empty or longer than [`MAX_USER_ID_BYTES`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a user id has 1 to {MAX_USER_ID_BYTES} bytes")]
pub struct InvalidUserId;

impl UserId {
    /// Takes a subject as the identity provider wrote it.
    pub fn new(subject: impl Into<String>) -> Result<Self, InvalidUserId> {
        let subject = subject.into();
        if subject.is_empty() || subject.len() > MAX_USER_ID_BYTES {
            return Err(InvalidUserId);
        }
        Ok(Self(subject))
    }

    /// The subject itself.
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
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id; later ids sort after earlier ones of the same clock.
            #[allow(clippy::new_without_default, reason = "an id is made on purpose, never by default")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
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

            /// Takes the hyphenated form only, so that one thing has one name.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                uuid::fmt::Hyphenated::from_str(text).map(|id| Self(id.into_uuid()))
            }
        }
    };
}

uuid_id!(/// Names a job.
    JobId);
uuid_id!(/// Names a document.
    DocumentId);
uuid_id!(/// Names a block within a document.
    BlockId);
uuid_id!(/// Names one revision of a block.
    RevisionId);
uuid_id!(/// Names a piece of evidence, a goal or a review.
    SourceId);
uuid_id!(/// Proves who holds a job: made anew at every claim.
    LeaseToken);
