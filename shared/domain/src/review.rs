//! Past reviews of the user.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::SourceId;

/// Who wrote a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, strum::Display)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Review {
    /// Its name.
    pub id: SourceId,
    /// What it is, as the user gave it.
    #[serde(flatten)]
    pub facts: ReviewFacts,
    /// When it was stored.
    pub created_at: Timestamp,
}

/// What a user says about a review.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
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
}
