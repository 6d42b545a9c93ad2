//! Past reviews of the user.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    fields::{Fields, one_of},
    library::{self, Entry, Facts},
};

/// Longest review, in characters.
pub const MAX_REVIEW_CHARS: usize = 100_000;

/// Who wrote a review.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::VariantNames,
    JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum ReviewType {
    /// The user's manager: weighs most.
    Manager,
    /// A colleague.
    Peer,
    /// The company's review of the employee.
    Employee,
    /// The user.
    #[serde(rename = "SELF")]
    #[strum(serialize = "SELF")]
    SelfReview,
}

/// A review.
pub type Review = Entry<ReviewFacts>;

/// What a user says about a review.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Review")]
pub struct ReviewFacts {
    /// The year that was reviewed.
    pub year: i16,
    /// Who wrote it.
    #[serde(rename = "type")]
    pub review_type: ReviewType,
    /// The text.
    pub content: String,
    /// How much it counts, by the user's own measure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
    /// Its name where it comes from; a second import with the same one replaces it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
}

impl Facts for ReviewFacts {
    const KIND: &'static str = "review";

    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let year = fields.required_number("year", 1900..=2200);
        let review_type = fields.required("type", one_of::<ReviewType>());
        let content = fields.required_words("content", MAX_REVIEW_CHARS);
        let weight = fields.decimal("weight", 0.0..=1_000.0);
        let external_id = library::external_id(fields);
        Some(Self { year: year?, review_type: review_type?, content: content?, weight, external_id })
    }

    fn external_id(&self) -> Option<&str> {
        self.external_id.as_deref()
    }
}
