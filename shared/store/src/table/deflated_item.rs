//! Items that hold one value, as deflated JSON.

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use domain::ids::UserId;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    StoreError,
    table::{
        deflate::{MAX_INFLATED, deflate, inflate},
        item::{Item, check_format, write},
        keys,
    },
};

/// Attribute of the value.
const CONTENT: &str = "content";

/// `expires_at` is in seconds since 1970. Without it, the item stays.
pub(crate) fn write_deflated<T: Serialize>(
    user: &UserId,
    sort: String,
    value: &T,
    expires_at: Option<i64>,
) -> Result<Item, StoreError> {
    let json = serde_json::to_string(value).map_err(|error| StoreError::Inflate(error.into()))?;
    if json.len() as u64 > MAX_INFLATED {
        return Err(StoreError::TooLarge { bytes: json.len() });
    }
    let mut attributes = vec![(CONTENT.to_owned(), AttributeValue::B(Blob::new(deflate(&json)?)))];
    attributes.extend(expires_at.map(|at| (keys::EXPIRES_AT.to_owned(), AttributeValue::N(at.to_string()))));
    write(user, sort, &serde_json::Map::new(), attributes)
}

pub(crate) fn read_deflated<T: DeserializeOwned>(item: &Item) -> Result<T, StoreError> {
    check_format(item)?;
    let deflated = item.get(CONTENT).and_then(|content| content.as_b().ok()).ok_or(StoreError::NoText)?;
    serde_json::from_str(&inflate(deflated.as_ref())?).map_err(|error| StoreError::Inflate(error.into()))
}
