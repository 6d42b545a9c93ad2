//! Conversion between values and items, and the size of an item.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::ids::UserId;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    error::{MAX_ITEM_BYTES, StoreError},
    table::keys,
};

/// Attributes by name. Also used for the key of an item.
pub type Item = HashMap<String, AttributeValue>;

/// Version of the item format, written into each item as `format`. There was a version 1, which was never
/// released. From 0.2.0 on, new code must read every older version.
pub const FORMAT: u32 = 2;
/// Attribute of the version of the item format.
pub(crate) const FORMAT_ATTRIBUTE: &str = "format";

/// Reads a value from the attributes of an item. Attributes that the type does not have are ignored. Fails with
/// [`StoreError::NewerFormat`] if a newer release has written the item.
pub(crate) fn read<T: DeserializeOwned>(item: Item) -> Result<T, StoreError> {
    check_format(&item)?;
    Ok(serde_dynamo::from_item(item)?)
}

/// Fails with [`StoreError::NewerFormat`] if a newer release has written the item.
pub(crate) fn check_format(item: &Item) -> Result<(), StoreError> {
    let format = item.get(FORMAT_ATTRIBUTE).and_then(|format| format.as_n().ok()?.parse().ok());
    format.filter(|format| *format > FORMAT).map_or(Ok(()), |format| Err(StoreError::NewerFormat(format)))
}

/// Makes an item of `value` and the attributes `more`, with its key and the format version. Returns
/// [`StoreError::TooLarge`] if it is larger than [`MAX_ITEM_BYTES`].
pub(crate) fn write<T: Serialize>(
    user: &UserId,
    sort: String,
    value: &T,
    more: impl IntoIterator<Item = (String, AttributeValue)>,
) -> Result<Item, StoreError> {
    let mut item: Item = serde_dynamo::to_item(value)?;
    item.extend(more);
    item.insert(keys::PK.to_owned(), AttributeValue::S(keys::owner(user)));
    item.insert(keys::SK.to_owned(), AttributeValue::S(sort));
    item.insert(FORMAT_ATTRIBUTE.to_owned(), AttributeValue::N(FORMAT.to_string()));
    fitting(item)
}

/// The item, unless it is larger than [`MAX_ITEM_BYTES`].
pub(crate) fn fitting(item: Item) -> Result<Item, StoreError> {
    let bytes = size(&item);
    if bytes > MAX_ITEM_BYTES { Err(StoreError::TooLarge { bytes }) } else { Ok(item) }
}

/// The size of an item in bytes, nearly as DynamoDB counts it (DynamoDB developer guide, "Item sizes and formats").
pub(crate) fn size(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + value_size(value)).sum()
}

fn value_size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::M(map) => 3 + map.iter().map(|(name, value)| 1 + name.len() + value_size(value)).sum::<usize>(),
        AttributeValue::L(list) => 3 + list.iter().map(|value| 1 + value_size(value)).sum::<usize>(),
        AttributeValue::Ss(set) | AttributeValue::Ns(set) => set.iter().map(String::len).sum(),
        _ => 1,
    }
}

pub(crate) fn key(user: &UserId, sort: String) -> Item {
    [(keys::PK.to_owned(), AttributeValue::S(keys::owner(user))), (keys::SK.to_owned(), AttributeValue::S(sort))].into()
}

pub(crate) fn sort_key(item: &Item) -> Option<&str> {
    item.get(keys::SK)?.as_s().ok().map(String::as_str)
}

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}
