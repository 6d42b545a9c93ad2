//! Free-form JSON, stored as one text: whatever a client puts there comes back the same, also
//! what a database would not take as nested attributes (depth, huge numbers, empty names).

use serde::{
    Deserialize, Deserializer, Serializer,
    de::{DeserializeOwned, Error as _},
    ser::Error as _,
};

/// For `#[serde(with = "…")]`.
pub(crate) fn serialize<T: serde::Serialize, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&serde_json::to_string(value).map_err(S::Error::custom)?)
}

/// For `#[serde(with = "…")]`.
pub(crate) fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    serde_json::from_str(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}
