//! The context library: evidence, goals and reviews are kept in the same way.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    fields::{FieldError, Fields},
    ids::{SourceId, UserId},
};

/// Longest title, in characters.
pub const MAX_TITLE_CHARS: usize = 500;
/// Longest summary or description, in characters.
pub const MAX_DESCRIPTION_CHARS: usize = 10_000;
/// Longest name of anything: a category, a repository, a name elsewhere.
pub const MAX_NAME_CHARS: usize = 500;
/// Longest URL, in characters.
pub const MAX_URL_CHARS: usize = 2_000;

/// One entry of the library.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry<F> {
    /// Its name. Made of the name that it has elsewhere, if it has one: see [`new_id`].
    pub id: SourceId,
    /// What the user says.
    #[serde(flatten)]
    pub facts: F,
    /// When it was first stored.
    pub created_at: Timestamp,
    /// Counts changes. A writer names the version that it read.
    #[serde(default)]
    pub version: u64,
}

/// What a user says in an entry: its form and its rules.
pub trait Facts: Clone + Serialize {
    /// The kind of entry, as one would say it: `evidence`, `goal`, `review`.
    const KIND: &'static str;

    /// Reads the fields of a request. Unknown fields are ignored.
    fn read(fields: &mut Fields<'_>) -> Option<Self>;

    /// Its name where it comes from.
    fn external_id(&self) -> Option<&str>;

    /// Reads a JSON object; `at` points to it. All that is wrong is told at once.
    fn of(value: &Value, at: &str) -> Result<Self, Vec<FieldError>> {
        let mut fields = Fields::of(value, at)?;
        let facts = Self::read(&mut fields);
        fields.finish(facts)
    }

    /// Itself with the fields of `patch` (RFC 7396, first level): `null` removes a field.
    /// `externalId` cannot change, because the entry's id is made of it.
    fn patched(&self, patch: &Value) -> Result<Self, Vec<FieldError>> {
        let mut fields = Fields::of(patch, "")?;
        let named = fields.text("externalId", MAX_NAME_CHARS);
        if fields.has("externalId") && named.as_deref() != self.external_id() {
            fields.wrong("externalId", "cannot change; delete the entry and make a new one");
        }
        fields.finish(Some(()))?;
        let mut whole = serde_json::to_value(self).map_err(|error| {
            vec![FieldError { pointer: String::new(), detail: format!("cannot be changed: {error}") }]
        })?;
        for (name, value) in patch.as_object().into_iter().flatten() {
            whole[name] = value.clone();
        }
        Self::of(&whole, "")
    }
}

/// The id of a new entry. With a name elsewhere it is made of that name (UUIDv5, RFC 9562),
/// so that importing the same thing again writes the same row, however often and however
/// many at once; without one it is a new UUIDv7.
pub fn new_id<F: Facts>(user: &UserId, facts: &F) -> SourceId {
    facts
        .external_id()
        .map_or_else(SourceId::new, |name| SourceId::named(&format!("{}\n{}\n{name}", user.as_str(), F::KIND)))
}

/// Whether a text may be shown as a link.
pub(crate) fn is_web_address(text: &str) -> bool {
    let begins_with = |scheme: &str| {
        text.as_bytes().get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme.as_bytes()))
    };
    begins_with("https://") || begins_with("http://")
}

/// Reads `externalId`.
pub(crate) fn external_id(fields: &mut Fields<'_>) -> Option<String> {
    let name = fields.text("externalId", MAX_NAME_CHARS);
    if name.as_deref().is_some_and(|name| name.trim().is_empty()) {
        fields.wrong("externalId", "must not be empty; leave it out");
    }
    name
}

/// A day, as `2026-03-31`, or an instant, of which the day in UTC counts.
pub(crate) fn day(fields: &mut Fields<'_>, name: &str) -> Option<jiff::civil::Date> {
    let day: crate::context_config::Moment = fields.parsed(name, crate::context_config::InvalidMoment::EXPECTED)?;
    Some(jiff::tz::TimeZone::UTC.to_datetime(day.first_instant()).date())
}
