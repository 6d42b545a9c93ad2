//! Reviews: what was written about the user's past work.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    input::{Fields, one_of},
    library::{self, Entry, EntryFields},
};

/// Longest text of a review, in Unicode code points.
pub const MAX_REVIEW_CHARS: usize = 100_000;

wire_enum! { "SCREAMING_SNAKE_CASE"
    /// The author of a review, as seen from the user.
    pub enum ReviewType {
        /// The user's manager. The model gives these reviews the most weight.
        Manager,
        /// A colleague of the user.
        Peer,
        /// The company's review of the employee.
        Employee,
        /// The user, about their own work.
        #[serde(rename = "SELF")]
        #[strum(serialize = "SELF")]
        SelfReview,
    }
}

/// A stored review with its id.
pub type Review = Entry<ReviewFields>;

/// The fields of a review that the user sets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Review")]
pub struct ReviewFields {
    /// The year that the review is about.
    pub year: i16,
    /// The author of the review, as seen from the user.
    #[serde(rename = "type")]
    pub review_type: ReviewType,
    /// The text of the review. Never blank.
    pub content: String,
    /// How much the review counts, from 0 to 1,000, on the user's own scale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
    /// Id in the system that the review comes from. A second import with the same id replaces it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
}

impl EntryFields for ReviewFields {
    const KIND: &'static str = "review";

    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let year = fields.required_number("year", 1900..=2200);
        let review_type = fields.required("type", one_of::<ReviewType>());
        let content = fields.required_non_blank_text("content", MAX_REVIEW_CHARS);
        let weight = fields.decimal("weight", 0.0..=1_000.0);
        let external_id = library::external_id(fields);
        Some(Self { year: year?, review_type: review_type?, content: content?, weight, external_id })
    }

    fn external_id(&self) -> Option<&str> {
        self.external_id.as_deref()
    }
}
