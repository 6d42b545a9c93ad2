//! Stores free-form JSON as one string. A client gets back the same JSON, even if DynamoDB could not store it as nested
//! attributes: too deep, numbers too large, empty names.

use serde::{
    Deserialize, Deserializer, Serializer,
    de::{DeserializeOwned, Error as _},
    ser::Error as _,
};

/// Writes `value` as a string of JSON, for `#[serde(with = "json_text")]`.
pub(crate) fn serialize<T: serde::Serialize, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&serde_json::to_string(value).map_err(S::Error::custom)?)
}

/// Reads a value from a string of JSON, for `#[serde(with = "json_text")]`.
pub(crate) fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    serde_json::from_str(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}
