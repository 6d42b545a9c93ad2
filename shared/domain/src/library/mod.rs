//! The context library: evidence, goals and reviews. All three are stored in the same way.

pub mod date_range;
mod even_order;
pub mod evidence;
pub mod goal;
pub mod import;
pub mod review;
pub mod search;
pub mod selection;
pub mod source;
pub mod web_address;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    ids::{SourceId, UserId},
    input::{FieldError, Fields},
    library::date_range::{InvalidMoment, Moment},
    zone::Zone,
};

/// Longest title, in Unicode code points.
pub const MAX_TITLE_CHARS: usize = 500;
/// Longest summary or description, in Unicode code points.
pub const MAX_DESCRIPTION_CHARS: usize = 10_000;
/// Longest short text, such as a category, a repository or an external id, in Unicode code points.
pub const MAX_NAME_CHARS: usize = 500;
/// Longest URL, in Unicode code points.
pub const MAX_URL_CHARS: usize = 2_000;

/// A stored entry of the library: a piece of evidence, a goal or a review.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry<F> {
    /// Made from `externalId` or from the idempotency key of the request, otherwise a UUIDv7. See [`new_id`].
    pub id: SourceId,
    /// The fields that the user sets.
    #[serde(flatten)]
    pub fields: F,
    /// When the entry was first stored. A later import with the same `externalId` keeps it.
    pub created_at: Timestamp,
    /// Names of the fields that a person has changed, in alphabetical order. An import leaves them as they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edited: Vec<String>,
    /// Increases by 1 with every change. A PATCH is written only if the stored version is still the one that it read.
    #[serde(default)]
    pub version: u64,
}

/// The fields of one kind of entry, and the rules for requests that set them.
pub trait EntryFields: Clone + Serialize {
    /// Name of the kind: `evidence`, `goal` or `review`. [`new_id`] makes ids from it, so it must never change.
    const KIND: &'static str;

    /// Reads the fields of a request. Records errors in `fields`.
    fn read(fields: &mut Fields<'_>) -> Option<Self>;

    /// Id of the entry in the system that it comes from.
    fn external_id(&self) -> Option<&str>;

    /// Reads a JSON object. `at` is the JSON Pointer to it. Returns all errors at once.
    fn parse(value: &Value, at: &str) -> Result<Self, Vec<FieldError>> {
        let mut fields = Fields::new(value, at)?;
        let read = Self::read(&mut fields);
        fields.finish(read)
    }

    /// Returns a copy with `patch` applied (JSON Merge Patch, RFC 7396, first level only): `null` removes a field.
    /// `externalId` cannot change, because the id of the entry is made from it.
    fn patched(&self, patch: &Value) -> Result<Self, Vec<FieldError>> {
        let mut fields = Fields::new(patch, "")?;
        let named = fields.text("externalId", MAX_NAME_CHARS);
        if fields.has("externalId") && named.as_deref() != self.external_id() {
            fields.wrong("externalId", "cannot change; delete the entry and make a new one");
        }
        // The other fields are checked together with those that stay.
        fields.rest();
        fields.finish(Some(()))?;
        let mut whole = serde_json::to_value(self).map_err(|error| {
            vec![FieldError { pointer: String::new(), detail: format!("cannot be changed: {error}") }]
        })?;
        for (name, value) in patch.as_object().into_iter().flatten() {
            whole[name] = value.clone();
        }
        Self::parse(&whole, "")
    }
}

impl<F> Entry<F> {
    /// An entry in its first version.
    pub const fn new(id: SourceId, fields: F, created_at: Timestamp) -> Self {
        Self { id, fields, created_at, edited: Vec::new(), version: 1 }
    }
}

/// The id of a new entry. With an external id, it is a UUIDv5 made from user, kind and external id. Importing the same
/// entry again, even concurrently, then writes the same item. Without an external id, it is a new UUIDv7.
pub fn new_id<F: EntryFields>(user: &UserId, fields: &F) -> SourceId {
    fields
        .external_id()
        .map_or_else(SourceId::new, |name| SourceId::named(&format!("{}\n{}\n{name}", user.as_str(), F::KIND)))
}

/// Reads `externalId`. An empty id is an error, because all entries with it would be the same entry.
pub(crate) fn external_id(fields: &mut Fields<'_>) -> Option<String> {
    let name = fields.text("externalId", MAX_NAME_CHARS);
    if name.as_deref().is_some_and(|name| name.trim().is_empty()) {
        fields.wrong("externalId", "must not be empty; leave it out");
    }
    name
}

/// Reads a day such as `2026-03-31`. Of an instant, its day in UTC counts.
pub(crate) fn day(fields: &mut Fields<'_>, name: &'static str) -> Option<jiff::civil::Date> {
    let day: Moment = fields.parsed(name, InvalidMoment::EXPECTED)?;
    Some(day.day(&Zone::default()))
}
