//! Idempotency records: the stored responses to requests with an `Idempotency-Key`.
//!
//! A repeated request gets the stored response and changes nothing. Expired records are ignored and may be replaced,
//! because DynamoDB's TTL removes an item some time after it has expired.

use aws_sdk_dynamodb::{
    primitives::Blob,
    types::{AttributeValue, TransactWriteItem},
};
use domain::ids::UserId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError,
    table::{
        conditional_put::PutOutcome,
        deflate::{deflate, inflate},
        item::{Item, fitting, read, size, text, write},
        keys,
        transaction::Condition,
    },
};

/// How long a stored response is replayed.
pub const IDEMPOTENCY_TTL: SignedDuration = SignedDuration::from_hours(24);

/// Attribute of the response body: a text, or deflated bytes.
pub(crate) const BODY: &str = "body";

/// Largest record whose body is stored as it is, in bytes. A smaller one costs the same. To deflate its body would take an
/// eighth of the instructions of the request.
const LARGEST_PLAIN: usize = 1_024;

/// A response, ready to be replayed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredResponse {
    /// Hash of path and body. A different request with the same key has a different fingerprint.
    pub fingerprint: String,
    pub status: u16,
    /// Headers of this response only. The API adds the headers that all responses share.
    pub headers: Vec<(String, String)>,
    /// Stored in an attribute of its own, and therefore skipped here.
    #[serde(skip)]
    pub body: String,
    /// Whether what the request created was deleted, and the response with it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
}

/// A response to be stored, and the key to store it under.
#[derive(Clone, Debug)]
pub struct IdempotencyRecord {
    /// Hash of the route and the `Idempotency-Key`.
    pub digest: String,
    pub response: StoredResponse,
    /// The time of the request. The record expires 24 hours later.
    pub now: Timestamp,
}

impl Store {
    /// The response that is stored under `digest`, unless it has expired at `now`.
    pub async fn get_idempotency_record(
        &self,
        user: &UserId,
        digest: &str,
        now: Timestamp,
    ) -> Result<Option<StoredResponse>, StoreError> {
        let item = self.get_item(user, keys::idempotency_record(digest)).await?;
        item.map_or(Ok(None), |item| read_idempotency_record(item, now))
    }

    /// Stores a response after its change was written. Returns false if the key holds a response that has not expired.
    /// For changes that have the same effect when they are repeated. Other changes need the same transaction.
    pub async fn put_idempotency_record(&self, user: &UserId, record: &IdempotencyRecord) -> Result<bool, StoreError> {
        let item = write_idempotency_record(user, record)?;
        let outcome = self.put_item_if(item, Condition::NewOrExpired(record.now)).await?;
        Ok(matches!(outcome, PutOutcome::Written))
    }

    /// The write of a response in the transaction of its change. The transaction fails if the key holds a response that
    /// has not expired.
    pub(crate) fn put_idempotency_record_if_new(
        &self,
        user: &UserId,
        record: &IdempotencyRecord,
    ) -> Result<TransactWriteItem, StoreError> {
        self.put_if(write_idempotency_record(user, record)?, Condition::NewOrExpired(record.now))
    }
}

/// The stored response, unless it has expired at `now`. DynamoDB removes expired items with a delay.
pub(crate) fn read_idempotency_record(mut item: Item, now: Timestamp) -> Result<Option<StoredResponse>, StoreError> {
    let expires_at = item.get(keys::EXPIRES_AT).and_then(|at| at.as_n().ok()?.parse().ok()).unwrap_or(i64::MAX);
    if expires_at <= now.as_second() {
        return Ok(None);
    }
    let body = match item.remove(BODY) {
        Some(AttributeValue::S(body)) => body,
        Some(AttributeValue::B(deflated)) => inflate(deflated.as_ref())?,
        _ => String::new(),
    };
    Ok(Some(StoredResponse { body, ..read(item)? }))
}

fn write_idempotency_record(user: &UserId, record: &IdempotencyRecord) -> Result<Item, StoreError> {
    let expires_at = record.now.saturating_add(IDEMPOTENCY_TTL).unwrap_or(Timestamp::MAX).as_second();
    let expires_at = (keys::EXPIRES_AT.to_owned(), AttributeValue::N(expires_at.to_string()));
    let key = keys::idempotency_record(&record.digest);
    let body = &record.response.body;
    let mut item = write(user, key, &record.response, [expires_at])?;
    set_body(&mut item, body)?;
    fitting(item)
}

/// Sets the body of a response in its item.
pub(crate) fn set_body(item: &mut Item, body: &str) -> Result<(), StoreError> {
    item.remove(BODY);
    let body = match size(item) + BODY.len() + body.len() <= LARGEST_PLAIN {
        true => text(body),
        false => AttributeValue::B(Blob::new(deflate(body)?)),
    };
    item.insert(BODY.to_owned(), body);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_small_and_keeps_its_body() {
        for length in (0..4_000).chain([400_000, 1_000_000]) {
            let body = "An ordinary sentence of a response. ".chars().cycle().take(length).collect::<String>();
            let response = StoredResponse {
                erased: false,
                fingerprint: "f".repeat(64),
                status: 201,
                headers: vec![("location".to_owned(), "l".repeat(100)), ("etag".to_owned(), "\"1\"".to_owned())],
                body: body.clone(),
            };
            let record = IdempotencyRecord { digest: "d".repeat(64), response, now: Timestamp::UNIX_EPOCH };
            let item = write_idempotency_record(&UserId::new("ada").expect("valid"), &record).expect("written");
            assert!(length > 4_000 || size(&item) <= LARGEST_PLAIN, "{length} bytes make {}", size(&item));
            let read = read_idempotency_record(item, record.now).expect("read").expect("not expired");
            assert_eq!(read.body, body);
        }
    }
}
