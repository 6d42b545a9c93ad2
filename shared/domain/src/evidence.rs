//! Evidence: what a user has done, found elsewhere or written down.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::SourceId;

/// Where evidence comes from.
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
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum EvidenceType {
    /// A pull request by the user.
    PrAuthored,
    /// A pull request that the user reviewed.
    PrReviewed,
    /// An issue by the user.
    IssueCreated,
    /// A ticket that the user did.
    JiraOwned,
    /// A ticket that the user reviewed.
    JiraReviewed,
    /// A message.
    Slack,
    /// Written down by hand.
    Manual,
}

/// What kind of work it was.
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
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum EvidenceCategory {
    /// Something new.
    Feature,
    /// Something mended.
    Bug,
    /// Something tidied.
    Refactor,
    /// Something explained.
    Docs,
    /// Something that helps developers.
    Devex,
    /// Thanks or praise.
    Recognition,
    /// Help for others.
    Help,
}

/// How big it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum EvidenceScope {
    /// Hours.
    Small,
    /// Days.
    Medium,
    /// Weeks.
    Large,
}

/// The size of a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metrics {
    /// Lines added.
    pub additions: Option<u64>,
    /// Lines removed.
    pub deletions: Option<u64>,
    /// Files changed.
    pub changed_files: Option<u64>,
}

/// A piece of evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// Its name.
    pub id: SourceId,
    /// What it is, as the user gave it.
    #[serde(flatten)]
    pub facts: EvidenceFacts,
    /// When it was stored.
    pub created_at: Timestamp,
}

/// What a user says about a piece of evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EvidenceFacts {
    /// Where it comes from.
    #[serde(rename = "type")]
    pub evidence_type: EvidenceType,
    /// One line.
    pub title: String,
    /// A few lines.
    pub summary: String,
    /// What kind of work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<EvidenceCategory>,
    /// How big.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<EvidenceScope>,
    /// When it happened; any UTC offset is understood.
    pub occurred_at: Timestamp,
    /// Where it can be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// Its number there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// The size of the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<Metrics>,
    /// The review criteria that it speaks to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub criteria: Vec<String>,
    /// Its name where it comes from; a second import with the same one replaces it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
}
