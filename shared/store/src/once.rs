//! Answers that are kept under an idempotency key, so that a repeated request gets the first
//! answer and changes nothing.

use aws_sdk_dynamodb::{
    operation::put_item::PutItemError,
    primitives::Blob,
    types::{AttributeValue, TransactWriteItem},
};
use domain::ids::UserId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError,
    deflate::{deflate, inflate},
    error::sdk,
    items::{Item, read, write},
    keys,
    transact::Condition,
};

/// A key is good for so long.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Attribute of the answer's body, deflated.
const BODY: &str = "body";

/// An answer, ready to be given again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptAnswer {
    /// Made of the request: another request under the same key has another one.
    pub fingerprint: String,
    /// HTTP status.
    pub status: u16,
    /// Headers that belong to this answer.
    pub headers: Vec<(String, String)>,
    /// Its body; kept beside the other attributes.
    #[serde(skip)]
    pub body: String,
}

/// An answer, and under which key it is kept.
#[derive(Clone, Debug)]
pub struct Once {
    /// Made of route and key.
    pub digest: String,
    /// What is kept.
    pub answer: KeptAnswer,
    /// Now.
    pub now: Timestamp,
}

impl Store {
    /// The answer that is kept under a key, unless it has expired.
    pub async fn kept_answer(
        &self,
        user: &UserId,
        digest: &str,
        now: Timestamp,
    ) -> Result<Option<KeptAnswer>, StoreError> {
        let Some(mut item) = self.get_item(user, keys::once(digest)).await? else { return Ok(None) };
        // DynamoDB removes what has expired when it finds the time.
        let expires_at = item.get(keys::EXPIRES_AT).and_then(|at| at.as_n().ok()?.parse().ok()).unwrap_or(i64::MAX);
        if expires_at <= now.as_second() {
            return Ok(None);
        }
        let body = match item.remove(BODY) {
            Some(AttributeValue::B(deflated)) => inflate(deflated.as_ref())?,
            _ => String::new(),
        };
        Ok(Some(KeptAnswer { body, ..read(item)? }))
    }

    /// Keeps an answer after what it tells of was done. Whether it was the first under its key.
    pub async fn keep_answer(&self, user: &UserId, once: &Once) -> Result<bool, StoreError> {
        let condition = Condition::NewOrExpired(once.now);
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(write_once(user, once)?))
            .condition_expression(condition.expression())
            .set_expression_attribute_values(condition.values())
            .send()
            .await;
        match put {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(sdk(error)),
            },
        }
    }

    /// Keeps an answer in the transaction that does what it tells of.
    pub(crate) fn once(&self, user: &UserId, once: &Once) -> Result<TransactWriteItem, StoreError> {
        self.put_if(write_once(user, once)?, Condition::NewOrExpired(once.now))
    }
}

fn write_once(user: &UserId, once: &Once) -> Result<Item, StoreError> {
    let expires_at = once.now.saturating_add(GOOD_FOR).unwrap_or(Timestamp::MAX).as_second();
    let more = [
        (BODY.to_owned(), AttributeValue::B(Blob::new(deflate(&once.answer.body)?))),
        (keys::EXPIRES_AT.to_owned(), AttributeValue::N(expires_at.to_string())),
    ];
    write(user, keys::once(&once.digest), &once.answer, more)
}
